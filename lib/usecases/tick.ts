import type { Blast, ShardProgress } from '../domain/blast.ts';
import { dueShardNumbers, epochMs, type Instant, instantAfter, SHARDS } from '../domain/ids.ts';
import type { Deps } from './deps.ts';
import { type MintAheadDeps, mintAhead } from './mint-ahead.ts';
import { itemsOf } from './pages.ts';
import { type StartBlastDeps, startBlast } from './plan-blast.ts';
import { dailyRunId } from './reconcile/daily-run.ts';
import type { ReconcileDeps } from './reconcile/deps.ts';
import { type RunSchedulesDeps, runSchedules } from './run-schedules.ts';
import { reviewStopped, reviewUnclear } from './unclear-claims.ts';
import { type SweepDeps, sweepOrder } from './work-for-stripe.ts';
import { isFree, mayGoOn } from './work-ticket.ts';

export type TickDeps = SweepDeps &
  StartBlastDeps &
  RunSchedulesDeps &
  MintAheadDeps &
  ReconcileDeps &
  Pick<Deps, 'opsStripe' | 'club'>;

/** A tick is over before the next one begins: what takes long leaves the rest of its time to what comes after it. */
const MINT_UNTIL_MS = 2 * 60 * 1000;
const RECONCILE_UNTIL_MS = 3 * 60 * 1000;
const RECONCILE_AT_LEAST_MS = 30 * 1000;
/** Longer than a worker may run. */
const SETTLED_AFTER_MS = 15 * 60 * 1000;
/** Links of a blast that began longer ago are made by whoever clicks. */
const MINT_AFTER_START_MS = 48 * 60 * 60 * 1000;

/** Of the minutes that a tick has; a month's orders that are not made by then are made by the next one. */
const SCHEDULES_MS = 90 * 1000;

/**
 * What is due now, found from what is recorded: running it twice does nothing the second time, and a tick that
 * comes late catches up. A failure in one part does not keep the others from running; the first is thrown last,
 * so that the run is counted as failed.
 */
export const tick = async (
  deps: TickDeps,
): Promise<{ swept: number; blasts: number; schedules: number; minted: number; reconciled: number }> => {
  const started = deps.clock.now();
  const failures: unknown[] = [];
  const part = async (run: () => Promise<number>): Promise<number> => {
    try {
      return await run();
    } catch (error) {
      failures.push(error);
      return 0;
    }
  };
  const swept = await part(() => sweepDueWork(deps));
  const blasts = await part(() => driveBlasts(deps));
  const schedules = await part(() => runSchedules({ budgetMs: SCHEDULES_MS }, deps));
  // Last, and with what is left of the time: nobody waits for it.
  const minted = await part(() => mintForBlasts(epochMs(started) + MINT_UNTIL_MS, deps));
  const reconciled = await part(() => reconcileOnceADay(epochMs(started) + RECONCILE_UNTIL_MS, deps));
  if (failures.length > 0) throw failures[0];
  return { swept, blasts, schedules, minted, reconciled };
};

/** Work whose message was lost, and appointments (a pay-by date) that have come. */
const sweepDueWork = async (deps: TickDeps): Promise<number> => {
  const before = deps.clock.now();
  const shards = await Promise.all(dueShardNumbers.map((dueShard) => sweepDueShard(dueShard, before, deps)));
  const swept = shards.flat();
  const oldest = swept.reduce((first, dueAt) => (dueAt < first ? dueAt : first), before);
  // Also when there was nothing: that is what shows that all is done.
  deps.log('tick.swept', {
    orders: swept.length,
    oldestDueSeconds: Math.round((epochMs(before) - epochMs(oldest)) / 1000),
  });
  return swept.length;
};

/** Since when the work of each order that was swept has been due. */
const sweepDueShard = async (dueShard: number, before: Instant, deps: TickDeps): Promise<Instant[]> => {
  const dueSince: Instant[] = [];
  for await (const orderId of itemsOf((after) =>
    deps.orders.pageOfDueWork({ dueShard, before, limit: 100, ...after }),
  )) {
    const order = await sweepOrder(orderId, deps);
    const due = Object.values(order.dueWork).filter(
      ({ kind, dueAt }) => kind !== 'attention' && dueAt < before,
    );
    dueSince.push(due.map(({ dueAt }) => dueAt).sort()[0] ?? before);
  }
  return dueSince;
};

