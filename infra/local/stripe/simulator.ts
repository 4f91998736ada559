import { Hono } from 'hono';
import { type Account, createAccount, type Settings } from './account.ts';
import { createFaults, type FaultPlan } from './api/faults.ts';
import { type ApiRequest, createApi } from './api/serve.ts';
import { createClock } from './clock.ts';
import { type DashboardActions, dashboardActions } from './dashboard/actions.ts';
import { adminApi } from './dashboard/admin-api.ts';
import { dashboard } from './dashboard/dashboard.ts';
import { hostedPages } from './hosted-pages/routes.ts';
import { type Balance, balanceOf } from './resources/balance-transactions.ts';
import type { Charge } from './resources/charges.ts';
import type { CheckoutSession } from './resources/checkout-sessions.ts';
import type { Customer } from './resources/customers.ts';
import type { Dispute } from './resources/disputes.ts';
import type { StripeEvent } from './resources/events.ts';
import type { PaymentIntent } from './resources/payment-intents.ts';
import type { PaymentLink } from './resources/payment-links.ts';
import type { PaymentMethod } from './resources/payment-methods.ts';
import type { Price } from './resources/prices.ts';
import type { Product } from './resources/products.ts';
import type { Refund } from './resources/refunds.ts';
import type { WebhookEndpoint } from './resources/webhook-endpoints.ts';
import { startServer } from './server.ts';
import { createWebhooks, type WebhookControl } from './webhooks.ts';

export type StripeSimulatorOptions = {
  /** Keys that are accepted; any other is a 401. Default: `sk_test_local`. */
  apiKeys?: string[];
  /** Milliseconds since the epoch; the simulator's only clock. Default: the machine's, and then `tick` runs by itself. */
  now?: () => number;
  /** See `Settings`. Default: true. */
  enforceLinkLimit?: boolean;
  /** Default: a free one. The host is always 127.0.0.1. */
  port?: number;
  /** Ids are the same for the same seed. Give each start its own where something outlives the simulator. */
  seed?: string;
  /** Puts into the account what it holds from the beginning: quicker than asking for each over HTTP. */
  fill?: (account: Account) => void;
};

/** What the account holds, oldest first. Snapshots: what is read does not change afterwards. */
export type StripeObjects = {
  readonly paymentLinks: readonly PaymentLink[];
  readonly checkoutSessions: readonly CheckoutSession[];
  readonly paymentIntents: readonly PaymentIntent[];
  readonly paymentMethods: readonly PaymentMethod[];
  readonly charges: readonly Charge[];
  readonly refunds: readonly Refund[];
  readonly disputes: readonly Dispute[];
  readonly customers: readonly Customer[];
  readonly products: readonly Product[];
  readonly prices: readonly Price[];
  readonly events: readonly StripeEvent[];
  readonly webhookEndpoints: readonly WebhookEndpoint[];
  /** After Stripe's fees, by currency. */
  readonly balance: Balance;
};

export type StripeSimulator = DashboardActions & {
  /** `http://127.0.0.1:port`, the dashboard's address. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** The first of the accepted keys. */
  readonly apiKey: string;
  /** May be switched while running. */
  readonly settings: Settings;
  /** Every API request served, oldest first. */
  readonly requests: readonly ApiRequest[];
  clearRequests(): void;
  readonly faults: FaultPlan;
  readonly webhooks: WebhookControl;
  readonly objects: StripeObjects;
  /**
   * Applies what time alone does up to now: sessions expire, debits and refunds settle, webhook retries that are due
   * are sent (unless paused). Requests and visits apply it too, but only `tick` waits for the webhooks.
   */
  tick(): Promise<void>;
  stop(): Promise<void>;
};

const TICK_EVERY_MS = 1_000;

/**
 * A stateful emulator of the part of Stripe that this project uses, for the real `stripe` package:
 * `new Stripe(simulator.apiKey, { host: simulator.host, port: simulator.port, protocol: 'http' })`.
 */
export async function startStripeSimulator(options: StripeSimulatorOptions = {}): Promise<StripeSimulator> {
  const apiKeys = options.apiKeys ?? ['sk_test_local'];
  const settings: Settings = { enforceLinkLimit: options.enforceLinkLimit ?? true };
  const account = createAccount({
    clock: createClock(options.now ?? Date.now),
    seed: options.seed ?? 'stripe-simulator',
    settings,
  });
  options.fill?.(account);
  const faults = createFaults();
  const api = createApi({ account, apiKeys, faults });
  const webhooks = createWebhooks(account);

  async function tick(): Promise<void> {
    account.agenda.runDue();
    await webhooks.idle();
  }

  const actions = dashboardActions(account);
  const pages = new Hono();
  pages.route('/', adminApi({ account, actions, faults, api, webhooks, tick }));
  pages.route('/', dashboard({ account, actions, webhooks }));
  pages.route('/', hostedPages(account));

  const server = await startServer({ port: options.port ?? 0, api, pages });
  account.baseUrl = `http://${server.host}:${server.port}`;
  // A clock that is given is moved by its owner, who ticks as well.
  const timer = options.now === undefined ? setInterval(() => void tick(), TICK_EVERY_MS).unref() : undefined;

  return {
    url: account.baseUrl,
    host: server.host,
    port: server.port,
    apiKey: apiKeys[0] ?? '',
    settings,
    get requests() {
      return api.requests;
    },
    clearRequests: api.clearRequests,
    faults,
    webhooks,
    objects: viewOf(account),
    tick,
    ...actions,
    async stop() {
      clearInterval(timer);
      await webhooks.stop();
      await server.close();
    },
  };
}

const viewOf = (account: Account): StripeObjects => ({
  get paymentLinks() {
    return account.paymentLinks.all();
  },
  get checkoutSessions() {
    return account.checkoutSessions.all();
  },
  get paymentIntents() {
    return account.paymentIntents.all();
  },
  get paymentMethods() {
    return account.paymentMethods.all();
  },
  get charges() {
    return account.charges.all();
  },
  get refunds() {
    return account.refunds.all();
  },
  get disputes() {
    return account.disputes.all();
  },
  get customers() {
    return account.customers.all();
  },
  get products() {
    return account.products.all();
  },
  get prices() {
    return account.prices.all();
  },
  get events() {
    return account.events.all();
  },
  get webhookEndpoints() {
    return account.webhookEndpoints.all();
  },
  get balance() {
    return balanceOf(account);
  },
});
