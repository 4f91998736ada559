import type Stripe from 'stripe';
import type { Account } from '../account.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../clock.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { invalidRequest, noSuchObject, noSuchReference } from '../errors.ts';
import { listInOrder, listResources } from '../pagination.ts';
import { type Metadata, mergeMetadata, metadata } from '../validation/metadata.ts';
import {
  emptyable,
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
import { type CustomText, customText, customTextParams } from './custom-text.ts';
import {
  checkLineItems,
  copyLineItems,
  createLineItems,
  type LineItemInput,
  lineItemsUrl,
  MAX_LINE_ITEMS_OF_SESSION,
  MAX_QUANTITY,
  totalOf,
} from './line-items.ts';
import { cancelPaymentIntent, type SetupFutureUsage } from './payment-intents.ts';
import type { PaymentLink } from './payment-links.ts';
import { currency, inlineProductData, unitAmount } from './prices.ts';

/** @see https://docs.stripe.com/api/checkout/sessions */
export type CheckoutSession = Wire<Stripe.Checkout.Session>;

/** A session lives from half an hour to a day, and a day unless it says otherwise. Nothing makes it live longer. */
export const SESSION_LIFETIME_MS = DAY_MS;
const SHORTEST_LIFETIME_MS = 30 * MINUTE_MS;

/** What the payment intent gets once there is one: Stripe makes it with the first attempt to pay. */
export type PaymentIntentData = {
  description?: string;
  metadata?: Metadata;
  receipt_email?: string;
  setup_future_usage?: SetupFutureUsage;
  statement_descriptor_suffix?: string;
};

type SessionInput = {
  line_items: LineItemInput[];
  cancel_url?: string;
  client_reference_id?: string;
  custom_text?: CustomText;
  customer?: string;
  customer_creation?: 'always' | 'if_required';
  customer_email?: string;
  expires_at?: number;
  locale?: 'auto' | 'en' | 'es';
  metadata?: Metadata;
  payment_intent_data?: PaymentIntentData;
  allowed_payment_method_types?: ('card' | 'us_bank_account')[];
  submit_type?: 'auto' | 'pay' | 'book' | 'donate';
  success_url: string;
};

function createSession(account: Account, input: SessionInput): CheckoutSession {
  const id = account.ids.next('cs_test_');
  const items = createLineItems(account, id, input.line_items);
  const sessionCurrency = items[0]?.currency ?? 'usd';
  account.paymentIntentData.set(id, input.payment_intent_data ?? {});
  return open(account, {
    ...blankSession(account, id, sessionCurrency, totalOf(items)),
    cancel_url: input.cancel_url ?? null,
    client_reference_id: input.client_reference_id ?? null,
    custom_text: customText(input.custom_text),
    customer: input.customer ?? null,
    customer_creation: input.customer === undefined ? (input.customer_creation ?? 'if_required') : null,
    customer_email: input.customer_email ?? null,
    expires_at: input.expires_at ?? lapsesAt(account),
    locale: input.locale ?? null,
    metadata: mergeMetadata({}, input.metadata),
    allowed_payment_method_types: input.allowed_payment_method_types ?? null,
    payment_method_types: eligibleMethodTypes(sessionCurrency, input.allowed_payment_method_types),
    submit_type: input.submit_type ?? null,
    success_url: input.success_url,
  });
}

/** What the visitor's own address line may say: unsigned, so anybody can change it. */
export type Visitor = { email: string | null; clientReferenceId: string | null };

/** Every visit of a link opens a session of its own, with the link's items and a copy of its metadata. */
export function openSessionOfLink(account: Account, link: PaymentLink, visitor: Visitor): CheckoutSession {
  const id = account.ids.next('cs_test_');
  const items = copyLineItems(account, link.id, id);
  const data = link.payment_intent_data;
  account.paymentIntentData.set(id, {
    ...(data?.description ? { description: data.description } : {}),
    ...(data?.metadata ? { metadata: data.metadata } : {}),
    ...(data?.setup_future_usage ? { setup_future_usage: data.setup_future_usage as SetupFutureUsage } : {}),
    ...(data?.statement_descriptor_suffix
      ? { statement_descriptor_suffix: data.statement_descriptor_suffix }
      : {}),
  });
  return open(account, {
    ...blankSession(account, id, link.currency, totalOf(items)),
    client_reference_id: visitor.clientReferenceId,
    custom_text: link.custom_text,
    customer_creation: link.customer_creation,
    customer_email: visitor.email,
    expires_at: lapsesAt(account),
    locale: 'auto',
    metadata: link.metadata,
    payment_link: link.id,
    payment_method_types: link.payment_method_types ?? eligibleMethodTypes(link.currency),
    submit_type: link.submit_type,
    success_url: link.after_completion.redirect?.url ?? null,
  });
}

function open(account: Account, session: CheckoutSession): CheckoutSession {
  account.checkoutSessions.add(session);
  account.agenda.add(session.expires_at * SECOND_MS, () => {
    if (account.checkoutSessions.get(session.id)?.status === 'open') expireSession(account, session.id);
  });
  return session;
}

/** Closes an open session unpaid, be it by a request or by time. The link it came from lives on. */
export function expireSession(account: Account, id: string): CheckoutSession {
  const before = findSession(account, id);
  if (before.status !== 'open') {
    throw invalidRequest(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${before.status}\`.`,
    );
  }
  const session = account.checkoutSessions.update(id, { status: 'expired', url: null });
  if (session.payment_intent !== null) cancelPaymentIntent(account, session.payment_intent, 'expired');
  account.emit('checkout.session.expired', session);
  return session;
}

function findSession(account: Account, id: string): CheckoutSession {
  const session = account.checkoutSessions.get(id);
  if (session === undefined) throw noSuchObject('checkout.session', id);
  return session;
}

const lapsesAt = (account: Account): number =>
  Math.floor((account.clock.nowMs() + SESSION_LIFETIME_MS) / SECOND_MS);

/** What Stripe would offer by itself (US bank debits are in dollars only), less what the request does not allow. */
const eligibleMethodTypes = (code: string, allowed?: readonly string[]): string[] =>
  ['card', 'us_bank_account'].filter(
    (type) => (type === 'card' || code === 'usd') && (allowed === undefined || allowed.includes(type)),
  );

function blankSession(account: Account, id: string, code: string, totalMinor: number): CheckoutSession {
  return {
    id,
    object: 'checkout.session',
    adaptive_pricing: { enabled: false },
    after_expiration: null,
    allow_promotion_codes: false,
    allowed_payment_method_types: null,
    amount_subtotal: totalMinor,
    amount_total: totalMinor,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: 'auto',
    cancel_url: null,
    client_reference_id: null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: account.clock.nowSeconds(),
    currency: code,
    currency_conversion: null,
    custom_fields: [],
    custom_text: customText(undefined),
    customer: null,
    customer_account: null,
    customer_creation: 'if_required',
    customer_details: null,
    customer_email: null,
    discounts: [],
    expires_at: 0,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: null,
    managed_payments: null,
    metadata: {},
    mode: 'payment',
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: 'if_required',
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: null,
    subscription: null,
    success_url: null,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: `${account.baseUrl}/c/pay/${id}`,
    wallet_options: null,
  };
}

/**
 * The rule that stranded seventeen families: a session cannot be made to live longer than a day.
 * @see https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at
 */
function checkExpiry(account: Account, expiresAt: number | undefined): void {
  if (expiresAt === undefined) return;
  const lifetimeMs = expiresAt * SECOND_MS - account.clock.nowSeconds() * SECOND_MS;
  if (lifetimeMs > SESSION_LIFETIME_MS) {
    throw invalidRequest(
      `The \`expires_at\` timestamp must be less than ${SESSION_LIFETIME_MS / HOUR_MS} hours from Checkout Session creation.`,
      { param: 'expires_at' },
    );
  }
  if (lifetimeMs < SHORTEST_LIFETIME_MS) {
    throw invalidRequest(
      `The \`expires_at\` timestamp must be at least ${SHORTEST_LIFETIME_MS / MINUTE_MS} minutes from Checkout Session creation.`,
      { param: 'expires_at' },
    );
  }
}

const createParams = params<Stripe.Checkout.SessionCreateParams>()({
  adaptive_pricing: notSimulated,
  after_expiration: notSimulated,
  allow_promotion_codes: notSimulated,
  allowed_payment_method_types: listOf(simulatedOnly('card', 'us_bank_account'), { min: 1 }),
  automatic_tax: notSimulated,
  billing_address_collection: simulatedOnly('auto'),
  branding_settings: notSimulated,
  cancel_url: webUrl(),
  client_reference_id: text({ max: 200 }),
  consent_collection: notSimulated,
  currency: notSimulated,
  custom_fields: notSimulated,
  custom_text: customTextParams,
  customer: text(),
  customer_account: notSimulated,
  customer_creation: oneOf('always', 'if_required'),
  customer_email: text({ max: 800 }),
  customer_update: notSimulated,
  discounts: notSimulated,
  excluded_payment_method_types: notSimulated,
  expand: listOf(text()),
  expires_at: integer({ min: 0 }),
  integration_identifier: notSimulated,
  invoice_creation: notSimulated,
  line_items: required(
    listOf(
      params<Stripe.Checkout.SessionCreateParams.LineItem>()({
        adjustable_quantity: notSimulated,
        metadata: notSimulated,
        price: text(),
        price_data: params<Stripe.Checkout.SessionCreateParams.LineItem.PriceData>()({
          currency: required(currency()),
          product: text(),
          product_data: inlineProductData,
          recurring: notSimulated,
          tax_behavior: notSimulated,
          unit_amount: unitAmount(),
          unit_amount_decimal: notSimulated,
        }),
        quantity: required(integer({ min: 1, max: MAX_QUANTITY })),
        tax_rates: notSimulated,
      }),
      { min: 1, max: MAX_LINE_ITEMS_OF_SESSION },
    ),
  ),
  locale: simulatedOnly('auto', 'en', 'es'),
  managed_payments: notSimulated,
  metadata: metadata(),
  mode: required(simulatedOnly('payment')),
  name_collection: notSimulated,
  optional_items: notSimulated,
  origin_context: notSimulated,
  payment_intent_data: params<Stripe.Checkout.SessionCreateParams.PaymentIntentData>()({
    application_fee_amount: notSimulated,
    capture_method: notSimulated,
    description: text({ max: 1_000 }),
    metadata: metadata(),
    on_behalf_of: notSimulated,
    receipt_email: text({ max: 800 }),
    setup_future_usage: oneOf('off_session', 'on_session'),
    shipping: notSimulated,
    statement_descriptor: notSimulated,
    statement_descriptor_suffix: text({ max: 22 }),
    transfer_data: notSimulated,
    transfer_group: notSimulated,
  }),
  payment_method_collection: notSimulated,
  payment_method_configuration: notSimulated,
  payment_method_data: notSimulated,
  payment_method_options: notSimulated,
  permissions: notSimulated,
  phone_number_collection: notSimulated,
  redirect_on_completion: notSimulated,
  return_url: notSimulated,
  saved_payment_method_options: notSimulated,
  setup_intent_data: notSimulated,
  shipping_address_collection: notSimulated,
  shipping_options: notSimulated,
  submit_type: oneOf('auto', 'pay', 'book', 'donate'),
  subscription_data: notSimulated,
  success_url: required(webUrl()),
  tax_id_collection: notSimulated,
  ui_mode: simulatedOnly('hosted_page'),
  wallet_options: notSimulated,
});

const retrieveParams = params<Stripe.Checkout.SessionRetrieveParams>()({ expand: listOf(text()) });
const expireParams = params<Stripe.Checkout.SessionExpireParams>()({ expand: listOf(text()) });
const updateParams = params<Stripe.Checkout.SessionUpdateParams>()({
  collected_information: notSimulated,
  expand: listOf(text()),
  line_items: notSimulated,
  metadata: emptyable(metadata()),
  payment_intent_data: notSimulated,
  shipping_options: notSimulated,
});
const listParams = params<Stripe.Checkout.SessionListParams>()({
  created: timeRange(),
  customer: text(),
  customer_account: notSimulated,
  customer_details: params<Stripe.Checkout.SessionListParams.CustomerDetails>()({ email: required(text()) }),
  ending_before: text(),
  expand: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  payment_intent: text(),
  payment_link: text(),
  starting_after: text(),
  status: oneOf('open', 'complete', 'expired'),
  subscription: notSimulated,
});
const lineItemsParams = params<Stripe.Checkout.SessionListLineItemsParams>()({
  ending_before: notSimulated,
  expand: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  starting_after: notSimulated,
});

export const checkoutSessionEndpoints: Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/v1/checkout/sessions',
    params: createParams,
    check: ({ account, params }) => {
      checkExpiry(account, params.expires_at);
      checkLineItems(params.line_items);
      const otherThanCustomer =
        params.customer_email !== undefined
          ? 'customer_email'
          : params.customer_creation !== undefined
            ? 'customer_creation'
            : undefined;
      if (params.customer !== undefined && otherThanCustomer !== undefined) {
        throw invalidRequest(
          `You may only specify one of these parameters: customer, ${otherThanCustomer}.`,
          {
            param: otherThanCustomer,
          },
        );
      }
    },
    execute: ({ account, params }) => {
      if (params.customer !== undefined && account.customers.get(params.customer) === undefined) {
        throw noSuchReference('customer', params.customer, 'customer');
      }
      return createSession(account, params);
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/checkout/sessions',
    params: listParams,
    execute: ({ account, params }) =>
      listResources(
        account.checkoutSessions,
        { ...params, kind: 'checkout.session', url: '/v1/checkout/sessions' },
        (session) =>
          (params.customer === undefined || session.customer === params.customer) &&
          (params.customer_details === undefined ||
            session.customer_details?.email === params.customer_details.email) &&
          (params.payment_intent === undefined || session.payment_intent === params.payment_intent) &&
          (params.payment_link === undefined || session.payment_link === params.payment_link) &&
          (params.status === undefined || session.status === params.status) &&
          inRange(session.created, params.created),
      ),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/checkout/sessions/:id',
    params: retrieveParams,
    execute: ({ account, id }) => findSession(account, id),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/checkout/sessions/:id',
    params: updateParams,
    execute: ({ account, id, params }) =>
      account.checkoutSessions.update(id, {
        metadata: mergeMetadata(findSession(account, id).metadata ?? {}, params.metadata),
      }),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/checkout/sessions/:id/expire',
    params: expireParams,
    execute: ({ account, id }) => expireSession(account, id),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/checkout/sessions/:id/line_items',
    params: lineItemsParams,
    execute: ({ account, id, params }) =>
      listInOrder(
        lineItemsUrl(findSession(account, id).id),
        account.lineItems.get(id) ?? [],
        params.limit ?? 10,
      ),
  }),
];
