import type { Blast, Delivery } from '../domain/blast.ts';
import {
  type BlastReport,
  type BlastTotals,
  funnelOf,
  type ListedBlast,
  reportOf,
  type ShardTotals,
  sumOf,
  totalsOfOrder,
  type Viewpoint,
  viewpoint,
  waitsOf,
} from '../domain/blast-report.ts';
import { NotFound } from '../domain/errors.ts';
import { instantAfter, SHARDS, shardNumbers } from '../domain/ids.ts';
import type { Deps } from './deps.ts';

export type ReportDeps = Pick<Deps, 'blasts' | 'orders' | 'clock' | 'club' | 'log'>;

export type ReportInput = {
  blastId: string;
  /** A part that was counted so recently is not counted again. Seconds; a minute, when absent. */
  freshWithinSeconds?: number;
};

const FRESH_WITHIN_SECONDS = 60;

/**
 * What became of a blast: its ledger and the orders that it is about, counted shard by shard, side by side. What a
 * shard came to is kept with its time, so a run that is cut off has not counted for nothing. @throws {NotFound}
 */
export const reportBlast = async (
  { blastId, freshWithinSeconds = FRESH_WITHIN_SECONDS }: ReportInput,
  deps: ReportDeps,
): Promise<BlastReport> => {
  const blast = await deps.blasts.get(blastId);
  if (blast === undefined) throw new NotFound(`There is no mailing ${blastId}.`, { blastId });
  const [shards, known] = await Promise.all([deps.blasts.shards(blastId), deps.blasts.totals(blastId)]);
  const now = deps.clock.now();
  const freshSince = instantAfter(now, -freshWithinSeconds * 1000);
  const view = viewpoint(now, deps.club.timeZone);
  const parts = await Promise.all(
    shardNumbers.map(
      async (shard) =>
        known.find((part) => part.shard === shard && part.countedAt > freshSince) ??
        (await countAnew(blastId, shard, view, deps)),
    ),
  );
  const counted = parts.filter(({ countedAt }) => countedAt === now).length;
  deps.log('blast.reported', { blastId, counted });
  return reportOf(blast, shards, parts, now);
};

const countAnew = async (
  blastId: string,
  shard: number,
  view: Viewpoint,
  deps: ReportDeps,
): Promise<ShardTotals> => {
  const part = {
    blastId,
    shard,
    countedAt: view.now,
    totals: await countShard({ blastId, shard }, view, deps),
  };
  await deps.blasts.saveTotals(part);
  return part;
};

/** Rows, and as many orders at most, that are held of a shard at a time. */
const PAGE = 100;

const countShard = async (
  of: { blastId: string; shard: number },
  view: Viewpoint,
  deps: ReportDeps,
): Promise<BlastTotals> => {
  let totals = sumOf([]);
  let after: string | undefined;
  /** Of the last order of a page, whose other rows may be on the next one. */
  let begun: Delivery[] = [];
  do {
    const page = await deps.blasts.deliveries({
      ...of,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    const rows = [...begun, ...page.items];
    after = page.next;
    const last = after === undefined ? undefined : rows.at(-1)?.orderId;
    begun = rows.filter(({ orderId }) => orderId === last);
    const whole = rows.filter(({ orderId }) => orderId !== last);
    totals = sumOf([totals, ...(await countOrders(whole, view, deps))]);
  } while (after !== undefined);
  return totals;
};

const countOrders = async (
  rows: readonly Delivery[],
  view: Viewpoint,
  deps: ReportDeps,
): Promise<BlastTotals[]> => {
  const byOrder = Map.groupBy(rows, ({ orderId }) => orderId);
  if (byOrder.size === 0) return [];
  const orders = new Map(
    (await deps.orders.getMany([...byOrder.keys()])).map((order) => [order.orderId, order]),
  );
  return [...byOrder].map(([orderId, own]) => totalsOfOrder(own, orders.get(orderId), view));
};

/** The latest of those that have ended; of those that have not, all that there can be. */
const LISTED_AT_MOST = 50;

/** Blasts that have not ended, then those that have, with what was counted of them last. Counts nothing. */
export const listBlasts = async (deps: Pick<Deps, 'blasts' | 'clock'>): Promise<ListedBlast[]> => {
  const [open, ended] = await Promise.all([
    deps.blasts.pageOfOpen({ limit: LISTED_AT_MOST }),
    deps.blasts.pageOfEnded({ limit: LISTED_AT_MOST }),
  ]);
  // One that ends at this moment may be in both lists.
  const blasts = new Map([...open.items, ...ended.items].map((blast) => [blast.blastId, blast]));
  return Promise.all([...blasts.values()].map((blast) => listed(blast, deps)));
};

const listed = async (blast: Blast, deps: Pick<Deps, 'blasts' | 'clock'>): Promise<ListedBlast> => {
  const [shards, parts] = await Promise.all([
    deps.blasts.shards(blast.blastId),
    deps.blasts.totals(blast.blastId),
  ]);
  const [oldest] = parts.map(({ countedAt }) => countedAt).sort();
  const isWhole = parts.length === SHARDS;
  return {
    blast,
    waits: waitsOf(blast, shards, deps.clock.now()),
    funnel: isWhole ? funnelOf(blast, sumOf(parts.map(({ totals }) => totals))) : null,
    countedAt: isWhole ? (oldest ?? null) : null,
  };
};
