import { instantAt } from '../../../lib/domain/local-time.ts';
import { type Currency, decimalsOf, type Money, money } from '../../../lib/domain/money.ts';
import { quote } from './file-problem.ts';

/** What a cell means. A reading resolves to a value, or to the rule that the cell breaks. */
export type Reading<T> = { value: T } | { rule: string };

// ---- amounts ----

export type DecimalMark = 'point' | 'comma';
const character: Record<DecimalMark, string> = { point: '.', comma: ',' };

const symbols: Record<string, readonly Currency[]> = {
  $: ['usd', 'cad', 'mxn'],
  '€': ['eur'],
  '£': ['gbp'],
  '¥': ['jpy'],
};
const SYMBOL = '(?:[A-Za-z]{3}|[$€£¥])?';
const shape = new RegExp(String.raw`^(${SYMBOL}) ?([+-]?) ?(${SYMBOL}) ?(\d[\d.,'’ ]*?) ?(${SYMBOL})$`);

/** Its number and what stands beside it; spaces of all kinds are one. */
const partsOf = (cell: string): { sign: string; number: string; marks: string[] } | null => {
  const [, before = '', sign = '', between = '', number, after = ''] =
    shape.exec(cell.replace(/\s+/g, ' ').trim()) ?? [];
  return number === undefined
    ? null
    : { sign, number, marks: [before, between, after].filter((mark) => mark !== '') };
};

const GROUPED = /^\d{1,3}(?:([.,'’ ])\d{3})(?:\1\d{3})*$/;

/** Which decimal mark a cell shows by itself: null where it shows none, or either could be meant. */
export const decimalMarkIn = (cell: string): DecimalMark | null => {
  const number = partsOf(cell)?.number ?? '';
  const last = Math.max(number.lastIndexOf('.'), number.lastIndexOf(','));
  if (last === -1) return null;
  const [whole, decimals] = [number.slice(0, last), number.slice(last + 1)];
  const mark = number[last] === '.' ? 'point' : 'comma';
  if (GROUPED.test(number)) {
    // `1,234,567` shows that the comma is none; `1,234` shows nothing.
    const groups = number.split(number[last] ?? '').length - 1;
    return groups > 1 ? (mark === 'point' ? 'comma' : 'point') : null;
  }
  return (/^\d+$/.test(whole) || GROUPED.test(whole)) &&
    /^\d+$/.test(decimals) &&
    !whole.includes(number[last] ?? '')
    ? mark
    : null;
};

/** Whether a cell means two amounts, depending on the mark. */
export const isAmbiguousAmount = (cell: string, currency: Currency): boolean => {
  const number = partsOf(cell)?.number ?? '';
  return decimalsOf(currency) > 0 && /^\d{1,3}[.,]\d{3}$/.test(number);
};

export const readAmount = (cell: string, currency: Currency, mark: DecimalMark): Reading<Money> => {
  const parts = partsOf(cell);
  const notOne = { rule: `${quote(cell)} is not an amount` };
  if (parts === null) return notOne;
  for (const beside of parts.marks) {
    const means = symbols[beside] ?? [beside.toLowerCase()];
    if (!(means as readonly string[]).includes(currency)) {
      return {
        rule: `${quote(cell)} is not in ${currency.toUpperCase()}, which is the currency of this line`,
      };
    }
  }
  const decimals = decimalsOf(currency);
  const point = decimals === 0 ? -1 : parts.number.lastIndexOf(character[mark]);
  const [whole, fraction] =
    point === -1 ? [parts.number, ''] : [parts.number.slice(0, point), parts.number.slice(point + 1)];
  const grouped = GROUPED.test(whole) && (decimals === 0 || !whole.includes(character[mark]));
  if (!(grouped || /^\d+$/.test(whole)) || !/^\d*$/.test(fraction)) return notOne;
  if (point !== -1 && fraction === '') return notOne;
  if (fraction.length > decimals) {
    return {
      rule: `${quote(cell)} has ${fraction.length} decimals, and ${currency.toUpperCase()} has ${decimals}`,
    };
  }
  const digits = whole.replace(/\D/g, '') + fraction.padEnd(decimals, '0');
  if (digits.length > 12) return notOne;
  return { value: money(Number(`${parts.sign}${digits}`), currency) };
};

/** As `readAmount` with the mark of the other end reads it. */
export const writeAmount = ({ amountMinor, currency }: Money, mark: DecimalMark = 'point'): string => {
  const decimals = decimalsOf(currency);
  const digits = String(amountMinor).padStart(decimals + 1, '0');
  return decimals === 0
    ? digits
    : `${digits.slice(0, -decimals)}${character[mark]}${digits.slice(-decimals)}`;
};

// ---- days and moments ----

/** Which comes first in `5/6/2026`. */
export type DayOrder = 'mdy' | 'dmy';

const slashed = /^(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})$/;

/** Which sequence a day shows by itself: null where it shows none. */
export const dayOrderIn = (cell: string): DayOrder | null => {
  const [, first, , second] = slashed.exec(dayPartOf(cell)) ?? [];
  if (Number(first) > 12 && Number(second) <= 12) return 'dmy';
  return Number(second) > 12 && Number(first) <= 12 ? 'mdy' : null;
};

export const isAmbiguousDay = (cell: string): boolean => {
  const [, first, , second] = slashed.exec(dayPartOf(cell)) ?? [];
  return first !== undefined && Number(first) !== Number(second) && dayOrderIn(cell) === null;
};

const dayPartOf = (cell: string): string => cell.trim().split(/[ T]/)[0] ?? '';

/** @returns `2026-05-29` */
export const readDay = (cell: string, order: DayOrder): Reading<string> => {
  const day = dayIn(cell.trim(), order);
  return day === null ? { rule: `${quote(cell)} is not a day, such as 2026-05-29` } : { value: day };
};

const dayIn = (text: string, order: DayOrder): string | null => {
  const iso = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/.exec(text);
  if (iso !== null) return dayFrom(iso[1], iso[2], iso[3]);
  const dotted = /^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})$/.exec(text);
  if (dotted !== null) return dayFrom(dotted[3], dotted[2], dotted[1]);
  const [, first, , second, year] = slashed.exec(text) ?? [];
  if (year === undefined) return null;
  return order === 'mdy' ? dayFrom(year, first, second) : dayFrom(year, second, first);
};

