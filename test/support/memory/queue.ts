import { epochMs } from '../../../lib/domain/ids.ts';
import type { Clock, Queue } from '../../../lib/ports.ts';
import { kept } from './kept.ts';

export type MemoryQueue<T> = Queue<T> & {
  /** Takes up to `limit` messages that may be seen by now, the longest waiting first. */
  receive(limit?: number): T[];
  /** How many wait, seen or not. */
  readonly size: number;
};

/** SQS holds nothing back for longer. */
const LONGEST_DELAY_SECONDS = 900;

/** A queue that delivers each message once, in sequence; repeating and shuffling are the business of a test. */
export const memoryQueue = <T>(clock: Clock): MemoryQueue<T> => {
  let waiting: { message: T; visibleAtMs: number }[] = [];
  return {
    send: async (messages, delaySeconds = 0) => {
      const visibleAtMs = epochMs(clock.now()) + Math.min(delaySeconds, LONGEST_DELAY_SECONDS) * 1000;
      waiting.push(...messages.map((message) => ({ message: kept(message), visibleAtMs })));
    },
    receive: (limit = Number.POSITIVE_INFINITY) => {
      const nowMs = epochMs(clock.now());
      const taken = waiting.filter(({ visibleAtMs }) => visibleAtMs <= nowMs).slice(0, limit);
      const gone = new Set(taken);
      waiting = waiting.filter((entry) => !gone.has(entry));
      return taken.map(({ message }) => message);
    },
    get size() {
      return waiting.length;
    },
  };
};
