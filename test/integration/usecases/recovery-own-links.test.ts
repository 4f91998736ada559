import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { WrongAccount } from '../../../lib/domain/errors.ts';
import { money } from '../../../lib/domain/money.ts';
import { type Order, openSurface } from '../../../lib/domain/order.ts';
import { noteFirstMail } from '../../../lib/domain/order-changes.ts';
import { mintLink } from '../../../lib/usecases/mint-link.ts';
import { aSurface } from '../../support/orders.ts';
import { recoveryOf } from '../../support/recovery.ts';
import { stripeAt } from '../../support/stripe-client.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
let recovery: ReturnType<typeof recoveryOf>;
let written: string[];
beforeEach(async () => {
  world = await startWorld();
  written = [];
  const { plans } = world.deps;
  recovery = recoveryOf({
    ...world.deps,
    plans: {
      ...plans,
      saveDraft: async (draft) => {
        written.push('draft');
        return plans.saveDraft(draft);
      },
      keep: async (...all) => {
        written.push('rows');
        return plans.keep(...all);
      },
      put: async (plan) => {
        written.push('plan');
        return plans.put(plan);
      },
    },
  });
});
afterEach(() => world.stop());

const ALL = { kind: 'all' } as const;
const stripe = () => {
  return stripeAt(world.simulator);
};
/** Mailed, with a link of ours. */
const linked = async (
  over: Parameters<World['order']>[0] = {},
): Promise<{ order: Order; linkId: string }> => {
  const order = await world.order(over);
  const { stripeId } = await mintLink({ orderId: order.orderId }, world.deps);
  await world.orders.save(noteFirstMail(await world.mustGet(order.orderId), '2026-04-14'));
  return { order: await world.mustGet(order.orderId), linkId: stripeId };
};
const closeInDashboard = (linkId: string) => stripe().paymentLinks.update(linkId, { active: false });
/** As if the older system had mailed these, or another account's key had made them. */
const withSurface = async (orderId: string, stripeId: string, imported: boolean): Promise<void> => {
  const order = await world.order({ orderId });
  const url = imported ? null : 'https://buy.stripe.example/x';
  const kind = stripeId.startsWith('plink_') ? 'payment_link' : 'checkout_session';
  await world.orders.save({ ...order, surfaces: [aSurface({ stripeId, url, imported, kind })] });
};
const planOf = (orderId: string, { mail = false } = {}) =>
  recovery.plan({ kind: 'order', orderId }, { mail });
const nothingStored = (): void => expect(written).toEqual([]);

describe('a link of ours that somebody closed in the dashboard', () => {
  it('is planned, closed for good and replaced; the mailed address goes on to work, so nobody is mailed', async () => {
    const { order, linkId } = await linked();
    await linked();
    const { sessionId } = await visitor.open(order.surfaces[0]?.url ?? '');
    await closeInDashboard(linkId);
    const { plan, rows } = await recovery.plan(ALL);
    expect(plan).toMatchObject({ rows: 1, mailed: 0, others: { payable: 1 } });
    expect(rows[0]?.row).toMatchObject({
      ...{ orderId: order.orderId, finding: 'link_inactive', old: 'retire', mail: 'none' },
    });
    const { counts, blastIds } = await recovery.apply(plan.hash);
    expect([counts.recovered, blastIds]).toEqual([1, []]);
    const after = await world.mustGet(order.orderId);
    const open = openSurface(after, world.clock.now());
    expect(open?.stripeId).not.toBe(linkId);
    expect((await stripe().paymentLinks.retrieve(open?.stripeId ?? '')).active).toBe(true);
    expect((await stripe().checkout.sessions.retrieve(sessionId ?? '')).status).toBe('expired');
    expect(after.dueWork).toEqual({});
    expect((await recovery.plan(ALL)).plan.rows).toBe(0);
  });

  it('is left alone when it was paid: its event is under way', async () => {
    const { order } = await linked();
    await visitor.pay(order.surfaces[0]?.url ?? '');
    const { plan, leftAlone } = await recovery.plan(ALL);
    expect(plan.rows).toBe(0);
    expect(leftAlone).toMatchObject([{ orderId: order.orderId, reason: 'completed_at_stripe' }]);
  });

  it('when its retirement fails is replaced all the same, and the order owes the rest', async () => {
    const { order, linkId } = await linked();
    await closeInDashboard(linkId);
    const { plan } = await recovery.plan(ALL);
    world.simulator.faults.before(`POST /v1/payment_links/${linkId}`, { status: 503, times: 10 });
    expect((await recovery.apply(plan.hash)).counts.recovered).toBe(1);
    const after = await world.mustGet(order.orderId);
    expect(openSurface(after, world.clock.now())).toBeDefined();
    expect(Object.keys(after.dueWork)).toEqual([`retire:${linkId}`]);
    expect(await world.plans.planned(plan.planId, order.orderId)).toMatchObject({
      result: { detail: expect.stringContaining('the old page is closed within minutes') },
    });
  });
});

