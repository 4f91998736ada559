import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as incident from '../../../infra/local/seed/incident.ts';
import { openSession } from '../../../infra/local/seed/older-system.ts';
import { importLegacy, readLegacy, seedRoster } from '../../../infra/local/seed/write.ts';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { epochMs } from '../../../lib/domain/ids.ts';
import { money } from '../../../lib/domain/money.ts';
import { openSurface, statusOf } from '../../../lib/domain/order.ts';
import { planTotals } from '../../../lib/domain/recovery-plan.ts';
import { applyRecovery } from '../../../lib/usecases/apply-recovery.ts';
import { decideOrder } from '../../../lib/usecases/decide-order.ts';
import { planRecovery } from '../../../lib/usecases/plan-recovery.ts';
import { workTicket } from '../../../lib/usecases/work-ticket.ts';
import { startWorld, type World } from '../../support/world.ts';

/** The April mailing as it happened: sessions made, five paid within the day, the others expired. */
let world: World;
const HOUR = 60 * 60 * 1000;
const productOf = (productId: string) => {
  const product = incident.products.find((one) => one.productId === productId);
  if (product === undefined) throw new Error(productId);
  return product;
};

beforeEach(async () => {
  world = await startWorld();
  world.clock.set(new Date(incident.MAILED_AT).toISOString());
  const { apiKey, host, port } = world.simulator;
  const stripe = new Stripe(apiKey, { host, port, protocol: 'http' });
  const mail = async (orders: readonly incident.SeedOrder[]) => {
    const mailed = [];
    for (const order of orders)
      mailed.push({ order, ...(await openSession(order, productOf(order.productId), stripe)) });
    return mailed;
  };
  const mailed = await mail([...incident.tournamentOrders, ...incident.monthlyOrders]);
  const canceledTries = await mail(incident.canceledRetries);
  for (const { order, url } of mailed.filter(({ order }) => order.openedAfterHours < 24)) {
    world.clock.set(new Date(incident.MAILED_AT + order.openedAfterHours * HOUR).toISOString());
    await visitor.pay(url);
  }
  world.clock.set(new Date(incident.MAILED_AT + 30 * 24 * HOUR).toISOString());
  await world.simulator.tick();
  await seedRoster(incident, world.deps);
  const orders = await readLegacy({ mailed, canceledTries }, { stripe });
  await importLegacy({ orders }, { ...world.deps, now: world.clock.now() });
  world.stripeCalls();
});
afterEach(() => world.stop());

const plan = (productId = 'utah-invitational', mail = true) => planRecovery({ productId, mail }, world.deps);
const apply = (hash: string, budgetMs = 60_000) =>
  applyRecovery({ hash, actor: 'office', budgetMs }, world.deps);
const sendMails = async () => {
  for (const ticket of world.blastQueue.receive()) {
    await workTicket({ ...ticket, worker: 'w', budgetMs: 600_000 }, world.deps);
  }
};

