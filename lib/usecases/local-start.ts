import { InvalidInput } from '../domain/errors.ts';
import type { Instant } from '../domain/ids.ts';

/** A moment as a person writes it, on the club's clocks. */
export type LocalStart = {
  startsAt: Instant;
  /** What the clocks show then: `2026-05-01 09:00`. */
  local: string;
  /** True when the time that was asked for does not exist on that day: the clocks are put forward over it. */
  moved: boolean;
};

const shape = /^(\d{4}-\d\d-\d\d)[ T]([01]\d|2[0-3]):([0-5]\d)$/;

/**
 * When a mailing starts that is wanted for `2026-05-01 09:00` of the club's time; the first instant after it that
 * exists, where that time does not. @throws {InvalidInput} it is no time, or no day
 */
export const localStart = async (wanted: string, timeZone: string): Promise<LocalStart> => {
  const [, day, hour, minute] = shape.exec(wanted.trim()) ?? [];
  if (day === undefined || !isDay(day)) {
    throw new InvalidInput(`"${wanted}" is not a day and time. Write it as 2026-05-01 09:00.`);
  }
  // The calendar takes long to load, and most mailings start now.
  const { instantAt } = await import('../domain/local-time.ts');
  const startsAt = instantAt(day, `${hour}:${minute}`, timeZone);
  const local = clockAt(startsAt, timeZone);
  return { startsAt, local, moved: local !== `${day} ${hour}:${minute}` };
};

const isDay = (day: string): boolean => {
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
};

/** What the club's clocks show, `2026-05-01 09:00`. */
export const clockAt = (at: Instant, timeZone: string): string => {
  const parts = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(at));
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}`;
};
