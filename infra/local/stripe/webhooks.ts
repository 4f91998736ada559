import { createHmac } from 'node:crypto';
import type { Account } from './account.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './clock.ts';
import type { StripeEvent } from './resources/events.ts';
import { type StoredWebhookEndpoint, wants } from './resources/webhook-endpoints.ts';

/**
 * Pauses between attempts, in simulated time. Stripe promises growing pauses for up to three days, and no numbers.
 * @see https://docs.stripe.com/webhooks#retries
 */
const PAUSES_MS = [5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 12 * HOUR_MS];
const GIVES_UP_AFTER_MS = 3 * DAY_MS;

/** Real time that an endpoint has to answer. */
const ANSWER_WITHIN_MS = 10_000;

/** One try to deliver one event to one endpoint. */
export type WebhookAttempt = {
  readonly eventId: string;
  readonly eventType: string;
  readonly endpointId: string;
  readonly url: string;
  /** 1 for the first; a copy made by `duplicateEach` or `duplicateConcurrently` has the number of its original. */
  readonly attempt: number;
  readonly atMs: number;
  /** The endpoint's answer, or null for none. */
  readonly status: number | null;
  readonly error?: string;
  readonly delivered: boolean;
};

export type WebhookControl = {
  readonly attempts: readonly WebhookAttempt[];
  /** Deliveries that have not succeeded yet and will be tried (again). */
  readonly queued: number;
  /** Holds deliveries back until `resume()` or `deliver()`. */
  pause(): void;
  resume(): void;
  /** Sends what is due now, also while paused. */
  deliver(): Promise<void>;
  /** Resolves when everything that is due has been sent; at once while paused. */
  idle(): Promise<void>;
  /** From now on each event comes `copies` times, one after the other. */
  duplicateEach(copies: number): void;
  /** From now on each event comes `copies` times, at the same moment. */
  duplicateConcurrently(copies?: number): void;
  /** From now on what is queued together is sent in an order shuffled by the seed. */
  reorder(seed: number): void;
  /** From now on matching events are never delivered, and not tried again either. */
  drop(matches: (event: StripeEvent) => boolean): void;
  /** For so much simulated time every attempt fails as if the endpoint could not be reached; Stripe tries again later. */
  loseFor(durationMs: number): void;
  /** Ends duplicating, shuffling, dropping and losing. */
  undisturbed(): void;
  /** Sends an event again right now, as the dashboard's "Resend" does; one attempt, no retries. */
  redeliver(eventId: string): Promise<void>;
};

export type Webhooks = WebhookControl & { stop(): Promise<void> };

type Delivery = {
  readonly event: StripeEvent;
  readonly endpointId: string;
  readonly attempt: number;
  readonly dueAtMs: number;
};

type Disturbance = {
  copies: number;
  concurrently: boolean;
  shuffle: ((deliveries: Delivery[]) => Delivery[]) | undefined;
  dropped: ((event: StripeEvent) => boolean)[];
  lostUntilMs: number;
};

const calm = (): Disturbance => ({
  copies: 1,
  concurrently: false,
  shuffle: undefined,
  dropped: [],
  lostUntilMs: Number.NEGATIVE_INFINITY,
});

