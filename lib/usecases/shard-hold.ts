import type { ShardProgress } from '../domain/blast.ts';
import { epochMs, instantAfter } from '../domain/ids.ts';
import type { Deps } from './deps.ts';

/** Short, so that what a worker leaves behind that died is soon taken up; renewed while somebody works. */
const LEASE_MS = 10_000;
const RENEW_BELOW_MS = 7_000;

/** A shard that one worker works on. Every change says false when somebody else has taken it in the meantime. */
export type ShardHold = {
  progress(): ShardProgress;
  save(change: Partial<ShardProgress>): Promise<boolean>;
  /** Renews the lease when little of it is left; asked before each mail. */
  keep(): Promise<boolean>;
  /** The last change: the lease ends with it. */
  release(change: Partial<ShardProgress>): Promise<boolean>;
};

/** @param found a shard that was free when it was read. Resolves to `undefined` if somebody has changed it since. */
export const holdShard = async (
  { found, worker }: { found: ShardProgress; worker: string },
  deps: Pick<Deps, 'blasts' | 'clock'>,
): Promise<ShardHold | undefined> => {
  let progress = found;
  let lost = false;
  let saving: Promise<unknown> = Promise.resolve();
  const leased = () => ({ owner: worker, until: instantAfter(deps.clock.now(), LEASE_MS) });

  /** One after the other: each is conditional on the one before. */
  const save = (change: Partial<ShardProgress>): Promise<boolean> => {
    const saved = saving.then(async () => {
      if (lost) return false;
      const stored = await deps.blasts.saveShard({ ...progress, lease: leased(), ...change });
      if (stored === 'conflict') lost = true;
      else progress = stored;
      return !lost;
    });
    saving = saved.catch(() => undefined);
    return saved;
  };

  if (!(await save({ wakeAt: null }))) return undefined;
  let renewing: Promise<boolean> | undefined;
  return {
    progress: () => progress,
    save,
    keep: async () => {
      const left = epochMs(progress.lease?.until ?? deps.clock.now()) - epochMs(deps.clock.now());
      if (left >= RENEW_BELOW_MS) return !lost;
      renewing ??= save({}).finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
    release: (change) => save({ ...change, lease: null }),
  };
};
