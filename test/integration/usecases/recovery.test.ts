import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as incident from '../../../infra/local/seed/incident.ts';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { StalePlan, StoreUnavailable, StripeRefused } from '../../../lib/domain/errors.ts';
import { epochMs, instant } from '../../../lib/domain/ids.ts';
import { money } from '../../../lib/domain/money.ts';
import { openSurface, statusOf } from '../../../lib/domain/order.ts';
import { decideOrder } from '../../../lib/usecases/decide-order.ts';
import { planRecovery } from '../../../lib/usecases/plan-recovery.ts';
import { workTicket } from '../../../lib/usecases/work-ticket.ts';
import { aprilHappened } from '../../support/april.ts';
import { recoveryOf } from '../../support/recovery.ts';
import { stripeAt } from '../../support/stripe-client.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
let recovery: ReturnType<typeof recoveryOf>;
const HOUR = 60 * 60 * 1000;
const UTAH = { kind: 'product', productId: 'utah-invitational' } as const;
const FEES = { kind: 'product', productId: 'monthly-fee' } as const;

beforeEach(async () => {
  world = await startWorld();
  recovery = recoveryOf(world.deps);
  const { clock, orders, roster, simulator } = world;
  const settable = { now: () => epochMs(clock.now()), goTo: async (ms: number) => clock.set(instant(ms)) };
  await aprilHappened({ simulator, orders, roster, clock: settable }, { daysLater: 30 });
  world.stripeCalls();
});
afterEach(() => world.stop());