export function createWebhooks(account: Account): Webhooks {
  const { clock } = account;
  const attempts: WebhookAttempt[] = [];
  const stopping = new AbortController();
  let queue: Delivery[] = [];
  let disturbance = calm();
  let paused = false;
  let running: Promise<void> | undefined;

  account.onEvent((event) => {
    const endpoints = account.webhookEndpoints.all().filter((endpoint) => wants(endpoint, event.type));
    if (endpoints.length === 0) return;
    account.events.update(event.id, { pending_webhooks: endpoints.length });
    for (const endpoint of endpoints) {
      queue.push({ event, endpointId: endpoint.id, attempt: 1, dueAtMs: clock.nowMs() });
    }
    start();
  });

  function start(): void {
    if (!paused) run();
  }

  /** One runner at a time, started outside the current call: the API answers before its events arrive. */
  function run(): Promise<void> {
    running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(sendDue).finally(() => {
      running = undefined;
    });
    return running;
  }

  async function sendDue(): Promise<void> {
    for (let due = takeDue(); due.length > 0 && !stopping.signal.aborted; due = takeDue()) {
      for (const delivery of disturbance.shuffle?.(due) ?? due) await deliverOne(delivery);
    }
  }

  function takeDue(): Delivery[] {
    const nowMs = clock.nowMs();
    const due = queue.filter((delivery) => delivery.dueAtMs <= nowMs);
    queue = queue.filter((delivery) => delivery.dueAtMs > nowMs);
    return due;
  }

  async function deliverOne(delivery: Delivery): Promise<void> {
    const endpoint = account.webhookEndpoints.get(delivery.endpointId);
    // Deleted or disabled in the meantime: nothing more is sent, and nothing is tried again.
    if (endpoint === undefined || endpoint.status !== 'enabled') return;
    if (disturbance.dropped.some((matches) => matches(delivery.event))) {
      record(delivery, endpoint, null, 'dropped on the way');
      return;
    }
    const { copies, concurrently } = disturbance;
    const results: boolean[] = [];
    if (concurrently) {
      results.push(...(await Promise.all(Array.from({ length: copies }, () => send(delivery, endpoint)))));
    } else {
      for (let copy = 0; copy < copies; copy += 1) results.push(await send(delivery, endpoint));
    }
    if (results.some(Boolean)) confirm(delivery.event.id);
    else tryLater(delivery);
  }

  function confirm(eventId: string): void {
    const pending = account.events.get(eventId)?.pending_webhooks ?? 0;
    account.events.update(eventId, { pending_webhooks: Math.max(0, pending - 1) });
  }

  function tryLater(delivery: Delivery): void {
    const pauseMs = PAUSES_MS[Math.min(delivery.attempt, PAUSES_MS.length) - 1] ?? 12 * HOUR_MS;
    const dueAtMs = clock.nowMs() + pauseMs;
    if (dueAtMs - delivery.event.created * 1_000 > GIVES_UP_AFTER_MS) return;
    queue.push({ ...delivery, attempt: delivery.attempt + 1, dueAtMs });
  }

  async function send(delivery: Delivery, endpoint: StoredWebhookEndpoint): Promise<boolean> {
    if (clock.nowMs() < disturbance.lostUntilMs) {
      return record(delivery, endpoint, null, 'the endpoint could not be reached (loseFor)');
    }
    const body = JSON.stringify(account.events.get(delivery.event.id) ?? delivery.event, null, 2);
    try {
      const response = await fetch(endpoint.url, {
        method: 'POST',
        body,
        redirect: 'manual',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
          'stripe-signature': signature(body, endpoint.secret, clock.nowSeconds()),
        },
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
      });
      await response.arrayBuffer();
      return record(delivery, endpoint, response.status);
    } catch (error) {
      return record(delivery, endpoint, null, error instanceof Error ? error.message : String(error));
    }
  }

  function record(
    delivery: Delivery,
    endpoint: StoredWebhookEndpoint,
    status: number | null,
    error?: string,
  ): boolean {
    const delivered = status !== null && status >= 200 && status < 300;
    attempts.push({
      eventId: delivery.event.id,
      eventType: delivery.event.type,
      endpointId: endpoint.id,
      url: endpoint.url,
      attempt: delivery.attempt,
      atMs: clock.nowMs(),
      status,
      ...(error === undefined ? {} : { error }),
      delivered,
    });
    return delivered;
  }

  const isDue = (): boolean => queue.some((delivery) => delivery.dueAtMs <= clock.nowMs());

  return {
    attempts,
    get queued() {
      return queue.length;
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      start();
    },
    async deliver() {
      await running;
      await run();
    },
    async idle() {
      while (running !== undefined || (!paused && isDue())) await (running ?? run());
    },
    duplicateEach(copies) {
      disturbance = { ...disturbance, copies, concurrently: false };
    },
    duplicateConcurrently(copies = 2) {
      disturbance = { ...disturbance, copies, concurrently: true };
    },
    reorder(seed) {
      const random = seededRandom(seed);
      disturbance = { ...disturbance, shuffle: (deliveries) => shuffled(deliveries, random) };
    },
    drop(matches) {
      disturbance = { ...disturbance, dropped: [...disturbance.dropped, matches] };
    },
    loseFor(durationMs) {
      disturbance = { ...disturbance, lostUntilMs: clock.nowMs() + durationMs };
    },
    undisturbed() {
      disturbance = calm();
    },
    async redeliver(eventId) {
      const event = account.events.get(eventId);
      if (event === undefined) throw new Error(`No event ${eventId}.`);
      for (const endpoint of account.webhookEndpoints.all()) {
        if (!wants(endpoint, event.type)) continue;
        const last = attempts.findLast(
          (attempt) => attempt.eventId === eventId && attempt.endpointId === endpoint.id,
        );
        const again = { event, endpointId: endpoint.id, attempt: (last?.attempt ?? 0) + 1, dueAtMs: 0 };
        if (await send(again, endpoint)) confirm(eventId);
      }
    },
    async stop() {
      queue = [];
      stopping.abort();
      await running;
    },
  };
}

/** @see https://docs.stripe.com/webhooks#verify-manually */
function signature(body: string, secret: string, atSeconds: number): string {
  const mac = createHmac('sha256', secret).update(`${atSeconds}.${body}`, 'utf8').digest('hex');
  return `t=${atSeconds},v1=${mac}`;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [result[last], result[other]];
    if (a !== undefined && b !== undefined) {
      result[last] = b;
      result[other] = a;
    }
  }
  return result;
}

/** Mulberry32: small, and the same everywhere for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
