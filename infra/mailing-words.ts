import { type Blast, type SkipReason, TRANSIENT } from '../lib/domain/blast.ts';
import type { BlastReport, Funnel, NamedDelivery, Waits } from '../lib/domain/blast-report.ts';
import { formatMoney, type Money } from '../lib/domain/money.ts';

/** What mailings are told of in, on the command line and on the front desk. */

export const waitsWords: Record<Waits['reason'], string> = {
  asked: 'somebody has paused it',
  daily_quota: 'the daily quota of SES is used up',
  rate: 'SES found that mails came too fast; they go on within seconds',
  no_answer: 'SES does not answer',
  sender_refused: 'SES refuses the sender',
  mails_refused: 'SES refused many mails in a row',
  last_mails: 'it is canceled; of its last mails it is not known yet whether they left',
  parked: 'when it was tried last, SES took no more: its daily quota was used up, or it did not answer',
  not_due: 'its start is still to come',
  closing_pass: 'everybody has been written to; it looks once more for whoever came meanwhile',
  unclear: 'of some mails it is not known yet whether they left',
};

/** Why a mail is left out, after a number. */
export const leftOutWords: Readonly<Record<string, string>> = {
  paid: 'paid already',
  processing: 'paying by bank debit',
  review: 'paid something that is to be looked at',
  refunded: 'refunded',
  canceled: 'canceled',
  waived: 'waived',
  closed: 'past the pay-by date',
  suppressed: 'bounced or complained before',
  unsubscribed: 'unsubscribed from reminders',
  contract_unsigned: 'without a signed contract',
  no_address: 'without an address',
  test_order: "of the club's own tests",
} satisfies Record<SkipReason, string>;

/** Why a mail is in the ledger as failed, after a number. Another word than these is SES's own, which refused it. */
export const failedWords: Readonly<Record<string, string>> = {
  render: 'could not be written',
  address: 'have an address that no mail can be sent to; SES was not asked',
  mail_refused: 'were refused by SES',
  corrupt_row: 'are about an order that can not be read',
};

/** What is wrong with a mail that failed or came back, and with it what to do. */
export const failureWords = ({ state, reason }: NamedDelivery): string => {
  if (state === 'bounced') {
    return reason === TRANSIENT
      ? 'came back for now: a full mailbox, for example'
      : `came back${reason === 'permanent' ? ' for good' : ''}: ask for another address`;
  }
  switch (reason) {
    case 'address':
      return 'no mail can be sent to this address: correct it in the roster';
    case 'render':
      return 'it could not be written: look at the order and its family';
    case 'corrupt_row':
      return 'its order can not be read: somebody technical has to look';
    default:
      return `SES refused it${reason === null || reason === 'mail_refused' ? '' : ` (${reason})`}`;
  }
};

/** `$55.00`, or one sum beside the other where there are several currencies. */
export const amountsWords = (amounts: readonly Money[], locale?: string): string =>
  amounts.length === 0 ? '–' : amounts.map((amount) => formatMoney(amount, locale)).join(' + ');

/** `63 %`; nothing of nothing is a dash. Never 100 % where one is missing, nor 0 % where there is one. */
export const shareOf = (part: number, whole: number): string => {
  if (whole === 0) return '–';
  const percent = Math.round((100 * part) / whole);
  if (percent >= 100 && part < whole) return '99 %';
  return percent === 0 && part > 0 ? '1 %' : `${percent} %`;
};

/** Mails that have not left, and what there is to expect of them. */
export const unsent = (
  { state }: Pick<Blast, 'state'>,
  { waiting, notBegun }: Funnel,
): readonly [number, string][] =>
  state === 'canceled'
    ? [
        [notBegun, 'will not come'],
        [waiting, 'not settled yet'],
      ]
    : [[waiting + notBegun, 'to come']];

/** Of mails that the ledger does not account for; null when it has them all. */
export const missingWords = ({ missing, counted, ledger }: BlastReport['account']): string | null =>
  missing === 0
    ? null
    : `${missing} of ${counted} mails that were counted before it left are not in the ledger, which has ${ledger}. ` +
      'That is right if so many addresses were taken out of the roster since, or if another mailing came first to ' +
      'those never mailed. Otherwise somebody was skipped: show this to whoever looks after the system.';

/** After the first of a list: `, and 12 more`. */
export const andMore = (shown: number, of: number): string => (of > shown ? `, and ${of - shown} more` : '');
