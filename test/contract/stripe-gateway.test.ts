import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StripeRefused } from '../../lib/domain/errors.ts';
import { epochMs, instantAfter } from '../../lib/domain/ids.ts';
import { money } from '../../lib/domain/money.ts';
import type { MintedSurface, SurfaceRequest } from '../../lib/ports.ts';
import {
  type Circumstances,
  everyBackend,
  idempotencyKey as key,
  type People,
  peopled,
  type StripeBackend,
  wired,
} from './stripe-backends.ts';

/**
 * What we believe of Stripe, asked of Stripe: always of the simulator and of the account in memory, and of Stripe's own
 * test mode when `STRIPE_TEST_API_KEY` is set. What it makes there is deactivated or archived in the end.
 */
const DAY_MS = 24 * 60 * 60 * 1000;

const request = (over: Partial<SurfaceRequest> = {}): SurfaceRequest => ({
  kind: 'payment_link',
  amount: money(5_500),
  product: { name: 'Utah Invitational', description: 'June 12 to 14', stripeProductId: null },
  saveCard: false,
  customText: null,
  inactiveMessage: 'This page was closed. Ask the office.',
  returnUrl: 'https://pay.club.example/pay/token?session={CHECKOUT_SESSION_ID}',
  cancelUrl: null,
  metadata: {
    system: 'club-payments/contract',
    order_id: 'ord_contract',
    player_id: 'ply_1',
    product_id: 'prd_1',
    generation: '1',
  },
  ...over,
});

const monthly = request({
  saveCard: true,
  customText: 'Your card is kept for later fees.',
  amount: money(12_000),
});
const onSite = request({ kind: 'checkout_session', cancelUrl: 'https://club.example/shop' });

