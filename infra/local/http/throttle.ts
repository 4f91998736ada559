/** A token bucket, as AWS throttles: `ratePerSecond` on average, `burst` at once. Takes all that is asked for, or nothing. */
export type Throttle = { take(count?: number): boolean };

/** @param now milliseconds, so that it refills in the stack's time */
export function createThrottle(now: () => number, ratePerSecond: number, burst: number): Throttle {
  let tokens = burst;
  let filledAt = now();
  return {
    take(count = 1) {
      const at = now();
      tokens = Math.min(burst, tokens + ((at - filledAt) / 1_000) * ratePerSecond);
      filledAt = at;
      if (tokens < count) return false;
      tokens -= count;
      return true;
    },
  };
}
