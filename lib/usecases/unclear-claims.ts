import type { ShardProgress, UnclearClaim } from '../domain/blast.ts';
import { instantAfter } from '../domain/ids.ts';
import type { Deps } from './deps.ts';

/** SES tells of a mail that it took within seconds, seldom minutes; after an hour a person is asked. */
const HELD_AFTER_MS = 60 * 60 * 1000;

/**
 * Looks after claims whose end nobody recorded: those that SES has told of in the meantime are clear, those of which
 * it has told nothing for an hour are held for a person. Resolves to what is still unclear.
 */
export const reviewUnclear = async (
  { blastId, shard, unclear }: Pick<ShardProgress, 'blastId' | 'shard' | 'unclear'>,
  deps: Pick<Deps, 'blasts' | 'clock' | 'log'>,
): Promise<UnclearClaim[]> => {
  const heldBefore = instantAfter(deps.clock.now(), -HELD_AFTER_MS);
  const left: UnclearClaim[] = [];
  for (const claim of unclear) {
    const { orderId, addressKey, claimedAt } = claim;
    const row = await deps.blasts.delivery({ blastId, shard, orderId, addressKey });
    if (row?.state !== 'claimed' || row.claimedAt !== claimedAt) continue;
    if (claimedAt > heldBefore) {
      left.push(claim);
      continue;
    }
    const settledAt = deps.clock.now();
    if (await deps.blasts.settle({ ...row, state: 'held', reason: 'no_answer', settledAt })) {
      deps.log('blast.delivery_held', { blastId, orderId });
    }
  }
  return left;
};
