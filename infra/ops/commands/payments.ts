import { clubDayOf } from '../../../lib/domain/calendar.ts';
import { type Instant, instant } from '../../../lib/domain/ids.ts';
import { type Currency, formatMoney, type Money, money } from '../../../lib/domain/money.ts';
import type { MoneyMoved } from '../../../lib/usecases/export-records.ts';
import { aligned } from '../columns.ts';
import type { Environment } from '../environment.ts';
import { type DecimalMark, readDay, writeAmount } from '../import/cells.ts';
import { csvOf } from '../import/write.ts';
import type { StageOptions } from '../options.ts';
import { UsageProblem } from '../problem.ts';
import type { Report } from '../report.ts';
import { orderPages, writeNew } from './export.ts';

export const groupings = ['family', 'product', 'month'] as const;
export type Grouping = (typeof groupings)[number];

export type PaymentsOptions = StageOptions & {
  from: string;
  to?: string;
  /** As the option is named on the command line. */
  by: Grouping;
  out?: string;
  delimiter: string;
  decimal: DecimalMark;
};

export type PaymentsLine = {
  group: string;
  currency: Currency;
  payments: number;
  received: number;
  refunded: number;
  lost: number;
};

/** Money that came and went between two days of the club, both included, for the treasurer. */
export const payments = async (
  environment: Environment,
  report: Report,
  options: PaymentsOptions,
): Promise<void> => {
  const { by } = options;
  const { ClubTimeZone: timeZone } = environment.outputs;
  const { from, to, range } = daysOf(options, { now: instant(await environment.now()), timeZone });
  const moved = await orderPages<MoneyMoved>(environment, 'payments', options);
  const lines = foldMoney(moved, { from, to, by, timeZone });
  report.data({ from, to, by, timeZone, lines: lines.map((line) => ({ ...line, net: netOf(line) })) });
  if (options.out !== undefined) {
    writeNew(options.out, asCsv(lines, by, options));
    report.done(`The payments ${range} are in ${options.out}.`);
  }
  if (lines.length === 0) {
    report.ok(`No money came or went ${range} (${timeZone}).`);
    return;
  }
  const totals = totalsOf(lines);
  const head = [by.toUpperCase(), 'PAYMENTS', 'RECEIVED', 'REFUNDED', 'LOST IN DISPUTES', 'NET'];
  report.plain(aligned([head, ...[...lines, ...totals].map(cellsOf)], { right: [1, 2, 3, 4, 5] }));
  report.plain(`Money that came or went ${range}, days of ${timeZone}. Stripe's fees are not taken off.`);
};

/**
 * The first and the last day, and both in words. Without a last day it is today, on the clocks of the club.
 * @throws {UsageProblem} one of them is none, or the first is after the last
 */
export const daysOf = (
  given: Pick<PaymentsOptions, 'from' | 'to'>,
  { now, timeZone }: { now: Instant; timeZone: string },
): { from: string; to: string; range: string } => {
  const from = dayFrom(given.from, '--from');
  const to = given.to === undefined ? clubDayOf(now, timeZone) : dayFrom(given.to, '--to');
  const last = given.to === undefined ? `today, ${to}` : to;
  if (from <= to) return { from, to, range: `from ${from} to ${last}` };
  throw new UsageProblem(`${from} is after ${last}.`, 'Give the first day with --from, the last with --to.');
};

/** A sum per group and currency; a refund counts on its own day, not on that of its payment. */
export const foldMoney = (
  moved: readonly MoneyMoved[],
  { from, to, by, timeZone }: { from: string; to: string; by: Grouping; timeZone: string },
): PaymentsLine[] => {
  const lines = new Map<string, PaymentsLine>();
  for (const { kind, amount, at, familyId, productId } of moved) {
    const day = clubDayOf(at, timeZone);
    if (day < from || day > to) continue;
    const group = { family: familyId, product: productId, month: day.slice(0, 7) }[by];
    const { amountMinor, currency } = amount;
    const key = `${group} ${currency}`;
    const line = lines.get(key) ?? { group, currency, payments: 0, received: 0, refunded: 0, lost: 0 };
    lines.set(key, line);
    if (kind === 'payment') {
      line.payments += 1;
      line.received += amountMinor;
    } else if (kind === 'refund') line.refunded += amountMinor;
    else line.lost += amountMinor;
  }
  return [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
};

const netOf = ({ received, refunded, lost }: PaymentsLine): number => received - refunded - lost;

const totalsOf = (lines: readonly PaymentsLine[]): PaymentsLine[] => {
  const totals = new Map<Currency, PaymentsLine>();
  for (const line of lines) {
    const { currency } = line;
    const sum = totals.get(currency) ?? {
      group: 'in all',
      currency,
      payments: 0,
      received: 0,
      refunded: 0,
      lost: 0,
    };
    for (const name of ['payments', 'received', 'refunded', 'lost'] as const) sum[name] += line[name];
    totals.set(currency, sum);
  }
  return [...totals.values()];
};

const cellsOf = (line: PaymentsLine): string[] => {
  const said = (minor: number): string => formatMoney(money(minor, line.currency));
  return [
    line.group,
    String(line.payments),
    ...[line.received, line.refunded, line.lost, netOf(line)].map(said),
  ];
};

const asCsv = (
  lines: readonly PaymentsLine[],
  by: Grouping,
  { delimiter, decimal }: PaymentsOptions,
): string => {
  const header = [by, 'currency', 'payments', 'received', 'refunded', 'lost_in_disputes', 'net'];
  const written = (minor: number, currency: Currency): string => {
    const amount: Money = money(Math.abs(minor), currency);
    return `${minor < 0 ? '-' : ''}${writeAmount(amount, decimal)}`;
  };
  return csvOf(
    header,
    lines.map((line) => ({
      [by]: line.group,
      currency: line.currency,
      payments: String(line.payments),
      received: written(line.received, line.currency),
      refunded: written(line.refunded, line.currency),
      lost_in_disputes: written(line.lost, line.currency),
      net: written(netOf(line), line.currency),
    })),
    { delimiter },
  );
};

const dayFrom = (text: string, option: string): string => {
  const day = /^\d{4}-/.test(text) ? readDay(text, 'mdy') : { rule: '' };
  if ('value' in day) return day.value;
  throw new UsageProblem(`"${text}" is not a day.`, `Write it as ${option} 2026-05-01.`);
};
