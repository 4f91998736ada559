import { randomUUID } from 'node:crypto';
import type { MayStart } from '../aws/authorizer.ts';
import { ACCOUNT_ID, arn, type Deployment, REGION } from '../template/identity.ts';
import type { Properties } from '../template/properties.ts';
import type { Lambda } from './lambda.ts';

export type Schedules = {
  /**
   * When the next run is worth stopping for on the way from here to `untilMs`: a scheduled time at least `strideMs`
   * after the last run, or, when none is left, the last scheduled time of the way.
   */
  nextStop(untilMs: number, strideMs: number): number | undefined;
  /** Runs every schedule that has a scheduled time between its last run and now: once, however many there are. */
  runDue(): Promise<void>;
  /** The shortest period there is, for running in real time. */
  readonly shortestPeriodMs: number | undefined;
};

type Schedule = {
  arn: string;
  periodMs: number;
  functionName: string;
  /** Of the target; the event of EventBridge when undefined. */
  input: string | undefined;
  lastRunMs: number;
};

const MINUTE_MS = 60_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  minute: MINUTE_MS,
  hour: 60 * MINUTE_MS,
  day: 24 * 60 * MINUTE_MS,
};

/** The template's schedules. Scheduled times are the multiples of the period since the epoch. */
export function createSchedules(options: {
  deployment: Deployment;
  lambda: Lambda;
  now(): number;
  mayStart: MayStart;
}): Schedules {
  const { deployment, lambda, now } = options;
  const startMs = now();
  const functionNameOf = (arn: string) => deployment.find(arn, ['AWS::Lambda::Function']).identity.ref;

  const schedules: Schedule[] = [];
  const add = (properties: Properties, sourceArn: string, targets: readonly Properties[]) => {
    if (properties.optionalText('State') === 'DISABLED') return;
    for (const target of targets) {
      schedules.push({
        arn: sourceArn,
        periodMs: periodOf(properties),
        functionName: functionNameOf(target.text('Arn')),
        input: target.optionalText('Input'),
        lastRunMs: startMs,
      });
    }
  };
  for (const { properties, identity } of deployment.ofType('AWS::Events::Rule')) {
    add(properties, identity.attributes.Arn ?? '', properties.objects('Targets'));
  }
  for (const { properties, logicalId } of deployment.ofType('AWS::Scheduler::Schedule')) {
    const target = properties.optionalObject('Target');
    add(properties, arn('scheduler', `schedule/default/${logicalId}`), target === undefined ? [] : [target]);
  }

  const lastTimeBy = (schedule: Schedule, atMs: number) =>
    Math.floor(atMs / schedule.periodMs) * schedule.periodMs;

  return {
    shortestPeriodMs:
      schedules.length === 0 ? undefined : Math.min(...schedules.map((schedule) => schedule.periodMs)),

    nextStop(untilMs, strideMs) {
      const stops = schedules.flatMap((schedule) => {
        const strided = lastTimeBy(schedule, schedule.lastRunMs + Math.max(strideMs, schedule.periodMs));
        const stop = strided <= untilMs ? strided : lastTimeBy(schedule, untilMs);
        return stop > schedule.lastRunMs ? [stop] : [];
      });
      return stops.length === 0 ? undefined : Math.min(...stops);
    },

    async runDue() {
      for (const schedule of schedules) {
        const scheduledMs = lastTimeBy(schedule, now());
        if (scheduledMs <= schedule.lastRunMs) continue;
        schedule.lastRunMs = now();
        const { functionName } = schedule;
        const trigger = {
          kind: 'service',
          principal: 'events.amazonaws.com',
          sourceArn: schedule.arn,
        } as const;
        // EventBridge counts a target that it may not start as failed, and tells nobody.
        if (!options.mayStart(trigger, functionName)) continue;
        const event = schedule.input ?? JSON.stringify(scheduledEvent(schedule, scheduledMs));
        await lambda.invoke(functionName, event, 'schedule');
      }
    },
  };
}

/** Milliseconds between two runs. Of cron only "every n minutes" is known. */
function periodOf(properties: Properties): number {
  const expression = properties.text('ScheduleExpression');
  const [, amount, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const [, minutes] = /^cron\([0*]\/(\d+) \* \* \* \? \*\)$/.exec(expression) ?? [];
  const unitMs = UNIT_MS[unit ?? ''];
  if (amount !== undefined && unitMs !== undefined) return Number(amount) * unitMs;
  if (minutes !== undefined) return Number(minutes) * MINUTE_MS;
  throw new Error(`${properties.where}: schedule ${expression} is not known to the local runner.`);
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
function scheduledEvent(schedule: Schedule, scheduledMs: number): object {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: ACCOUNT_ID,
    time: new Date(scheduledMs).toISOString().replace('.000Z', 'Z'),
    region: REGION,
    resources: [schedule.arn],
    detail: {},
  };
}
