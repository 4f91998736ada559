import { DAY_MS } from '../../../../infra/local/stripe/clock.ts';
import { StripeUnavailable } from '../../../../lib/domain/errors.ts';
import { refused } from './refusals.ts';

/** Whether Stripe fails with a 500 under this key, which it then replays; and whether what was asked for took effect. */
export type Replays = (idempotencyKey: string) => 'undone' | 'done' | undefined;

export type Keyed<Q> = {
  operation: string;
  request: Q;
  /** Whether the request that used the key before was the same one. */
  isSame: (earlier: Q) => boolean;
};

type Entry = {
  readonly operation: string;
  readonly request: unknown;
  readonly beganAtMs: number;
  answer: unknown;
  error: unknown;
};

/**
 * Idempotency keys: the first answer, good or bad, is repeated for a day, and forgotten right after: the earliest that
 * Stripe allows. @see https://docs.stripe.com/api/idempotent_requests
 */
export type Keys = <Q, A>(key: string, asked: Keyed<Q>, execute: () => A) => A;

const MAX_LENGTH = 255;

export const idempotencyKeys = (nowMs: () => number, replays: Replays = () => undefined): Keys => {
  const entries = new Map<string, Entry>();

  /** Keys are claimed in sequence of time, so the oldest come first. */
  const forget = (): void => {
    const now = nowMs();
    for (const [key, { beganAtMs }] of entries) {
      if (now - beganAtMs <= DAY_MS) return;
      entries.delete(key);
    }
  };

  const begin = (key: string, { operation, request }: Keyed<unknown>): Entry => {
    const entry: Entry = { operation, request, beganAtMs: nowMs(), answer: undefined, error: undefined };
    entries.set(key, entry);
    return entry;
  };

  return <Q, A>(key: string, asked: Keyed<Q>, execute: () => A): A => {
    const { operation } = asked;
    if (key.length > MAX_LENGTH) throw refused(operation);
    forget();
    const known = entries.get(key);
    if (known !== undefined) {
      if (known.operation !== operation || !asked.isSame(known.request as Q)) {
        throw refused(operation, { type: 'StripeIdempotencyError' });
      }
      if (known.error !== undefined) throw known.error;
      return known.answer as A;
    }
    const entry = begin(key, asked as Keyed<unknown>);
    const fault = replays(key);
    try {
      if (fault !== 'undone') entry.answer = execute();
      if (fault !== undefined) {
        throw new StripeUnavailable(
          `Stripe failed (${operation}, 500).`,
          { answered: true },
          { operation, status: 500 },
        );
      }
    } catch (error) {
      entry.error = error;
      throw error;
    }
    return entry.answer as A;
  };
};
