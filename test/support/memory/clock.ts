import { epochMs, type Instant, instant } from '../../../lib/domain/ids.ts';
import type { Clock } from '../../../lib/ports.ts';

export type SettableClock = Clock & { set(at: Instant): void; advance(ms: number): void };

/** Time that passes only when it is told to, or when somebody sleeps. */
export const settableClock = (start: Instant = '2026-05-01T16:00:00.000Z'): SettableClock => {
  let now = start;
  // Asked far more often than it changes.
  const advance = (ms: number): void => {
    now = instant(epochMs(now) + ms);
  };
  return {
    now: () => now,
    sleep: async (ms) => advance(ms),
    set: (at) => {
      now = at;
    },
    advance,
  };
};
