import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startStripeSimulator } from '../../infra/local/stripe/simulator.ts';
import { stripeBooks } from '../../lib/adapters/stripe/books.ts';
import { StripeRefused } from '../../lib/domain/errors.ts';
import { epochMs, instant, instantAfter } from '../../lib/domain/ids.ts';
import { money } from '../../lib/domain/money.ts';
import type { Books, Page, Stripe, SurfaceRequest } from '../../lib/ports.ts';
import { everyBackend, type People, peopled, type StripeBackend } from './stripe-backends.ts';

/**
 * What we read of Stripe's books, in the simulator and in the account in memory; and, where it needs no payer, in
 * Stripe's own test mode when `STRIPE_TEST_API_KEY` is set.
 */
const METADATA = {
  system: 'club-payments/contract',
  order_id: 'ord_contract',
  player_id: 'ply_1',
  product_id: 'prd_1',
  generation: '1',
};
const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;

const request: SurfaceRequest = {
  kind: 'payment_link',
  amount: money(5_500),
  product: { name: 'Fee', description: null, stripeProductId: null },
  saveCard: false,
  customText: null,
  inactiveMessage: 'Closed.',
  returnUrl: 'https://pay.club.example/pay/token',
  cancelUrl: null,
  metadata: METADATA,
};

const all = async <T>(read: (after: { after?: string }) => Promise<Page<T>>): Promise<T[]> => {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page = await read(after === undefined ? {} : { after });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
};

