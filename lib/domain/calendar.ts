import type { Instant } from './ids.ts';

/**
 * The day on which an instant falls in the club's own calendar: `2026-04-30`.
 * @param timeZone IANA: `America/Denver`
 */
export const clubDayOf = (at: Instant, timeZone: string): string => {
  // By its parts: no locale promises how it writes a whole date.
  const parts = formatOf(timeZone).formatToParts(new Date(at));
  const part = (type: 'year' | 'month' | 'day'): string =>
    parts.find((each) => each.type === type)?.value ?? '';
  return [part('year').padStart(4, '0'), part('month'), part('day')].join('-');
};

/** To make one takes as long as to use it a hundred times. There are no more than time zones. */
const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  formats.set(timeZone, format);
  return format;
};
