import { Contention, NotFound } from '../domain/errors.ts';
import { epochMs, type Instant } from '../domain/ids.ts';
import type { Deps } from './deps.ts';

const TRIES = 8;

/**
 * Lets a closing pass go over a shard of a blast once more, also when the blast was complete: it finds whoever was
 * released or added since. One that finds nobody does no harm.
 * @param input.notBefore for whoever is about to release or add somebody: the pass begins then by itself, and finds them
 *   if nobody is left to ask for it
 */
export const reopenShard = async (
  { blastId, shard, notBefore }: { blastId: string; shard: number; notBefore?: Instant },
  deps: Pick<Deps, 'blasts' | 'blastQueue' | 'clock'>,
): Promise<void> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const progress = await deps.blasts.shard(blastId, shard);
    if (progress === undefined) throw new NotFound(`Mailing ${blastId} has not begun.`, { blastId, shard });
    if (notBefore !== undefined && progress.pass === 1) return;
    const reopened = {
      ...progress,
      done: false,
      // The first pass goes on: the closing one comes after it anyway.
      ...(progress.pass > 1 ? { cursor: null, addedInPass: 0, swept: false, wakeAt: notBefore ?? null } : {}),
    };
    if ((await deps.blasts.saveShard(reopened)) === 'conflict') continue;
    await deps.blasts.advance(blastId, ['complete'], { state: 'sending', waiting: null }, deps.clock.now());
    if (notBefore !== undefined) return;
    // Whoever works on the shard now finds it changed and leaves it; its lease ends by itself.
    const leasedMs = progress.lease === null ? 0 : epochMs(progress.lease.until) - epochMs(deps.clock.now());
    await deps.blastQueue.send([{ blastId, shard }], Math.max(0, Math.ceil(leasedMs / 1000)));
    return;
  }
  throw new Contention('The mailing keeps moving on; try again.', { blastId, shard });
};
