import { createHash } from 'node:crypto';
import { Contention, InvalidInput, NotFound, StalePlan } from '../domain/errors.ts';
import type { Instant } from '../domain/ids.ts';
import {
  decidedAtFirst,
  feeRunId,
  type LocalClock,
  type Monthly,
  newMonthlyRun,
  nextRunAt,
  objectionToPeriod,
  type Schedule,
  type ScheduleSettings,
  type SkippedRun,
  scheduleIdOf,
  withSkipped,
} from '../domain/schedule.ts';
import type { Deps } from './deps.ts';

export type SetScheduleDeps = Pick<Deps, 'schedules' | 'roster' | 'club' | 'clock' | 'log'>;

export type SetScheduleInput =
  | { action: 'set'; schedule: ScheduleSettings; actor: string }
  | { action: 'stop'; kind: Schedule['kind']; productId: string; actor: string }
  /** Makes and mails the orders of a month, however many there are: one that was skipped, or those that it lacks. */
  | {
      action: 'run';
      productId: string;
      period: string;
      actor: string;
      /** What a person was shown before (`showRun`): nothing is done unless it still is so. */
      shown?: string;
    }
  | { action: 'list' };

/** What running a month now would go by, and a hash over it. */
export type ShownRun = {
  hash: string;
  productId: string;
  period: string;
  /** Why it did not run by itself; null if it did, or has not had to yet. */
  skipped: SkippedRun | null;
  /** What the last run came to. */
  last: Monthly['last'];
};

/** What `run` would do. Changes nothing. @throws {NotFound} @throws {InvalidInput} it would be refused */
export const showRun = async (
  { productId, period }: { productId: string; period: string },
  { schedules, clock: { now } }: Pick<Deps, 'schedules' | 'clock'>,
): Promise<ShownRun> => {
  const clock: LocalClock = await import('../domain/local-time.ts');
  const standing = await schedules.get(scheduleIdOf({ kind: 'monthly', productId }));
  const { last } = runningNow(standing, period, now(), clock);
  return { hash: hashOf(standing, period), productId, period, skipped: skippedOf(standing, period), last };
};

const skippedOf = (standing: Schedule | undefined, period: string): SkippedRun | null =>
  standing?.skipped.find(({ runId }) => runId === feeRunId(standing.productId, period)) ?? null;

/** Over what a run goes by. A run that has been made since changes it. */
const hashOf = (standing: Schedule | undefined, period: string): string => {
  const monthly = standing?.kind === 'monthly' ? standing : undefined;
  return createHash('sha256')
    .update(
      JSON.stringify([
        'run',
        monthly?.scheduleId,
        period,
        monthly?.payByDays,
        monthly?.last ?? null,
        skippedOf(monthly, period),
      ]),
    )
    .digest('hex')
    .slice(0, 26);
};

/** What stands afterwards; with `list` all of them. @throws {NotFound} @throws {InvalidInput} @throws {StalePlan} @throws {Contention} */
export const setSchedule = async (
  input: SetScheduleInput,
  deps: SetScheduleDeps,
): Promise<{ schedules: Schedule[] }> => {
  if (input.action === 'list') return { schedules: await deps.schedules.all() };
  const clock: LocalClock = await import('../domain/local-time.ts');
  const now = deps.clock.now();
  const { action, actor } = input;
  const schedule =
    input.action === 'set'
      ? await set(input.schedule, actor, now, clock, deps)
      : input.action === 'stop'
        ? await change(scheduleIdOf(input), stopped, deps)
        : await change(
            scheduleIdOf({ kind: 'monthly', productId: input.productId }),
            (standing) => runAsShown(standing, input, now, clock),
            deps,
          );
  deps.log('schedule.changed', { scheduleId: schedule.scheduleId, action });
  return { schedules: [schedule] };
};

const set = async (
  settings: ScheduleSettings,
  actor: string,
  now: Instant,
  clock: LocalClock,
  deps: SetScheduleDeps,
): Promise<Schedule> => {
  const { productId } = settings;
  if ((await deps.roster.product(productId)) === undefined) {
    throw new NotFound(`There is no product ${productId}.`, { productId });
  }
  const timeZone = settings.timeZone ?? deps.club.timeZone;
  const made = newSchedule({ ...settings, timeZone }, actor, now, clock);
  return change(made.scheduleId, (standing) => changed(standing, made, clock), deps);
};

