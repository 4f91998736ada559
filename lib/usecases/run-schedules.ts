import { epochMs, type Instant, instantAfter, shardNumbers } from '../domain/ids.ts';
import {
  dueRuns,
  feeRunId,
  feeRunsOn,
  type LocalClock,
  type Monthly,
  type MonthlyRun,
  newMonthlyRun,
  nextRunAt,
  type ReminderRun,
  type Reminders,
  reminderRunsOn,
  type Schedule,
  type SkippedRun,
  withSkipped,
} from '../domain/schedule.ts';
import { isUnusual } from '../domain/unusual.ts';
import type { Deps } from './deps.ts';
import { isAtEndOfPhase, isAtStart, type MakePeriodDeps, makePeriodPage } from './make-period.ts';
import { type PlanBlastDeps, planBlast } from './plan-blast.ts';

export type RunSchedulesDeps = PlanBlastDeps & MakePeriodDeps & Pick<Deps, 'schedules'>;

/**
 * Does what schedules have due. Every run has an id of its own, which is that of its blast, and each order of a month
 * its natural key: a run that is done twice, by two ticks at once or after a crash, does nothing the second time. A
 * schedule's row is written after its run, so that a crash in between repeats the run and never leaves it out.
 *
 * @param input.budgetMs how long it may take; a month's orders that are not made by then are made by the next tick
 * @returns how many schedules had something to do
 */
