import { clubDayOf } from '../../domain/calendar.ts';
import { type Instant, instantAfter } from '../../domain/ids.ts';

/** At three in the morning of the club begins the day of a daily run: nobody pays, and nobody is mailed. */
const DAY_BEGINS_MS = 3 * 60 * 60 * 1000;

/** The run that is to be made on a day, however often and however late it is asked. */
export const dailyRunId = (now: Instant, timeZone: string): string =>
  `daily_${clubDayOf(instantAfter(now, -DAY_BEGINS_MS), timeZone)}`;
