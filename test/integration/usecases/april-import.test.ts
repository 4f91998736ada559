import { afterEach, beforeEach, expect, it } from 'vitest';
import { aprilFiles } from '../../../infra/local/seed/april-files.ts';
import * as incident from '../../../infra/local/seed/incident.ts';
import { type MailedSession, openSession } from '../../../infra/local/seed/older-system.ts';
import { readLegacy } from '../../../infra/local/seed/write.ts';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { readImportFile } from '../../../infra/ops/import/read.ts';
import { money } from '../../../lib/domain/money.ts';
import { naturalKey, type Order, statusOf } from '../../../lib/domain/order.ts';
import { bringIn, type GivenRow } from '../../support/imports.ts';
import { recoveryOf } from '../../support/recovery.ts';
import { stripeAt } from '../../support/stripe-client.ts';
import { startWorld, type World } from '../../support/world.ts';

const HOUR = 60 * 60 * 1000;
let world: World;
let files: ReturnType<typeof aprilFiles>;
beforeEach(async () => {
  world = await startWorld();
  world.clock.set(new Date(incident.MAILED_AT).toISOString());
  const stripe = stripeAt(world.simulator);
  const opened = async (orders: readonly incident.SeedOrder[]): Promise<MailedSession[]> => {
    const sessions = [];
    for (const order of orders) {
      const product = incident.products.find(({ productId }) => productId === order.productId);
      if (product === undefined) throw new Error(order.productId);
      sessions.push({ order, ...(await openSession(order, product, stripe)) });
    }
    return sessions;
  };
  const mailed = await opened([...incident.tournamentOrders, ...incident.monthlyOrders]);
  const canceledTries = await opened(incident.canceledRetries);
  for (const { order, url } of mailed.filter(({ order }) => order.openedAfterHours < 24)) {
    world.clock.set(new Date(incident.MAILED_AT + order.openedAfterHours * HOUR).toISOString());
    await visitor.pay(url);
  }
  world.clock.set(new Date(incident.MAILED_AT + 30 * 24 * HOUR).toISOString());
  await world.simulator.tick();
  files = aprilFiles(await readLegacy({ mailed, canceledTries }, { stripe }));
});
afterEach(() => world.stop());

const KINDS = ['products', 'families', 'players', 'orders'] as const;
const bringAll = async () => {
  const looks = [];
  for (const kind of KINDS) {
    const how = { currency: 'usd', ignore: [], timeZone: 'America/Denver' } as const;
    const read = readImportFile(new TextEncoder().encode(files[kind]), how);
    if (!('file' in read)) throw new Error(JSON.stringify(read.problems));
    expect(read.file.kind).toBe(kind);
    looks.push(
      await bringIn(
        kind,
        read.file.rows.map(({ row }) => ({ ...row }) as GivenRow),
        world.deps,
      ),
    );
  }
  return looks;
};
const ofProduct = async (productId: string): Promise<Order[]> => {
  const ids: string[] = [];
  for (let shard = 0; shard < 16; shard++) {
    const { items } = await world.orders.pageOfShard({ productId, shard, limit: 100 });
    ids.push(...items.map(({ orderId }) => orderId));
  }
  return world.orders.getMany(ids);
};

it('the club of April 2026 comes in by its files: 17 tournament orders over $985 and six fees over $610 are to be looked after', async () => {
  await bringAll();
  const [cup, fees] = [await ofProduct('utah-invitational'), await ofProduct('monthly-fee')];
  const strandedOf = async (productId: string) => {
    const { plan } = await recoveryOf(world.deps).plan({ kind: 'product', productId });
    return [plan.rows, plan.sums];
  };
  expect(await strandedOf('utah-invitational')).toEqual([17, [money(98_500)]]);
  expect(await strandedOf('monthly-fee')).toEqual([6, [money(61_000)]]);
  expect(cup.map(statusOf).filter((status) => status === 'paid')).toHaveLength(5);
  expect(cup.filter(({ test }) => test).map(({ orderId }) => orderId)).toEqual(['93']);
  expect(fees.map(statusOf).filter((status) => status === 'canceled')).toHaveLength(13);
});

it('a second time all of it is the same, and each debt is one order', async () => {
  await bringAll();
  const before = [...(await ofProduct('utah-invitational')), ...(await ofProduct('monthly-fee'))];
  for (const { hash, counts } of await bringAll()) {
    expect([hash, counts.new, counts.changes]).toEqual([null, 0, 0]);
  }
  const after = [...(await ofProduct('utah-invitational')), ...(await ofProduct('monthly-fee'))];
  expect(after).toEqual(before);
  const debts = after.filter((order) => statusOf(order) !== 'canceled').map(naturalKey);
  expect(new Set(debts).size).toBe(debts.length);
});
