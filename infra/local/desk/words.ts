import type { AttentionReason } from '../../../lib/domain/due-work.ts';
import { instant } from '../../../lib/domain/ids.ts';
import { formatMoney, type Money } from '../../../lib/domain/money.ts';
import { type Order, type OrderStatus, openSurface } from '../../../lib/domain/order.ts';
import type { ClubAtHand } from '../club/club.ts';
import type { Entry } from './books.ts';

/** What a volunteer calls things. */
export const statusWords: Record<OrderStatus, string> = {
  pending: 'owed',
  processing: 'on its way',
  paid: 'paid',
  review: 'needs a look',
  refunded: 'refunded',
  canceled: 'canceled',
  waived: 'waived',
};

export const attentionWords: Record<AttentionReason, string> = {
  second_payment: 'Paid twice: one of the two payments is to be refunded.',
  wrong_amount: 'What was paid is not what is owed.',
  wrong_currency: 'Paid in another currency than the one asked for.',
  payment_on_ended_order: 'Paid although nothing was owed any more.',
  dispute: 'The payer disputes the payment at their bank.',
  refund_failed: 'A refund did not reach the payer.',
  payment_after_contract: 'Paid after the contract had ended: to be refunded, unless the family meant it.',
};

/** What the family meets who clicks on its mailed link now. */
export const clickWords = ({ order, standing }: Entry, nowMs: number): string => {
  switch (standing) {
    case 'payable':
      return openSurface(order, instant(nowMs)) === undefined
        ? 'A payment page is made at that moment, and opens.'
        : 'The payment page opens.';
    case 'paid':
      return 'A page says: already paid, when and how much.';
    case 'processing':
      return 'A page says: your bank payment is on its way.';
    case 'review':
      return 'A page says what was received, and what happens next.';
    case 'refunded':
      return 'A page says that the payment was refunded.';
    case 'closed':
      return 'A page says that the pay-by date has passed, and whom to ask.';
    case 'canceled':
    case 'waived':
      return 'A page says that nothing is owed any more.';
  }
};

/** The payment page in a few words: which one, and whether it can be paid. */
export const surfaceWords = (order: Order, nowMs: number): string => {
  const open = openSurface(order, instant(nowMs));
  if (open !== undefined) {
    return `${open.kind === 'payment_link' ? 'link' : 'page'} ${open.generation} open`;
  }
  const last = order.surfaces.at(-1);
  if (last === undefined) return 'no link yet';
  if (last.imported) return 'older system’s page';
  return `${last.kind === 'payment_link' ? 'link' : 'page'} ${last.generation} ${last.retiredAt === null ? 'closing' : 'closed'}`;
};

export const amountWords = (amount: Money, { locale }: Pick<ClubAtHand, 'locale'>): string =>
  formatMoney(amount, locale);

type Place = Pick<ClubAtHand, 'locale' | 'timeZone'>;

/** `Tuesday, April 14, 2026`, in the club's time zone. */
export const dayWords = (ms: number, { locale, timeZone }: Place): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeZone }).format(ms);

/** `9:00 AM` */
export const timeWords = (ms: number, { locale, timeZone }: Place): string =>
  new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone }).format(ms);

/** `Apr 14, 9:00 AM` */
export const momentWords = (at: string | number, { locale, timeZone }: Place): string =>
  new Intl.DateTimeFormat(locale, {
    month: 'short',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZone,
  }).format(typeof at === 'number' ? at : Date.parse(at));

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** `3 sent, 1 skipped`, or nothing. */
export const tally = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([what, count]) => `${count} ${what.replaceAll('_', ' ')}`)
    .join(', ');
