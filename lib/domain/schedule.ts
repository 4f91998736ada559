import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { CalendarDate, Instant, instantAfter, OrderId, ProductId } from './ids.ts';
import { Integer } from './integer.ts';

const isTimeZone = (name: string): boolean => {
  // An offset such as `+01:00` is none: it knows nothing of daylight saving.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
};

/** IANA: `America/Denver`. */
export const TimeZone = v.pipe(
  v.string(),
  v.check(isTimeZone, 'is not a time zone that is known here; one is written like America/Denver'),
);

/** A time of day on the clocks of the schedule's time zone. */
export const LocalTime = v.pipe(
  v.string(),
  v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day from 00:00 to 23:59, such as 09:00'),
);

/** The month that a fee is for, `2026-05`: such names sort by time. */
export const Period = v.pipe(
  v.string(),
  v.regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'is not a month, such as 2026-05'),
);
export type Period = v.InferOutput<typeof Period>;
export const isPeriod = (name: string): boolean => v.is(Period, name);

/** Something that a schedule should have done and did not, for a person to see. */
export const SkippedRun = v.object({
  runId: v.string(),
  /** The local day that it was for. */
  day: CalendarDate,
  reason: v.picklist([
    /** Nothing ran here on that day. */
    'missed',
    /** There would be unusually many more orders than the time before. */
    'ten_times_as_many',
    /** No earlier month has orders to go by. */
    'no_earlier_period',
    /** There was nobody to ask: everybody was left out. */
    'nobody',
    /** The schedule was stopped in the middle of it. */
    'stopped',
  ]),
  /** How many orders it was about, and how many the one before; null where that does not matter. */
  orders: v.nullable(Integer),
  ordersBefore: v.nullable(Integer),
});
export type SkippedRun = v.InferOutput<typeof SkippedRun>;

/** A month's orders in the making. Kept with the schedule after every page, so that the next tick goes on there. */
export const MonthlyRun = v.object({
  period: Period,
  /** The local day that it is for; pay-by dates count from it. */
  day: CalendarDate,
  /** A person has asked for it, however many orders it makes. */
  anyway: v.boolean(),
  /** First the month to go by is looked for, and its orders counted; then each of them is repeated. */
  phase: v.picklist(['count', 'make']),
  /** The latest earlier month that was seen. */
  source: v.nullable(Period),
  sourceOrders: Integer,
  shard: Integer,
  /** The last order of the shard that was looked at. */
  after: v.nullable(OrderId),
  /** Orders of the new month that stand. */
  made: Integer,
  /** Orders of the month before that were not repeated, by reason. */
  leftOut: v.record(v.string(), Integer),
  /** Absent when the month has not been mailed yet. */
  repeat: v.exactOptional(
    v.object({
      /** Which of the month's mailings it is to be: 2, 3, … */
      number: Integer,
      /** The mailing before asks for whatever was made until then. */
      createdAfter: Instant,
      /** Orders that were made since. */
      unmailed: Integer,
    }),
  ),
});
export type MonthlyRun = v.InferOutput<typeof MonthlyRun>;

const common = {
  scheduleId: v.string(),
  productId: ProductId,
  timeZone: TimeZone,
  at: LocalTime,
  state: v.picklist(['active', 'stopped']),
  createdBy: v.string(),
  createdAt: Instant,
  /** The local day up to which it is decided what ran and what was skipped. */
  ranUntil: CalendarDate,
  /** When the tick has to look at it; null while it is stopped. */
  nextRunAt: v.nullable(Instant),
  /** The latest ones, the oldest first. */
  skipped: v.array(SkippedRun),
  /** Counts writes; each write is conditional on the one that was read. 0: not yet stored. */
  revision: Integer,
};

/** Some days after the first mail about an order: to families that still owe it. */
export const Reminders = v.object({ kind: v.literal('reminders'), days: v.array(Integer), ...common });
export type Reminders = v.InferOutput<typeof Reminders>;

