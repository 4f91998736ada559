import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { instantAfter } from '../../../lib/domain/ids.ts';
import { money } from '../../../lib/domain/money.ts';
import { decisionsOf, netOf, type Order, statusOf } from '../../../lib/domain/order.ts';
import { decideOrder } from '../../../lib/usecases/decide-order.ts';
import { fulfilPayment } from '../../../lib/usecases/fulfil-payment.ts';
import { mintLink } from '../../../lib/usecases/mint-link.ts';
import { lookAtRefund, type RefundInput, refundPayment } from '../../../lib/usecases/refund-payment.ts';
import { tick } from '../../../lib/usecases/tick.ts';
import { workForStripe } from '../../../lib/usecases/work-for-stripe.ts';
import { type Death, mortal } from '../../support/mortal.ts';
import { messageOf, startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld({ enforceLinkLimit: false });
});
afterEach(() => world.stop());

const HOUR = 60 * 60 * 1000;
const KIM = { actor: 'Kim', reason: 'paid twice' };

const status = async ({ orderId }: Order) => statusOf(await world.mustGet(orderId));
const attention = async ({ orderId }: Order) =>
  Object.keys((await world.mustGet(orderId)).dueWork).filter((key) => key.startsWith('attention'));
const refunds = () => world.simulator.objects.refunds;

/** One order, paid on so many pages at once. */
const paid = async (times = 1) => {
  const order = await world.order();
  const { url } = await mintLink({ orderId: order.orderId }, world.deps);
  const pages = [];
  for (let n = 0; n < times; n++) pages.push(await visitor.open(url));
  for (const page of pages) {
    await visitor.payOn(page);
    world.clock.advance(60_000);
  }
  await world.deliverEvents();
  await world.doWorkForStripe();
  const payments = world.simulator.objects.paymentIntents.slice(-times).map(({ id }) => id);
  return { order, orderId: order.orderId, payments };
};

const planned = async (input: RefundInput) => {
  const look = await lookAtRefund(input, world.deps);
  if (look.doneBefore) throw new Error('It is done already.');
  return look.plan;
};

