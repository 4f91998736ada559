import type Stripe from 'stripe';
import type { Account } from '../account.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { invalidRequest, noSuchObject, noSuchReference, StripeApiError } from '../errors.ts';
import { listResources } from '../pagination.ts';
import { confirmPayment } from '../payments/confirm-payment.ts';
import { type Metadata, mergeMetadata, metadata } from '../validation/metadata.ts';
import {
  emptyable,
  flag,
  inRange,
  integer,
  listOf,
  notSimulated,
  oneOf,
  params,
  required,
  simulatedOnly,
  text,
  timeRange,
  webUrl,
} from '../validation/params.ts';
import type { Wire } from '../wire.ts';
import { checkTotal } from './line-items.ts';
import { findOrMakeTestMethod } from './payment-methods.ts';
import { currency, unitAmount } from './prices.ts';

/** @see https://docs.stripe.com/api/payment_intents */
export type PaymentIntent = Wire<Stripe.PaymentIntent>;

export type SetupFutureUsage = 'off_session' | 'on_session';

export type PaymentIntentInput = {
  amount: number;
  currency: string;
  automatic_payment_methods?: { enabled: boolean; allow_redirects?: 'always' | 'never' };
  customer?: string | null;
  description?: string | null;
  metadata?: Metadata;
  payment_method_types?: string[];
  receipt_email?: string | null;
  setup_future_usage?: SetupFutureUsage | null;
  statement_descriptor_suffix?: string | null;
};