/** Once a month: the orders of a month are made from those of the month before, and mailed. */
export const Monthly = v.object({
  kind: v.literal('monthly'),
  dayOfMonth: Integer,
  /** Which month is asked for: that of the day on which it runs, or the one after. */
  of: v.picklist(['this_month', 'next_month']),
  /** How many days after the run the fee is to be paid by. */
  payByDays: Integer,
  running: v.nullable(MonthlyRun),
  /** What the last run came to. */
  last: v.nullable(
    v.object({
      period: Period,
      day: CalendarDate,
      sourceOrders: Integer,
      made: Integer,
      leftOut: v.record(v.string(), Integer),
    }),
  ),
  ...common,
});
export type Monthly = v.InferOutput<typeof Monthly>;

/** What recurs for one product. A product has one schedule of each kind. */
export const Schedule = v.variant('kind', [Reminders, Monthly]);
export type Schedule = v.InferOutput<typeof Schedule>;

const days = v.pipe(
  v.array(v.pipe(Integer, v.minValue(1, 'is below 1'), v.maxValue(365, 'is above 365'))),
  v.minLength(1, 'names no day'),
  v.maxLength(12, 'names more than 12 days'),
  v.transform((given) => [...new Set(given)].sort((a, b) => a - b)),
);
const wanted = { productId: ProductId, at: LocalTime, timeZone: v.exactOptional(TimeZone) };

/** What a person decides of a schedule; the time zone is the club's where none is named. */
export const ScheduleSettings = v.variant('kind', [
  v.strictObject({ kind: v.literal('reminders'), days, ...wanted }),
  v.strictObject({
    kind: v.literal('monthly'),
    /** Every month has it. */
    dayOfMonth: v.pipe(
      Integer,
      v.minValue(1, 'is below 1'),
      v.maxValue(28, 'is above 28, which not every month has'),
    ),
    of: v.optional(Monthly.entries.of, 'next_month'),
    payByDays: v.pipe(Integer, v.minValue(0, 'is below 0'), v.maxValue(365, 'is above 365')),
    ...wanted,
  }),
]);
export type ScheduleSettings = v.InferOutput<typeof ScheduleSettings>;

export const scheduleIdOf = ({ kind, productId }: Pick<Schedule, 'kind' | 'productId'>): string =>
  `${kind}_${productId}`;

/** What a schedule does on one local day. `runId` is the id of its blast: doing it twice is doing it once. */
export type ReminderRun = { runId: string; day: string; firstMailedOn: string };
export type FeeRun = { runId: string; day: string; period: Period };

export const reminderRunId = (productId: string, days: number, day: string): string =>
  `rem_${inShort(productId)}_${days}_${day}`;
/** @param number which mailing of that month it is: one for whoever was not in those before has an id of its own */
export const feeRunId = (productId: string, period: Period, number = 1): string =>
  `fee_${inShort(productId)}_${period}${number === 1 ? '' : `_${number}`}`;

/** A run's id is that of a blast, which has 64 characters at most. */
const inShort = (productId: string): string =>
  productId.length <= 40
    ? productId
    : `${productId.slice(0, 23)}-${createHash('sha256').update(productId).digest('hex').slice(0, 16)}`;

export const reminderRunsOn = ({ productId, days }: Reminders, day: string): ReminderRun[] =>
  days.map((after) => ({
    runId: reminderRunId(productId, after, day),
    day,
    firstMailedOn: dayAfter(day, -after),
  }));

export const feeRunsOn = ({ productId, dayOfMonth, of }: Monthly, day: string): FeeRun[] => {
  if (Number(day.slice(8)) !== dayOfMonth) return [];
  const period = of === 'this_month' ? day.slice(0, 7) : dayAfter(`${day.slice(0, 7)}-28`, 4).slice(0, 7);
  return [{ runId: feeRunId(productId, period), day, period }];
};

/** How local days and times become instants: `local-time.ts`, which is loaded only when it is needed. */
export type LocalClock = {
  localDayOf(at: Instant, timeZone: string): string;
  instantAt(day: string, time: string, timeZone: string): Instant;
};

