import type { Blast } from '../domain/blast.ts';
import { clubDayOf } from '../domain/calendar.ts';
import { feeRunId } from '../domain/schedule.ts';
import type { Deps } from './deps.ts';
import { noteMailed } from './note-first-mail.ts';

export type EarlierDeps = Pick<Deps, 'blasts' | 'orders' | 'club' | 'log'>;

type Month = { productId: string; period: string };

/** The month's own mailings so far. Says the same until the next one is made. */
export const earlierMailings = async (
  { productId, period }: Month,
  { blasts }: EarlierDeps,
): Promise<Blast[]> => {
  const earlier: Blast[] = [];
  for (;;) {
    const blast = await blasts.get(feeRunId(productId, period, earlier.length + 1));
    if (blast === undefined) return earlier;
    earlier.push(blast);
  }
};

/** Whether a mailing that asks for the month may still write to somebody: then nobody can say whom it will not. */
export const isBeingMailed = async (
  { productId, period }: Month,
  { blasts }: EarlierDeps,
): Promise<boolean> => {
  let after: string | undefined;
  do {
    const page = await blasts.pageOfOpen({ limit: 100, ...(after !== undefined && { after }) });
    if (page.items.some((blast) => blast.productId === productId && asksFor(period, blast))) return true;
    after = page.next;
  } while (after !== undefined);
  return false;
};

const asksFor = (period: string, { purpose, audience }: Blast): boolean => {
  const only = audience.kind === 'product' ? audience.filter.period : null;
  return purpose === 'notice' && (only === null || only === period);
};

/**
 * Of how many of these orders nobody knows whether an earlier mailing of the month reached SES. A mail that did, and
 * that SES's events have not told the order of, is noted on it: the repeat goes by what the order knows.
 */
export const unclearAmong = async (
  orderIds: readonly string[],
  month: Month & { repeat: number },
  deps: EarlierDeps,
): Promise<number> => {
  const orders = (await deps.orders.getMany(orderIds)).filter(({ firstMailedOn }) => firstMailedOn === null);
  const earlier = Array.from({ length: month.repeat - 1 }, (_, i) =>
    feeRunId(month.productId, month.period, i + 1),
  );
  const unclear = await Promise.all(
    orders.map(async (order) => {
      const { orderId, shard } = order;
      const pages = await Promise.all(
        earlier.map((blastId) =>
          deps.blasts.deliveries({ blastId, shard, from: orderId, to: orderId, limit: 100 }),
        ),
      );
      const rows = pages.flatMap(({ items }) => items);
      const left = rows.find(({ sentAt }) => sentAt !== null);
      if (left === undefined) return rows.some(({ state }) => state === 'held' || state === 'claimed');
      const on = clubDayOf(left.sentAt ?? left.claimedAt, deps.club.timeZone);
      await noteMailed({ orderId, on, read: order }, deps);
      return false;
    }),
  );
  return unclear.filter(Boolean).length;
};
