/** The simulator's only source of time. Stripe's objects carry seconds; everything else here is in milliseconds. */
export type Clock = {
  nowMs(): number;
  nowSeconds(): number;
  /** Runs `work` as if it were `atMs`: what became due while nobody looked happens at the moment it was due. */
  at(atMs: number, work: () => void): void;
};

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export function createClock(now: () => number): Clock {
  let pretendedMs: number | undefined;
  const nowMs = () => pretendedMs ?? now();
  return {
    nowMs,
    nowSeconds: () => Math.floor(nowMs() / SECOND_MS),
    at(atMs, work) {
      pretendedMs = atMs;
      try {
        work();
      } finally {
        pretendedMs = undefined;
      }
    },
  };
}