describe('a key of another Stripe account', () => {
  it('is refused when it does not know one of ours, and nothing is stored', async () => {
    await withSurface('o1', 'plink_elsewhere', false);
    await expect(recovery.plan(ALL)).rejects.toThrow(WrongAccount);
    await expect(recovery.plan(ALL)).rejects.toThrow('plink_elsewhere of order o1 is not there');
    nothingStored();
  });

  it('is refused when it knows none of several that were imported, unless those are said to be gone', async () => {
    for (const i of [1, 2]) await withSurface(`o${i}`, `cs_test_${i}`, true);
    expect((await recovery.plan(ALL)).plan.rows).toBe(2);
    await withSurface('o3', 'plink_3', true);
    await expect(recovery.plan(ALL)).rejects.toThrow(WrongAccount);
    await expect(recovery.plan(ALL)).rejects.toThrow('--objects-are-gone');
    const { plan, rows } = await recovery.plan(ALL, { objectsAreGone: true });
    expect(rows.map(({ row }) => row.finding)).toEqual(Array(3).fill('surface_missing'));
    expect((await recovery.apply(plan.hash)).counts.recovered).toBe(3);
  });

  it('is noticed at the last moment as well: nothing is made with it', async () => {
    const { linkId, order } = await linked();
    await closeInDashboard(linkId);
    const { plan } = await recovery.plan(ALL);
    const elsewhere = recoveryOf({
      ...world.deps,
      stripe: {
        ...world.deps.stripe,
        lookUpSurface: async () => ({ state: 'missing', orderId: null }),
      },
    });
    await expect(elsewhere.apply(plan.hash)).rejects.toThrow(WrongAccount);
    expect(world.simulator.objects.paymentLinks).toHaveLength(1);
    expect((await world.mustGet(order.orderId)).generation).toBe(1);
    expect((await recovery.apply(plan.hash)).counts.recovered).toBe(1);
  });

  it('does not stop a look where others are known: the one that is not is named', async () => {
    await linked({ orderId: 'o2' });
    await withSurface('o1', 'plink_of_last_year', false);
    const { plan, leftAlone } = await recovery.plan(ALL);
    expect(plan.rows).toBe(0);
    expect(leftAlone).toMatchObject([{ orderId: 'o1', reason: 'other_account' }]);
  });
});

describe('regenerate', () => {
  it('replaces the good link of one order, closes the old one, and mails if asked to', async () => {
    const { order, linkId } = await linked();
    const { plan, rows } = await planOf(order.orderId, { mail: true });
    expect(plan).toMatchObject({ rows: 1, mailed: 1, sums: [money(5_500)] });
    expect(rows[0]?.row).toMatchObject({ finding: 'asked_for', old: 'retire', mail: 'again' });
    const { counts, blastIds } = await recovery.apply(plan.hash);
    expect(counts.recovered).toBe(1);
    expect(blastIds).toEqual([`bls_${plan.hash}`]);
    expect((await stripe().paymentLinks.retrieve(linkId)).active).toBe(false);
    expect(openSurface(await world.mustGet(order.orderId), world.clock.now())).toBeDefined();
  });

  it('mails nobody unless it is asked to', async () => {
    const { order } = await linked();
    const { plan } = await planOf(order.orderId);
    expect((await recovery.apply(plan.hash)).blastIds).toEqual([]);
  });

  it('makes the first link of an order that has none, once', async () => {
    const { orderId } = await world.order();
    const { plan, rows } = await planOf(orderId);
    expect(rows[0]?.row).toMatchObject({ finding: 'asked_for', stripeId: null });
    await recovery.apply(plan.hash);
    await recovery.apply(plan.hash);
    expect(world.simulator.objects.paymentLinks).toHaveLength(1);
    const next = await planOf(orderId);
    expect(next.plan.hash).not.toBe(plan.hash);
  });

  it('leaves an order that has got a link since it was shown', async () => {
    const { orderId } = await world.order();
    const { plan } = await planOf(orderId);
    await mintLink({ orderId }, world.deps);
    expect((await recovery.apply(plan.hash)).counts).toEqual({ recovered: 0, moved: 1, failed: 0 });
  });

  it('overrides what recovery leaves alone, when it can be paid no more, and does not touch it', async () => {
    const price_data = { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Fee' } };
    const { id } = await stripe().paymentLinks.create({ line_items: [{ quantity: 1, price_data }] });
    await withSurface('o1', id, true);
    await expect(planOf('o1')).rejects.toThrow(
      `${id} of order o1 can still be paid, and carries no order id`,
    );
    await closeInDashboard(id);
    world.stripeCalls();
    const { plan, rows } = await planOf('o1');
    expect(rows[0]?.row).toMatchObject({ finding: 'asked_for', old: 'leave' });
    expect((await recovery.apply(plan.hash)).counts.recovered).toBe(1);
    expect(world.stripeCalls()).not.toContain(`POST /v1/payment_links/${id}`);
  });

  it('replaces an id that nobody knows, without asking Stripe about it', async () => {
    await withSurface('o1', 'in_1NoSuchThing', true);
    const { plan } = await planOf('o1');
    expect((await recovery.apply(plan.hash)).counts.recovered).toBe(1);
    expect(world.stripeCalls().some((call) => call.includes('in_1NoSuchThing'))).toBe(false);
  });

  it('refuses what is not there, is paid, is being paid, or has no contract, and stores nothing', async () => {
    await expect(planOf('o1')).rejects.toThrow('There is no order o1.');
    const { order } = await linked({ orderId: 'o2' });
    await visitor.pay(order.surfaces[0]?.url ?? '');
    await expect(planOf('o2')).rejects.toThrow('Somebody has paid order o2');
    await world.deliverEvents();
    await expect(planOf('o2')).rejects.toThrow('Order o2 is paid');
    await world.order({ orderId: 'o3', category: 'monthly' }, 'unsigned');
    await expect(planOf('o3')).rejects.toThrow('contract');
    await withSurface('o4', 'plink_elsewhere', false);
    await expect(planOf('o4')).rejects.toThrow(WrongAccount);
    nothingStored();
  });
});
