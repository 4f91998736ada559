import { type Clock, DAY_MS } from '../clock.ts';
import { invalidRequest, StripeApiError } from '../errors.ts';

/** @see https://docs.stripe.com/api/idempotent_requests */
const MAX_KEY_LENGTH = 255;
/** Stripe keeps a key for at least a day; here it is forgotten right after, which is the harder case for a caller. */
const KEPT_MS = DAY_MS;

export type Answer = { readonly status: number; readonly body: string };

type KeyedRequest = { id: string; method: string; path: string; params: unknown };

type Entry = {
  readonly requestId: string;
  readonly path: string;
  readonly fingerprint: string;
  readonly beganAtMs: number;
  /** Missing while the request is under way. */
  answer?: Answer;
};

export type IdempotencyStore = {
  /**
   * Claims the key for this request, or finds what was answered the first time.
   * @throws {StripeApiError} 400 for a key that is too long or has served another request, 409 while that is under way
   */
  begin(key: string, request: KeyedRequest): { replayOf: string; answer: Answer } | undefined;
  /** The request has been executed, well or badly: every repetition gets this answer. */
  save(key: string, answer: Answer): void;
  /** The request was not executed: the key is free again. */
  release(key: string): void;
};

export function createIdempotencyStore(clock: Clock): IdempotencyStore {
  const entries = new Map<string, Entry>();

  function begin(key: string, request: KeyedRequest) {
    if (key.length > MAX_KEY_LENGTH) {
      throw invalidRequest(`Idempotency keys can be at most ${MAX_KEY_LENGTH} characters long.`);
    }
    forget();
    const fingerprint = `${request.method} ${request.path} ${canonical(request.params)}`;
    const entry = entries.get(key);
    if (entry === undefined) {
      entries.set(key, { requestId: request.id, path: request.path, fingerprint, beganAtMs: clock.nowMs() });
      return undefined;
    }
    if (entry.path !== request.path) {
      throw keyMisused(
        `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${entry.path}' vs '${request.path}'). Try using a key other than '${key}' if you meant to execute a different request.`,
      );
    }
    if (entry.fingerprint !== fingerprint) {
      throw keyMisused(
        `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
      );
    }
    if (entry.answer === undefined) {
      throw new StripeApiError(
        409,
        {
          type: 'idempotency_error',
          code: 'idempotency_key_in_use',
          message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
        },
        { 'stripe-should-retry': 'true' },
      );
    }
    return { replayOf: entry.requestId, answer: entry.answer };
  }

  /** Keys are claimed in order of time, so the oldest come first. */
  function forget(): void {
    const nowMs = clock.nowMs();
    for (const [key, entry] of entries) {
      if (nowMs - entry.beganAtMs <= KEPT_MS) break;
      if (entry.answer !== undefined) entries.delete(key);
    }
  }

  return {
    begin,
    save(key, answer) {
      const entry = entries.get(key);
      if (entry !== undefined) entry.answer = answer;
    },
    release: (key) => void entries.delete(key),
  };
}

const keyMisused = (message: string) => new StripeApiError(400, { type: 'idempotency_error', message });

/** The same parameters in another order are the same parameters. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}
