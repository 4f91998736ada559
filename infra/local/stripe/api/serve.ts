import { setTimeout as wait } from 'node:timers/promises';
import qs from 'qs';
import type { Account } from '../account.ts';
import { notSimulated, StripeApiError, serverFailure, unrecognizedUrl } from '../errors.ts';
import { API_VERSION } from '../resources/events.ts';
import { authenticate } from './authentication.ts';
import { findRoute } from './endpoints.ts';
import type { FaultableRequest, FaultSource } from './faults.ts';
import { type Answer, createIdempotencyStore, type IdempotencyStore } from './idempotency.ts';

/** A request as it came over the wire. */
export type HttpRequest = {
  method: string;
  path: string;
  query: string;
  body: string;
  authorization: string | undefined;
  /** `stripe-version`; left out, the account's own. */
  version: string | undefined;
  idempotencyKey: string | undefined;
};

export type HttpAnswer = Answer & { headers: Record<string, string> };

/** What became of a request, for counting calls in tests. */
export type ApiRequest = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly idempotencyKey?: string;
  /** What was answered, or would have been. 0 for a request that was cut off before it took effect. */
  readonly status: number;
  /** False when a fault kept the answer from the caller. */
  readonly answered: boolean;
  /** The answer was the stored one of an earlier request with the same key. */
  readonly replayed: boolean;
  /** Query or form body, nested, every value still text. */
  readonly params: unknown;
  readonly atMs: number;
};

export type Api = {
  readonly requests: readonly ApiRequest[];
  clearRequests(): void;
  serve(request: HttpRequest): Promise<HttpAnswer | 'reset' | 'timeout'>;
};

type Outcome = {
  answer: Answer;
  replayOf?: string;
  /** A repetition with the same key gets the same answer. */
  saved?: boolean;
  headers?: Readonly<Record<string, string>>;
};

class ConnectionLost {
  readonly how: 'reset' | 'timeout';
  readonly status: number;
  constructor(how: 'reset' | 'timeout', status: number) {
    this.how = how;
    this.status = status;
  }
}

/**
 * The way of a request: parse → key → route → validate → claim the idempotency key → execute → save → answer.
 * Execution itself is synchronous, so that two requests never see each other half done.
 */
export function createApi(options: {
  account: Account;
  apiKeys: readonly string[];
  faults: FaultSource;
}): Api {
  const { account } = options;
  const idempotency = createIdempotencyStore(account.clock);
  let requests: ApiRequest[] = [];

  async function serve(request: HttpRequest): Promise<HttpAnswer | 'reset' | 'timeout'> {
    const id = account.ids.next('req_');
    const atMs = account.clock.nowMs();
    const params = parseParams(request);
    const log = (status: number, answered: boolean, replayed: boolean) =>
      requests.push({
        id,
        method: request.method,
        path: request.path,
        ...(request.idempotencyKey === undefined ? {} : { idempotencyKey: request.idempotencyKey }),
        status,
        answered,
        replayed,
        params,
        atMs,
      });

    try {
      const outcome = await attempt(options, idempotency, { ...request, id, params }).catch(asOutcome);
      log(outcome.answer.status, true, outcome.replayOf !== undefined);
      return { ...outcome.answer, headers: headersOf(request, id, outcome) };
    } catch (lost) {
      if (!(lost instanceof ConnectionLost)) throw lost;
      log(lost.status, false, false);
      return lost.how;
    }
  }

  return {
    get requests() {
      return requests;
    },
    clearRequests() {
      requests = [];
    },
    serve,
  };
}

