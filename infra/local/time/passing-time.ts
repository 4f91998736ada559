import { setTimeout as sleep } from 'node:timers/promises';
import type { Queues } from '../aws/queues.ts';
import type { EventSources } from '../lambda/event-sources.ts';
import type { Lambda } from '../lambda/lambda.ts';
import type { Schedules } from '../lambda/schedules.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A neighbour with a clock of its own to be told of: the Stripe simulator. */
export type Neighbour = {
  /** Does what has become due by now, and resolves when its webhooks have been answered. */
  tick(): Promise<void>;
  /** Webhooks that failed and will be sent again later. */
  retrying(): number;
};

export type AdvanceOptions = { /** See `RunOptions.tickEveryMs`. */ tickEveryMs?: number };

export type PassingTime = {
  advance(ms: number, options?: AdvanceOptions): Promise<void>;
  settled(options?: { withinMs?: number }): Promise<void>;
};

const HOUR_MS = 60 * 60 * 1_000;

/** How far `settled` follows what waits: long enough for a message to fail until it is in its dead-letter queue. */
const SETTLE_WITHIN_MS = 3 * HOUR_MS;

/** While webhooks are being retried, time stops at least this often to let them through. */
const RETRY_STRIDE_MS = HOUR_MS / 2;

/** Real time after which something that never becomes quiet is an error. */
const GIVE_UP_AFTER_MS = 5 * 60 * 1_000;

/** Lets time pass so that everything happens at its moment, and nothing is skipped over while it still works. */
export function createPassingTime(options: {
  clock: VirtualClock;
  lambda: Lambda;
  queues: Queues;
  eventSources: EventSources;
  /** What SES tells of its mails: events on their way to their topic, and how many there have ever been. */
  ses: { busy(): number; started(): number };
  schedules: Schedules;
  neighbour: Neighbour | undefined;
  tickEveryMs: number;
  failure(): Error | undefined;
}): PassingTime {
  const { clock, lambda, queues, eventSources, ses, schedules, neighbour } = options;

  const underWay = (): number => lambda.running() + eventSources.busy() + ses.busy();
  const started = (): number => lambda.started() + ses.started();

  /** When the first message that is not receivable now becomes so; undefined when somebody still works on one. */
  async function waiting(): Promise<{ quiet: boolean; nextMs: number | undefined }> {
    const states = (await queues.states()).filter(({ name }) => eventSources.queueNames.includes(name));
    if (states.some(({ visible }) => visible > 0)) return { quiet: false, nextMs: undefined };
    let nextMs: number | undefined;
    for (const { name, inFlight, delayed } of states) {
      if (inFlight + delayed === 0) continue;
      for (const { atMs, receiptHandle } of await queues.waiting(name)) {
        const worked = receiptHandle !== undefined && !eventSources.isGivenBack(receiptHandle);
        if (worked || atMs <= clock.now()) return { quiet: false, nextMs: undefined };
        nextMs = Math.min(nextMs ?? atMs, atMs);
      }
    }
    return { quiet: true, nextMs };
  }

  /** Resolves when nothing more happens without time passing, to when the next message becomes receivable. */
  async function drained(): Promise<number | undefined> {
    const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
    for (;;) {
      const failure = options.failure();
      if (failure !== undefined) throw failure;
      const before = { working: underWay(), started: started() };
      await neighbour?.tick();
      const { quiet, nextMs } = await waiting();
      // Also what ended while the queues were looked at: it may have left something in one of them.
      const working = before.working + underWay() > 0 || started() !== before.started;
      if (quiet && !working) return nextMs;
      if (performance.now() > giveUpAt) throw new Error(`Not quiet after minutes: ${await busyWith()}`);
      await sleep(5);
    }
  }

  async function busyWith(): Promise<string> {
    return JSON.stringify({ running: lambda.running(), queues: await queues.states() });
  }

  return {
    async advance(ms, { tickEveryMs = options.tickEveryMs } = {}) {
      const targetMs = clock.now() + ms;
      let waitingMs = await drained();
      while (clock.now() < targetMs) {
        const scheduledMs = schedules.nextStop(targetMs, tickEveryMs);
        const retriesMs = (neighbour?.retrying() ?? 0) > 0 ? clock.now() + RETRY_STRIDE_MS : undefined;
        const stops = [scheduledMs, waitingMs, retriesMs].filter((stop) => stop !== undefined);
        clock.moveTo(Math.min(targetMs, ...stops));
        waitingMs = await drained();
        if (scheduledMs !== undefined && clock.now() >= scheduledMs) {
          await schedules.runDue();
          waitingMs = await drained();
        }
      }
    },

    async settled({ withinMs = SETTLE_WITHIN_MS } = {}) {
      const untilMs = clock.now() + withinMs;
      for (;;) {
        const waitingMs = await drained();
        if (waitingMs === undefined || waitingMs > untilMs) return;
        clock.moveTo(waitingMs);
      }
    },
  };
}
