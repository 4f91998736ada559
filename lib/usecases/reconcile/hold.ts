import { epochMs, instantAfter } from '../../domain/ids.ts';
import type { Run } from '../../domain/reconciliation.ts';
import type { Deps } from '../deps.ts';

/** Longer than what is done between two renewals; what a worker leaves behind that died is taken up after it. */
const LEASE_MS = 60_000;
const RENEW_BELOW_MS = 30_000;
const SAVE_EVERY_MS = 5_000;

/** Somebody else has taken the run: nothing more may be done with it here. */
export class RunLost extends Error {}

/** A run that one worker works on. `save`, `keep` and `release` throw {@link RunLost} when another has taken it. */
export type RunHold = {
  run(): Run;
  /** Kept by the next `save`, together with whatever others changed. */
  change(change: (run: Run) => Run): void;
  save(): Promise<void>;
  /** Saves if the last time was a moment ago: so much is read again after a crash. */
  saveSometimes(): Promise<void>;
  /** Renews the lease when little of it is left. */
  keep(): Promise<void>;
  release(): Promise<void>;
};

/** `undefined`: somebody else works on it. */
export const holdRun = async (
  { run: found, worker }: { run: Run; worker: string },
  deps: Pick<Deps, 'runs' | 'clock'>,
): Promise<RunHold | undefined> => {
  const { lease } = found;
  if (lease !== null && lease.owner !== worker && lease.until > deps.clock.now()) return undefined;

  let run = found;
  let lost = false;
  let savedAtMs = 0;
  const write = async (released: boolean): Promise<void> => {
    if (lost) throw new RunLost();
    savedAtMs = epochMs(deps.clock.now());
    const until = instantAfter(deps.clock.now(), LEASE_MS);
    const written = { ...run, lease: released ? null : { owner: worker, until } };
    const saved = await deps.runs.save(written);
    lost = saved === 'conflict';
    if (saved === 'conflict') throw new RunLost();
    // What was changed here meanwhile is kept by the next write.
    run = { ...run, lease: saved.lease, revision: saved.revision };
  };

  // One write after the other; whoever comes while one is under way shares the next.
  let last: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | undefined;
  const save = (): Promise<void> => {
    waiting ??= last.then(() => {
      waiting = undefined;
      last = write(false);
      return last;
    });
    return waiting;
  };

  try {
    await save();
  } catch (error) {
    if (error instanceof RunLost) return undefined;
    throw error;
  }
  return {
    run: () => run,
    change: (change) => {
      run = change(run);
    },
    save,
    saveSometimes: async () => {
      if (epochMs(deps.clock.now()) - savedAtMs >= SAVE_EVERY_MS) await save();
    },
    keep: async () => {
      const left = epochMs(run.lease?.until ?? deps.clock.now()) - epochMs(deps.clock.now());
      if (lost) throw new RunLost();
      if (left < RENEW_BELOW_MS) await save();
    },
    release: async () => {
      await last.catch(() => undefined);
      await write(true);
    },
  };
};
