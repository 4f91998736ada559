/** A token bucket, as AWS throttles: `ratePerSecond` on average, `burst` at once. */
export type Throttle = { take(): boolean };

/** @param now milliseconds, so that it refills in the stack's time */
export function createThrottle(now: () => number, ratePerSecond: number, burst: number): Throttle {
  let tokens = burst;
  let filledAt = now();
  return {
    take() {
      const at = now();
      tokens = Math.min(burst, tokens + ((at - filledAt) / 1_000) * ratePerSecond);
      filledAt = at;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
