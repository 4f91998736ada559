import { type Agenda, createAgenda } from './agenda.ts';
import type { Clock } from './clock.ts';
import { type Collection, createCollection } from './collection.ts';
import { createIds, type Ids } from './ids.ts';
import type { BalanceTransaction } from './resources/balance-transactions.ts';
import type { Charge } from './resources/charges.ts';
import type { CheckoutSession, PaymentIntentData } from './resources/checkout-sessions.ts';
import type { Customer } from './resources/customers.ts';
import type { Dispute } from './resources/disputes.ts';
import type { EventType, StripeEvent } from './resources/events.ts';
import { createEvent } from './resources/events.ts';
import type { LineItem } from './resources/line-items.ts';
import type { PaymentIntent } from './resources/payment-intents.ts';
import type { PaymentLink } from './resources/payment-links.ts';
import type { PaymentMethod } from './resources/payment-methods.ts';
import type { Price } from './resources/prices.ts';
import type { Product } from './resources/products.ts';
import type { Refund } from './resources/refunds.ts';
import type { StoredWebhookEndpoint } from './resources/webhook-endpoints.ts';
import type { TestInstrument } from './test-instruments.ts';

/** Which API request an event belongs to; both null when a visitor or time caused it. */
export type RequestOrigin = { readonly id: string | null; readonly idempotency_key: string | null };

export type Settings = {
  /**
   * `restrictions.completed_sessions.limit` deactivates the link at the limit, and its other open sessions can no longer be paid.
   * Off: the limit is ignored altogether, since Stripe promises nothing about two sessions that are open at once.
   */
  enforceLinkLimit: boolean;
};

/** One Stripe account: everything that the endpoints, the hosted pages and the dashboard read and write. */
export type Account = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly settings: Settings;
  readonly agenda: Agenda;
  /** Where hosted pages are, without a trailing slash. */
  baseUrl: string;

  readonly products: Collection<Product>;
  readonly prices: Collection<Price>;
  readonly paymentLinks: Collection<PaymentLink>;
  readonly checkoutSessions: Collection<CheckoutSession>;
  readonly customers: Collection<Customer>;
  readonly paymentMethods: Collection<PaymentMethod>;
  readonly paymentIntents: Collection<PaymentIntent>;
  readonly charges: Collection<Charge>;
  readonly refunds: Collection<Refund>;
  readonly disputes: Collection<Dispute>;
  readonly balanceTransactions: Collection<BalanceTransaction>;
  readonly events: Collection<StripeEvent>;
  readonly webhookEndpoints: Collection<StoredWebhookEndpoint>;

  /** By the id of the link or session that has them: line items are no resource of their own. */
  readonly lineItems: Map<string, readonly LineItem[]>;
  /** The link behind the last part of a link's URL. */
  readonly linkOfSlug: Map<string, string>;
  /** `payment_intent_data` of a session, by its id, for the payment intent that the first attempt to pay makes. */
  readonly paymentIntentData: Map<string, PaymentIntentData>;
  /** The session that a payment intent was made for. */
  readonly sessionOfIntent: Map<string, string>;
  /** What the issuer does with a payment method, by its id: a test card's number decides it, and the object doesn't show the number. */
  readonly instruments: Map<string, TestInstrument>;

  /** Records that something happened. `before` fills `previous_attributes`. */
  emit<T extends object>(type: EventType, object: T, before?: T): StripeEvent;
  /** Runs `work` as the effect of an API request, so that its events name it. */
  during<T>(request: RequestOrigin, work: () => T): T;
  /** Called for each event, synchronously, after it is recorded. */
  onEvent(listener: (event: StripeEvent) => void): void;
};

export function createAccount(options: { clock: Clock; seed: string; settings: Settings }): Account {
  const { clock } = options;
  const listeners: ((event: StripeEvent) => void)[] = [];
  let origin: RequestOrigin = { id: null, idempotency_key: null };

  const account: Account = {
    clock,
    ids: createIds(options.seed),
    settings: options.settings,
    agenda: createAgenda(clock),
    baseUrl: '',

    products: createCollection(),
    prices: createCollection(),
    paymentLinks: createCollection(),
    checkoutSessions: createCollection(),
    customers: createCollection(),
    paymentMethods: createCollection(),
    paymentIntents: createCollection(),
    charges: createCollection(),
    refunds: createCollection(),
    disputes: createCollection(),
    balanceTransactions: createCollection(),
    events: createCollection(),
    webhookEndpoints: createCollection(),
    lineItems: new Map(),
    linkOfSlug: new Map(),
    paymentIntentData: new Map(),
    sessionOfIntent: new Map(),
    instruments: new Map(),

    emit(type, object, before) {
      const event = account.events.add(createEvent(account, { type, object, before, request: origin }));
      for (const listener of listeners) listener(event);
      return event;
    },
    during(request, work) {
      const outer = origin;
      origin = request;
      try {
        return work();
      } finally {
        origin = outer;
      }
    },
    onEvent: (listener) => void listeners.push(listener),
  };
  return account;
}
