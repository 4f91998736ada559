import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { money } from '../../../lib/domain/money.ts';
import { type Order, statusOf } from '../../../lib/domain/order.ts';
import {
  assignUnmatched,
  lookAtAssignment,
  lookAtSettling,
  settleUnmatched,
} from '../../../lib/usecases/settle-unmatched.ts';
import { mortal } from '../../support/mortal.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const KIM = { actor: 'Kim', reason: 'asked the family' };
const listed = async () => (await world.orders.pageOfUnmatched({ limit: 10 })).items;
const status = async ({ orderId }: Order) => statusOf(await world.mustGet(orderId));

/** A payment of our system on an order that nobody knows. Resolves to its id. */
const strangePayment = async (currency = 'usd'): Promise<string> => {
  const { hostname, port } = new URL(world.simulator.url);
  const stripe = new Stripe(world.simulator.apiKey, {
    ...{ host: hostname, port, protocol: 'http', telemetry: false, maxNetworkRetries: 0 },
  });
  const metadata = { system: 'club-payments/test', order_id: 'ord_nobody' };
  const session = await stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [
      { quantity: 1, price_data: { currency, unit_amount: 5_500, product_data: { name: 'Fee' } } },
    ],
    metadata,
    payment_intent_data: { metadata },
    success_url: 'https://club.example/thanks',
  });
  await visitor.pay(session.url ?? '');
  await world.deliverEvents();
  return world.simulator.objects.paymentIntents.at(-1)?.id ?? '';
};
const planned = async (stripeId: string, orderId: string) => {
  const look = await lookAtAssignment({ stripeId, orderId }, world.deps);
  if (look.doneBefore) throw new Error('It is done already.');
  return look.plan;
};

describe('a payment without an order', () => {
  it('is one item, however many events tell of it', async () => {
    const paymentId = await strangePayment();
    world.simulator.dashboardRefund(paymentId, { amountMinor: 500 });
    await world.deliverEvents();
    expect(await listed()).toMatchObject([{ stripeId: paymentId, paymentId, reason: 'unknown_order' }]);
  });

  it('is assigned as Stripe tells it: with its refunds, and with whatever comes later', async () => {
    const paymentId = await strangePayment();
    world.simulator.dashboardRefund(paymentId, { amountMinor: 1_500 });
    await world.deliverEvents();
    const order = await world.order({ amount: money(4_000) });
    const { orderId } = order;
    const plan = await planned(paymentId, orderId);
    expect(plan).toMatchObject({
      amount: money(5_500),
      refunds: [money(1_500)],
      before: { status: 'pending' },
      after: { status: 'paid', net: money(4_000) },
      attention: [],
    });
    expect(await status(order)).toBe('pending');
    const input = { stripeId: paymentId, orderId, shown: plan.hash, ...KIM };
    expect(await assignUnmatched(input, world.deps)).toMatchObject({
      doneBefore: false,
      now: { status: 'paid' },
    });
    expect(await assignUnmatched(input, world.deps)).toMatchObject({ doneBefore: true });
    expect(await listed()).toEqual([]);
    expect((await world.orders.unmatched(paymentId))?.settled).toMatchObject({
      as: 'assigned',
      orderId,
      ...KIM,
    });
    // Its metadata names the wrong order for ever; the pointer decides.
    const dispute = world.simulator.createDispute(paymentId);
    await world.deliverEvents();
    expect((await world.mustGet(orderId)).dueWork).toHaveProperty(`attention:dispute:${dispute.id}`);
    const other = await world.order();
    await expect(planned(paymentId, other.orderId)).rejects.toThrow(
      `was assigned to order ${orderId} by Kim`,
    );
  });

  it('whose dispute came first is assigned with it', async () => {
    const paymentId = await strangePayment();
    const dispute = world.simulator.createDispute(paymentId);
    await world.deliverEvents();
    expect((await listed()).map(({ stripeId }) => stripeId).sort()).toEqual([dispute.id, paymentId].sort());
    const { orderId } = await world.order();
    for (const stripeId of [paymentId, dispute.id]) {
      const { hash } = await planned(stripeId, orderId);
      await assignUnmatched({ stripeId, orderId, shown: hash, ...KIM }, world.deps);
    }
    const due = (dispute.evidence_details.due_by ?? 0) * 1000;
    expect((await world.mustGet(orderId)).dueWork[`attention:dispute:${dispute.id}`]).toMatchObject({
      dueAt: new Date(due).toISOString(),
    });
    expect(await listed()).toEqual([]);
  });

  it('is assigned once, wherever that stops, and by two at once', async () => {
    const ports = ['orders', 'stripe', 'retireQueue'] as const;
    const run = async (death?: Parameters<typeof mortal>[2]) => {
      const stripeId = await strangePayment();
      const order = await world.order();
      const { orderId } = order;
      const input = { stripeId, orderId, shown: (await planned(stripeId, orderId)).hash, ...KIM };
      const process = mortal(world.deps, ports, death);
      await Promise.race([assignUnmatched(input, process.deps), process.died]);
      await Promise.all([assignUnmatched(input, world.deps), assignUnmatched(input, world.deps)]);
      expect([await status(order), await listed()]).toEqual(['paid', []]);
      return process.calls();
    };
    const calls = await run();
    for (let at = 1; at <= calls; at++) {
      for (const moment of ['before', 'after'] as const) await run({ at, moment });
    }
  });

  it('is not assigned to an order that has moved, nor to two', async () => {
    const stripeId = await strangePayment();
    const [one, other] = [await world.order(), await world.order()];
    const { hash } = await planned(stripeId, one.orderId);
    world.simulator.dashboardRefund(stripeId, { amountMinor: 500 });
    const moved = { stripeId, orderId: one.orderId, shown: hash, ...KIM };
    await expect(assignUnmatched(moved, world.deps)).rejects.toMatchObject({ code: 'stale_plan' });
    expect([await status(one), (await listed()).length]).toEqual(['pending', 1]);
    expect(await world.orders.find({ kind: 'stripe', id: stripeId })).toBeUndefined();
    await world.orders.point({ kind: 'stripe', id: stripeId }, other.orderId);
    await expect(planned(stripeId, one.orderId)).rejects.toThrow(`belongs to order ${other.orderId} already`);
  });

  it('that can not be assigned says so, and is settled with a reason', async () => {
    const stripeId = await strangePayment('sek');
    const { orderId } = await world.order();
    await expect(planned(stripeId, orderId)).rejects.toThrow('It was paid in SEK');
    await expect(planned('pi_none', orderId)).rejects.toThrow('"unmatched list" shows them');
    await expect(planned(stripeId, 'ord_none')).rejects.toThrow('There is no order "ord_none".');
    const look = await lookAtSettling({ stripeId }, world.deps);
    const shown = look.doneBefore ? '' : look.plan.hash;
    await expect(settleUnmatched({ stripeId, shown: 'x', ...KIM }, world.deps)).rejects.toMatchObject({
      code: 'stale_plan',
    });
    await expect(
      settleUnmatched({ stripeId, shown, actor: 'Kim', reason: '' }, world.deps),
    ).rejects.toThrow();
    expect(await settleUnmatched({ stripeId, shown, ...KIM }, world.deps)).toEqual({
      stripeId,
      doneBefore: false,
    });
    expect(await settleUnmatched({ stripeId, shown, ...KIM }, world.deps)).toEqual({
      stripeId,
      doneBefore: true,
    });
    expect(await listed()).toEqual([]);
  });
});