export const runSchedules = async (input: { budgetMs: number }, deps: RunSchedulesDeps): Promise<number> => {
  const now = deps.clock.now();
  const due = await deps.schedules.due(now);
  if (due.length === 0) return 0;
  const clock: LocalClock = await import('../domain/local-time.ts');
  const untilMs = epochMs(now) + input.budgetMs;
  const failures: unknown[] = [];
  for (const schedule of due) {
    try {
      if (schedule.kind === 'reminders') await remind(schedule, now, clock, deps);
      else await bill(schedule, now, untilMs, clock, deps);
    } catch (error) {
      deps.log('schedule.failed', { scheduleId: schedule.scheduleId, error: (error as Error).name });
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return due.length;
};

const remind = async (
  schedule: Reminders,
  now: Instant,
  clock: LocalClock,
  deps: RunSchedulesDeps,
): Promise<void> => {
  const decided = dueRuns(schedule, (day) => reminderRunsOn(schedule, day), now, clock);
  for (const run of decided.due) await remindThose(schedule, run, deps);
  const missed = await notDone(decided.missed, deps);
  await save(withSkipped({ ...schedule, ranUntil: decided.ranUntil }, missed), clock, deps);
};

const remindThose = async (schedule: Reminders, run: ReminderRun, deps: RunSchedulesDeps): Promise<void> => {
  const { productId } = schedule;
  if (await nobodyWasMailed(productId, run.firstMailedOn, deps)) return;
  await planBlast(
    {
      blastId: run.runId,
      productId,
      purpose: 'reminder',
      audience: { kind: 'first_mailed', productId, on: run.firstMailedOn },
      createdBy: `schedule ${schedule.scheduleId}`,
    },
    deps,
  );
};

/** Most days are followed by no reminder: sixteen reads then spare a blast of nobody, which people would have to look at. */
const nobodyWasMailed = async (productId: string, on: string, deps: RunSchedulesDeps): Promise<boolean> => {
  const pages = await Promise.all(
    shardNumbers.map((shard) => deps.orders.pageOfFirstMailed({ productId, on, shard, limit: 1 })),
  );
  return pages.every(({ items }) => items.length === 0);
};

/** A tick may have died after the run and before it could write that down. */
const notDone = async (
  missed: readonly { runId: string; day: string }[],
  deps: RunSchedulesDeps,
): Promise<SkippedRun[]> => {
  const skipped: SkippedRun[] = [];
  for (const { runId, day } of missed) {
    if ((await deps.blasts.get(runId)) !== undefined) continue;
    deps.log('schedule.run_missed', { runId });
    skipped.push({ runId, day, reason: 'missed', orders: null, ordersBefore: null });
  }
  return skipped;
};

const bill = async (
  schedule: Monthly,
  now: Instant,
  untilMs: number,
  clock: LocalClock,
  deps: RunSchedulesDeps,
): Promise<void> => {
  let standing: Monthly | undefined = schedule;
  if (standing.running === null) standing = await begin(standing, now, clock, deps);
  while (standing !== undefined && standing.running !== null && epochMs(deps.clock.now()) < untilMs) {
    standing = await goOn(standing, standing.running, clock, deps);
  }
};

/** Writes down what is due before anything of it is done: from then on it is finished, on whatever day. */
const begin = async (
  schedule: Monthly,
  now: Instant,
  clock: LocalClock,
  deps: RunSchedulesDeps,
): Promise<Monthly | undefined> => {
  const { due, missed, ranUntil } = dueRuns(schedule, (day) => feeRunsOn(schedule, day), now, clock);
  const [run] = due;
  const running = run === undefined ? null : newMonthlyRun(run, false);
  return save(withSkipped({ ...schedule, ranUntil, running }, await notDone(missed, deps)), clock, deps);
};

const goOn = async (
  schedule: Monthly,
  begun: MonthlyRun,
  clock: LocalClock,
  deps: RunSchedulesDeps,
): Promise<Monthly | undefined> => {
  const run = isAtStart(begun) ? await asRepeat(schedule, begun, deps) : begun;
  const running = isAtEndOfPhase(run) ? run : await makePeriodPage(schedule, run, clock, deps);
  if (!isAtEndOfPhase(running)) return save({ ...schedule, running }, clock, deps);
  if (running.phase === 'count') {
    const objection = objectionTo(running, schedule);
    if (objection !== null) return end(schedule, running, objection, clock, deps);
    const make: MonthlyRun = { ...running, phase: 'make', shard: 0, after: null };
    return save({ ...schedule, running: make }, clock, deps);
  }
  if (running.made === 0) return end(schedule, running, 'nobody', clock, deps);
  await mailPeriod(schedule, running, deps);
  return end(schedule, running, null, clock, deps);
};

/**
 * A month that has been mailed before is mailed again only to those whose orders were made after that: what is between
 * two mailings' `asOf` is asked for by one of them, whatever became of the other.
 */
const asRepeat = async (
  { productId }: Monthly,
  run: MonthlyRun,
  { blasts }: RunSchedulesDeps,
): Promise<MonthlyRun> => {
  let repeat: MonthlyRun['repeat'];
  for (let number = 1; ; number++) {
    const before = await blasts.get(feeRunId(productId, run.period, number));
    if (before?.audience.kind !== 'product') return { ...run, ...(repeat !== undefined && { repeat }) };
    repeat = { number: number + 1, createdAfter: before.audience.asOf, unmailed: 0 };
  }
};

const objectionTo = (run: MonthlyRun, { last }: Monthly): SkippedRun['reason'] | null => {
  if (run.source === null) return 'no_earlier_period';
  const tooMany = isUnusual(run.sourceOrders, last?.sourceOrders ?? null);
  return tooMany && !run.anyway ? 'ten_times_as_many' : null;
};

/** Another tick may have made some of the orders, on a machine whose clock is ahead of this one's. */
const CLOCKS_APART_MS = 60_000;

/** Only now that all orders of the month are there: of a mailing that began before, nobody could say whom it is for. */
const mailPeriod = async (
  schedule: Monthly,
  { period, repeat }: MonthlyRun,
  deps: RunSchedulesDeps,
): Promise<void> => {
  if (repeat?.unmailed === 0) return;
  const { productId } = schedule;
  const since = repeat === undefined ? {} : { createdAfter: repeat.createdAfter };
  await planBlast(
    {
      blastId: feeRunId(productId, period, repeat?.number),
      productId,
      purpose: 'notice',
      audience: {
        kind: 'product',
        productId,
        filter: { period, onlyNeverMailed: false, ...since },
        asOf: instantAfter(deps.clock.now(), CLOCKS_APART_MS),
      },
      createdBy: `schedule ${schedule.scheduleId}`,
    },
    deps,
  );
};

/** @param skipped why nothing is mailed; null when something is, or has been */
const end = async (
  schedule: Monthly,
  { period, day, sourceOrders, made, leftOut }: MonthlyRun,
  skipped: SkippedRun['reason'] | null,
  clock: LocalClock,
  deps: RunSchedulesDeps,
): Promise<Monthly | undefined> => {
  const runId = feeRunId(schedule.productId, period);
  deps.log('schedule.fees', { runId, made, sourceOrders, skipped });
  const ended: Monthly = { ...schedule, running: null };
  if (skipped === null) {
    return save({ ...ended, last: { period, day, sourceOrders, made, leftOut } }, clock, deps);
  }
  const ordersBefore = schedule.last?.sourceOrders ?? null;
  return save(
    withSkipped(ended, [{ runId, day, reason: skipped, orders: sourceOrders, ordersBefore }]),
    clock,
    deps,
  );
};

/** Nothing, when somebody has changed the schedule meanwhile: another tick, which is at the same, or a person. */
const save = async <S extends Schedule>(
  next: S,
  clock: LocalClock,
  deps: RunSchedulesDeps,
): Promise<S | undefined> => {
  // One that is in the middle of a run keeps the time of that: it is due until the run is at its end.
  const isRunning = next.kind === 'monthly' && next.running !== null;
  const saved = await deps.schedules.put(isRunning ? next : { ...next, nextRunAt: nextRunAt(next, clock) });
  if (saved !== 'conflict') return saved;
  deps.log('schedule.changed_meanwhile', { scheduleId: next.scheduleId });
  return undefined;
};