describe.each(everyBackend)('$name', ({ connect }) => {
  let backend: StripeBackend;
  let stripe: StripeBackend['stripe'];
  beforeAll(async () => {
    backend = await connect();
    stripe = backend.stripe;
  });
  afterAll(() => backend.stop());
  /** What nobody promised of Stripe itself, and is the same of whatever stands in for it. */
  const told = (evidence: object) => (backend.people === null ? {} : { evidence });

  it('makes a link that does not end by itself', async () => {
    const { stripeId, url, expiresAt } = await stripe.createSurface(request(), key('link'));
    expect(stripeId).toMatch(/^plink_/);
    expect(url).toMatch(/^https?:/);
    expect(expiresAt).toBeNull();
    expect(await stripe.lookUpSurface(stripeId)).toEqual({ state: 'open', orderId: 'ord_contract' });
    expect(await stripe.hasCompletedSession(stripeId)).toBe(false);
  });

  it('gives the same link for the same key', async () => {
    const same = key('same');
    const first = await stripe.createSurface(request(), same);
    expect(await stripe.createSurface(request(), same)).toEqual(first);
    expect((await stripe.createSurface(request(), key('another'))).stripeId).not.toBe(first.stripeId);
  });

  it.each<[string, Partial<SurfaceRequest>]>([
    ['amount', { amount: money(9_900) }],
    ['product', { product: { ...request().product, name: 'Nevada Invitational' } }],
    ['description', { product: { ...request().product, description: null } }],
    ['card', { saveCard: true }],
    ['text', { customText: 'Later.' }],
    ['message', { inactiveMessage: 'Closed.' }],
    ['way back', { returnUrl: 'https://pay.club.example/' }],
    ['metadata', { metadata: { ...request().metadata, generation: '2' } }],
    ['kind', { kind: 'checkout_session' }],
  ])('refuses the same key with another %s, for good', async (what, over) => {
    const same = key(`other ${what}`);
    const first = await stripe.createSurface(request(), same);
    const other = stripe.createSurface(request(over), same);
    await expect(other).rejects.toBeInstanceOf(StripeRefused);
    await expect(other).rejects.toMatchObject({ retryable: false, ...told({ status: 400, code: null }) });
    expect(await stripe.createSurface(request(), same)).toEqual(first);
  });

  it('knows no difference by what it is not told', async () => {
    const link = key('link without a way out');
    const first = await stripe.createSurface(request(), link);
    expect(await stripe.createSurface(request({ cancelUrl: 'https://club.example/' }), link)).toEqual(first);
    const session = key('session without a message');
    const second = await stripe.createSurface(onSite, session);
    expect(await stripe.createSurface({ ...onSite, inactiveMessage: 'Closed.' }, session)).toEqual(second);
  });

  it('refuses a key that is longer than Stripe takes', async () => {
    await expect(stripe.createSurface(request(), 'k'.repeat(256))).rejects.toBeInstanceOf(StripeRefused);
  });

  it('deactivates a link; again is harmless, and one that is not there is refused', async () => {
    const { stripeId } = await stripe.createSurface(request(), key('deactivate'));
    await stripe.deactivateLink(stripeId);
    await stripe.deactivateLink(stripeId);
    expect(await stripe.lookUpSurface(stripeId)).toEqual({ state: 'inactive', orderId: 'ord_contract' });
    expect(await stripe.openSessionsOf(stripeId)).toEqual([]);
    expect(await stripe.hasCompletedSession(stripeId)).toBe(false);
    const nowhere = stripe.deactivateLink('plink_none');
    await expect(nowhere).rejects.toBeInstanceOf(StripeRefused);
    await expect(nowhere).rejects.toMatchObject({ evidence: { status: 404, code: 'resource_missing' } });
  });

  it('makes a session that ends a day later; to end it twice is harmless', async () => {
    const nowMs = backend.people === null ? Date.now() : epochMs(backend.people.clock.now());
    const { stripeId, expiresAt } = await stripe.createSurface(onSite, key('session'));
    expect(stripeId).toMatch(/^cs_test_/);
    expect(Math.abs(epochMs(expiresAt ?? '') - nowMs - DAY_MS)).toBeLessThan(
      backend.people === null ? 60_000 : 1_000,
    );
    expect(await stripe.lookUpSurface(stripeId)).toEqual({ state: 'open', orderId: 'ord_contract' });
    expect(await stripe.expireSession(stripeId)).toBe('expired');
    expect(await stripe.expireSession(stripeId)).toBe('not_open');
    expect(await stripe.lookUpSurface(stripeId)).toEqual({ state: 'expired', orderId: 'ord_contract' });
  });

  it('says of what it does not know that it is missing', async () => {
    expect(await stripe.lookUpSurface('plink_none')).toEqual({ state: 'missing', orderId: null });
    expect(await stripe.lookUpSurface('cs_test_none')).toEqual({ state: 'missing', orderId: null });
    expect(await stripe.paymentIntent('pi_none')).toBeUndefined();
    expect(await stripe.expireSession('cs_test_none')).toBe('not_open');
  });

  it('gives nothing back of what it does not know, for good', async () => {
    const metadata = { system: 'club-payments/contract', order_id: 'ord_contract', decision: 'dec_contract' };
    const wanted = { paymentId: 'pi_club_payments_contract', amountMinor: 100, metadata };
    const refused = stripe.createRefund(wanted, key('refund'));
    await expect(refused).rejects.toBeInstanceOf(StripeRefused);
    await expect(refused).rejects.toMatchObject(told({ status: 400, code: 'resource_missing' }));
  });

  it.each<[string, Partial<SurfaceRequest>, string | null]>([
    ['amount below its least', { amount: money(49) }, 'amount_too_small'],
    ['amount above its most', { amount: money(100_000_000) }, 'amount_too_large'],
    [
      'product that it does not have',
      { product: { ...request().product, stripeProductId: 'prod_none' } },
      'resource_missing',
    ],
    ['product without a name', { product: { ...request().product, name: '' } }, 'parameter_invalid_empty'],
    ['message that is too long', { inactiveMessage: 'x'.repeat(501) }, null],
  ])('refuses an %s for good, naming the parameter and no secret', async (what, over, code) => {
    const refused = stripe.createSurface(request(over), key(what));
    await expect(refused).rejects.toBeInstanceOf(StripeRefused);
    await expect(refused).rejects.toMatchObject({ retryable: false, ...told({ status: 400, code }) });
    await refused.catch((error) =>
      expect(JSON.stringify([error, error.message])).not.toContain(backend.secret ?? 'sk_test'),
    );
  });
});

