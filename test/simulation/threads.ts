import { Worker } from 'node:worker_threads';
import type { FaultName } from './faults.ts';
import { live } from './history.ts';
import { planOf } from './plan.ts';
import { count, merge, noTally, type Tally } from './tally.ts';

export type Histories = {
  /** The seed of the first; each next one's is one more. */
  seed: number;
  histories: number;
  faults: readonly FaultName[];
  /** Stops at the first that breaks a promise. */
  untilBroken: boolean;
};

/** So many at a time: often enough to tell how far it is, seldom enough to cost nothing. */
const PORTION = 200;

/** @param told how many more there are, after each portion. False: no more are wanted. */
export const liveThrough = async (
  { seed, histories, faults, untilBroken }: Histories,
  told: (more: Tally) => boolean,
): Promise<void> => {
  const enabled = new Set(faults);
  // Errors are made by the thousand here, and nobody reads where. A history that is told has them whole.
  const depth = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  for (let from = 0; from < histories; from += PORTION) {
    const tally = noTally();
    for (let i = from; i < Math.min(from + PORTION, histories); i++) {
      count(tally, await live(planOf(seed + i, enabled)));
      if (untilBroken && tally.broken.length > 0) break;
    }
    if (!told(tally) || (untilBroken && tally.broken.length > 0)) break;
  }
  Error.stackTraceLimit = depth;
};

/**
 * The same on several processors: each thread lives through histories of its own, so that every history is the same as
 * on one.
 */
export const liveInThreads = async (
  wanted: Histories,
  threads: number,
  told: (all: Tally) => boolean,
): Promise<Tally> => {
  const all = noTally();
  const add = (more: Tally): boolean => {
    merge(all, more);
    return told(all);
  };
  if (threads === 1) {
    await liveThrough(wanted, add);
    return all;
  }
  const share = Math.ceil(wanted.histories / threads);
  const workers = Array.from({ length: threads }, (_, i) => ({
    ...wanted,
    seed: wanted.seed + i * share,
    histories: Math.max(0, Math.min(share, wanted.histories - i * share)),
  }));
  await Promise.all(
    workers.map(
      (share) =>
        new Promise<void>((resolve, reject) => {
          const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: share });
          worker.on('message', (more: Tally) => {
            const enough = !add(more) || (wanted.untilBroken && all.broken.length > 0);
            if (enough) void worker.terminate();
          });
          worker.once('error', reject);
          worker.once('exit', () => resolve());
        }),
    ),
  );
  return all;
};
