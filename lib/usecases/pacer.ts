import { epochMs, instant } from '../domain/ids.ts';
import type { MailQuota } from '../ports.ts';
import type { Deps } from './deps.ts';

export type PacerDeps = Pick<Deps, 'pace' | 'mailer' | 'clock' | 'log'>;

/**
 * SES drops what comes faster than the account's rate, and its clock is not ours: a little below it, nothing is
 * ever dropped.
 */
const SHARE_OF_RATE = 0.99;
/** How much of a second a worker takes ahead. What a worker that dies has taken is lost, so not much. */
const AHEAD_SECONDS = 0.12;
/**
 * What the workers together left unused for a moment, because one died or reads its next page, is made up for. SES
 * holds against an account what lasts, not a burst of less than a second.
 */
const MAKE_UP_MS = 600;
const QUOTA_KNOWN_MS = 60_000;
/**
 * Mails whose places lie so near to each other leave together: one timer instead of several, and what they read is read
 * in one call.
 */
const TOGETHER_MS = 25;
/** SES counts by the second: after a few it takes mails again. */
export const BACK_OFF_MS = 5_000;

/** One worker's share of what all workers together may send. */
export type Pacer = {
  /** The account's rate, or less if this stage was told so. */
  perSecond(): Promise<number>;
  /** Resolves when the next mail may leave, or says at once that none may for hours. */
  next(): Promise<'go' | 'daily_quota'>;
  /** The place that was taken last is not needed: the next mail may have it. */
  giveBack(): void;
  /** SES found that too many came: nobody sends for a few seconds. */
  backOff(): Promise<void>;
};

export const openPacer = (
  { limitPerSecond }: { limitPerSecond: number | undefined },
  deps: PacerDeps,
): Pacer => {
  const nowMs = (): number => epochMs(deps.clock.now());
  let known: { quota: MailQuota; readAtMs: number; sent: number } | undefined;
  let reading: Promise<MailQuota> | undefined;
  /** Places taken and not used, in epoch milliseconds. */
  let places: number[] = [];
  let taking: Promise<void> | undefined;

  const quota = async (): Promise<MailQuota> => {
    if (known !== undefined && nowMs() - known.readAtMs < QUOTA_KNOWN_MS) return known.quota;
    reading ??= deps.mailer
      .quota()
      .then((read) => {
        known = { quota: read, readAtMs: nowMs(), sent: 0 };
        return read;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };

  const perSecond = async (): Promise<number> =>
    Math.min((await quota()).perSecond, limitPerSecond ?? Number.POSITIVE_INFINITY) * SHARE_OF_RATE;

  /** Takes the next places, once for all who wait. */
  const take = (): Promise<void> => {
    taking ??= (async () => {
      const rate = await perSecond();
      const count = Math.max(1, Math.floor(rate * AHEAD_SECONDS));
      const first = await deps.pace.reserve({
        lane: 'mail',
        count,
        perSecond: rate,
        nowMs: nowMs(),
        makeUpMs: MAKE_UP_MS,
      });
      places.push(...Array.from({ length: count }, (_, i) => first + (i * 1000) / rate));
    })().finally(() => {
      taking = undefined;
    });
    return taking;
  };

  const place = async (): Promise<number> => {
    for (;;) {
      const next = places.shift();
      if (next === undefined) {
        await take();
        continue;
      }
      // The next ones are asked for while these are used, so that nobody ever waits for the answer. What this one
      // could not tell, whoever finds no place asks for again.
      if (places.length <= (await perSecond()) * (AHEAD_SECONDS / 2)) take().catch(() => undefined);
      return next;
    }
  };

  const waitForPlace = async (): Promise<'go' | 'daily_quota'> => {
    const { per24Hours, sentLast24Hours } = await quota();
    if (known !== undefined && sentLast24Hours + known.sent >= per24Hours) return 'daily_quota';
    const at = await place();
    const waitMs = at - nowMs();
    if (waitMs > TOGETHER_MS) await deps.clock.sleep(waitMs);
    if (known !== undefined) known.sent += 1;
    return 'go';
  };

  let before: Promise<unknown> = Promise.resolve();
  return {
    perSecond,
    next: () => {
      // One after the other: whoever waited with a place of their own would take more of them ahead.
      const mine = before.then(waitForPlace);
      before = mine.catch(() => undefined);
      return mine;
    },
    giveBack: () => {
      places.unshift(nowMs());
      if (known !== undefined) known.sent -= 1;
    },
    backOff: async () => {
      places = [];
      const until = nowMs() + BACK_OFF_MS;
      await deps.pace.hold('mail', until);
      deps.log('blast.rate_exceeded', { until: instant(until) });
    },
  };
};
