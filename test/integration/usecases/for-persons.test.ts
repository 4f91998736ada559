import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deliveryTagOf, newShard } from '../../../lib/domain/blast.ts';
import { instantAfter } from '../../../lib/domain/ids.ts';
import { recordSurface, surfaceRetired } from '../../../lib/domain/order-changes.ts';
import { changeOrder } from '../../../lib/usecases/change-order.ts';
import { decideOrder } from '../../../lib/usecases/decide-order.ts';
import { mintLink } from '../../../lib/usecases/mint-link.ts';
import { reconcileDaily } from '../../../lib/usecases/reconcile/daily.ts';
import { forPersons } from '../../../lib/usecases/reconcile/for-persons.ts';
import { aLedgerRow, aMailing } from '../../support/ledger.ts';
import { aSurface } from '../../support/orders.ts';
import { look } from '../../support/reconcile.ts';
import { stripeAt } from '../../support/stripe-client.ts';
import { startWorld, type World } from '../../support/world.ts';

const HOUR = 60 * 60_000;

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const stripe = (): Stripe => {
  return stripeAt(world.simulator);
};
const linkFor = async (metadata: Record<string, string>): Promise<string> => {
  const price_data = { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Fee' } };
  const link = await stripe().paymentLinks.create({ line_items: [{ quantity: 1, price_data }], metadata });
  return link.id;
};
const deactivate = (id: string) => stripe().paymentLinks.update(id, { active: false });
const cancel = (orderId: string) =>
  decideOrder({ orderId, decision: 'cancel', actor: 'Kim', reason: 'moved away' }, world.deps);

/** A link of ours for an order that is not there. */
const orphan = (generation = '1') =>
  linkFor({ system: world.site.system, order_id: 'ord_nobody', player_id: 'p', product_id: 'p', generation });

/** A link of the older system that can be paid, of an order that can't, and that does not show whose it is. */
const foreign = async () => {
  const { orderId } = await world.order();
  const stripeId = await linkFor({});
  await world.orders.point({ kind: 'stripe', id: stripeId }, orderId);
  const surface = aSurface({ stripeId, url: null, imported: true, mintedAt: world.clock.now() });
  const now = world.clock.now();
  await changeOrder({ orderId, change: (order) => recordSurface(order, surface, now) }, world.deps);
  await cancel(orderId);
  world.retireQueue.receive();
  await changeOrder({ orderId, change: (order) => surfaceRetired(order, stripeId, now) }, world.deps);
  return { orderId, stripeId };
};

const held = async (over: Partial<Parameters<typeof aLedgerRow>[0]> = {}) => {
  const { orderId, shard } = await world.order();
  const row = aLedgerRow({ orderId, shard, state: 'claimed', ...over });
  await world.blasts.claim(row);
  await world.blasts.settle({ ...row, state: 'held', reason: 'no_answer' });
  return row;
};

const day = async (runId: string) =>
  expect(await reconcileDaily({ runId, worker: 'w', budgetMs: HOUR }, world.deps)).toBe(true);
const told = (input: { productId?: string } = {}) => forPersons(input, world.deps);
const named = async (input: { productId?: string } = {}) =>
  (await told(input)).items.map(({ kind, about }) => `${kind} ${about}`);

describe('what waits for a person, beside what orders need', () => {
  it('is nothing, where nothing is wrong and nothing was compared yet', async () => {
    await world.order();
    expect(await told()).toEqual({ items: [], more: false, compared: null });
    expect(world.stripeCalls()).toEqual([]);
  });

  it('is a mail that is held and a mailing that stands still, the moment they are, without a reconciliation', async () => {
    const row = await held();
    await world.blasts.create(aMailing({ blastId: 'bls_1', startsAt: world.clock.now() }));
    const since = world.clock.now();
    const waiting = { reason: 'sender_refused', since, until: null } as const;
    await world.blasts.create(aMailing({ blastId: 'bls_2', productId: 'jersey', state: 'paused', waiting }));
    world.clock.advance(2 * HOUR);
    expect(await told()).toEqual({
      items: [
        {
          ...{ kind: 'held_delivery', about: deliveryTagOf(row), via: null, orderId: row.orderId },
          ...{ amount: null, foundAt: row.settledAt, failed: null, checked: true },
        },
        {
          ...{ kind: 'stuck_blast', about: 'bls_2', via: null, orderId: null },
          ...{ amount: null, foundAt: since, failed: null, checked: true },
        },
      ],
      more: false,
      compared: null,
    });
    expect(await named({ productId: 'jersey' })).toEqual(['stuck_blast bls_2']);
    expect(await named({ productId: 'tournament' })).toEqual([`held_delivery ${deliveryTagOf(row)}`]);
    await world.blasts.settleHeld(row, { state: 'sent', reason: 'asked', at: world.clock.now() });
    await world.blasts.advance('bls_2', ['paused'], { state: 'sending', waiting: null }, world.clock.now());
    expect(await named()).toEqual([]);
  });

  it('is a mailing that has not moved since the run of the day looked, until it moves', async () => {
    await world.blasts.create(aMailing({ startsAt: world.clock.now() }));
    const shard = newShard('bls_1', 0);
    await world.blasts.createShard(shard);
    await day('daily_1');
    world.clock.advance(11 * HOUR);
    expect(await named()).toEqual([]);
    world.clock.advance(2 * HOUR);
    expect(await named()).toEqual(['stuck_blast bls_1']);
    // The next one finds it stuck, and it is told at once, though that was a moment ago.
    world.clock.advance(11 * HOUR);
    await day('daily_2');
    expect(await named()).toEqual(['stuck_blast bls_1']);
    await world.blasts.saveShard(shard);
    expect(await named()).toEqual([]);
  });

  it('is what the last reconciliation left to a person, as long as it is still so', async () => {
    const [link, { orderId, stripeId }] = [await orphan(), await foreign()];
    await held();
    const startedAt = world.clock.now();
    await day('daily_1');
    world.clock.advance(HOUR);
    world.stripeCalls();
    const seen = await told();
    expect(seen.items).toMatchObject([
      { kind: 'active_not_ours', about: stripeId, orderId, checked: true, failed: null },
      { kind: 'orphan_without_order', about: link, orderId: 'ord_nobody', checked: true },
      // Told once, though the reconciliation found it too.
      { kind: 'held_delivery' },
    ]);
    expect(seen.compared).toEqual({ at: startedAt, stranded: { sessions: 0, links: 0 }, problems: [] });
    expect(world.stripeCalls()).toHaveLength(2);
    expect(await named({ productId: 'tournament' })).toEqual([
      `active_not_ours ${stripeId}`,
      expect.stringMatching(/^held_delivery /),
    ]);
    await deactivate(stripeId);
    await world.order({ orderId: 'ord_nobody' });
    expect(await named()).toEqual([expect.stringMatching(/^held_delivery /)]);
  });

  it('is told as it was found, when Stripe can not be asked whether it is still so', async () => {
    const link = await orphan();
    await day('daily_1');
    const foundAt = (await told()).items[0]?.foundAt;
    world.clock.advance(HOUR);
    world.simulator.faults.before(`GET /v1/payment_links/${link}`, { status: 503, times: 9 });
    expect((await told()).items).toMatchObject([{ about: link, checked: false, foundAt }]);
  });

  it('looks at some of very many once more, and tells the others as they were found', async () => {
    for (let i = 0; i < 45; i++) await orphan(String(i));
    await day('daily_1');
    world.stripeCalls();
    const { items } = await told();
    expect(items).toHaveLength(45);
    expect(items.filter(({ checked }) => checked)).toHaveLength(40);
    expect(world.stripeCalls()).toHaveLength(40);
  });

  it('is what could not be repaired, with what kept it from that', async () => {
    const { orderId } = await world.order();
    const { stripeId } = await mintLink({ orderId }, world.deps);
    await cancel(orderId);
    world.retireQueue.receive();
    world.clock.advance(2 * HOUR);
    world.simulator.faults.before(`POST /v1/payment_links/${stripeId}`, { status: 402 });
    await day('daily_1');
    expect((await told()).items).toMatchObject([
      {
        kind: 'overdue_work',
        orderId,
        failed: 'Stripe refused deactivate payment link: StripeCardError.',
        checked: true,
      },
    ]);
    world.clock.advance(HOUR);
    await day('daily_2');
    expect((await told()).items).toEqual([]);
  });

  it('is what somebody has seen since, by looking for it', async () => {
    await day('daily_1');
    world.clock.advance(HOUR);
    const link = await orphan();
    expect(await named()).toEqual([]);
    const { run } = await look(world.deps);
    expect(await named()).toEqual([`orphan_without_order ${link}`]);
    expect((await told()).compared?.at).toBe(run.startedAt);
    world.clock.advance(HOUR);
    await day('daily_2');
    expect(await named()).toEqual([`orphan_without_order ${link}`]);
    expect((await told()).compared?.at).toBe((await world.runs.get('daily_2'))?.startedAt);
  });

  it('is a family that is stranded, and what could not be compared, as of then', async () => {
    const { orderId } = await world.order();
    const mintedAt = instantAfter(world.clock.now(), -48 * HOUR);
    const surface = aSurface({ kind: 'checkout_session', stripeId: 'cs_test_1', imported: true, mintedAt });
    await changeOrder({ orderId, change: (order) => recordSurface(order, surface, mintedAt) }, world.deps);
    world.simulator.faults.before('GET /v1/disputes', { status: 403, times: Number.POSITIVE_INFINITY });
    const startedAt = world.clock.now();
    await day('daily_1');
    expect(await told()).toMatchObject({
      items: [],
      compared: {
        at: startedAt,
        stranded: { sessions: 1, links: 0 },
        problems: [expect.stringContaining('read Disputes')],
      },
    });
  });
});
