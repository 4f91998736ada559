import type { Funnel, Waits } from '../lib/domain/blast-report.ts';
import { formatMoney, type Money } from '../lib/domain/money.ts';

/** What became of a mailing, in the words of the command line and of the front desk. */

export const waitsWords: Record<Waits['reason'], string> = {
  asked: 'somebody has paused it',
  daily_quota: 'the daily quota of SES is used up',
  sender_refused: 'SES refuses the sender',
  not_due: 'its start is still to come',
  closing_pass: 'everybody has been written to; it looks once more for whoever came meanwhile',
  unclear: 'of some mails it is not known yet whether they left',
};

/** Why a mail is in the ledger as failed. Another word than these is SES's own. */
export const failedWords: Readonly<Record<string, string>> = {
  render: 'could not be written',
  mail_refused: 'were refused by SES',
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

/** Mails that have not left yet and still may. */
export const toCome = ({ waiting, notBegun }: Funnel): number => waiting + notBegun;
