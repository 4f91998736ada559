import { epochMs, type Instant, instant } from '../../../lib/domain/ids.ts';
import type { Clock } from '../../../lib/ports.ts';

export type SettableClock = Clock & { set(at: Instant): void; advance(ms: number): void };

/** Time that passes only when it is told to, or when somebody sleeps. */
export const settableClock = (start: Instant = '2026-05-01T16:00:00.000Z'): SettableClock => {
  let nowMs = epochMs(start);
  return {
    now: () => instant(nowMs),
    sleep: async (ms) => {
      nowMs += ms;
    },
    set: (at) => {
      nowMs = epochMs(at);
    },
    advance: (ms) => {
      nowMs += ms;
    },
  };
};
