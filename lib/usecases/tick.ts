import type { Blast, ShardProgress } from '../domain/blast.ts';
import { type Instant, instantAfter, SHARDS } from '../domain/ids.ts';
import { type StartBlastDeps, startBlast } from './plan-blast.ts';
import { type SweepDeps, sweepOrder } from './work-for-stripe.ts';

export type TickDeps = SweepDeps & StartBlastDeps;

/** A ticket that nobody has worked on for this long is taken for lost. */
const TICKET_LOST_AFTER_MS = 10 * 60 * 1000;

/**
 * What is due now, found from what is recorded: running it twice does nothing the second time, and a tick that
 * comes late catches up. A failure in one part does not keep the others from running; the first is thrown last,
 * so that the run is counted as failed.
 */
export const tick = async (deps: TickDeps): Promise<{ swept: number; blasts: number }> => {
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
  if (failures.length > 0) throw failures[0];
  return { swept, blasts };
};

/** Work whose message was lost, and appointments (a pay-by date) that have come. */
const sweepDueWork = async (deps: TickDeps): Promise<number> => {
  const before = deps.clock.now();
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
  const swept = (await Promise.all(shards.map((shard) => sweepShard(shard, before, deps)))).reduce(
    (sum, count) => sum + count,
    0,
  );
  if (swept > 0) deps.log('tick.swept', { orders: swept });
  return swept;
};

const sweepShard = async (shard: number, before: Instant, deps: TickDeps): Promise<number> => {
  let swept = 0;
  for await (const orderId of pages((after) =>
    deps.orders.pageOfDueWork({ shard, before, limit: 100, ...after }),
  )) {
    await sweepOrder(orderId, deps);
    swept += 1;
  }
  return swept;
};

/** Starts blasts whose time has come, and gives new tickets for shards whose ticket was lost. */
const driveBlasts = async (deps: TickDeps): Promise<number> => {
  const now = deps.clock.now();
  let driven = 0;
  for await (const blast of pages((after) => deps.blasts.pageOfOpen({ limit: 50, ...after }))) {
    if (blast.state === 'planned' && blast.startsAt <= now) {
      await startBlast(blast, deps);
      driven += 1;
    }
    if (blast.state === 'sending') driven += await replaceLostTickets(blast, now, deps);
  }
  return driven;
};

const replaceLostTickets = async (blast: Blast, now: Instant, deps: TickDeps): Promise<number> => {
  const shards = await deps.blasts.shards(blast.blastId);
  if (shards.length === SHARDS && shards.every(({ done }) => done)) {
    // The last worker stopped between finishing its shard and closing the blast.
    await deps.blasts.advance(blast.blastId, ['sending'], 'complete', now);
    return 1;
  }
  const quietSince = instantAfter(now, -TICKET_LOST_AFTER_MS);
  const lost = (shard: ShardProgress): boolean =>
    !shard.done && (shard.lease === null ? blast.startsAt <= quietSince : shard.lease.until <= quietSince);
  const tickets = shards.filter(lost).map(({ blastId, shard }) => ({ blastId, shard }));
  if (tickets.length > 0) await deps.blastQueue.send(tickets);
  return tickets.length > 0 ? 1 : 0;
};

async function* pages<T>(
  read: (after: { after?: string }) => Promise<{ items: T[]; next?: string }>,
): AsyncGenerator<T> {
  let after: string | undefined;
  do {
    const page = await read(after === undefined ? {} : { after });
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}