const newSchedule = (
  settings: ScheduleSettings & { timeZone: string },
  actor: string,
  now: Instant,
  clock: LocalClock,
): Schedule => {
  const common = {
    scheduleId: scheduleIdOf(settings),
    state: 'active',
    createdBy: actor,
    createdAt: now,
    ranUntil: decidedAtFirst(settings, now, clock),
    nextRunAt: null,
    skipped: [],
    revision: 0,
  } as const;
  const made: Schedule =
    settings.kind === 'reminders'
      ? { ...settings, ...common, skipped: [] }
      : { ...settings, ...common, skipped: [], running: null, last: null };
  return { ...made, nextRunAt: nextRunAt(made, clock) };
};

/**
 * The new settings over what it has done. An active one keeps the day up to which that is decided: with another
 * time of day, today's run is neither left out nor done twice. A stopped one begins anew: nothing was missed while
 * nobody wanted it.
 */
const changed = (standing: Schedule | undefined, made: Schedule, clock: LocalClock): Schedule => {
  if (standing === undefined) return made;
  const { skipped, revision } = standing;
  const ranUntil = standing.state === 'active' ? standing.ranUntil : made.ranUntil;
  const next: Schedule =
    made.kind === 'monthly' && standing.kind === 'monthly'
      ? { ...made, skipped, revision, ranUntil, running: standing.running, last: standing.last }
      : { ...made, skipped, revision, ranUntil };
  return { ...next, nextRunAt: isRunning(standing) ? standing.nextRunAt : nextRunAt(next, clock) };
};

const isRunning = (schedule: Schedule): boolean => schedule.kind === 'monthly' && schedule.running !== null;

const stopped = (standing: Schedule | undefined): Schedule => {
  const schedule: Schedule = { ...mustStand(standing), state: 'stopped', nextRunAt: null };
  if (schedule.kind !== 'monthly' || schedule.running === null) return schedule;
  const { period, day, sourceOrders } = schedule.running;
  const runId = feeRunId(schedule.productId, period);
  return withSkipped({ ...schedule, running: null }, [
    {
      runId,
      day,
      reason: 'stopped',
      orders: sourceOrders,
      ordersBefore: schedule.last?.sourceOrders ?? null,
    },
  ]);
};

const runAsShown = (
  standing: Schedule | undefined,
  { period, shown }: { period: string; shown?: string },
  now: Instant,
  clock: LocalClock,
): Schedule => {
  if (shown === undefined) return runningNow(standing, period, now, clock);
  // Asked for before, by the same command perhaps: it is being done.
  if (standing?.kind === 'monthly' && standing.running?.period === period && standing.running.anyway) {
    return standing;
  }
  if (hashOf(standing, period) === shown) return runningNow(standing, period, now, clock);
  throw new StalePlan(
    'This is not what was shown: the month has run since, or the schedule was changed. Look again, without --apply.',
    { period },
  );
};

/** The run itself is the tick's: a function that a person waits for could not make the orders of a large club. */
const runningNow = (
  standing: Schedule | undefined,
  period: string,
  now: Instant,
  clock: LocalClock,
): Monthly => {
  const schedule = mustStand(standing);
  if (schedule.kind !== 'monthly' || schedule.state !== 'active') {
    throw new InvalidInput('This schedule is stopped. Set it again first.');
  }
  if (schedule.running !== null) {
    throw new InvalidInput(
      `The orders of ${schedule.running.period} are being made just now. Look again later.`,
    );
  }
  const day = clock.localDayOf(now, schedule.timeZone);
  const objection = objectionToPeriod(period, day);
  if (objection !== null) throw new InvalidInput(objection, { period });
  const running = newMonthlyRun({ period, day }, true);
  const runId = feeRunId(schedule.productId, period);
  const skipped = schedule.skipped.filter((run) => run.runId !== runId);
  return { ...schedule, skipped, running, nextRunAt: now };
};

const mustStand = (standing: Schedule | undefined): Schedule => {
  if (standing !== undefined) return standing;
  throw new NotFound('This product has no such schedule. See which there are with "schedule list".');
};

const TRIES = 8;

/** Reads, changes and writes, again if somebody wrote in between: the tick does after each page of a month's orders. */
const change = async (
  scheduleId: string,
  next: (standing: Schedule | undefined) => Schedule,
  { schedules }: SetScheduleDeps,
): Promise<Schedule> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const saved = await schedules.put(next(await schedules.get(scheduleId)));
    if (saved !== 'conflict') return saved;
  }
  throw new Contention('The schedule is being changed by others; try again.', { scheduleId });
};
