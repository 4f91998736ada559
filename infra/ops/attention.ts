import type { AttentionReason } from '../../lib/domain/due-work.ts';
import { formatMoney } from '../../lib/domain/money.ts';
import { findingWords } from '../finding-words.ts';
import type { AttentionRow } from '../money.ts';
import type { WaitingItem } from '../waiting.ts';
import { commandFor } from './blast.ts';
import type { StageOptions } from './options.ts';

/** A command that ends an item, and what it does; without a command: what is to be done elsewhere. */
export type WayOut = { what: string; command?: string };

/** How much of an amount there is, as a command takes it: `40.00`. */
const typed = ({ net }: AttentionRow): string => formatMoney(net, 'en-US').replace(/[^\d.]/g, '');

const refundOf = ({ orderId, about }: AttentionRow): WayOut => ({
  what: 'give it back',
  command: `refund ${orderId} --payment ${about}`,
});

/** The bank has taken back what had been given back: no amount fits that, and nothing is left to give. */
const isBelowNothing = ({ net }: AttentionRow): boolean => net.amountMinor < 0;

/** For each reason, what a person can do about it, the usual first. A reason without one does not compile. */
const ways = {
  second_payment: (row) => [refundOf(row)],
  wrong_amount: (row) => {
    if (isBelowNothing(row)) return [];
    if (row.net.amountMinor > row.due.amountMinor) {
      return [{ what: 'give back what is too much', command: `refund ${row.orderId}` }];
    }
    return [
      { what: 'ask for the rest', command: `amend ${row.orderId} --rest` },
      { what: 'let it be enough', command: `amend ${row.orderId} --amount ${typed(row)}` },
      refundOf(row),
    ];
  },
  wrong_currency: (row) => [refundOf(row)],
  payment_on_ended_order: (row) =>
    isBelowNothing(row)
      ? []
      : [refundOf(row), { what: 'let it be owed after all', command: `reopen ${row.orderId}` }],
  payment_after_contract: (row) => [refundOf(row)],
  dispute: ({ about }) => [{ what: `answer or accept it: https://dashboard.stripe.com/disputes/${about}` }],
  refund_failed: (row) =>
    row.about.startsWith('none_')
      ? [{ what: 'look again what can be given back', command: `refund ${row.orderId}` }]
      : [{ what: 'reach the payer, and give it back in another way' }],
} satisfies Record<AttentionReason, (row: AttentionRow) => WayOut[]>;

/** What can be done about an item. The last resort is the same for all: to say that it is dealt with. */
export const waysOut = (row: AttentionRow): WayOut[] => [
  ...ways[row.reason](row),
  { what: 'say that it is dealt with', command: `settle ${row.orderId} ${row.name}` },
];

/** Of what no order has on its list: a mail, a mailing, or what a reconciliation has left to a person. */
export const waysOutOf = (item: WaitingItem): WayOut[] => {
  return [{ what: 'settle it', command: findingWords[item.kind].settle?.(item) ?? 'reconcile' }];
};

/** One below the other, as commands to be copied. */
export const wayLines = (wayOuts: readonly WayOut[], options: StageOptions): string =>
  wayOuts
    .map(({ what, command }) => (command === undefined ? what : `${what}: ${commandFor(command, options)}`))
    .join('\n  → ');
