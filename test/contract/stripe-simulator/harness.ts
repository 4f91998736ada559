import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { onTestFinished } from 'vitest';
import {
  type StripeSimulator,
  type StripeSimulatorOptions,
  startStripeSimulator,
} from '../../../infra/local/stripe/simulator.ts';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Every test begins here, whatever the machine's clock says. */
export const STARTS_AT_MS = Date.UTC(2026, 3, 6, 9, 0, 0);
export const STARTS_AT = STARTS_AT_MS / SECOND_MS;

export type Harness = {
  simulator: StripeSimulator;
  /** The real client, as production uses it, but without retries so that each test sees each answer. */
  stripe: Stripe;
  nowMs(): number;
  /** Moves the clock, and lets happen what time does. */
  advance(ms: number): Promise<void>;
  /** Moves the clock only. */
  moveClock(ms: number): void;
};

export async function simulate(options: StripeSimulatorOptions = {}): Promise<Harness> {
  let nowMs = STARTS_AT_MS;
  const simulator = await startStripeSimulator({ now: () => nowMs, ...options });
  onTestFinished(() => simulator.stop());
  return {
    simulator,
    stripe: clientOf(simulator),
    nowMs: () => nowMs,
    async advance(ms) {
      nowMs += ms;
      await simulator.tick();
    },
    moveClock(ms) {
      nowMs += ms;
    },
  };
}

export const clientOf = (simulator: StripeSimulator, config: Stripe.StripeConfig = {}): Stripe =>
  new Stripe(simulator.apiKey, {
    host: simulator.host,
    port: simulator.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    ...config,
  });

export const FIFTY_DOLLARS: Stripe.PaymentLinkCreateParams.LineItem = {
  price_data: { currency: 'usd', unit_amount: 5_000, product_data: { name: 'Utah Invitational' } },
  quantity: 1,
};

export const linkParams = (
  more: Partial<Stripe.PaymentLinkCreateParams> = {},
): Stripe.PaymentLinkCreateParams => ({
  line_items: [FIFTY_DOLLARS],
  metadata: { order_id: 'ord_1' },
  restrictions: { completed_sessions: { limit: 1 } },
  ...more,
});

export const sessionParams = (
  more: Partial<Stripe.Checkout.SessionCreateParams> = {},
): Stripe.Checkout.SessionCreateParams => ({
  mode: 'payment',
  line_items: [FIFTY_DOLLARS],
  success_url: 'https://club.example/thanks',
  ...more,
});

/** What the promise was rejected with, as Stripe's error. */
export async function refusalOf(promise: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Stripe.errors.StripeError) return error;
  throw new Error(`Expected a refusal by Stripe, got ${error instanceof Error ? error.stack : 'success'}`);
}

export type Received = { event: Stripe.Event; raw: string; signature: string };

export type Receiver = {
  url: string;
  received: Received[];
  types(): string[];
  /** Status per delivery; 200 unless told otherwise. */
  answerWith(decide: (delivery: Received) => number): void;
};

/** A webhook endpoint of ours: a real HTTP server that keeps what arrives. */
export async function receiveWebhooks(): Promise<Receiver> {
  const received: Received[] = [];
  let decide: (delivery: Received) => number = () => 200;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString('utf8');
      const event: Stripe.Event = JSON.parse(raw);
      const delivery = { event, raw, signature: String(request.headers['stripe-signature']) };
      received.push(delivery);
      response.writeHead(decide(delivery)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/stripe`,
    received,
    types: () => received.map(({ event }) => event.type),
    answerWith(next) {
      decide = next;
    },
  };
}