const sendMails = async () => {
  for (const ticket of world.blastQueue.receive()) {
    await workTicket({ ...ticket, worker: 'w', budgetMs: 600_000 }, world.deps);
  }
};
const stripeOf = () => {
  return stripeAt(world.simulator);
};
const links = () => world.simulator.objects.paymentLinks;
/** The order as if the older system had mailed this object for it. */
const mailedInstead = async (orderId: string, stripeId: string): Promise<void> => {
  const order = await world.mustGet(orderId);
  const [surface] = order.surfaces;
  if (surface === undefined) throw new Error('no surface');
  const kind = stripeId.startsWith('plink_') ? 'payment_link' : surface.kind;
  await world.orders.save({ ...order, surfaces: [{ ...surface, kind, stripeId }] });
};
const linkAtStripe = async (metadata: Record<string, string> = {}): Promise<Stripe.PaymentLink> => {
  const price_data = { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Fee' } };
  return stripeOf().paymentLinks.create({ metadata, line_items: [{ quantity: 1, price_data }] });
};

describe('recovery of the April mailing', () => {
  it('finds 18 in Utah, names and excludes order 93, and plans 17 families and $985', async () => {
    const { plan, rows, leftAlone } = await recovery.plan(UTAH);
    expect(plan).toMatchObject({ rows: 17, mailed: 17, families: 17, leftAlone: 1, others: { paid: 5 } });
    expect(plan.sums).toEqual([money(98_500)]);
    expect(leftAlone).toMatchObject([{ orderId: '93', reason: 'test_order', foundAtStripe: 'expired' }]);
    const found = rows.map(({ row }) => [row.finding, row.old, row.mail].join(' '));
    expect(new Set(found)).toEqual(new Set(['session_expired ended again']));
  });

  it('finds six monthly orders of $610, and leaves the 13 canceled retries alone', async () => {
    const { plan } = await recovery.plan(FEES);
    expect(plan).toMatchObject({ rows: 6, families: 6, sums: [money(61_000)], others: { canceled: 13 } });
  });

  it('finds both when it is asked for all', async () => {
    const { plan } = await recovery.plan({ kind: 'all' });
    expect(plan).toMatchObject({ rows: 23, sums: [money(159_500)], others: { paid: 5, canceled: 13 } });
    expect(plan.productIds).toEqual(['monthly-fee', 'utah-invitational']);
    const { counts, blastIds } = await recovery.apply(plan.hash);
    expect(counts.recovered).toBe(23);
    expect(blastIds).toEqual([`bls_${plan.hash}-0`, `bls_${plan.hash}-1`]);
    await sendMails();
    const subjects = world.mails.map(({ subject }) => subject);
    expect(subjects.filter((subject) => subject.includes('Monthly'))).not.toEqual([]);
    expect(new Set(world.mails.map(({ to, subject }) => to + subject)).size).toBe(world.mails.length);
    expect(await world.blasts.get(blastIds[0] ?? '')).toMatchObject({ template: 'monthly-fee' });
  });

  it('looks without changing anything', async () => {
    const before = await Promise.all(incident.tournamentOrders.map(({ orderId }) => world.mustGet(orderId)));
    await recovery.plan(UTAH);
    expect(await Promise.all(incident.tournamentOrders.map(({ orderId }) => world.mustGet(orderId)))).toEqual(
      before,
    );
    expect(world.stripeCalls().filter((call) => call.startsWith('POST'))).toEqual([]);
  });

  it('comes to the same plan in slices of one page, each of which goes on where the one before ended', async () => {
    const whole = await recovery.plan(UTAH);
    const { plan, slices } = await recovery.plan(UTAH, { budgetMs: 0 });
    expect(slices).toBeGreaterThan(5);
    expect({ ...plan, planId: '', createdAt: '', expiresAt: '' }).toEqual({
      ...{ ...whole.plan, planId: '', createdAt: '', expiresAt: '' },
    });
  });

  it('applied, gives each family a link of its own amount, and one mail that says so', async () => {
    const { plan, rows } = await recovery.plan(UTAH);
    const { counts } = await recovery.apply(plan.hash);
    expect(counts).toEqual({ recovered: 17, moved: 0, failed: 0 });
    await sendMails();
    expect(new Set(world.mails.map(({ to }) => to)).size).toBe(world.mails.length);
    for (const { row } of rows) {
      const order = await world.mustGet(row.orderId);
      expect(openSurface(order, world.clock.now())?.amount).toEqual(row.amount);
      const { addresses } = (await world.roster.family(order.familyId))?.parents[0] ?? { addresses: [] };
      const mail = world.mails.find(({ to }) => to === addresses[0]);
      expect(mail?.text).toContain(world.tokenOf(order));
      // An expired session can't be paid any more: nothing is left to be done about it.
      expect(order.surfaces[0]?.retiredAt).not.toBeNull();
      expect(order.dueWork).toEqual({});
    }
    expect((await world.mustGet('93')).surfaces).toHaveLength(1);
  });

  it('mails nobody when it was planned without mails', async () => {
    const { plan } = await recovery.plan(UTAH, { mail: false });
    expect(plan).toMatchObject({ rows: 17, mailed: 0 });
    expect((await recovery.apply(plan.hash)).blastIds).toEqual([]);
    expect(world.blastQueue.receive()).toEqual([]);
    expect(links()).toHaveLength(17);
  });

  it('applied twice, or made again and applied, mints nothing new and mails nobody twice', async () => {
    const { plan } = await recovery.plan(UTAH);
    const first = await recovery.apply(plan.hash);
    await sendMails();
    const mails = world.mails.length;
    expect(await recovery.apply(plan.hash)).toEqual(first);
    await sendMails();
    expect((await recovery.plan(UTAH)).rows).toEqual([]);
    expect(world.mails).toHaveLength(mails);
    expect(links()).toHaveLength(17);
  });

  it('goes on where it was cut off, row by row', async () => {
    const { plan } = await recovery.plan(UTAH);
    const { counts, slices } = await recovery.apply(plan.hash, { budgetMs: 0 });
    expect(slices).toBeGreaterThan(4);
    expect(counts).toEqual({ recovered: 17, moved: 0, failed: 0 });
    expect(links()).toHaveLength(17);
  });

  it('tries a row again that Stripe did not answer, with the same key', async () => {
    const { plan } = await recovery.plan(UTAH);
    world.simulator.faults.after('POST /v1/payment_links', { status: 'reset', times: 2 });
    expect((await recovery.apply(plan.hash)).counts).toEqual({ recovered: 17, moved: 0, failed: 0 });
    expect(links()).toHaveLength(17);
  });

  it('mails also whom a later run recovered, when the mailing was complete by then', async () => {
    const { plan } = await recovery.plan(UTAH);
    const trouble = { on: true };
    const some = recoveryOf({
      ...world.deps,
      stripe: {
        ...world.deps.stripe,
        createSurface: async (request, key) => {
          if (trouble.on && ['80', '85'].includes(request.metadata.order_id)) {
            throw new StripeRefused('Refused.');
          }
          return world.deps.stripe.createSurface(request, key);
        },
      },
    });
    const first = await some.apply(plan.hash);
    expect(first.counts).toEqual({ recovered: 15, moved: 0, failed: 2 });
    const [blastId = ''] = first.blastIds;
    await completed(blastId);
    const mails = world.mails.length;
    trouble.on = false;
    expect((await some.apply(plan.hash)).counts).toEqual({ recovered: 17, moved: 0, failed: 0 });
    await completed(blastId);
    const now = world.mails.slice(mails).map(({ to }) => to);
    const families = await Promise.all(
      ['80', '85'].map(async (orderId) => world.roster.family((await world.mustGet(orderId)).familyId)),
    );
    expect(now.toSorted()).toEqual(
      families.flatMap((family) => family?.parents.flatMap(({ addresses }) => addresses) ?? []).toSorted(),
    );
    // And once more: nothing is reopened for nobody.
    await some.apply(plan.hash);
    expect(await world.blasts.get(blastId)).toMatchObject({ state: 'complete' });
  });

  const completed = async (blastId: string): Promise<void> => {
    for (let i = 0; i < 6; i++) {
      await sendMails();
      world.clock.advance(2 * 60_000);
    }
    expect(await world.blasts.get(blastId)).toMatchObject({ state: 'complete' });
  };

  it.each([
    [503, 'Stripe failed'],
    [403, 'Stripe refused'],
  ])('stops when Stripe answers everything with %i, and goes on later', async (status, said) => {
    const { plan } = await recovery.plan(UTAH);
    world.stripeCalls();
    world.simulator.faults.before('POST /v1/payment_links', { status, times: 1_000 });
    await expect(recovery.apply(plan.hash)).rejects.toThrow(said);
    expect(new Set(world.stripeCalls()).size).toBeLessThan(12);
    world.simulator.faults.clear();
    expect((await recovery.apply(plan.hash)).counts).toEqual({ recovered: 17, moved: 0, failed: 0 });
    expect(links()).toHaveLength(17);
  });

  it('goes on beside rows that Stripe refuses, however many, and does them when the cause is put right', async () => {
    const { plan } = await recovery.plan({ kind: 'all' });
    const utah = (await world.roster.product('utah-invitational')) ?? expect.unreachable();
    await world.roster.putProduct({ ...utah, stripeProductId: 'prod_none' });
    expect((await recovery.apply(plan.hash)).counts).toEqual({ recovered: 6, moved: 0, failed: 17 });
    await world.roster.putProduct(utah);
    expect((await recovery.apply(plan.hash)).counts).toEqual({ recovered: 23, moved: 0, failed: 0 });
    expect(links()).toHaveLength(23);
  });

  it('reports an order that moved meanwhile and leaves it, and the others proceed', async () => {
    const { plan } = await recovery.plan(UTAH);
    const by = { actor: 'office', reason: 'asked' };
    await decideOrder({ orderId: '80', decision: 'cancel', ...by }, world.deps);
    await decideOrder({ orderId: '81', decision: 'amend', amount: money(1_000), ...by }, world.deps);
    expect((await recovery.apply(plan.hash)).counts).toEqual({ recovered: 15, moved: 2, failed: 0 });
    const { rows } = await recovery.rows(plan.hash);
    const moved = rows.flatMap(({ row, result }) =>
      result?.outcome === 'moved' ? [`${row.orderId}: ${result.detail}`] : [],
    );
    expect(moved.toSorted()).toEqual(['80: it is canceled by now', '81: its amount has been changed']);
    expect(statusOf(await world.mustGet('80'))).toBe('canceled');
    expect((await world.mustGet('80')).surfaces.filter(({ imported }) => !imported)).toEqual([]);
  });

  it('leaves an order whose old object is another one at Stripe by now than the plan says', async () => {
    const { id } = await linkAtStripe({ order_id: '80' });
    await stripeOf().paymentLinks.update(id, { active: false });
    await mailedInstead('80', id);
    const { plan } = await recovery.plan(UTAH);
    await stripeOf().paymentLinks.update(id, { active: true });
    expect((await recovery.apply(plan.hash)).counts).toEqual({ recovered: 16, moved: 1, failed: 0 });
    expect(await world.plans.planned(plan.planId, '80')).toMatchObject({
      result: { outcome: 'moved', detail: `${id} is open at Stripe by now` },
    });
  });

  it('leaves a monthly order whose contract ended since, and does not plan one that is not signed', async () => {
    const { plan } = await recovery.plan(FEES);
    const player = (await world.roster.player((await world.mustGet('203')).playerId)) ?? expect.unreachable();
    await world.roster.putPlayer({ ...player, contract: { ...player.contract, state: 'ended' } });
    const { counts } = await recovery.apply(plan.hash);
    expect(counts).toEqual({ recovered: 5, moved: 1, failed: 0 });
    const next = await recovery.plan(FEES);
    expect(next.leftAlone).toMatchObject([{ orderId: '203', reason: 'contract_unsigned' }]);
  });

  it('does not take for its own what somebody else has repaired, and does not mail about it', async () => {
    const mailing = await recovery.plan(UTAH);
    const silent = await recovery.plan(UTAH, { mail: false });
    expect(silent.plan.hash).not.toBe(mailing.plan.hash);
    await recovery.apply(silent.plan.hash);
    const { counts, blastIds } = await recovery.apply(mailing.plan.hash);
    expect(counts).toEqual({ recovered: 0, moved: 17, failed: 0 });
    expect(blastIds).toEqual([]);
  });

  it('applied by two at once, does each row once', async () => {
    const { plan } = await recovery.plan(UTAH);
    const both = await Promise.all([recovery.apply(plan.hash), recovery.apply(plan.hash)]);
    for (const { counts } of both) expect(counts).toEqual({ recovered: 17, moved: 0, failed: 0 });
    await sendMails();
    expect(new Set(world.mails.map(({ to }) => to)).size).toBe(world.mails.length);
    expect(links()).toHaveLength(17);
  });

  it('does not take for another’s what another run of the same plan did after it had read the row', async () => {
    const { plan } = await recovery.plan(UTAH);
    const { plans } = world.deps;
    let overtaken = false;
    const late = recoveryOf({
      ...world.deps,
      plans: {
        ...plans,
        pageOfPlanned: async (q) => {
          const page = await plans.pageOfPlanned(q);
          // The other has closed the old object, and is cut off before it keeps the result.
          if (page.items.length > 0 && !overtaken) {
            overtaken = true;
            const cut = { ...plans, recordResult: () => Promise.reject(new StoreUnavailable('Cut off.')) };
            await expect(recoveryOf({ ...world.deps, plans: cut }).apply(plan.hash)).rejects.toThrow(
              'Cut off',
            );
          }
          return page;
        },
      },
    });
    expect((await late.apply(plan.hash)).counts).toEqual({ recovered: 17, moved: 0, failed: 0 });
  });

  it('refuses a plan that is a day old, to the millisecond, and one that never was', async () => {
    const { plan } = await recovery.plan(UTAH);
    world.clock.set(plan.expiresAt);
    await expect(recovery.apply(plan.hash)).rejects.toThrow(StalePlan);
    await expect(recovery.apply(plan.hash)).rejects.toThrow('expired at 2026-05-15');
    await expect(recovery.apply('0'.repeat(32))).rejects.toThrow(StalePlan);
    expect(links()).toEqual([]);
  });

  it('finishes a plan that was begun in time, however late', async () => {
    const { plan } = await recovery.plan(UTAH);
    world.clock.advance(23 * HOUR);
    const first = await recovery.slice(plan.hash);
    expect(first.done).toBe(false);
    world.clock.advance(48 * HOUR);
    expect((await recovery.apply(plan.hash)).counts).toEqual({ recovered: 17, moved: 0, failed: 0 });
    expect(links()).toHaveLength(17);
  });

  it('the same findings are the same plan', async () => {
    const [a, b] = [await recovery.plan(UTAH), await recovery.plan(UTAH)];
    expect([b.plan.hash, b.plan.planId]).toEqual([a.plan.hash, a.plan.planId]);
    await decideOrder({ orderId: '80', decision: 'cancel', actor: 'office', reason: 'withdrew' }, world.deps);
    expect((await recovery.plan(UTAH)).plan.hash).not.toBe(a.plan.hash);
  });

  it('of a product that is not there says so, and of a look that was forgotten', async () => {
    await expect(recovery.plan({ kind: 'product', productId: 'uta' })).rejects.toThrow('There is no product');
    await expect(planRecovery({ planId: 'pln_none', budgetMs: 0 }, world.deps)).rejects.toThrow('Look again');
  });

  it('leaves alone what Stripe says belongs to another order', async () => {
    const foreign = (await world.mustGet('81')).surfaces[0]?.stripeId ?? '';
    await mailedInstead('80', foreign);
    expect((await recovery.plan(UTAH)).leftAlone).toContainEqual(
      expect.objectContaining({ orderId: '80', reason: 'other_order', stripeId: foreign, belongsTo: '81' }),
    );
  });

  it('leaves alone what carries no order id at Stripe', async () => {
    const { id } = await linkAtStripe();
    await stripeOf().paymentLinks.update(id, { active: false });
    await mailedInstead('80', id);
    expect((await recovery.plan(UTAH)).leftAlone).toContainEqual(
      expect.objectContaining({ orderId: '80', reason: 'no_order_id', foundAtStripe: 'inactive' }),
    );
  });

  it.each([
    ['in_1NoSuchThing', 'unknown_prefix'],
    ['cs_live_1', 'other_mode'],
  ])('leaves alone, and does not ask Stripe about, %s', async (stripeId, reason) => {
    await mailedInstead('80', stripeId);
    world.stripeCalls();
    expect((await recovery.plan(UTAH)).leftAlone).toContainEqual(
      expect.objectContaining({ orderId: '80', reason, foundAtStripe: null }),
    );
    expect(world.stripeCalls().some((call) => call.includes(stripeId))).toBe(false);
    const fields = { orderId: '80', stripeId };
    expect(world.logged).toContainEqual({ event: `recover.${reason}`, fields });
  });

  it('plans a link of the older system that was closed, and closes what is still open of it', async () => {
    const { id, url } = await linkAtStripe({ order_id: '80' });
    const { sessionId } = await visitor.open(url);
    await stripeOf().paymentLinks.update(id, { active: false });
    await mailedInstead('80', id);
    const { plan, rows } = await recovery.plan(UTAH);
    expect(rows.find(({ row }) => row.orderId === '80')?.row).toMatchObject({
      ...{ finding: 'link_inactive', stripeId: id, old: 'retire', mail: 'again' },
    });
    await recovery.apply(plan.hash);
    expect((await stripeOf().checkout.sessions.retrieve(sessionId ?? '')).status).toBe('expired');
    expect((await world.mustGet('80')).dueWork).toEqual({});
    expect(world.retireQueue.receive()).toEqual([]);
  });

  it('leaves alone a link that was closed because it was paid: its event was lost', async () => {
    const { id, url } = await linkAtStripe({ order_id: '80' });
    await visitor.pay(url);
    await stripeOf().paymentLinks.update(id, { active: false });
    await mailedInstead('80', id);
    expect((await recovery.plan(UTAH)).leftAlone).toContainEqual(
      expect.objectContaining({ orderId: '80', reason: 'completed_at_stripe', foundAtStripe: 'complete' }),
    );
  });
});
