import * as v from 'valibot';
import { Monthly, Schedule, SkippedRun } from '../../../lib/domain/schedule.ts';
import { type ActorOptions, actorFrom, commandFor } from '../blast.ts';
import { confirm } from '../confirm.ts';
import type { Environment } from '../environment.ts';
import type { ApplyOptions, StageOptions } from '../options.ts';
import { UsageProblem } from '../problem.ts';
import type { Report } from '../report.ts';

type Acting = StageOptions & ActorOptions;
type Timed = Acting & { at: string; timeZone?: string };

/** What `functions/set-schedule.ts` answers. */
const Answer = v.object({ schedules: v.array(Schedule) });

const ask = async (environment: Environment, input: object): Promise<Schedule[]> =>
  v.parse(Answer, await environment.invoke(environment.outputs.SetScheduleFunctionName, input)).schedules;

export const scheduleReminders = async (
  environment: Environment,
  report: Report,
  { days, at, timeZone, ...options }: Timed & { days: number[] },
  productId: string,
): Promise<void> => {
  const schedule = { kind: 'reminders', productId, days, at, ...(timeZone !== undefined && { timeZone }) };
  await set(environment, report, schedule, options);
};

export const scheduleMonthly = async (
  environment: Environment,
  report: Report,
  options: Timed & { day: number; payByDays: number; thisMonth?: true },
  productId: string,
): Promise<void> => {
  const { day, at, timeZone, payByDays, thisMonth } = options;
  const of = thisMonth ? 'this_month' : 'next_month';
  const zone = timeZone === undefined ? {} : { timeZone };
  const schedule = { kind: 'monthly', productId, dayOfMonth: day, at, payByDays, of, ...zone };
  await set(environment, report, schedule, options);
};

const set = async (
  environment: Environment,
  report: Report,
  schedule: object,
  options: Acting,
): Promise<void> => {
  const schedules = await ask(environment, { action: 'set', schedule, actor: actorFrom(options) });
  report.data({ schedules });
  for (const made of schedules) {
    report.done(`${made.productId}: ${whatOf(made)}; next ${nextOf(made.timeZone, made.nextRunAt)}.`);
  }
};

export const scheduleStop = async (
  environment: Environment,
  report: Report,
  options: Acting & { reminders?: true; monthly?: true },
  productId: string,
): Promise<void> => {
  const kinds = (['reminders', 'monthly'] as const).filter((kind) => options[kind]);
  if (kinds.length !== 1) throw new UsageProblem('Which of the two?', 'Add --reminders or --monthly.');
  const [kind] = kinds;
  const schedules = await ask(environment, { action: 'stop', kind, productId, actor: actorFrom(options) });
  report.data({ schedules });
  report.done(`${productId}: ${kind} are stopped. A mailing that has begun goes on; see "blast pause".`);
};

export const scheduleRun = async (
  environment: Environment,
  report: Report,
  options: Acting & ApplyOptions & { period: string },
  productId: string,
): Promise<void> => {
  const { period, apply: shown } = options;
  if (shown === undefined) return showRun({ productId, period }, environment, report, options);
  await confirm(`Make the orders of ${period} for ${productId} and mail them`, [], options);
  const input = { action: 'run', productId, period, actor: actorFrom(options), shown };
  report.data({ schedules: await ask(environment, input) });
  report.done(
    `The orders of ${period} for ${productId} are made within the next minutes, and mailed when all of them are there. ` +
      'If the month was mailed before, only those are mailed whose orders were made since.',
  );
  report.plain(`To see how far it is:\n  ${commandFor('schedule list', options)}`);
};

/** What `functions/set-schedule.ts` answers to `show_run`. */
const ShownRun = v.object({
  hash: v.string(),
  skipped: v.nullable(SkippedRun),
  last: Monthly.entries.last,
});