async function attempt(
  { account, apiKeys, faults }: { account: Account; apiKeys: readonly string[]; faults: FaultSource },
  idempotency: IdempotencyStore,
  request: HttpRequest & { id: string; params: unknown },
): Promise<Outcome> {
  authenticate(request.authorization, apiKeys);
  if (request.version !== undefined && request.version !== API_VERSION) {
    throw notSimulated(`API version ${request.version}, only ${API_VERSION}`);
  }
  const route = findRoute(request.method, request.path);
  if (route === undefined) throw unrecognizedUrl(request.method, request.path);

  const faultable: FaultableRequest = {
    method: request.method,
    path: request.path,
    params: request.params,
    ...(request.idempotencyKey === undefined ? {} : { idempotencyKey: request.idempotencyKey }),
  };
  const before = faults.take('before', faultable, route.endpoint.path);
  if (before?.status === 'reset' || before?.status === 'timeout') throw new ConnectionLost(before.status, 0);
  if (before?.status !== undefined && before.saved !== true) throw serverFailure(before.status);

  account.agenda.runDue();
  const execute = route.endpoint.prepare(account, route.id, request.params);

  // Only a POST changes anything twice; on other methods Stripe ignores the key.
  const key = request.method === 'POST' ? request.idempotencyKey : undefined;
  const stored = key === undefined ? undefined : idempotency.begin(key, request);

  let outcome: Outcome;
  if (stored !== undefined) {
    outcome = { answer: stored.answer, replayOf: stored.replayOf, saved: true };
  } else {
    if (before?.delayMs !== undefined) await wait(before.delayMs);
    outcome =
      before?.status === undefined ? run(account, request, execute) : asOutcome(serverFailure(before.status));
  }

  const after = faults.take('after', faultable, route.endpoint.path);
  // A replay is not executed, so it can't fail; but its answer can be late or lost like any other.
  if (typeof after?.status === 'number' && stored === undefined)
    outcome = asOutcome(serverFailure(after.status));
  if (key !== undefined && stored === undefined) {
    // The rate limiter stands in front of the endpoints: what it refuses was never executed.
    if (outcome.answer.status === 429) {
      idempotency.release(key);
    } else {
      idempotency.save(key, outcome.answer);
      outcome = { ...outcome, saved: true };
    }
  }
  if (after?.delayMs !== undefined) await wait(after.delayMs);
  if (after?.status === 'reset' || after?.status === 'timeout') {
    throw new ConnectionLost(after.status, outcome.answer.status);
  }
  return outcome;
}

function run(account: Account, request: HttpRequest & { id: string }, execute: () => unknown): Outcome {
  const origin = { id: request.id, idempotency_key: request.idempotencyKey ?? null };
  try {
    const object = account.during(origin, execute);
    return { answer: { status: 200, body: render(object) } };
  } catch (error) {
    return asOutcome(error);
  }
}

/** An error of Stripe's is an answer; anything else is a mistake in the simulator and must be seen. */
function asOutcome(error: unknown): Outcome {
  if (!(error instanceof StripeApiError)) throw error;
  return {
    answer: { status: error.status, body: render({ error: error.body }) },
    headers: error.headers,
  };
}

function headersOf(request: HttpRequest, id: string, outcome: Outcome): Record<string, string> {
  const { status } = outcome.answer;
  return {
    'content-type': 'application/json',
    'cache-control': 'no-cache, no-store',
    'request-id': id,
    'stripe-version': API_VERSION,
    ...(request.idempotencyKey === undefined || request.method !== 'POST'
      ? {}
      : { 'idempotency-key': request.idempotencyKey, 'original-request': outcome.replayOf ?? id }),
    ...(outcome.replayOf === undefined ? {} : { 'idempotent-replayed': 'true' }),
    // Repeating what is stored would only replay it; Stripe tells its clients so.
    ...(status >= 500 && outcome.saved === true ? { 'stripe-should-retry': 'false' } : {}),
    ...outcome.headers,
  };
}

/** Nested parameters, from the query or from the form body. Values stay text; the schemas give them types. */
function parseParams(request: HttpRequest): unknown {
  const raw =
    request.method === 'GET' ? request.query : [request.query, request.body].filter(Boolean).join('&');
  return qs.parse(raw, { depth: 10, arrayLimit: 1_000, parameterLimit: 10_000, plainObjects: true });
}

const render = (object: unknown): string => `${JSON.stringify(object, null, 2)}\n`;