export function createPaymentIntent(account: Account, input: PaymentIntentInput): PaymentIntent {
  const id = account.ids.next('pi_');
  const intent = account.paymentIntents.add({
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: input.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: input.automatic_payment_methods ?? null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${id}_secret_${account.ids.next('')}`,
    confirmation_method: 'automatic',
    created: account.clock.nowSeconds(),
    currency: input.currency,
    customer: input.customer ?? null,
    customer_account: null,
    description: input.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata({}, input.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: input.payment_method_types ?? ['card'],
    payment_record: null,
    processing: null,
    receipt_email: input.receipt_email ?? null,
    review: null,
    setup_future_usage: input.setup_future_usage ?? null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: input.statement_descriptor_suffix ?? null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
  });
  account.emit('payment_intent.created', intent);
  return intent;
}

/** What can still be canceled: nothing has been collected, and nothing is under way. */
const CANCELABLE: readonly string[] = ['requires_payment_method', 'requires_confirmation', 'requires_action'];

export type CancellationReason =
  | 'abandoned'
  | 'duplicate'
  | 'fraudulent'
  | 'requested_by_customer'
  | 'expired';

export function cancelPaymentIntent(
  account: Account,
  id: string,
  reason: CancellationReason | null,
): PaymentIntent {
  const before = findPaymentIntent(account, id);
  if (!CANCELABLE.includes(before.status)) {
    throw invalidRequest(
      `You cannot cancel this PaymentIntent because it has a status of ${before.status}. Only a PaymentIntent with one of the following statuses may be canceled: ${CANCELABLE.join(', ')}.`,
      { code: 'payment_intent_unexpected_state' },
    );
  }
  const intent = account.paymentIntents.update(id, {
    status: 'canceled',
    canceled_at: account.clock.nowSeconds(),
    cancellation_reason: reason,
    next_action: null,
  });
  account.emit('payment_intent.canceled', intent, before);
  return intent;
}

export function findPaymentIntent(account: Account, id: string): PaymentIntent {
  const intent = account.paymentIntents.get(id);
  if (intent === undefined) throw noSuchObject('payment_intent', id);
  return intent;
}

const createParams = params<Stripe.PaymentIntentCreateParams>()({
  amount: required(unitAmount()),
  currency: required(currency()),
  allowed_payment_method_types: notSimulated,
  amount_details: notSimulated,
  application_fee_amount: notSimulated,
  automatic_payment_methods: params<Stripe.PaymentIntentCreateParams.AutomaticPaymentMethods>()({
    enabled: required(flag()),
    allow_redirects: oneOf('always', 'never'),
  }),
  capture_method: simulatedOnly('automatic', 'automatic_async'),
  confirm: flag(),
  confirmation_method: simulatedOnly('automatic'),
  confirmation_token: notSimulated,
  customer: text(),
  customer_account: notSimulated,
  description: text({ max: 1_000 }),
  error_on_requires_action: notSimulated,
  excluded_payment_method_types: notSimulated,
  expand: listOf(text()),
  hooks: notSimulated,
  mandate: notSimulated,
  mandate_data: notSimulated,
  metadata: metadata(),
  off_session: flag(),
  on_behalf_of: notSimulated,
  payment_details: notSimulated,
  payment_method: text(),
  payment_method_configuration: notSimulated,
  payment_method_data: notSimulated,
  payment_method_options: notSimulated,
  radar_options: notSimulated,
  receipt_email: text({ max: 800 }),
  return_url: webUrl(),
  setup_future_usage: oneOf('off_session', 'on_session'),
  shipping: notSimulated,
  statement_descriptor: notSimulated,
  statement_descriptor_suffix: text({ max: 22 }),
  transfer_data: notSimulated,
  transfer_group: notSimulated,
  use_stripe_sdk: notSimulated,
});

const updateParams = params<Stripe.PaymentIntentUpdateParams>()({
  allowed_payment_method_types: notSimulated,
  amount: notSimulated,
  amount_details: notSimulated,
  application_fee_amount: notSimulated,
  capture_method: notSimulated,
  currency: notSimulated,
  customer: notSimulated,
  customer_account: notSimulated,
  description: text({ max: 1_000 }),
  excluded_payment_method_types: notSimulated,
  expand: listOf(text()),
  hooks: notSimulated,
  metadata: emptyable(metadata()),
  payment_details: notSimulated,
  payment_method: notSimulated,
  payment_method_configuration: notSimulated,
  payment_method_data: notSimulated,
  payment_method_options: notSimulated,
  receipt_email: notSimulated,
  setup_future_usage: notSimulated,
  shipping: notSimulated,
  statement_descriptor: notSimulated,
  statement_descriptor_suffix: notSimulated,
  transfer_data: notSimulated,
  transfer_group: notSimulated,
});

const retrieveParams = params<Stripe.PaymentIntentRetrieveParams>()({
  client_secret: notSimulated,
  expand: listOf(text()),
});
const cancelParams = params<Stripe.PaymentIntentCancelParams>()({
  cancellation_reason: oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'),
  expand: listOf(text()),
});
const listParams = params<Stripe.PaymentIntentListParams>()({
  created: timeRange(),
  customer: text(),
  customer_account: notSimulated,
  ending_before: text(),
  expand: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  starting_after: text(),
});

export const paymentIntentEndpoints: Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/v1/payment_intents',
    params: createParams,
    check: ({ params }) => {
      checkTotal(params.amount, params.currency, 'amount');
      if (params.off_session !== undefined && params.confirm !== true) {
        throw invalidRequest('The parameter `off_session` cannot be passed when `confirm` is not true.', {
          param: 'off_session',
        });
      }
      if (params.confirm === true && params.payment_method === undefined) {
        throw invalidRequest("You cannot confirm this PaymentIntent because it's missing a payment method.", {
          code: 'payment_intent_unexpected_state',
          param: 'payment_method',
        });
      }
      if (params.off_session === true && params.setup_future_usage !== undefined) {
        throw invalidRequest('You cannot pass both `off_session` and `setup_future_usage`.', {
          param: 'setup_future_usage',
        });
      }
    },
    execute: ({ account, params }) => {
      if (params.customer !== undefined && account.customers.get(params.customer) === undefined) {
        throw noSuchReference('customer', params.customer, 'customer');
      }
      const method =
        params.payment_method === undefined
          ? undefined
          : findOrMakeTestMethod(account, params.payment_method);
      if (params.payment_method !== undefined) {
        if (method === undefined)
          throw noSuchReference('PaymentMethod', params.payment_method, 'payment_method');
        checkOwner(account, method, params.customer);
      }

      const intent = createPaymentIntent(account, params);
      if (method === undefined) return intent;
      if (params.confirm !== true) {
        return account.paymentIntents.update(intent.id, {
          payment_method: method.id,
          status: 'requires_confirmation',
        });
      }
      const outcome = confirmPayment(account, intent.id, method.id, {
        offSession: params.off_session === true,
      });
      if (outcome.kind === 'declined') throw new StripeApiError(402, outcome.error);
      return outcome.intent;
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/payment_intents',
    params: listParams,
    execute: ({ account, params }) =>
      listResources(
        account.paymentIntents,
        { ...params, kind: 'payment_intent', url: '/v1/payment_intents' },
        (intent) =>
          (params.customer === undefined || intent.customer === params.customer) &&
          inRange(intent.created, params.created),
      ),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/payment_intents/:id',
    params: retrieveParams,
    execute: ({ account, id }) => findPaymentIntent(account, id),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/payment_intents/:id',
    params: updateParams,
    execute: ({ account, id, params }) => {
      const before = findPaymentIntent(account, id);
      return account.paymentIntents.update(id, {
        description: params.description ?? before.description,
        metadata: mergeMetadata(before.metadata, params.metadata),
      });
    },
  }),
  endpoint({
    method: 'POST',
    path: '/v1/payment_intents/:id/cancel',
    params: cancelParams,
    execute: ({ account, id, params }) =>
      cancelPaymentIntent(account, id, params.cancellation_reason ?? null),
  }),
];

/**
 * A saved method works for its own customer only; one that a guest has paid with can't be used again.
 * @see https://docs.stripe.com/payments/payment-methods#attaching-payment-methods
 */
function checkOwner(
  account: Account,
  method: { id: string; customer: string | null },
  customer: string | undefined,
): void {
  if (method.customer !== null && method.customer !== customer) {
    throw invalidRequest(
      customer === undefined
        ? `The PaymentMethod ${method.id} belongs to a Customer. Please include the Customer in the \`customer\` parameter on the PaymentIntent.`
        : `The payment method you provided is attached to a different customer so you cannot use it (${method.id}).`,
      { param: 'payment_method' },
    );
  }
  if (method.customer === null && hasBeenUsed(account, method.id)) {
    throw invalidRequest(
      'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.',
      { param: 'payment_method' },
    );
  }
}

const hasBeenUsed = (account: Account, methodId: string): boolean =>
  account.charges.all().some((charge) => charge.payment_method === methodId);