describe.each(peopled)('the books of $name', ({ connect }) => {
  let stripe: Stripe;
  let books: Books;
  let people: People;
  let stop: () => Promise<void>;
  let keys = 0;
  beforeAll(async () => {
    ({ stripe, books, people, stop } = await connect());
  });
  afterAll(() => stop());

  const aLink = () => stripe.createSurface(request, `books/${++keys}`);
  const visit = async (url: string): Promise<string> => {
    const visited = await people.visit(url);
    return visited.kind === 'page' ? visited.sessionId : expect.unreachable(`It is ${visited.why}.`);
  };
  /** Resolves to the link and the payment. */
  const aPayment = async (how: 'card' | 'bank_debit' = 'card') => {
    const { stripeId: linkId, url } = await aLink();
    const sessionId = await visit(url);
    await people.pay(sessionId, how);
    const [{ notice } = { notice: null }] = await books.paymentsOn(linkId);
    return { linkId, sessionId, paymentId: notice?.paymentId ?? expect.unreachable('Nothing was paid.') };
  };
  const now = () => people.clock.now();
  const today = () => ({ from: instantAfter(now(), -HOUR_MS), to: instantAfter(now(), HOUR_MS) });

  it('tell a payment as its event would have told it', async () => {
    const { linkId, sessionId, paymentId } = await aPayment();
    const [found] = await all((after) => books.payments({ ...today(), ...after }));
    expect(found).toEqual({
      id: sessionId,
      metadata: METADATA,
      at: now(),
      notice: {
        kind: 'payment',
        eventId: `read_${sessionId}`,
        eventType: 'checkout.session',
        source: 'stripe_read',
        livemode: false,
        at: now(),
        paymentId,
        state: 'succeeded',
        amount: { amountMinor: 5_500, currency: 'usd' },
        sessionId,
        surfaceId: linkId,
        customerId: null,
        metadata: METADATA,
      },
    });
    expect(await books.payment(sessionId)).toEqual(found);
    expect(await books.paymentsOn(linkId)).toEqual([found]);
    const [event] = await people.notices();
    const { eventId: _, eventType, source, ...told } = event ?? expect.unreachable('Nobody was told.');
    expect({ eventType, source }).toEqual({
      eventType: 'checkout.session.completed',
      source: 'stripe_event',
    });
    expect(found?.notice).toMatchObject(told);
  });

  it('tell of a payment when the money began to move, not when the page was opened', async () => {
    const sessionId = await visit((await aLink()).url);
    expect(await books.payment(sessionId)).toEqual({
      id: sessionId,
      notice: null,
      metadata: METADATA,
      at: now(),
    });
    people.clock.advance(HOUR_MS);
    await people.pay(sessionId, 'declined_card');
    expect(await books.payment(sessionId)).toMatchObject({ at: now(), notice: { state: 'failed' } });
    people.clock.advance(HOUR_MS);
    await people.pay(sessionId, 'card');
    expect(await books.payment(sessionId)).toMatchObject({ at: now(), notice: { state: 'succeeded' } });
  });

  it.each([
    ['processing', undefined],
    ['succeeded', 'succeeded'],
    ['failed', 'failed'],
  ] as const)('know that a debit is %s', async (state, outcome) => {
    const { linkId, paymentId } = await aPayment('bank_debit');
    if (outcome !== undefined) await people.settle(paymentId, outcome);
    expect((await books.paymentsOn(linkId))[0]?.notice).toMatchObject({ state });
  });

  it('hold refunds and disputes with the metadata of their payment', async () => {
    const { paymentId } = await aPayment();
    const id = await people.dashboard.refund(paymentId, 500);
    const refund = {
      id,
      metadata: METADATA,
      at: now(),
      notice: {
        kind: 'refund',
        eventId: `read_${id}`,
        eventType: 'refund',
        source: 'stripe_read',
        livemode: false,
        at: now(),
        refundId: id,
        state: 'succeeded',
        amount: { amountMinor: 500, currency: 'usd' },
        paymentId,
        decision: null,
      },
    };
    expect(await all((after) => books.refunds({ ...today(), ...after }))).toEqual([refund]);
    expect(await books.refund(id)).toEqual(refund);

    const disputeId = await people.dashboard.dispute(paymentId);
    const [disputed] = await all((after) => books.disputes({ ...today(), ...after }));
    expect(disputed).toEqual({
      id: disputeId,
      metadata: METADATA,
      at: now(),
      notice: {
        kind: 'dispute',
        eventId: `read_${disputeId}`,
        eventType: 'dispute',
        source: 'stripe_read',
        livemode: false,
        at: now(),
        disputeId,
        state: 'needs_response',
        amount: { amountMinor: 5_000, currency: 'usd' },
        paymentId,
        respondBy: instantAfter(now(), 9 * DAY_MS),
      },
    });
    expect(await books.dispute(disputeId ?? '')).toEqual(disputed);
  });

  it('list what was opened from one second on and before another, each once, whatever its age', async () => {
    people.clock.advance(40 * DAY_MS);
    const from = epochMs(now());
    const links = await Promise.all(Array.from({ length: 3 }, () => aLink()));
    for (const { url } of links) {
      await people.pay(await visit(url), 'card');
      people.clock.advance(1000);
    }
    people.clock.advance(400 * DAY_MS);
    const found = async (fromMs: number, toMs: number) => {
      const range = { from: instant(fromMs), to: instant(toMs) };
      const items = await all((after) => books.payments({ ...range, ...after }));
      return items.map(({ notice }) => notice?.surfaceId);
    };
    const [first, second, third] = links.map(({ stripeId }) => stripeId);
    expect(await found(from, from + 1000)).toEqual([first]);
    expect(await found(from, from + 3000)).toEqual([third, second, first]);
    expect(await found(from + 1000, from + 2000)).toEqual([second]);
    // By whole seconds: what is behind the point does not count.
    expect(await found(from + 999, from + 1999)).toEqual([first]);
    expect(await found(from + 3000, epochMs(now()))).toEqual([]);
  });

  it('leave out what was visited and not paid', async () => {
    const before = (await all((after) => books.payments({ ...today(), ...after }))).length;
    const { stripeId, url } = await aLink();
    await people.pay(await visit(url), 'declined_card');
    expect(await all((after) => books.payments({ ...today(), ...after }))).toHaveLength(before);
    expect(await books.paymentsOn(stripeId)).toEqual([]);
  });

  it('go through more links than a page has, each once, and know of each what it asks for', async () => {
    const before = (await all((after) => books.activeLinks(after))).length;
    const made: string[] = [];
    for (let i = 0; i < 130; i++) made.push((await aLink()).stripeId);
    const closed = made[7] ?? '';
    await stripe.deactivateLink(closed);
    const found = await all((after) => books.activeLinks(after));
    expect(found.length - before).toBe(129);
    const first = await books.activeLinks({});
    expect(first.items).toHaveLength(100);
    expect(first.next).toBe(first.items.at(-1)?.id);
    const ids = found.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(made.filter((id) => !ids.includes(id))).toEqual([closed]);
    expect(await books.link(closed)).toEqual({
      id: closed,
      url: expect.stringMatching(/^https?:/),
      active: false,
      metadata: METADATA,
      livemode: false,
      amount: { amountMinor: 5_500, currency: 'usd' },
      productNames: ['Fee'],
    });
  });

  it('name no next page where the last one is full', async () => {
    const open = (await all((after) => books.activeLinks(after))).map(({ id }) => id);
    for (const id of open.slice(100)) await stripe.deactivateLink(id);
    const { items, next } = await books.activeLinks({});
    expect(items).toHaveLength(100);
    expect(next).toBeUndefined();
  });

  it('know the product that a link was made of, and what another system made', async () => {
    const stripeProductId = await people.dashboard.makeProduct('Nevada Invitational');
    const { stripeId } = await stripe.createSurface(
      { ...request, product: { ...request.product, stripeProductId } },
      'books/product',
    );
    expect(await books.link(stripeId)).toMatchObject({ productNames: ['Nevada Invitational'] });
    const other = await people.dashboard.makeLink({ amountMinor: 900, metadata: { campaign: 'lights' } });
    expect(await books.link(other.id)).toMatchObject({
      url: other.url,
      active: true,
      metadata: { campaign: 'lights' },
      amount: { amountMinor: 900, currency: 'usd' },
    });
    const paymentId = await people.dashboard.payWithoutOrder({ amountMinor: 900, metadata: { a: 'b' } });
    expect(await stripe.paymentIntent(paymentId)).toMatchObject({ state: 'succeeded', metadata: { a: 'b' } });
    const [latest] = (await books.payments(today())).items;
    expect(latest).toMatchObject({ metadata: { a: 'b' }, notice: { paymentId, surfaceId: latest?.id } });
  });

  it('refuse a cursor that Stripe does not know', async () => {
    const unknown = books.activeLinks({ after: 'plink_none' });
    await expect(unknown).rejects.toBeInstanceOf(StripeRefused);
    await expect(unknown).rejects.toMatchObject({ evidence: { status: 400, code: 'resource_missing' } });
    for (const list of [books.payments, books.refunds, books.disputes]) {
      await expect(list({ ...today(), after: 'none' })).rejects.toBeInstanceOf(StripeRefused);
    }
  });
});