/** Starts blasts whose time has come, and gives new tickets for shards whose ticket was lost. */
const driveBlasts = async (deps: TickDeps): Promise<number> => {
  const now = deps.clock.now();
  let driven = 0;
  for await (const blast of itemsOf((after) => deps.blasts.pageOfOpen({ limit: 50, ...after }))) {
    if (blast.state === 'planned' && blast.startsAt <= now) {
      await startBlast(blast, deps);
      driven += 1;
    }
    if (blast.state === 'sending') driven += await wakeBlast(blast, now, deps);
    if (blast.state === 'paused') await reviewStopped(blast.blastId, deps);
    if (blast.state === 'canceled') await closeCanceled(blast, deps);
  }
  return driven;
};

/** Of blasts that are being sent, and of those that were sent quicker than their links could be made. */
const mintForBlasts = async (untilMs: number, deps: TickDeps): Promise<number> => {
  const since = instantAfter(deps.clock.now(), -MINT_AFTER_START_MS);
  let minted = 0;
  for await (const blast of itemsOf((after) => deps.blasts.pageOfOpen({ limit: 50, ...after }))) {
    if (blast.state === 'sending') minted += await mintAhead({ blast, untilMs }, deps);
  }
  for await (const blast of itemsOf((after) => deps.blasts.pageOfEnded({ limit: 20, ...after }))) {
    if (blast.startsAt < since) break;
    if (blast.state === 'complete') minted += await mintAhead({ blast, untilMs }, deps);
  }
  return minted;
};

/** Goes on with the run of the day until it is done. Its code is loaded only then: most ticks have nothing to do here. */
const reconcileOnceADay = async (untilMs: number, deps: TickDeps): Promise<number> => {
  const now = deps.clock.now();
  const runId = dailyRunId(now, deps.club.timeZone);
  if ((await deps.runs.last('daily')) === runId) return 0;
  const budgetMs = Math.max(RECONCILE_AT_LEAST_MS, untilMs - epochMs(now));
  const input = { runId, worker: deps.newId('run'), budgetMs };
  const { reconcileDaily } = await import('./reconcile/daily.ts');
  return (await reconcileDaily(input, { ...deps, stripe: deps.opsStripe })) ? 1 : 0;
};

/** A worker that does not know yet may still send for some seconds, and SES may tell of that for an hour. */
const closeCanceled = async (blast: Blast, deps: TickDeps): Promise<void> => {
  const nothingUnclear = await reviewStopped(blast.blastId, deps);
  const canceledAt = blast.endedAt ?? deps.clock.now();
  if (!nothingUnclear || deps.clock.now() < instantAfter(canceledAt, SETTLED_AFTER_MS)) return;
  await deps.blasts.advance(blast.blastId, ['canceled'], { state: 'canceled', waiting: null }, canceledAt);
};

/**
 * Sees to it that somebody works on a blast that has something to do: a ticket may be lost, and none waits for quota.
 * One worker is enough, which takes up every shard that nobody holds and calls others if that is much; and many tickets
 * would pile up behind another blast that keeps all workers busy.
 */
const wakeBlast = async (blast: Blast, now: Instant, deps: TickDeps): Promise<number> => {
  if (!mayGoOn(blast, now)) return 0;
  const shards = await deps.blasts.shards(blast.blastId);
  if (shards.length === SHARDS && shards.every(({ done }) => done)) {
    // The last worker stopped between finishing its shard and closing the blast.
    await deps.blasts.advance(blast.blastId, ['sending'], { state: 'complete', waiting: null }, now);
    return 1;
  }
  const idle = shards.filter(({ done, lease }) => !done && (lease === null || lease.until <= now));
  const reviewed = await Promise.all(idle.map((shard) => reviewShard(shard, deps)));
  if (idle.length < shards.filter(({ done }) => !done).length) return 0;
  const free = reviewed.find((shard) => isFree(shard, now));
  if (free === undefined) return 0;
  await deps.blastQueue.send([{ blastId: blast.blastId, shard: free.shard, alone: true }]);
  return 1;
};

/** Settles, or holds, what a worker that is gone left unclear. A worker that takes the shard meanwhile does it itself. */
const reviewShard = async (shard: ShardProgress, deps: TickDeps): Promise<ShardProgress> => {
  if (shard.unclear.length === 0) return shard;
  const unclear = await reviewUnclear(shard, deps);
  if (unclear.length === shard.unclear.length) return shard;
  const next = { ...shard, unclear, ...(unclear.length === 0 && { wakeAt: null }) };
  const saved = await deps.blasts.saveShard(next);
  return saved === 'conflict' ? shard : saved;
};
