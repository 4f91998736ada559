import type { ShardProgress, UnclearClaim } from '../domain/blast.ts';
import { instantAfter } from '../domain/ids.ts';
import { ORDERS_OF_A_PAGE } from './audience-page.ts';
import type { Deps } from './deps.ts';
import { itemsOf } from './pages.ts';

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

/** Each claim once. */
export const together = (known: readonly UnclearClaim[], more: readonly UnclearClaim[]): UnclearClaim[] => {
  const keyOf = ({ orderId, addressKey, claimedAt }: UnclearClaim) => `${orderId}#${addressKey}#${claimedAt}`;
  return [...new Map([...known, ...more].map((claim) => [keyOf(claim), claim])).values()];
};

/**
 * The same for a mailing that nobody works on any more, because it was paused or canceled: there no worker comes by who
 * finds what the last one left behind. Resolves to whether nothing is unclear.
 */
export const reviewStopped = async (
  blastId: string,
  deps: Pick<Deps, 'blasts' | 'clock' | 'log'>,
): Promise<boolean> => {
  const shards = (await deps.blasts.shards(blastId)).filter(({ done }) => !done);
  const reviewed = await Promise.all(
    shards.map(async (shard) => {
      if (shard.lease !== null && shard.lease.until > deps.clock.now()) return false;
      const known = together(shard.unclear, await claimsAtCursor(shard, deps));
      const unclear = await reviewUnclear({ ...shard, unclear: known }, deps);
      if (unclear.length !== shard.unclear.length) await deps.blasts.saveShard({ ...shard, unclear });
      return unclear.length === 0;
    }),
  );
  return reviewed.every((clear) => clear);
};

/** Those of the page that a worker died in: it begins at its shard's cursor. */
const claimsAtCursor = async (
  { blastId, shard, cursor }: ShardProgress,
  deps: Pick<Deps, 'blasts'>,
): Promise<UnclearClaim[]> => {
  const claims: UnclearClaim[] = [];
  const orders = new Set<string>();
  const range = { blastId, shard, limit: 200, ...(cursor !== null && { from: cursor }) };
  for await (const row of itemsOf((after) => deps.blasts.deliveries({ ...range, ...after }))) {
    const { orderId, addressKey, state, claimedAt } = row;
    orders.add(orderId);
    // The order at the cursor, and those of a page behind it.
    if (orders.size > 1 + ORDERS_OF_A_PAGE) break;
    if (state === 'claimed') claims.push({ orderId, addressKey, claimedAt });
  }
  return claims;
};
