import type { Blast, Delivery } from '../../../lib/domain/blast.ts';
import { isEnded } from '../../../lib/domain/blast.ts';
import { belongsTo } from '../../../lib/domain/eligibility.ts';
import { SHARDS } from '../../../lib/domain/ids.ts';
import type { Club } from '../club.ts';

/** At most one mail for each mailing, order and address; nobody is left out; whatever is unclear is with a person. */
export const checkMails = async (club: Club): Promise<void> => {
  const taken = new Map<string, number>();
  for (const { ref } of club.post.taken) {
    const key = keyOf(ref);
    taken.set(key, (taken.get(key) ?? 0) + 1);
  }
  for (const blast of await allBlasts(club)) {
    const ledger = await ledgerOf(club, blast.blastId);
    for (const row of ledger) checkRow(club, row, taken.get(keyOf(row)) ?? 0);
    checkAudience(club, blast, ledger);
    if (!isEnded(blast.state) && blast.state !== 'paused') {
      club.violated({
        promise: 'a mailing comes to its end',
        detail: `${blast.blastId} is ${blast.state}, waiting: ${blast.waiting?.reason ?? 'for nothing'}`,
      });
    }
  }
};

const keyOf = ({
  blastId,
  orderId,
  addressKey,
}: Pick<Delivery, 'blastId' | 'orderId' | 'addressKey'>): string => `${blastId} ${orderId} ${addressKey}`;

const allBlasts = async ({ stores }: Club): Promise<Blast[]> => [
  ...(await stores.blasts.pageOfOpen({ limit: 1_000 })).items,
  ...(await stores.blasts.pageOfEnded({ limit: 1_000 })).items,
];

const ledgerOf = async (club: Club, blastId: string): Promise<Delivery[]> => {
  const rows: Delivery[] = [];
  for (let shard = 0; shard < SHARDS; shard++) {
    rows.push(...(await club.stores.blasts.deliveries({ blastId, shard, limit: 1_000 })).items);
  }
  return rows;
};

const wasTaken = new Set(['sent', 'delivered', 'bounced', 'complained']);

const checkRow = (club: Club, row: Delivery, times: number): void => {
  const { blastId, orderId, addressKey, state, reason } = row;
  const wrong = (promise: string, detail: string): void =>
    club.violated({ promise, detail: `${blastId}: ${detail}`, orderId });
  // A person may have had a mail sent again of which nobody knew whether it had left.
  const again = club.sentAgain.get(`${blastId} ${orderId} ${addressKey}`) ?? 0;
  if (times > 1 + again) wrong('at most one mail', `${times} mails about ${orderId} to one address`);
  if (wasTaken.has(state) && times === 0 && reason === null) {
    wrong('at most one mail', `${orderId} is ${state}, and SES never took a mail`);
  }
  if (!wasTaken.has(state) && times > again && state !== 'held') {
    wrong('the ledger is true', `SES took a mail about ${orderId}, and the ledger says ${state}`);
  }
  if (state === 'held' && times > again) {
    wrong('SES settles what is unclear', `a mail about ${orderId} is held that SES has told of`);
  }
  if (state === 'claimed') wrong('a mailing comes to its end', `the mail about ${orderId} is still claimed`);
};

/** Nobody in the audience of a mailing that is complete is missing from its ledger. */
const checkAudience = (club: Club, blast: Blast, ledger: readonly Delivery[]): void => {
  const { audience, state, productId, blastId } = blast;
  if (state !== 'complete' || audience.kind !== 'product') return;
  for (const { orderId, state } of ledger) {
    if (state !== 'released') continue;
    const detail = `the mail about ${orderId} was to be written again, and was not by the end of ${blastId}`;
    club.violated({ promise: 'nobody is left out', detail, orderId });
  }
  const known = new Set(ledger.map(({ orderId }) => orderId));
  for (const order of club.watched.now()) {
    if (order.productId !== productId) continue;
    const { createdAt } = order;
    if (!belongsTo(audience, { period: order.period, visibleSince: createdAt }) || known.has(order.orderId))
      continue;
    club.violated({
      promise: 'nobody is left out',
      detail: `${order.orderId} is of the audience of ${blastId}, and not in its ledger`,
      orderId: order.orderId,
    });
  }
};