export type Decided<Run> = {
  /** To be done now: it is still the day of their instant, or less than an hour after it. */
  due: Run[];
  /** That day is over: they are shown, and never done on another. */
  missed: Run[];
  ranUntil: string;
};

/** Ticks come every five minutes: without it a run shortly before midnight would find its day over. */
const GRACE_MS = 60 * 60 * 1000;

/** What a schedule is to do at `now`, and what it has missed, of all that it has not yet decided. */
export const dueRuns = <Run>(
  { timeZone, at, ranUntil: decided }: Pick<Schedule, 'timeZone' | 'at' | 'ranUntil'>,
  runsOn: (day: string) => Run[],
  now: Instant,
  clock: LocalClock,
): Decided<Run> => {
  const today = clock.localDayOf(now, timeZone);
  const [due, missed]: [Run[], Run[]] = [[], []];
  let ranUntil = decided;
  for (;;) {
    const day = dayAfter(ranUntil, 1);
    const instant = clock.instantAt(day, at, timeZone);
    if (instant > now) return { due, missed, ranUntil };
    const inTime = clock.localDayOf(instant, timeZone) === today || now < instantAfter(instant, GRACE_MS);
    (inTime ? due : missed).push(...runsOn(day));
    ranUntil = day;
  }
};

/** When the tick has to look at an active schedule again. */
export const nextRunAt = (schedule: Schedule, clock: LocalClock): Instant => {
  const { at, timeZone } = schedule;
  let day = dayAfter(schedule.ranUntil, 1);
  if (schedule.kind === 'monthly')
    while (Number(day.slice(8)) !== schedule.dayOfMonth) day = dayAfter(day, 1);
  return clock.instantAt(day, at, timeZone);
};

/** The day before the first on which a schedule runs that is set now: today only if its time is still to come. */
export const decidedAtFirst = (
  { at, timeZone }: Pick<Schedule, 'at' | 'timeZone'>,
  now: Instant,
  clock: LocalClock,
): string => {
  const today = clock.localDayOf(now, timeZone);
  return clock.instantAt(today, at, timeZone) > now ? dayAfter(today, -1) : today;
};

/** Of a schedule that nobody looks after for years. */
const MOST_SKIPPED = 40;
export const withSkipped = <S extends Schedule>(schedule: S, skipped: readonly SkippedRun[]): S => ({
  ...schedule,
  skipped: [...schedule.skipped, ...skipped].slice(-MOST_SKIPPED),
});

export const newMonthlyRun = ({ period, day }: Omit<FeeRun, 'runId'>, anyway: boolean): MonthlyRun => ({
  period,
  day,
  anyway,
  phase: 'count',
  source: null,
  sourceOrders: 0,
  shard: 0,
  after: null,
  made: 0,
  leftOut: {},
});

/** Months of which a person may have the orders made, counted from the one that it is: others are slips of the pen. */
const OLDEST_RUN = -12;
const LATEST_RUN = 3;

/** Why a person can not have this month's orders made, or null. @param today a local day */
export const objectionToPeriod = (period: Period, today: string): string | null => {
  const [oldest, latest] = [monthsAfter(today, OLDEST_RUN), monthsAfter(today, LATEST_RUN)];
  if (period >= oldest && period <= latest) return null;
  return `It is ${today.slice(0, 7)}: only months from ${oldest} to ${latest} can be run, not ${period}. Is the year right?`;
};

/** @param day of the calendar @param count may be negative @returns a month */
const monthsAfter = (day: string, count: number): Period => {
  const [year, month] = day.split('-').map(Number);
  return new Date(Date.UTC(year ?? 0, (month ?? 1) - 1 + count)).toISOString().slice(0, 7);
};

const DAY_MS = 24 * 60 * 60 * 1000;
/** On the calendar, where every day follows the one before. @param count may be negative */
export const dayAfter = (day: string, count: number): string =>
  new Date(Date.parse(`${day}T00:00:00.000Z`) + count * DAY_MS).toISOString().slice(0, 10);