describe.each(everyBackend)('the books of $name, whatever is in them', ({ connect }) => {
  let backend: StripeBackend;
  beforeAll(async () => {
    backend = await connect();
  });
  afterAll(() => backend.stop());

  it('take the parameters that we list with', async () => {
    const { books } = backend;
    const to = instant(Date.now());
    const range = { from: instantAfter(to, -DAY_MS), to };
    for (const list of [books.payments, books.refunds, books.disputes]) {
      expect((await list(range)).items.length).toBeLessThanOrEqual(100);
    }
    expect((await books.activeLinks({})).items.length).toBeLessThanOrEqual(100);
  });

  it('say of what is not there that it is not', async () => {
    const { books } = backend;
    expect(await books.payment('cs_test_none')).toBeUndefined();
    expect(await books.refund('re_none')).toBeUndefined();
    expect(await books.dispute('du_none')).toBeUndefined();
    expect(await books.link('plink_none')).toBeUndefined();
  });
});

it('the books ask for a page of a hundred with each request', async () => {
  const simulator = await startStripeSimulator();
  onTestFinished(() => simulator.stop());
  const { apiKey, url } = simulator;
  const books = stripeBooks({ apiKey, endpointUrl: url, timeoutMs: 5_000, maxRetries: 0 });
  const range = { from: instant(0), to: instant(DAY_MS) };
  await books.activeLinks({});
  await books.payments(range);
  await books.refunds(range);
  await books.disputes(range);
  await books.paymentsOn('plink_none');
  const limits = simulator.requests.map(({ params }) => params).map((params) => Object(params).limit);
  expect(limits).toEqual(Array(5).fill('100'));
});