const showRun = async (
  of: { productId: string; period: string },
  { invoke, outputs }: Environment,
  report: Report,
  options: StageOptions,
): Promise<void> => {
  const run = v.parse(ShownRun, await invoke(outputs.SetScheduleFunctionName, { action: 'show_run', ...of }));
  report.data({ run });
  const { productId, period } = of;
  const { skipped, last, hash } = run;
  report.plain(
    `The orders of ${period} for ${productId} would be made from those of the latest earlier month, and mailed, however many they are.`,
  );
  if (skipped !== null) report.plain(`It did not run on ${skipped.day}: ${words[skipped.reason](skipped)}.`);
  report.plain(
    last === null
      ? 'No month of this schedule has run yet.'
      : `The last run was ${last.period}: ${counted(last.made)}, made from ${last.sourceOrders}.`,
  );
  report.ok('Nothing was done yet.');
  const apply = `schedule run ${productId} --period ${period} --apply ${hash}`;
  report.plain(`To do exactly this:\n  ${commandFor(apply, options)}`);
};

export const scheduleList = async (
  environment: Environment,
  report: Report,
  options: StageOptions,
): Promise<void> => {
  const schedules = await ask(environment, { action: 'list' });
  report.data({ schedules });
  if (schedules.length === 0) {
    report.ok('Nothing recurs on this stage.');
    return;
  }
  report.plain(table([HEAD, ...schedules.map(rowOf)]));
  for (const schedule of schedules) {
    for (const skipped of schedule.skipped) {
      const { day, runId, reason } = skipped;
      const again = `schedule run ${schedule.productId} --period ${runId.slice(-7)}`;
      report.advice(
        `${day}: ${runId} did not happen: ${words[reason](skipped)}.`,
        schedule.kind === 'monthly' ? `If it is meant: ${commandFor(again, options)}` : undefined,
      );
    }
  }
};

const words: Record<SkippedRun['reason'], (run: SkippedRun) => string> = {
  missed: () => 'nothing ran on that day',
  ten_times_as_many: ({ orders, ordersBefore }) =>
    `it would make ${orders} orders, and there were ${ordersBefore} the time before`,
  no_earlier_period: () => 'no earlier month has orders to go by',
  nobody: () => 'nobody was left to ask',
  stopped: () => 'the schedule was stopped while it was at it',
};

const HEAD = ['product', 'what', 'next', 'last'];

const rowOf = (schedule: Schedule): string[] => [
  schedule.productId,
  whatOf(schedule),
  schedule.state === 'stopped' ? 'stopped' : nextOf(schedule.timeZone, schedule.nextRunAt),
  lastOf(schedule),
];

const whatOf = (schedule: Schedule): string =>
  schedule.kind === 'reminders'
    ? `reminders ${schedule.days.join(', ')} days after the first mail, at ${schedule.at}`
    : `fees of ${schedule.of === 'this_month' ? 'the month' : 'the month after'}, each month on day ${schedule.dayOfMonth} at ${schedule.at}`;

/** As a clock on the wall there shows it. */
const nextOf = (timeZone: string, nextRunAt: string | null): string =>
  nextRunAt === null
    ? '–'
    : `${new Date(nextRunAt).toLocaleString('sv-SE', { timeZone }).slice(0, 16)} (${timeZone})`;

const lastOf = (schedule: Schedule): string => {
  if (schedule.kind === 'reminders') return `until ${schedule.ranUntil}`;
  const { running, last } = schedule;
  if (running !== null) {
    const done =
      running.phase === 'count' ? 'looking for the month before' : `${counted(running.made)} so far`;
    return `${running.period} is being made: ${done}`;
  }
  if (last === null) return '–';
  const leftOut = Object.entries(last.leftOut).map(([reason, count]) => `, ${count} ${reason}`);
  return `${last.period}: ${counted(last.made)}${leftOut.join('')}`;
};

const counted = (orders: number): string => `${orders} ${orders === 1 ? 'order' : 'orders'}`;

const table = (rows: readonly string[][]): string => {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};
