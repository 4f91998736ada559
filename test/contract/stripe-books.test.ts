import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StripeSimulator, startStripeSimulator } from '../../infra/local/stripe/simulator.ts';
import { visitor } from '../../infra/local/stripe/visitor.ts';
import { stripeBooks } from '../../lib/adapters/stripe/books.ts';
import { StripeRefused } from '../../lib/domain/errors.ts';
import { instant, instantAfter } from '../../lib/domain/ids.ts';
import type { Books, Page } from '../../lib/ports.ts';
import { stripeAt } from '../support/stripe-client.ts';

/**
 * What we read of Stripe's books, in the simulator; and, where it needs no payer, in Stripe's own test mode when
 * `STRIPE_TEST_API_KEY` is set.
 */
const METADATA = { system: 'club-payments/contract', order_id: 'ord_contract', generation: '1' };
const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;

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

describe('the books of the simulator', () => {
  let nowMs = Date.parse('2026-04-14T15:00:00.000Z');
  let simulator: StripeSimulator;
  let stripe: Stripe;
  let books: Books;
  beforeAll(async () => {
    simulator = await startStripeSimulator({ now: () => nowMs });
    const { apiKey, url } = simulator;
    stripe = stripeAt(simulator);
    books = stripeBooks({ apiKey, endpointUrl: url, timeoutMs: 5_000, maxRetries: 0 });
  });
  afterAll(() => simulator.stop());

  const aLink = () =>
    stripe.paymentLinks.create({
      metadata: METADATA,
      payment_intent_data: { metadata: METADATA },
      line_items: [
        { quantity: 1, price_data: { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Fee' } } },
      ],
    });
  const range = (fromMs: number, toMs: number) => ({ from: instant(fromMs), to: instant(toMs) });
  const today = () => range(nowMs - HOUR_MS, nowMs + HOUR_MS);

  it('tell a payment as its event would have told it', async () => {
    const link = await aLink();
    await visitor.pay(link.url);
    const [found] = await all((after) => books.payments({ ...today(), ...after }));
    const session = simulator.objects.checkoutSessions.find(({ payment_link }) => payment_link === link.id);
    expect(found).toEqual({
      id: session?.id,
      metadata: METADATA,
      at: instant(nowMs),
      notice: {
        kind: 'payment',
        eventId: `read_${session?.id}`,
        eventType: 'checkout.session',
        source: 'stripe_read',
        livemode: false,
        at: instant(nowMs),
        paymentId: session?.payment_intent,
        state: 'succeeded',
        amount: { amountMinor: 5_500, currency: 'usd' },
        sessionId: session?.id,
        surfaceId: link.id,
        customerId: session?.customer ?? null,
        metadata: METADATA,
      },
    });
    expect(await books.payment(session?.id ?? '')).toEqual(found);
    expect(await books.paymentsOn(link.id)).toEqual([found]);
  });

  it.each([
    ['processing', undefined],
    ['succeeded', 'succeeded'],
    ['failed', 'failed'],
  ] as const)('know that a debit is %s', async (state, outcome) => {
    const link = await aLink();
    await visitor.pay(link.url, { method: 'us_bank_account' });
    const [{ notice } = { notice: null }] = await books.paymentsOn(link.id);
    if (outcome !== undefined) simulator.settleDebit(notice?.paymentId ?? '', outcome);
    expect((await books.paymentsOn(link.id))[0]?.notice).toMatchObject({ state });
  });

  it('hold refunds and disputes with the metadata of their payment', async () => {
    const link = await aLink();
    await visitor.pay(link.url);
    const [{ notice } = { notice: null }] = await books.paymentsOn(link.id);
    const paymentId = notice?.paymentId ?? '';
    const { id } = simulator.dashboardRefund(paymentId, { amountMinor: 500 });
    const refund = {
      id,
      metadata: METADATA,
      at: instant(nowMs),
      notice: {
        kind: 'refund',
        eventId: `read_${id}`,
        eventType: 'refund',
        source: 'stripe_read',
        livemode: false,
        at: instant(nowMs),
        refundId: id,
        state: 'succeeded',
        amount: { amountMinor: 500, currency: 'usd' },
        paymentId,
        decision: null,
      },
    };
    expect(await all((after) => books.refunds({ ...today(), ...after }))).toEqual([refund]);
    expect(await books.refund(id)).toEqual(refund);

    const dispute = simulator.createDispute(paymentId);
    const [disputed] = await all((after) => books.disputes({ ...today(), ...after }));
    expect(disputed).toMatchObject({
      id: dispute.id,
      metadata: METADATA,
      notice: {
        kind: 'dispute',
        disputeId: dispute.id,
        state: 'needs_response',
        amount: { amountMinor: 5_000, currency: 'usd' },
        paymentId,
        respondBy: instant((dispute.evidence_details.due_by ?? 0) * 1000),
      },
    });
    expect(await books.dispute(dispute.id)).toEqual(disputed);
  });

  it('list what was opened from one second on and before another, each once, whatever its age', async () => {
    nowMs += 40 * DAY_MS;
    const from = nowMs;
    const links = await Promise.all(Array.from({ length: 3 }, () => aLink()));
    for (const { url } of links) {
      await visitor.pay(url);
      nowMs += 1000;
    }
    nowMs += 400 * DAY_MS;
    const found = async (fromMs: number, toMs: number) =>
      (await all((after) => books.payments({ ...range(fromMs, toMs), ...after }))).map(
        ({ notice }) => notice?.surfaceId,
      );
    const [first, second, third] = links.map(({ id }) => id);
    expect(await found(from, from + 1000)).toEqual([first]);
    expect(await found(from, from + 3000)).toEqual([third, second, first]);
    expect(await found(from + 1000, from + 2000)).toEqual([second]);
    expect(await found(from + 3000, nowMs)).toEqual([]);
  });

  it('leave out what was visited and not paid', async () => {
    const before = (await all((after) => books.payments({ ...today(), ...after }))).length;
    await visitor.open((await aLink()).url);
    expect(await all((after) => books.payments({ ...today(), ...after }))).toHaveLength(before);
  });

  it('go through more links than a page has, each once, and know of each what it asks for', async () => {
    const made = [];
    for (let i = 0; i < 130; i++) made.push((await aLink()).id);
    const closed = made[7] ?? '';
    await stripe.paymentLinks.update(closed, { active: false });
    simulator.clearRequests();
    const found = await all((after) => books.activeLinks(after));
    expect(simulator.requests).toHaveLength(2);
    const ids = found.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(made.filter((id) => !ids.includes(id))).toEqual([closed]);
    expect(await books.link(closed)).toMatchObject({
      id: closed,
      active: false,
      metadata: METADATA,
      livemode: false,
      amount: { amountMinor: 5_500, currency: 'usd' },
      productNames: ['Fee'],
    });
  });

  it('say of what is not there that it is not, and refuse a cursor that Stripe does not know', async () => {
    expect(await books.payment('cs_test_none')).toBeUndefined();
    expect(await books.refund('re_none')).toBeUndefined();
    expect(await books.dispute('du_none')).toBeUndefined();
    expect(await books.link('plink_none')).toBeUndefined();
    await expect(books.activeLinks({ after: 'plink_none' })).rejects.toBeInstanceOf(StripeRefused);
  });
});

const testKey = process.env.STRIPE_TEST_API_KEY;
if (testKey !== undefined && !/^(sk|rk)_test_/.test(testKey)) {
  throw new Error('STRIPE_TEST_API_KEY must begin with sk_test_ or rk_test_.');
}

describe.each(testKey === undefined ? [] : [testKey])('the books of Stripe test mode', (apiKey) => {
  const books = stripeBooks({ apiKey, endpointUrl: undefined, timeoutMs: 20_000, maxRetries: 1 });

  it('take the parameters that we list with, and say of what is not there that it is not', async () => {
    const to = instant(Date.now());
    const range = { from: instantAfter(to, -DAY_MS), to };
    for (const list of [books.payments, books.refunds, books.disputes]) {
      expect((await list(range)).items.length).toBeLessThanOrEqual(100);
    }
    expect((await books.activeLinks({})).items.length).toBeLessThanOrEqual(100);
    expect(await books.payment('cs_test_none')).toBeUndefined();
    expect(await books.link('plink_none')).toBeUndefined();
  });
});
