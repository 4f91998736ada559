import { SHARDS } from '../domain/ids.ts';
import { dueAgainOf, endOf, naturalKey, type Order } from '../domain/order.ts';
import { newOrder } from '../domain/order-changes.ts';
import { contractMissing } from '../domain/roster.ts';
import { dayAfter, isPeriod, type LocalClock, type Monthly, type MonthlyRun } from '../domain/schedule.ts';
import type { ProductOrderKey } from '../ports.ts';
import type { Deps } from './deps.ts';
import { visibleKeys } from './visible.ts';

export type MakePeriodDeps = Pick<Deps, 'orders' | 'roster' | 'newId' | 'clock'>;

type Of = Pick<Monthly, 'productId' | 'timeZone' | 'payByDays'>;

/** Keys of the product's orders that are read at a time, over all its months. */
const PAGE = 500;
/** Orders that are read, or made, at a time. */
const TOGETHER = 20;

/**
 * Takes a run one page on. The product's orders are read twice: for the latest month before the one that is wanted
 * and how many orders it has, then to repeat each of those for the new month. Of all of them it holds a page; where
 * it stands is in the run, so that whoever has it can go on. Doing a page a second time makes no second order.
 *
 * @returns the run further on; `shard` is beyond the last one when its phase is at its end
 */
export const makePeriodPage = async (
  schedule: Of,
  run: MonthlyRun,
  clock: LocalClock,
  deps: MakePeriodDeps,
): Promise<MonthlyRun> => {
  const { items, next } = await deps.orders.pageOfShard({
    productId: schedule.productId,
    shard: run.shard,
    limit: PAGE,
    ...(run.after === null ? {} : { after: run.after }),
  });
  const visible = await visibleKeys(items, deps);
  const seen =
    run.phase === 'count' ? counted(run, visible) : await repeated(schedule, run, visible, clock, deps);
  return next === undefined
    ? { ...seen, shard: run.shard + 1, after: null }
    : { ...seen, after: items.at(-1)?.orderId ?? null };
};

export const isAtStart = ({ phase, shard, after }: MonthlyRun): boolean =>
  phase === 'count' && shard === 0 && after === null;
export const isAtEndOfPhase = ({ shard }: MonthlyRun): boolean => shard >= SHARDS;

const counted = (run: MonthlyRun, keys: readonly ProductOrderKey[]): MonthlyRun => {
  let { source, sourceOrders } = run;
  for (const { period } of keys) {
    if (period === null || !isPeriod(period) || period >= run.period) continue;
    if (period === source) sourceOrders += 1;
    else if (source === null || period > source) [source, sourceOrders] = [period, 1];
  }
  return { ...run, source, sourceOrders };
};

const repeated = async (
  schedule: Of,
  run: MonthlyRun,
  keys: readonly ProductOrderKey[],
  clock: LocalClock,
  deps: MakePeriodDeps,
): Promise<MonthlyRun> => {
  const ids = keys.filter(({ period }) => period === run.source).map(({ orderId }) => orderId);
  const leftOut = { ...run.leftOut };
  let [made, unmailed] = [run.made, run.repeat?.unmailed ?? 0];
  for (let from = 0; from < ids.length; from += TOGETHER) {
    const orders = await deps.orders.getMany(ids.slice(from, from + TOGETHER));
    for (const outcome of await Promise.all(
      orders.map((order) => repeatOrder(schedule, run, order, clock, deps)),
    )) {
      if (outcome === 'made' || outcome === 'mailed') made += 1;
      else leftOut[outcome] = (leftOut[outcome] ?? 0) + 1;
      if (outcome === 'made') unmailed += 1;
    }
  }
  return { ...run, made, leftOut, ...(run.repeat !== undefined && { repeat: { ...run.repeat, unmailed } }) };
};

/**
 * One order again for the next month, for the amount that is set for the family now; in how many parts it was paid has
 * nothing to do with that.
 *
 *   natural key → order id    written once, and then always the same id
 *   the order itself          a crash before it is mended by doing the page again
 *
 * @returns `mailed`: an earlier mailing of this month asks for it; or why it is not repeated
 */
const repeatOrder = async (
  schedule: Of,
  { period, day, repeat }: MonthlyRun,
  order: Order,
  clock: LocalClock,
  deps: MakePeriodDeps,
): Promise<'made' | 'mailed' | 'test_order' | 'canceled' | 'forgotten' | 'contract_unsigned'> => {
  if (order.test) return 'test_order';
  if (endOf(order) === 'canceled') return 'canceled';
  const player = await deps.roster.player(order.playerId);
  if (player?.forgottenAt !== undefined) return 'forgotten';
  if (contractMissing(order, player?.contract)) return 'contract_unsigned';
  const { productId, category, playerId, familyId, closesAt } = order;
  const key = naturalKey({ productId, playerId, period });
  const orderId = await deps.orders.point({ kind: 'natural', key }, deps.newId('ord'));
  const payBy = dayAfter(day, schedule.payByDays);
  const next = newOrder(
    {
      orderId,
      productId,
      category,
      playerId,
      familyId,
      period,
      amount: dueAgainOf(order),
      payBy,
      // One that was closed after its pay-by date closes after it again.
      closesAt: closesAt === null ? null : clock.instantAt(dayAfter(payBy, 1), '00:00', schedule.timeZone),
      test: false,
    },
    deps.clock.now(),
  );
  const isNew = (await deps.orders.create(next)) === 'created';
  if (isNew || repeat === undefined) return 'made';
  const standing = await deps.orders.get(orderId);
  if (standing === undefined) return 'made';
  // One of an import that is not committed is nobody's to mail yet.
  const [visible] = await visibleKeys([standing], deps);
  return visible !== undefined && visible.visibleSince > repeat.createdAfter ? 'made' : 'mailed';
};