describe('recovery of the April mailing', () => {
  it('finds 18 in Utah, names and excludes order 93, and plans 17 families and $985', async () => {
    const found = await plan();
    expect(found.rows.length + found.excluded.length).toBe(18);
    expect(found.excluded).toEqual([{ orderId: '93', why: "the club's own test order" }]);
    expect(planTotals(found)).toEqual({ orders: 17, families: 17, amount: money(98_500) });
    expect(found.others).toEqual({ paid: 5 });
  });

  it('finds six monthly orders of $610, and leaves the 13 canceled retries alone', async () => {
    const found = await plan('monthly-fee');
    expect(planTotals(found)).toEqual({ orders: 6, families: 6, amount: money(61_000) });
    expect(found.others).toEqual({ canceled: 13 });
  });

  it('looks without changing anything', async () => {
    const before = await Promise.all(incident.tournamentOrders.map(({ orderId }) => world.mustGet(orderId)));
    await plan();
    expect(await Promise.all(incident.tournamentOrders.map(({ orderId }) => world.mustGet(orderId)))).toEqual(
      before,
    );
    expect(world.stripeCalls().filter((call) => call.startsWith('POST'))).toEqual([]);
  });

  it('applied, gives each family a link of its own amount, and one mail that says so', async () => {
    const { hash, rows } = await plan();
    const report = await apply(hash);
    expect(report).toMatchObject({ moved: [], failed: [], unfinished: false });
    expect(report.recovered).toHaveLength(17);
    await sendMails();
    expect(new Set(world.mails.map(({ to }) => to)).size).toBe(world.mails.length);
    for (const { orderId, amount } of rows) {
      const order = await world.mustGet(orderId);
      expect(openSurface(order, world.clock.now())?.amount).toEqual(amount);
      const { addresses } = (await world.roster.family(order.familyId))?.parents[0] ?? { addresses: [] };
      const mail = world.mails.find(({ to }) => to === addresses[0]);
      expect(mail?.text).toContain(world.tokenOf(order));
    }
    expect((await world.mustGet('93')).surfaces).toHaveLength(1);
    await world.doWorkForStripe();
    expect(Object.keys((await world.mustGet(rows[0]?.orderId ?? '')).dueWork)).not.toContain('retire');
  });

  it('applied twice, or made again and applied, mints nothing new and mails nobody twice', async () => {
    const { hash } = await plan();
    await apply(hash);
    await sendMails();
    const mails = world.mails.length;
    const links = world.simulator.objects.paymentLinks.length;
    await apply(hash);
    await sendMails();
    expect((await plan()).rows).toEqual([]);
    expect(world.mails).toHaveLength(mails);
    expect(world.simulator.objects.paymentLinks).toHaveLength(links);
  });

  it('goes on where it was cut off', async () => {
    const { hash } = await plan();
    expect(await apply(hash, 0)).toMatchObject({ unfinished: true, blastId: null });
    world.simulator.faults.after('POST /v1/payment_links', { status: 'reset', times: 2 });
    const first = await apply(hash);
    expect(first.failed).toHaveLength(1);
    const second = await apply(hash);
    expect(second.recovered).toHaveLength(17);
    expect(second.failed).toEqual([]);
    expect(world.simulator.objects.paymentLinks).toHaveLength(17);
  });

  it('reports an order that moved meanwhile and leaves it, and the others proceed', async () => {
    const { hash, rows } = await plan();
    const [canceled, amended] = [rows[0]?.orderId ?? '', rows[1]?.orderId ?? ''];
    await decideOrder(
      { orderId: canceled, decision: 'cancel', actor: 'office', reason: 'withdrew' },
      world.deps,
    );
    await decideOrder(
      { orderId: amended, decision: 'amend', amount: money(1_000), actor: 'office', reason: 'scholarship' },
      world.deps,
    );
    const report = await apply(hash);
    expect(report.moved.map(({ orderId }) => orderId)).toEqual([canceled, amended]);
    expect(report.recovered).toHaveLength(15);
    expect(statusOf(await world.mustGet(canceled))).toBe('canceled');
    expect((await world.mustGet(canceled)).surfaces.filter(({ imported }) => !imported)).toEqual([]);
  });

  it('refuses a plan that is a day old, to the millisecond, and one that never was', async () => {
    const { hash, expiresAt } = await plan();
    world.clock.set(new Date(epochMs(expiresAt)).toISOString());
    await expect(apply(hash)).rejects.toThrow('expired');
    await expect(apply('0'.repeat(32))).rejects.toThrow('no such plan');
  });

  it('finishes a plan that was begun in time, however late', async () => {
    const { hash } = await plan();
    world.clock.advance(20 * HOUR);
    world.simulator.faults.after('POST /v1/payment_links', { status: 'reset', times: 2 });
    expect((await apply(hash)).failed).toHaveLength(1);
    world.clock.advance(10 * HOUR);
    expect(await apply(hash)).toMatchObject({ failed: [], unfinished: false });
    expect(world.simulator.objects.paymentLinks).toHaveLength(17);
  });

  it('the same findings are the same plan', async () => {
    expect((await plan()).hash).toBe((await plan()).hash);
    expect((await plan('utah-invitational', false)).hash).not.toBe((await plan()).hash);
  });

  it('of a product that is not there says so', async () => {
    await expect(plan('uta-invitational')).rejects.toThrow('There is no product');
  });

  /** The order as if the older system had mailed this object for it. */
  const mailedInstead = async (orderId: string, stripeId: string): Promise<void> => {
    const order = await world.mustGet(orderId);
    const [surface] = order.surfaces;
    if (surface === undefined) throw new Error('no surface');
    await world.orders.save({ ...order, surfaces: [{ ...surface, stripeId }] });
  };

  it('leaves alone what Stripe says belongs to another order', async () => {
    const foreign = (await world.mustGet('81')).surfaces[0]?.stripeId ?? '';
    await mailedInstead('80', foreign);
    expect((await plan()).excluded).toContainEqual({
      orderId: '80',
      why: `${foreign} belongs to order 81 at Stripe`,
    });
  });

  it('leaves alone what carries no order id at Stripe', async () => {
    const { apiKey, host, port } = world.simulator;
    const stripe = new Stripe(apiKey, { host, port, protocol: 'http' });
    const price_data = { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Fee' } };
    const { id } = await stripe.paymentLinks.create({ line_items: [{ quantity: 1, price_data }] });
    await stripe.paymentLinks.update(id, { active: false });
    await mailedInstead('80', id);
    expect((await plan()).excluded).toContainEqual({
      orderId: '80',
      why: `${id} carries no order id at Stripe`,
    });
  });

  it('leaves alone, and does not ask Stripe about, an id of a kind that it does not know', async () => {
    await mailedInstead('80', 'in_1NoSuchThing');
    world.stripeCalls();
    expect((await plan()).excluded).toContainEqual({
      orderId: '80',
      why: 'in_1NoSuchThing is the id of neither a session nor a link',
    });
    expect(world.stripeCalls().some((call) => call.includes('in_1NoSuchThing'))).toBe(false);
    const fields = { orderId: '80', stripeId: 'in_1NoSuchThing' };
    expect(world.logged).toContainEqual({ event: 'recover.unknown_prefix', fields });
  });

  it('plans a link that was closed, as well as a session that has expired', async () => {
    const { apiKey, host, port } = world.simulator;
    const stripe = new Stripe(apiKey, { host, port, protocol: 'http' });
    const price_data = { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Fee' } };
    const metadata = { order_id: '80' };
    const { id } = await stripe.paymentLinks.create({ metadata, line_items: [{ quantity: 1, price_data }] });
    await stripe.paymentLinks.update(id, { active: false });
    await mailedInstead('80', id);
    const { rows } = await plan();
    expect(rows.find(({ orderId }) => orderId === '80')).toMatchObject({
      finding: 'link_inactive',
      stripeId: id,
    });
    expect(rows.filter(({ finding }) => finding === 'session_expired')).toHaveLength(16);
  });
});
