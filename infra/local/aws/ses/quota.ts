import { createThrottle, type Throttle } from '../../http/throttle.ts';

/** What SES lets this account send. May be changed while running: a changed rate begins with a full bucket. */
export type SesQuota = {
  /** Recipients in any 24 hours; -1 for no limit. */
  max24HourSend: number;
  /** Recipients per second. */
  maxSendRate: number;
};

/** Mails that were refused. May be set back to 0. */
export type Throttled = {
  /** "Maximum sending rate exceeded.": to be tried again within seconds. */
  rate: number;
  /** "Daily message quota exceeded.": to be tried again within hours. */
  dailyQuota: number;
};

export type Limits = {
  readonly quota: SesQuota;
  readonly throttled: Throttled;
  /** Of the last 24 hours. */
  sent(): number;
  /** Why a mail to so many is not taken, in the words of SES; what is taken counts from then on. */
  refuse(recipients: { counted: number; simulated: number }): string | undefined;
};

const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * The rate as a token bucket that holds one second's worth, and the sum of any 24 hours, both in the stack's time.
 * What goes to the mailbox simulator counts for the rate alone.
 * @see https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
 */
export function createLimits(now: () => number): Limits {
  const quota: SesQuota = { max24HourSend: 50_000, maxSendRate: 500 };
  const throttled: Throttled = { rate: 0, dailyQuota: 0 };
  const lastDay = createRollingSum(now, DAY_MS);
  let throttle: { of: number; bucket: Throttle } | undefined;

  return {
    quota,
    throttled,
    sent: lastDay.sum,
    refuse({ counted, simulated }) {
      if (quota.max24HourSend !== -1 && lastDay.sum() + counted > quota.max24HourSend) {
        throttled.dailyQuota += 1;
        return 'Daily message quota exceeded.';
      }
      const { maxSendRate } = quota;
      if (throttle?.of !== maxSendRate) {
        throttle = { of: maxSendRate, bucket: createThrottle(now, maxSendRate, Math.max(1, maxSendRate)) };
      }
      if (!throttle.bucket.take(counted + simulated)) {
        throttled.rate += 1;
        return 'Maximum sending rate exceeded.';
      }
      lastDay.add(counted);
      return undefined;
    },
  };
}

/** Adds up by the second, so that asking costs the same after a million as after one. */
function createRollingSum(now: () => number, periodMs: number) {
  let seconds: { atMs: number; count: number }[] = [];
  let first = 0;
  let sum = 0;

  const forget = (): void => {
    const from = now() - periodMs;
    for (let oldest = seconds[first]; oldest !== undefined && oldest.atMs <= from; oldest = seconds[first]) {
      sum -= oldest.count;
      first += 1;
    }
    if (first < 1_000) return;
    seconds = seconds.slice(first);
    first = 0;
  };

  return {
    sum(): number {
      forget();
      return sum;
    },
    add(count: number): void {
      const atMs = Math.floor(now() / 1_000) * 1_000;
      const latest = seconds.at(-1);
      if (latest?.atMs === atMs) latest.count += count;
      else seconds.push({ atMs, count });
      sum += count;
    },
  };
}