describe('a refund', () => {
  it('of a second payment is shown, done once, and leaves the order paid with nothing for a person', async () => {
    const { order, orderId, payments } = await paid(2);
    expect(await status(order)).toBe('review');
    const plan = await planned({ orderId });
    expect(plan).toMatchObject({
      paymentId: payments[1],
      amount: money(5_500),
      received: money(5_500),
      givenBack: money(0),
      before: { status: 'review', net: money(11_000) },
      after: { status: 'paid', net: money(5_500) },
    });
    expect(refunds()).toEqual([]);

    const done = await refundPayment({ orderId, shown: plan.hash, ...KIM }, world.deps);
    expect(done).toMatchObject({
      doneBefore: false,
      refund: { state: 'succeeded' },
      now: { status: 'paid' },
    });
    expect(refunds()).toMatchObject([
      {
        amount: 5_500,
        payment_intent: payments[1],
        metadata: { system: 'club-payments/test', order_id: orderId, decision: `dec_${plan.hash}` },
      },
    ]);
    const after = await world.mustGet(orderId);
    expect(after.dueWork).toEqual({});
    expect(after.facts[`decision:dec_${plan.hash}`]).toMatchObject({
      decision: 'refund',
      about: `payment:${payments[1]}`,
      ...KIM,
    });

    const again = await refundPayment({ orderId, shown: plan.hash, ...KIM }, world.deps);
    expect(again).toMatchObject({ doneBefore: true, refund: { id: refunds()[0]?.id } });
    expect(await lookAtRefund({ orderId, shown: plan.hash }, world.deps)).toMatchObject({ doneBefore: true });
    // The events of it, in any sequence and twice, tell nothing new.
    const known = Object.keys(after.facts);
    await world.deliverEvents((events) => [...events, ...[...events].reverse()]);
    expect(Object.keys((await world.mustGet(orderId)).facts)).toEqual(known);
    expect(await status(order)).toBe('paid');
    expect(refunds()).toHaveLength(1);
  });

  it('of a part leaves the rest, of what is then left no more than that, and comes to the same as the dashboard', async () => {
    const { order, orderId, payments } = await paid();
    const first = await planned({ orderId, amount: '15.00' });
    expect(first.after).toMatchObject({ status: 'review', net: money(4_000) });
    await refundPayment({ orderId, amount: '15.00', shown: first.hash, ...KIM }, world.deps);
    world.simulator.dashboardRefund(payments[0] ?? '', { amountMinor: 500 });
    // The dashboard's refund is counted from Stripe, though no event has told of it yet.
    expect(await planned({ orderId })).toMatchObject({
      received: money(5_500),
      givenBack: money(2_000),
      left: money(3_500),
      amount: money(3_500),
    });
    for (const [amount, why] of [
      ['35.01', '$35.01 is more than the $35.00 that is left'],
      ['0', 'the amount is zero'],
      ['1.005', 'is not an amount in USD. Write it like 40.00.'],
      ['-5', 'is not an amount'],
    ] as const) {
      await expect(planned({ orderId, amount })).rejects.toThrow(why);
    }
    await world.deliverEvents();
    const rest = await planned({ orderId });
    await refundPayment({ orderId, shown: rest.hash, ...KIM }, world.deps);
    await world.deliverEvents();
    expect(await status(order)).toBe('refunded');
    expect(refunds().map(({ amount }) => amount)).toEqual([1_500, 500, 3_500]);
    await expect(planned({ orderId })).rejects.toThrow('no payment that could be given back');
    await expect(planned({ orderId, paymentId: payments[0] ?? '' })).rejects.toThrow(
      /Nothing is left of pi_\w+ to give back: of \$55.00 all of it has gone back/,
    );
  });

  it('of what is not there is refused with what is', async () => {
    const { orderId, payments } = await paid(3);
    // Any one of three could be the one that counts.
    await expect(planned({ orderId })).rejects.toThrow(
      `has several payments. Say which with --payment. It has: ${payments[0]} ($55.00 on 2026-04-14)`,
    );
    await expect(planned({ orderId, paymentId: 'pi_none' })).rejects.toThrow('has no payment "pi_none"');
    await expect(planned({ orderId: 'ord_none' })).rejects.toThrow('There is no order "ord_none".');
    const fresh = await world.order();
    await expect(planned({ orderId: fresh.orderId })).rejects.toThrow('no payment that could be given back');
    await expect(
      refundPayment({ orderId, shown: 'x', actor: 'Kim', reason: ' ' }, world.deps),
    ).rejects.toThrow('who decided it and why');
  });

  it('of what is disputed is refused before Stripe is asked', async () => {
    const { order, orderId, payments } = await paid();
    const dispute = world.simulator.createDispute(payments[0] ?? '');
    await world.deliverEvents();
    await expect(planned({ orderId })).rejects.toThrow(
      `disputes ${payments[0]} at their bank (${dispute.id})`,
    );
    expect(await attention(order)).toEqual([`attention:dispute:${dispute.id}`]);
  });

  it('is not what was shown once the order has moved: nothing is written', async () => {
    const { orderId, payments } = await paid(2);
    const plan = await planned({ orderId });
    const other = await planned({ orderId, amount: '10.00' });
    world.simulator.dashboardRefund(payments[1] ?? '');
    await world.deliverEvents();
    for (const input of [
      { shown: plan.hash },
      { amount: '10.00', shown: other.hash },
      { shown: 'f'.repeat(26) },
    ]) {
      const apply = refundPayment({ orderId, ...input, ...KIM }, world.deps);
      await expect(apply).rejects.toMatchObject({
        code: 'stale_plan',
        message: expect.stringContaining('Nothing was written; look again'),
      });
    }
    expect(refunds()).toHaveLength(1);
    expect(Object.keys((await world.mustGet(orderId)).facts).filter((key) => /^decision/.test(key))).toEqual(
      [],
    );
  });

  it('that moves while it is applied is not done either', async () => {
    const { orderId, payments } = await paid(2);
    const plan = await planned({ orderId });
    const racing = {
      ...world.deps,
      stripe: {
        ...world.deps.stripe,
        refundsOf: async (id: string) => {
          const seen = await world.deps.stripe.refundsOf(id);
          world.simulator.dashboardRefund(payments[1] ?? '');
          await world.deliverEvents();
          return seen;
        },
      },
    };
    await expect(refundPayment({ orderId, shown: plan.hash, ...KIM }, racing)).rejects.toMatchObject({
      code: 'stale_plan',
    });
    expect(refunds()).toHaveLength(1);
  });

  it('is decided after what was known when it was decided, whatever the clocks say', async () => {
    const { orderId } = await paid();
    const fast = {
      ...world.deps,
      clock: { ...world.clock, now: () => instantAfter(world.clock.now(), 5_000) },
    };
    await decideOrder({ orderId, decision: 'amend', amount: money(4_000), ...KIM }, fast);
    const { hash } = await planned({ orderId });
    await refundPayment({ orderId, shown: hash, ...KIM }, world.deps);
    const decisions = decisionsOf(await world.mustGet(orderId));
    expect(decisions.map(({ decision }) => decision)).toEqual(['amend', 'refund']);
  });

  it('asked for by two at the same moment is one refund', async () => {
    const { orderId } = await paid();
    // Of a part, for Stripe itself would refuse to give back the whole twice.
    const input = { orderId, amount: '10.00' };
    const { hash } = await planned(input);
    const apply = () => refundPayment({ ...input, shown: hash, ...KIM }, world.deps);
    await Promise.all([apply(), apply(), world.doWorkForStripe()]);
    await world.doWorkForStripe().catch(() => undefined);
    expect(refunds()).toHaveLength(1);
    expect((await planned({ orderId })).givenBack).toEqual(money(1_000));
  });

  it('that Stripe refuses becomes an item for a person, and is not tried again by itself', async () => {
    const { order, orderId } = await paid(2);
    const { hash } = await planned({ orderId });
    world.simulator.faults.before('POST /v1/refunds', { status: 400 });
    const done = await refundPayment({ orderId, shown: hash, ...KIM }, world.deps);
    expect(done.refund).toMatchObject({ state: 'failed', why: expect.any(String) });
    expect(await attention(order)).toContain(`attention:refund_failed:none_dec_${hash}`);
    world.simulator.clearRequests();
    world.clock.advance(HOUR);
    await tick(world.deps);
    await world.doWorkForStripe();
    expect(world.stripeCalls().filter((call) => call.startsWith('POST'))).toEqual([]);
    // Deciding it once more is another decision.
    const next = await planned({ orderId });
    expect(next.hash).not.toBe(hash);
    world.clock.advance(60_000);
    await refundPayment({ orderId, shown: next.hash, ...KIM }, world.deps);
    expect([await status(order), await attention(order)]).toEqual(['paid', []]);
  });

  it('that fails later shows, made here or in the dashboard', async () => {
    for (const how of ['here', 'dashboard'] as const) {
      const { order, orderId, payments } = await paid();
      if (how === 'here') {
        const { hash } = await planned({ orderId });
        await refundPayment({ orderId, shown: hash, ...KIM }, world.deps);
      } else world.simulator.dashboardRefund(payments[0] ?? '');
      await world.deliverEvents();
      expect(await status(order)).toBe('refunded');
      const refund = refunds().at(-1)?.id ?? '';
      world.simulator.settleRefund(refund, 'failed');
      await world.deliverEvents();
      expect(await status(order)).toBe('paid');
      expect(await attention(order)).toEqual([`attention:refund_failed:${refund}`]);
      await world.doWorkForStripe();
      expect(refunds().filter(({ payment_intent }) => payment_intent === payments[0])).toHaveLength(1);
    }
  });

  it('whose decision stands but whose refund does not yet is counted as given', async () => {
    const { orderId } = await paid();
    const { hash } = await planned({ orderId, amount: '15.00' });
    world.simulator.faults.before('POST /v1/refunds', { status: 'reset', times: 2 });
    const done = await refundPayment({ orderId, amount: '15.00', shown: hash, ...KIM }, world.deps);
    expect(done.refund).toBeNull();
    expect(await planned({ orderId })).toMatchObject({ givenBack: money(1_500), left: money(4_000) });
    world.simulator.faults.clear();
    // The message may be lost: the sweep finds the work.
    world.retireQueue.receive();
    world.clock.advance(6 * 60 * 1000);
    await tick(world.deps);
    await world.doWorkForStripe();
    expect(refunds()).toHaveLength(1);
    expect((await world.mustGet(orderId)).dueWork).not.toHaveProperty(`refund:dec_${hash}`);
  });

  it('of which a 5xx told nothing is made once, when Stripe has forgotten it', async () => {
    const { orderId } = await paid(2);
    const { hash } = await planned({ orderId });
    world.simulator.faults.before('POST /v1/refunds', { status: 500, saved: true });
    expect((await refundPayment({ orderId, shown: hash, ...KIM }, world.deps)).refund).toBeNull();
    expect((await refundPayment({ orderId, shown: hash, ...KIM }, world.deps)).refund).toBeNull();
    world.clock.advance(25 * HOUR);
    expect(await refundPayment({ orderId, shown: hash, ...KIM }, world.deps)).toMatchObject({
      doneBefore: true,
      refund: { state: 'succeeded' },
    });
    expect(refunds()).toHaveLength(1);
  });
});

