import * as v from 'valibot';
import { ProductId } from '../lib/domain/ids.ts';
import { Period, Schedule, ScheduleSettings } from '../lib/domain/schedule.ts';
import { setSchedule, showRun } from '../lib/usecases/set-schedule.ts';
import { readConfig } from './config.ts';
import { operation } from './operation.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  'CLUB_NAME',
  'CLUB_CONTACT',
  'CLUB_TIME_ZONE',
  'ROSTER_TABLE',
  'BLASTS_TABLE',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  roster: wiring.roster(config),
  schedules: wiring.schedules(config),
  club: wiring.club(config),
};

const actor = v.pipe(v.string(), v.minLength(1));
const run = { productId: ProductId, period: Period };
const Input = v.variant('action', [
  v.strictObject({ action: v.literal('set'), schedule: ScheduleSettings, actor }),
  v.strictObject({
    action: v.literal('stop'),
    kind: v.picklist(Schedule.options.map(({ entries }) => entries.kind.literal)),
    productId: ProductId,
    actor,
  }),
  v.strictObject({ action: v.literal('show_run'), ...run }),
  v.strictObject({
    action: v.literal('run'),
    ...run,
    actor,
    shown: v.exactOptional(v.pipe(v.string(), v.regex(/^[0-9a-f]{26}$/, 'is not a hash that was shown'))),
  }),
  v.strictObject({ action: v.literal('list') }),
]);

/** Ops: sets, stops and lists what recurs, and takes up a month that was skipped. */
export const handler = operation(
  Input,
  async (input): Promise<object> =>
    input.action === 'show_run' ? showRun(input, deps) : setSchedule(input, deps),
  deps,
);
