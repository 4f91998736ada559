import { describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { instantAfter } from '../../../lib/domain/ids.ts';
import { statusOf } from '../../../lib/domain/order.ts';
import type { FindingResult } from '../../../lib/domain/reconciliation.ts';
import { decideOrder } from '../../../lib/usecases/decide-order.ts';
import { mintLink } from '../../../lib/usecases/mint-link.ts';
import { startLook } from '../../../lib/usecases/reconcile/runs.ts';
import { type Death, mortal } from '../../support/mortal.ts';
import { apply, finish, foundBy } from '../../support/reconcile.ts';
import { stripeAt } from '../../support/stripe-client.ts';
import { startWorld, type World } from '../../support/world.ts';

/** A run in which the process dies at a call to anything outside, before or after it took effect, and another goes on. */

const DAY = 24 * 60 * 60 * 1000;
const PORTS = [...(['orders', 'runs', 'books', 'stripe', 'roster', 'blasts', 'pace'] as const)];

/** One of each fault that is repaired, among orders with which nothing is wrong. */
const troubled = async (): Promise<World> => {
  const world = await startWorld();
  const stripe = stripeAt(world.simulator);
  const minted = async () => {
    const { orderId } = await world.order();
    return { orderId, ...(await mintLink({ orderId }, world.deps)) };
  };
  const [fine, paid, reactivated, switchedOff, refunded, disputed] = [
    await minted(),
    await minted(),
    await minted(),
    await minted(),
    await minted(),
    await minted(),
  ];
  for (const { url } of [reactivated, refunded, disputed]) await visitor.pay(url);
  await world.deliverEvents();
  await world.doWorkForStripe();
  await visitor.pay(paid.url);
  const intentOf = (linkId: string) =>
    world.simulator.objects.checkoutSessions.find(({ payment_link }) => payment_link === linkId)
      ?.payment_intent ?? '';
  world.simulator.dashboardRefund(intentOf(refunded.stripeId));
  world.simulator.createDispute(intentOf(disputed.stripeId));
  await world.loseEvents();
  await stripe.paymentLinks.update(reactivated.stripeId, { active: true });
  await stripe.paymentLinks.update(switchedOff.stripeId, { active: false });
  const { orderId } = await world.order();
  await stripe.paymentLinks.create({
    line_items: [
      { quantity: 1, price_data: { currency: 'usd', unit_amount: 9_900, product_data: { name: 'Fee' } } },
    ],
    metadata: { system: world.site.system, order_id: orderId, generation: '1' },
  });
  const canceled = await minted();
  await decideOrder(
    { orderId: canceled.orderId, decision: 'cancel', actor: 'Kim', reason: 'moved' },
    world.deps,
  );
  world.retireQueue.receive();
  world.clock.advance(2 * 60 * 60 * 1000);
  expect(fine.url).toContain('http');
  return world;
};

/** What came of it: the same, whatever happened on the way. Ids of Stripe's are the same in each world. */
const outcomeOf = async (world: World) => {
  const orders = [];
  for (let i = 1; i <= 8; i++) {
    const order = await world.orders.get(`ord_${String(i).padStart(26, '0')}`);
    if (order === undefined) continue;
    const { generation, surfaces } = order;
    orders.push([
      statusOf(order),
      generation,
      Object.keys(order.facts).sort(),
      surfaces.map(({ stripeId, retiredAt }) => [stripeId, retiredAt !== null]),
      Object.keys(order.dueWork),
    ]);
  }
  const active = world.simulator.objects.paymentLinks.map(({ id, active: open }) => [id, open]);
  return { orders, active, refunds: world.simulator.objects.refunds.length };
};

/** Looks and repairs. Resolves to what was found and came of it, and how many calls the process made. */
const reconciled = async (death?: Death) => {
  const world = await troubled();
  try {
    const since = instantAfter(world.clock.now(), -10 * DAY);
    const process = mortal(world.deps, PORTS, death);
    const runId = await startLook({ since }, world.deps);
    const run = async (deps: typeof world.deps): Promise<void> => {
      const { run: looked } = await finish(runId, deps);
      await apply(looked.hash, deps);
    };
    await Promise.race([run(process.deps), process.died]);
    // Another takes over once the lease has run out. What was applied is applied again, as a person would.
    if (death !== undefined) {
      world.clock.advance(61_000);
      const { run: after } = await finish(runId, world.deps);
      await apply(after.hash, world.deps);
    }
    const { findings } = await foundBy(runId, world.deps);
    const settled = (result: FindingResult | null) =>
      // Who died between the repair and noting it leaves it to the next one to find it done.
      result?.outcome === 'repaired' || result?.outcome === 'known' ? 'settled' : result?.outcome;
    const told = findings.map(({ foundAt: _, result, ...finding }) => ({
      ...finding,
      outcome: settled(result),
    }));
    return { told, outcome: await outcomeOf(world), calls: process.calls() };
  } finally {
    await world.stop();
  }
};

/** Every so many calls, so that a change which moves them meets other ones. `1` tries each: it takes a minute. */
const STRIDE = Number(process.env.CRASH_STRIDE ?? 15);

describe('a reconciliation whose process dies', () => {
  it('finds the same, repairs the same, and nothing twice, wherever that happens', async () => {
    const whole = await reconciled();
    expect(new Set(whole.told.map(({ kind }) => kind)).size).toBe(7);
    expect(whole.told.map(({ outcome }) => outcome)).toEqual(whole.told.map(() => 'settled'));
    const deaths = Array.from({ length: whole.calls }, (_, i) => i + 1).flatMap((at): Death[] => {
      if (at % STRIDE === 0) return [{ at, moment: 'before' }];
      return at % STRIDE === Math.floor(STRIDE / 2) ? [{ at, moment: 'after' }] : [];
    });
    for (const death of STRIDE > 1
      ? deaths
      : deaths.flatMap((each) => [each, { ...each, moment: 'after' as const }])) {
      const { told, outcome } = await reconciled(death);
      expect({ death, told, outcome }).toEqual({ death, told: whole.told, outcome: whole.outcome });
    }
  });
});

describe('two reconciliations at once', () => {
  it('of one run never work at the same time, and find what one finds', async () => {
    const alone = await reconciled();
    const world = await troubled();
    const since = instantAfter(world.clock.now(), -10 * DAY);
    const runId = await startLook({ since }, world.deps);
    expect(await startLook({ since }, world.deps)).toBe(runId);
    world.simulator.clearRequests();
    const [one, other] = await Promise.all([finish(runId, world.deps), finish(runId, world.deps)]);
    expect(one.named).toEqual(other.named);
    expect(one.named).toEqual(alone.told.map(({ kind, about }) => `${kind} ${about}`));
    expect(world.simulator.requests).toHaveLength(one.run.requests);
    const both = await Promise.all([apply(one.run.hash, world.deps), apply(one.run.hash, world.deps)]);
    expect(both.map(({ run }) => run.results)).toEqual([{ repaired: 7 }, { repaired: 7 }]);
    expect(await outcomeOf(world)).toEqual(alone.outcome);
    await world.stop();
  });
});
