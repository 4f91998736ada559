import { type Command, InvalidArgumentError } from 'commander';
import { withActor } from '../blast.ts';
import { type StageOptions, withApply } from '../options.ts';
import type { Chapter, Run } from './command-line.ts';

const SCHEDULE_EXAMPLES = `
For example:
  npm run ops -- schedule reminders utah-invitational --days 3,7,14 --at 09:00 --stage prod
  npm run ops -- schedule monthly u12-fees --day 25 --at 09:00 --pay-by-days 7 --stage prod
  npm run ops -- schedule stop u12-fees --monthly --stage prod
  npm run ops -- schedule run u12-fees --period 2026-05 --stage prod
  npm run ops -- schedule list --stage prod`;

/** What recurs: reminders, and the fees of each month. */
export const schedules: Chapter = ({ program, command }) => {
  const schedule = program
    .command('schedule')
    .description('What recurs: reminders of a product, and its fees month by month')
    .addHelpText('after', SCHEDULE_EXAMPLES);
  const scheduled = <O>(
    name: string,
    description: string,
    which: (all: typeof import('../commands/schedule.ts')) => Run<StageOptions & O>,
  ): Command =>
    command<O>(schedule, name, description, async () => which(await import('../commands/schedule.ts')));
  withTime(
    withActor(
      scheduled<Timed & { days: number[] }>(
        'reminders <product>',
        'Reminds families that still owe, some days after the first mail about their order',
        (all) => all.scheduleReminders,
      ),
    ),
  ).requiredOption('--days <list>', 'how many days after it: 3,7,14', wholeNumbers);
  withTime(
    withActor(
      scheduled<Timed & { day: number; payByDays: number }>(
        'monthly <product>',
        'Makes the orders of the next month from those of the month before, and mails them',
        (all) => all.scheduleMonthly,
      ),
    ),
  )
    .requiredOption('--day <number>', 'on which day of each month, 1 to 28', wholeNumber)
    .requiredOption('--pay-by-days <number>', 'how many days families have to pay', wholeNumber)
    .option('--this-month', 'for the month of that day, not the one after');
  withActor(
    scheduled('stop <product>', 'Stops reminders or monthly fees of a product', (all) => all.scheduleStop),
  )
    .option('--reminders', 'stop the reminders')
    .option('--monthly', 'stop the monthly fees');
  withApply(
    withActor(
      scheduled<{ period: string }>(
        'run <product>',
        'Shows, then makes and mails the fees of one month: one that was skipped, or those that it lacks',
        (all) => all.scheduleRun,
      ),
    ),
  ).requiredOption('--period <month>', 'which month: 2026-05');
  scheduled('list', 'Shows what recurs, when next, and what was skipped', (all) => all.scheduleList);
};

type Timed = { at: string; timeZone?: string };
const withTime = (of: Command): Command =>
  of
    .requiredOption('--at <time>', 'at which time of day: 09:00')
    .option('--time-zone <name>', "on the clocks of which time zone (otherwise the club's): America/Denver");

const wholeNumber = (text: string): number => {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number.');
};
const wholeNumbers = (text: string): number[] => text.split(',').map((each) => wholeNumber(each.trim()));