const dayFrom = (year = '', month = '', day = ''): string | null => {
  const written = [year.length === 2 ? `20${year}` : year, month.padStart(2, '0'), day.padStart(2, '0')].join(
    '-',
  );
  const at = new Date(`${written}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(written) ? written : null;
};

const timed = /^(.+?)[T ](\d{1,2}):(\d\d)(?::(\d\d)(\.\d{1,3})?)? ?([ap]\.?m\.?)? ?(Z|UTC|[+-]\d\d:?\d\d)?$/i;

/**
 * A moment: with a time zone as it is written, otherwise on the club's clocks. A day alone is noon of it, or, where
 * something lasts until then, its end.
 * @returns a UTC instant
 */
export const readMoment = (
  cell: string,
  { order, timeZone, until = false }: { order: DayOrder; timeZone: string; until?: boolean },
): Reading<string> => {
  const wrong = { rule: `${quote(cell)} is not a day or moment, such as 2026-05-29 or 2026-05-29 18:00` };
  const text = cell.replace(/\s+/g, ' ').trim();
  const alone = dayIn(text, order);
  if (alone !== null) {
    return {
      value: until ? endOf(alone, timeZone) : instantAt(alone, '12:00', timeZone),
    };
  }
  const [, dayText = '', hourText = '', minute = '', second = '00', fraction = '', half, zone] =
    timed.exec(text) ?? [];
  const day = dayIn(dayText, order);
  const hour = hourOf(Number(hourText), half?.toLowerCase().charAt(0));
  if (day === null || hour === null || Number(minute) > 59 || Number(second) > 59) return wrong;
  const clock = `${String(hour).padStart(2, '0')}:${minute}`;
  const seconds = (Number(second) + Number(`0${fraction}`)) * 1000;
  const start =
    zone === undefined
      ? Date.parse(instantAt(day, clock, timeZone))
      : Date.parse(`${day}T${clock}:00${/^(Z|UTC)$/i.test(zone) ? 'Z' : zone.replace(/^(...):?/, '$1:')}`);
  return Number.isNaN(start) ? wrong : { value: new Date(start + Math.round(seconds)).toISOString() };
};

const hourOf = (hour: number, half: string | undefined): number | null => {
  if (half === undefined) return hour <= 23 ? hour : null;
  if (hour < 1 || hour > 12) return null;
  return (hour % 12) + (half === 'p' ? 12 : 0);
};

/** The last of all days, by which people mean "never", ends with the last instant that can be written. */
const endOf = (day: string, timeZone: string): string =>
  day === '9999-12-31' ? '9999-12-31T23:59:59.999Z' : instantAt(nextDay(day), '00:00', timeZone);

const nextDay = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + 24 * 60 * 60 * 1000).toISOString().slice(0, 10);

// ---- the rest ----

const yes = ['yes', 'y', 'true', '1', 'x', 'wahr', 'ja', 'si', 'sí'];
const no = ['', 'no', 'n', 'false', '0', 'falsch', 'nein'];

export const readFlag = (cell: string): Reading<boolean> => {
  const text = cell.trim().toLowerCase();
  if (yes.includes(text)) return { value: true };
  return no.includes(text) ? { value: false } : { rule: `${quote(cell)} is neither yes nor no` };
};

/** Several in a cell, with spaces, commas, semicolons or line breaks between them. */
export const listIn = (cell: string): string[] => cell.split(/[\s,;]+/).filter((one) => one !== '');
