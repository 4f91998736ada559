import { Temporal } from 'temporal-polyfill';

/**
 * Clocks on walls. A file of its own that holds no schema and no error, as `infra/bundle.ts` puts it beside the
 * functions that load it late: the calendar library takes longer to load than all else that the tick needs.
 */

/** The day on the calendar of a time zone, `2026-04-30`. @param at a UTC instant */
export const localDayOf = (at: string, timeZone: string): string =>
  Temporal.Instant.from(at).toZonedDateTimeISO(timeZone).toPlainDate().toString();

/**
 * The instant at which a clock on the wall shows `time` on `day`; the first of the two where it is put back. Where
 * it is put forward over that time: the first instant that there is instead, which is the change itself. (02:30
 * becomes 03:00, where the clock goes from 02:00 to 03:00.) That can be the beginning of the next day.
 *
 * @param day `2026-03-08` @param time `02:30` @returns a UTC instant
 * @see https://tc39.es/proposal-temporal/docs/timezone.html
 */
export const instantAt = (day: string, time: string, timeZone: string): string => {
  const wanted = Temporal.PlainDateTime.from(`${day}T${time}`);
  const first = wanted.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  // "earlier" is, in a gap, as long before the change as the time wanted would be after its beginning.
  const shown = first.toPlainDateTime().equals(wanted) ? first : first.getTimeZoneTransition('next');
  return new Date((shown ?? first).epochMilliseconds).toISOString();
};
