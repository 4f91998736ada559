import type { Blast, Delivery } from '../../../lib/domain/blast.ts';
import type { ClubAtHand } from '../club/club.ts';

export type Progress = {
  blast: Blast;
  /** Of the parts of its audience, how many were gone through; each is looked through once more before it ends. */
  shards: { mailed: number; of: number };
  sent: number;
  /** Who was left out, by the reason. */
  skipped: Record<string, number>;
  /** Whatever is neither sent nor left out, by its state. */
  others: Record<string, number>;
  /** Mails of which nobody knows whether they left: for a person to settle. */
  held: Delivery[];
};

/** How many mailings the desk lists. */
const LISTED = 20;

/** Those under way and those of the past, the latest first. */
export const latestMailings = async (club: ClubAtHand): Promise<Progress[]> => {
  const pages = await Promise.all([
    club.blasts.pageOfOpen({ limit: LISTED }),
    club.blasts.pageOfEnded({ limit: LISTED }),
  ]);
  const blasts = pages.flatMap(({ items }) => items);
  blasts.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  const progress = await Promise.all(blasts.slice(0, LISTED).map(({ blastId }) => progressOf(blastId, club)));
  return progress.filter((each) => each !== undefined);
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
    shards: { mailed: shards.filter(({ pass, done }) => pass > 1 || done).length, of: shards.length },
    sent: deliveries.filter(isSent).length,
    skipped: countBy(deliveries.filter(isSkipped), ({ reason }) => reason ?? 'no reason given'),
    others: countBy(
      deliveries.filter((delivery) => !isSent(delivery) && !isSkipped(delivery)),
      ({ state }) => state,
    ),
    held: deliveries.filter(({ state }) => state === 'held'),
  };
};

const countBy = <T>(items: readonly T[], nameOf: (item: T) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const item of items) counts[nameOf(item)] = (counts[nameOf(item)] ?? 0) + 1;
  return counts;
};
