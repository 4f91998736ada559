import type { Queue } from '../../lib/ports.ts';
import type { Outcome } from './calls.ts';
import { HOUR, MINUTE } from './plan.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

export type Worked<T> = Queue<T> & {
  /** Messages that were given up after too many attempts, kept for a person. */
  readonly deadLetters: readonly T[];
  /** Messages that have been sent and not been worked on. */
  readonly waiting: number;
  /** What a person does when the cause is gone. */
  redrive(): void;
  /** The next messages take longer than others. */
  late: boolean;
};

/**
 * A queue as SQS has it, and the function that works on it: each message arrives at least once, now and then twice, in
 * no sequence. One whose function fails or dies arrives again when its visibility has timed out, and is set aside after
 * so many attempts.
 */
export const workedQueue = <T>(
  {
    attempts,
    atOnce,
    visibilityMs,
    ...chances
  }: { attempts: number; atOnce: number; visibilityMs: number; random: Random; twice: () => boolean },
  timeline: Timeline,
  /** @param ended told at that moment */
  work: (message: T, ended: (outcome: Outcome<unknown>) => void) => void,
): Worked<T> => {
  const { random } = chances;
  let deadLetters: T[] = [];
  let waiting = 0;
  let working = 0;
  let late = false;

  const deliver = (message: T, attempt: number, inMs: number): void => {
    waiting += 1;
    timeline.at(timeline.nowMs() + inMs, () => {
      waiting -= 1;
      if (working >= atOnce) return deliver(message, attempt, random.between(500, 2_000));
      working += 1;
      work(message, ({ kind }) => {
        working -= 1;
        if (kind === 'done') return;
        if (attempt < attempts) deliver(message, attempt + 1, visibilityMs);
        else deadLetters.push(message);
      });
    });
  };

  return {
    send: async (messages, delaySeconds = 0) => {
      for (const message of messages) {
        const lateMs = late ? random.between(MINUTE, HOUR) : random.between(5, 400);
        deliver(message, 1, delaySeconds * 1_000 + lateMs);
        if (chances.twice()) deliver(message, 1, delaySeconds * 1_000 + random.between(5, 5_000));
      }
      late = false;
    },
    get deadLetters() {
      return deadLetters;
    },
    get waiting() {
      return waiting + working;
    },
    redrive: () => {
      const again = deadLetters;
      deadLetters = [];
      for (const message of again) deliver(message, 1, random.between(5, 400));
    },
    get late() {
      return late;
    },
    set late(next) {
      late = next;
    },
  };
};