describe.each(peopled)('$name, where people come', ({ connect }) => {
  let stripe: StripeBackend['stripe'];
  let books: StripeBackend['books'];
  let people: People;
  let stop: () => Promise<void>;
  const open = async (circumstances: Circumstances = {}): Promise<void> => {
    const backend = await connect(circumstances);
    ({ stripe, books, people, stop } = backend);
  };
  beforeEach(() => open());
  afterEach(() => stop());

  const aLink = (over: Partial<SurfaceRequest> = {}, name = 'link'): Promise<MintedSurface> =>
    stripe.createSurface(request(over), name);
  const pageAt = async (url: string): Promise<string> => {
    const visited = await people.visit(url);
    return visited.kind === 'page' ? visited.sessionId : expect.unreachable(`It is ${visited.why}.`);
  };
  const paymentOf = async (): Promise<string> => {
    const told = (await people.notices()).findLast(({ kind }) => kind === 'payment');
    return told?.kind === 'payment' ? told.paymentId : expect.unreachable('Nothing was paid.');
  };
  const give = (paymentId: string, amountMinor: number, decision = 'dec_1', name = decision) =>
    stripe.createRefund({ paymentId, amountMinor, metadata: { system: 's', order_id: 'o', decision } }, name);

  it('opens a page at every visit of a link, with its amount and the way back', async () => {
    const { stripeId, url } = await aLink();
    const first = await people.visit(url);
    const sessionId = first.kind === 'page' ? first.sessionId : '';
    expect(first).toEqual({
      kind: 'page',
      sessionId,
      amount: { amountMinor: 5_500, currency: 'usd' },
      returnUrl: `https://pay.club.example/pay/token?session=${sessionId}`,
    });
    const second = await pageAt(`${url}?utm_source=mail`);
    expect(second).not.toBe(sessionId);
    expect(await stripe.openSessionsOf(stripeId)).toEqual([second, sessionId]);
    expect(await stripe.lookUpSurface(second)).toEqual({ state: 'open', orderId: 'ord_contract' });
  });

  it('opens the same page at every visit of a session, until it has ended', async () => {
    const { stripeId, url } = await stripe.createSurface(onSite, 'session');
    expect(await pageAt(url)).toBe(stripeId);
    expect(await pageAt(url)).toBe(stripeId);
    people.clock.advance(DAY_MS);
    expect(await people.visit(url)).toEqual({ kind: 'closed', why: 'expired' });
    expect(await people.pay(stripeId, 'card')).toBe('closed');
    expect(await stripe.expireSession(stripeId)).toBe('not_open');
  });

  it('ends a page after a day and no sooner, and the link lives on', async () => {
    const { stripeId, url } = await aLink();
    const page = await pageAt(url);
    people.clock.advance(DAY_MS - 1);
    expect(await stripe.openSessionsOf(stripeId)).toEqual([page]);
    people.clock.advance(1);
    expect(await stripe.openSessionsOf(stripeId)).toEqual([]);
    expect(await stripe.lookUpSurface(page)).toMatchObject({ state: 'expired' });
    people.clock.advance(400 * DAY_MS);
    expect(await people.pay(await pageAt(url), 'card')).toBe('paid');
  });

  it('closes a link that was paid, and what else is open of it', async () => {
    const { stripeId, url } = await aLink();
    const [first, second] = [await pageAt(url), await pageAt(url)];
    expect(await people.pay(first, 'card')).toBe('paid');
    expect(await stripe.hasCompletedSession(stripeId)).toBe(true);
    expect(await stripe.lookUpSurface(stripeId)).toMatchObject({ state: 'inactive' });
    expect(await people.visit(url)).toEqual({ kind: 'closed', why: 'inactive' });
    expect(await people.pay(second, 'card')).toBe('closed');
    expect(await stripe.openSessionsOf(stripeId)).toEqual([second]);
    await people.dashboard.activate(stripeId);
    expect(await people.visit(url)).toEqual({ kind: 'closed', why: 'inactive' });
  });

  it('takes a second payment where the limit is ignored, since Stripe promises nothing about that', async () => {
    await stop();
    await open({ enforceLinkLimit: false });
    const { stripeId, url } = await aLink();
    const pages = [await pageAt(url), await pageAt(url)];
    expect([
      await people.pay(pages[0] ?? '', 'card'),
      await people.pay(pages[1] ?? '', 'bank_debit'),
    ]).toEqual(['paid', 'processing']);
    expect(await stripe.lookUpSurface(stripeId)).toMatchObject({ state: 'open' });
    expect((await books.paymentsOn(stripeId)).map(({ id }) => id)).toEqual(pages.toReversed());
  });

  it('offers bank debits in dollars only', async () => {
    const page = await pageAt((await aLink({ amount: money(5_500, 'eur') })).url);
    expect(await people.pay(page, 'bank_debit')).toBe('declined');
    expect(await books.payment(page)).toMatchObject({ notice: null });
    expect(await people.pay(page, 'card')).toBe('paid');
  });

  it('takes the payment of a page that was open when its link was deactivated, the harder case', async () => {
    const { stripeId, url } = await aLink();
    const page = await pageAt(url);
    await stripe.deactivateLink(stripeId);
    expect(await people.visit(url)).toEqual({ kind: 'closed', why: 'inactive' });
    expect(await people.pay(page, 'card')).toBe('paid');
  });

  it('keeps a page open whose card was declined, with one payment for all its attempts', async () => {
    const { url } = await aLink();
    const page = await pageAt(url);
    expect(await people.pay(page, 'declined_card')).toBe('declined');
    expect(await people.notices()).toEqual([]);
    const attempted = (await books.payment(page))?.notice?.paymentId ?? '';
    expect(await stripe.paymentIntent(attempted)).toMatchObject({ state: 'failed', paymentMethodId: null });
    expect(await people.pay(page, 'card')).toBe('paid');
    const paymentId = await paymentOf();
    expect(paymentId).toBe(attempted);
    expect(await stripe.paymentIntent(paymentId)).toMatchObject({
      id: paymentId,
      state: 'succeeded',
      amount: { amountMinor: 5_500, currency: 'usd' },
      metadata: request().metadata,
      customerId: null,
      livemode: false,
    });
    expect(people.balanceMinor()).toBe(5_500);
  });

  it('makes a customer for a card that is kept, and none for a guest', async () => {
    await people.pay(await pageAt((await aLink({ saveCard: true })).url), 'card');
    const { customerId, paymentMethodId } = (await stripe.paymentIntent(await paymentOf())) ?? {};
    expect(customerId).toMatch(/^cus_/);
    expect(paymentMethodId).toMatch(/^pm_/);
  });

  it.each(['succeeded', 'failed'] as const)(
    'has a debit under way for days, which has then %s',
    async (as) => {
      const { stripeId, url } = await aLink();
      expect(await people.pay(await pageAt(url), 'bank_debit')).toBe('processing');
      const paymentId = await paymentOf();
      expect(await stripe.paymentIntent(paymentId)).toMatchObject({ state: 'processing' });
      expect(await stripe.hasCompletedSession(stripeId)).toBe(true);
      expect(await people.settle(paymentId, as)).toBe(true);
      expect(await people.settle(paymentId, 'succeeded')).toBe(false);
      expect(await stripe.paymentIntent(paymentId)).toMatchObject({ state: as });
      expect(people.balanceMinor()).toBe(as === 'succeeded' ? 5_500 : 0);
    },
  );

  it('settles a debit by itself after four days, where nobody did', async () => {
    await people.pay(await pageAt((await aLink()).url), 'bank_debit');
    const paymentId = await paymentOf();
    people.clock.advance(4 * DAY_MS - 1);
    expect(await stripe.paymentIntent(paymentId)).toMatchObject({ state: 'processing' });
    people.clock.advance(1);
    expect(await stripe.paymentIntent(paymentId)).toMatchObject({ state: 'succeeded' });
  });

  it('forgets a key after a day: then it makes another one', async () => {
    const first = await aLink({}, 'the key');
    await stripe.deactivateLink(first.stripeId);
    people.clock.advance(DAY_MS);
    expect(await aLink({}, 'the key')).toEqual(first);
    people.clock.advance(1);
    const second = await aLink({ amount: money(6_000) }, 'the key');
    expect(second.stripeId).not.toBe(first.stripeId);
  });

  it('repeats under a key what it answered first, also a refusal, whatever has happened since', async () => {
    const product = { ...request().product, stripeProductId: 'prod_none' };
    const early = () => aLink({ product }, 'too early');
    await expect(early()).rejects.toBeInstanceOf(StripeRefused);
    await people.dashboard.makeProduct('Utah Invitational');
    await expect(early()).rejects.toBeInstanceOf(StripeRefused);

    await people.pay(await pageAt((await aLink()).url), 'card');
    const paymentId = await paymentOf();
    const made = await give(paymentId, 500);
    expect(made).toEqual({
      id: made.id,
      state: 'succeeded',
      amount: { amountMinor: 500, currency: 'usd' },
      decision: 'dec_1',
      createdAt: people.clock.now(),
    });
    await people.dashboard.settleRefund(made.id, 'failed');
    expect(await give(paymentId, 500)).toEqual(made);
    expect(await stripe.refundsOf(paymentId)).toEqual([{ ...made, state: 'failed' }]);
    await expect(give(paymentId, 600)).rejects.toBeInstanceOf(StripeRefused);
  });

  it('asks under the name of a product of ours, where it has one', async () => {
    const stripeProductId = await people.dashboard.makeProduct('Nevada Invitational');
    const { url } = await aLink({ product: { ...request().product, stripeProductId } });
    expect(await people.pay(await pageAt(url), 'card')).toBe('paid');
  });

  it('gives back no more than is left, nothing of what is disputed, and nothing of what did not come', async () => {
    await people.pay(await pageAt((await aLink()).url), 'card');
    const paymentId = await paymentOf();
    const first = await give(paymentId, 5_000, 'dec_1');
    await expect(give(paymentId, 501, 'dec_2')).rejects.toMatchObject({ evidence: { code: null } });
    await expect(give(paymentId, 0, 'dec_3')).rejects.toMatchObject({
      evidence: { code: 'parameter_invalid_integer' },
    });
    const second = await give(paymentId, 500, 'dec_4');
    await expect(give(paymentId, 1, 'dec_5')).rejects.toMatchObject({
      evidence: { code: 'charge_already_refunded' },
    });
    expect((await stripe.refundsOf(paymentId)).map(({ id }) => id)).toEqual([second.id, first.id]);
    await people.dashboard.settleRefund(second.id, 'failed');
    expect(people.balanceMinor()).toBe(500);

    expect(await people.dashboard.dispute(paymentId)).toMatch(/^du_/);
    await expect(give(paymentId, 1, 'dec_6')).rejects.toMatchObject({
      evidence: { code: 'charge_disputed' },
    });

    await people.pay(await pageAt((await aLink({}, 'debit')).url), 'bank_debit');
    const underWay = await paymentOf();
    await expect(give(underWay, 1, 'dec_7')).rejects.toMatchObject({ evidence: { status: 400, code: null } });
  });

  it('has the refund of a debit pending for two days', async () => {
    await people.pay(await pageAt((await aLink()).url), 'bank_debit');
    const paymentId = await paymentOf();
    await people.settle(paymentId, 'succeeded');
    const made = await give(paymentId, 500);
    expect(made.state).toBe('pending');
    people.clock.advance(2 * DAY_MS);
    expect(await stripe.refundsOf(paymentId)).toEqual([{ ...made, state: 'succeeded' }]);
  });

  it('can have a refund fail that had succeeded, and nothing become of one that failed', async () => {
    await people.pay(await pageAt((await aLink()).url), 'card');
    const { id } = await give(await paymentOf(), 5_500);
    await people.notices();
    expect(await people.dashboard.settleRefund(id, 'succeeded')).toBe(false);
    expect(await people.dashboard.settleRefund(id, 'failed')).toBe(true);
    expect((await people.notices()).map(({ eventType }) => eventType)).toEqual([
      'refund.updated',
      'refund.failed',
    ]);
    expect(await people.dashboard.settleRefund(id, 'succeeded')).toBe(false);
    expect(people.balanceMinor()).toBe(5_500);
  });
});

