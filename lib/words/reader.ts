import type { Instant } from '../domain/ids.ts';
import { formatMoney, type Money } from '../domain/money.ts';
import type { Language } from '../domain/roster.ts';
import { words } from './words.ts';

/** Amounts and days as one reader writes them. */
export type Reader = {
  money(amount: Money): string;
  /** A day of the club's calendar, `2026-04-30`: "Thursday, April 30, 2026". */
  day(date: string): string;
  /** The day on which an instant fell where the club is: "April 30, 2026". */
  dayOf(at: Instant): string;
  /** `2026-05` as "May 2026"; a period that is not a month stays as the club writes it. */
  period(period: string): string;
};

/** @param timeZone IANA name of the club's time zone */
export const readerOf = (language: Language, timeZone: string): Reader => {
  const { locale } = words[language];
  const formatted = (text: string, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(locale, options).format(new Date(text));
  return {
    money: (amount) => formatMoney(amount, locale),
    // A calendar date is midnight UTC to Date: read in any other zone it could be the day before.
    day: (date) => formatted(date, { dateStyle: 'full', timeZone: 'UTC' }),
    dayOf: (at) => formatted(at, { dateStyle: 'long', timeZone }),
    period: (period) =>
      /^\d{4}-(?:0[1-9]|1[0-2])$/.test(period)
        ? formatted(period, { month: 'long', year: 'numeric', timeZone: 'UTC' })
        : period,
  };
};