/** The function dies at each of its calls in turn; whoever comes afterwards finishes, soon or when Stripe's key is forgotten. */
describe('whatever crashes, there is exactly one refund', () => {
  const PORTS = ['orders', 'stripe', 'retireQueue'] as const;

  const runUntil = async (death: Death | undefined, laterMs: number) => {
    const { order, orderId } = await paid();
    const input = { orderId, amount: '10.00' };
    const { hash } = await planned(input);
    const before = refunds().length;
    const process = mortal(world.deps, PORTS, death);
    const run = refundPayment({ ...input, shown: hash, ...KIM }, process.deps);
    await Promise.race([run, process.died]);
    world.clock.advance(laterMs);
    // Nobody types it again: the message, or the sweep, finishes what was decided.
    const worker = mortal(
      world.deps,
      PORTS,
      death === undefined ? undefined : { ...death, at: death.at % 5 },
    );
    await Promise.race([workForStripe({ orderId }, worker.deps), worker.died]);
    world.clock.advance(laterMs);
    await tick(world.deps);
    await world.doWorkForStripe();
    const decided = `decision:dec_${hash}` in (await world.mustGet(orderId)).facts;
    expect(refunds().length - before).toBe(decided ? 1 : 0);
    // Typed again it comes to the same, whether or not the first had begun.
    const done = await refundPayment({ ...input, shown: hash, ...KIM }, world.deps);
    expect([done.refund?.state, refunds().length - before]).toEqual(['succeeded', 1]);
    await world.deliverEvents();
    const after = await world.mustGet(order.orderId);
    expect(netOf(after)).toEqual(money(4_500));
    expect(Object.keys(after.dueWork)).toEqual([expect.stringMatching('attention:wrong_amount')]);
    return process.calls();
  };

  it.each([
    ['soon', 6 * 60 * 1000],
    ['when Stripe has forgotten the key', 25 * HOUR],
  ])('and somebody goes on %s', async (_, laterMs) => {
    const calls = await runUntil(undefined, laterMs);
    expect(calls).toBeGreaterThan(8);
    for (let at = 1; at <= calls; at++) {
      for (const moment of ['before', 'after'] as const) await runUntil({ at, moment }, laterMs);
    }
  });

  it('and its events come before anything else was kept', async () => {
    const { orderId } = await paid(2);
    const { hash } = await planned({ orderId });
    const process = mortal(world.deps, ['stripe'], { at: 4, moment: 'after' });
    await Promise.race([refundPayment({ orderId, shown: hash, ...KIM }, process.deps), process.died]);
    expect(refunds()).toHaveLength(1);
    for (const event of world.simulator.objects.events.filter(({ type }) => type === 'refund.created')) {
      await fulfilPayment(messageOf(event), world.deps);
    }
    expect((await world.mustGet(orderId)).dueWork).toEqual({});
    await world.doWorkForStripe();
    expect(refunds()).toHaveLength(1);
  });
});