describe.each(wired)('the adapter and $name', ({ connect }) => {
  let backend: Awaited<ReturnType<(typeof wired)[number]['connect']>>;
  beforeAll(async () => {
    backend = await connect();
  });
  afterAll(() => backend.stop());

  it.each([
    ['tournament', request(), null],
    ['monthly', monthly, 'off_session'],
  ] as const)('a %s link, retrieved, is what was asked for', async (name, wanted, usage) => {
    const { stripeId, url } = await backend.stripe.createSurface(wanted, key(name));
    const link = await backend.client.paymentLinks.retrieve(stripeId, { expand: ['line_items'] });
    expect(link).not.toHaveProperty('expires_at');
    expect(link.url).toBe(url);
    expect(link.active).toBe(true);
    expect(link.metadata).toEqual(wanted.metadata);
    expect(link.payment_intent_data?.metadata).toEqual(wanted.metadata);
    expect(link.payment_intent_data?.setup_future_usage ?? null).toBe(usage);
    expect(link.customer_creation).toBe(usage === null ? 'if_required' : 'always');
    expect(link.restrictions?.completed_sessions.limit).toBe(1);
    expect(link.inactive_message).toBe(wanted.inactiveMessage);
    expect(link.after_completion.redirect?.url).toBe(wanted.returnUrl);
    expect(link.custom_text.submit?.message ?? null).toBe(wanted.customText);
    expect(link.line_items?.data.map((item) => [item.amount_total, item.currency])).toEqual([
      [wanted.amount.amountMinor, 'usd'],
    ]);
    await backend.stripe.deactivateLink(stripeId);
    expect((await backend.client.paymentLinks.retrieve(stripeId)).active).toBe(false);
  });

  it('a session, retrieved, is what was asked for, and has no life of our making', async () => {
    const { stripeId, expiresAt } = await backend.stripe.createSurface(onSite, key('retrieved'));
    const session = await backend.client.checkout.sessions.retrieve(stripeId);
    expect(session.expires_at - session.created).toBe(24 * 60 * 60);
    expect(expiresAt).toBe(instantAfter('1970-01-01T00:00:00.000Z', session.expires_at * 1000));
    expect(session.metadata).toEqual(onSite.metadata);
    await backend.stripe.expireSession(stripeId);
  });

  it('a longer life of a session is refused by Stripe: what broke in April 2026', async () => {
    const nowMs = backend.people === null ? Date.now() : epochMs(backend.people.clock.now());
    await expect(
      backend.client.checkout.sessions.create({
        mode: 'payment',
        line_items: [
          { quantity: 1, price_data: { currency: 'usd', unit_amount: 5_500, product_data: { name: 'x' } } },
        ],
        success_url: 'https://club.example/thanks',
        expires_at: Math.floor((nowMs + 30 * DAY_MS) / 1000),
      }),
    ).rejects.toMatchObject({ statusCode: 400, param: 'expires_at' });
  });
});
