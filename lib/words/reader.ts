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

/** A club has one time zone: one reader for each of its languages, for to make a format takes longer than to use it. */
const readers = new Map<string, Reader>();

/** @param timeZone IANA name of the club's time zone */
export const readerOf = (language: Language, timeZone: string): Reader => {
  const key = `${language} ${timeZone}`;
  const reader = readers.get(key) ?? newReader(language, timeZone);
  readers.set(key, reader);
  return reader;
};

const newReader = (language: Language, timeZone: string): Reader => {
  const { locale } = words[language];
  const format = (options: Intl.DateTimeFormatOptions): ((text: string) => string) => {
    let made: Intl.DateTimeFormat | undefined;
    return (text) => {
      made ??= new Intl.DateTimeFormat(locale, options);
      return made.format(new Date(text));
    };
  };
  const month = format({ month: 'long', year: 'numeric', timeZone: 'UTC' });
  return {
    money: (amount) => formatMoney(amount, locale),
    // A calendar date is midnight UTC to Date: read in any other zone it could be the day before.
    day: format({ dateStyle: 'full', timeZone: 'UTC' }),
    dayOf: format({ dateStyle: 'long', timeZone }),
    period: (period) => (/^\d{4}-(?:0[1-9]|1[0-2])$/.test(period) ? month(period) : period),
  };
};
