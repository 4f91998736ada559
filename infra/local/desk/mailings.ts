import { ulid } from 'ulid';
import type { Blast, Delivery } from '../../../lib/domain/blast.ts';
import type { ClubAtHand } from '../club/club.ts';

/** Made when the button is drawn, not when it is pressed: pressed twice, it is one blast. */
export const newBlastId = (nowMs: number): string => `bls_${ulid(nowMs).toLowerCase()}`;

export type Progress = {
  blast: Blast;
  shards: { done: number; of: number };
  sent: number;
  /** Who was left out, by the reason. */
  skipped: Record<string, number>;
  /** Whatever is neither sent nor left out, by its state. */
  others: Record<string, number>;
};

const PAGE = 200;

/** How far a blast has come: counted in the ledger, where every mail has its row before it is sent. */
export const progressOf = async (blastId: string, { blasts }: ClubAtHand): Promise<Progress | undefined> => {
  const blast = await blasts.get(blastId);
  if (blast === undefined) return undefined;
  const shards = await blasts.shards(blastId);
  const deliveries: Delivery[] = [];
  for (const { shard } of shards) {
    let after: string | undefined;
    do {
      const page = await blasts.deliveries({
        blastId,
        shard,
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      deliveries.push(...page.items);
      after = page.next;
    } while (after !== undefined);
  }
  const isSent = ({ state }: Delivery): boolean => state === 'sent' || state === 'delivered';
  const isSkipped = ({ state }: Delivery): boolean => state === 'skipped';
  return {
    blast,
    shards: { done: shards.filter(({ done }) => done).length, of: shards.length },
    sent: deliveries.filter(isSent).length,
    skipped: countBy(deliveries.filter(isSkipped), ({ reason }) => reason ?? 'no reason given'),
    others: countBy(
      deliveries.filter((delivery) => !isSent(delivery) && !isSkipped(delivery)),
      ({ state }) => state,
    ),
  };
};

const countBy = <T>(items: readonly T[], nameOf: (item: T) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[nameOf(item)] = (counts[nameOf(item)] ?? 0) + 1;
  return counts;
};
