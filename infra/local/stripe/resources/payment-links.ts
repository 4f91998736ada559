import type Stripe from 'stripe';
import type { Account } from '../account.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { invalidRequest, noSuchObject } from '../errors.ts';
import { listInOrder, listResources } from '../pagination.ts';
import { type Metadata, mergeMetadata, metadata } from '../validation/metadata.ts';
import {
  emptyable,
  type Field,
  flag,
  integer,
  listOf,
  notSimulated,
  oneOf,
  params,
  required,
  simulatedOnly,
  text,
  webUrl,
} from '../validation/params.ts';
import type { Wire } from '../wire.ts';
import { type CustomText, customText, customTextParams, mergeCustomText } from './custom-text.ts';
import {
  checkLineItems,
  createLineItems,
  type LineItemInput,
  lineItemsUrl,
  MAX_LINE_ITEMS_OF_LINK,
  MAX_QUANTITY,
} from './line-items.ts';
import type { SetupFutureUsage } from './payment-intents.ts';
import { currency, inlineProductData, unitAmount } from './prices.ts';

/** @see https://docs.stripe.com/api/payment-link */
export type PaymentLink = Wire<Stripe.PaymentLink>;

/** Stripe's limits on texts, in characters. */
const MAX_INACTIVE_MESSAGE = 500;
const MAX_CONFIRMATION_MESSAGE = 500;

type AfterCompletionInput = {
  type: 'redirect' | 'hosted_confirmation';
  redirect?: { url: string };
  hosted_confirmation?: { custom_message?: string };
};

type LinkInput = {
  line_items: LineItemInput[];
  after_completion?: AfterCompletionInput;
  custom_text?: CustomText;
  customer_creation?: 'always' | 'if_required';
  inactive_message?: string;
  metadata?: Metadata;
  payment_intent_data?: {
    description?: string;
    metadata?: Metadata;
    setup_future_usage?: SetupFutureUsage;
    statement_descriptor_suffix?: string;
  };
  payment_method_types?: string[];
  restrictions?: { completed_sessions: { limit: number } };
  submit_type?: 'auto' | 'pay' | 'book' | 'donate';
};

function createPaymentLink(account: Account, input: LinkInput): PaymentLink {
  const id = account.ids.next('plink_');
  const items = createLineItems(account, id, input.line_items);
  const intentData = input.payment_intent_data;
  const slug = account.ids.next('test_');
  account.linkOfSlug.set(slug, id);
  const link = account.paymentLinks.add({
    id,
    object: 'payment_link',
    active: true,
    after_completion: afterCompletion(input.after_completion),
    allow_promotion_codes: false,
    application: null,
    application_fee_amount: null,
    application_fee_percent: null,
    automatic_tax: { enabled: false, liability: null },
    billing_address_collection: 'auto',
    consent_collection: null,
    currency: items[0]?.currency ?? 'usd',
    custom_fields: [],
    custom_text: customText(input.custom_text),
    customer_creation: input.customer_creation ?? 'if_required',
    inactive_message: input.inactive_message ?? null,
    invoice_creation: null,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata({}, input.metadata),
    on_behalf_of: null,
    payment_intent_data:
      intentData === undefined
        ? null
        : {
            capture_method: null,
            description: intentData.description ?? null,
            metadata: mergeMetadata({}, intentData.metadata),
            setup_future_usage: intentData.setup_future_usage ?? null,
            statement_descriptor: null,
            statement_descriptor_suffix: intentData.statement_descriptor_suffix ?? null,
            transfer_group: null,
          },
    payment_method_collection: 'always',
    payment_method_options: null,
    payment_method_types: input.payment_method_types ?? null,
    phone_number_collection: { enabled: false },
    restrictions:
      input.restrictions === undefined
        ? null
        : { completed_sessions: { count: 0, limit: input.restrictions.completed_sessions.limit } },
    shipping_address_collection: null,
    shipping_options: [],
    submit_type: input.submit_type ?? 'auto',
    subscription_data: null,
    tax_id_collection: { enabled: false, required: 'never' },
    transfer_data: null,
    url: `${account.baseUrl}/pay/${slug}`,
  });
  account.emit('payment_link.created', link);
  return link;
}

/** Whether a visitor can open a session of the link. */
export const canBeVisited = (account: Account, link: PaymentLink): boolean =>
  link.active && !isAtItsLimit(account, link);

/** Always false while limits are not enforced. */
export function isAtItsLimit(account: Account, link: PaymentLink): boolean {
  const completed = link.restrictions?.completed_sessions;
  return account.settings.enforceLinkLimit && completed !== undefined && completed.count >= completed.limit;
}

/** A session that is complete counts even when it is unpaid yet; at the limit the link deactivates by itself. */
export function countCompletedSession(account: Account, linkId: string): void {
  const before = account.paymentLinks.get(linkId);
  if (before === undefined || before.restrictions === null) return;
  const { count, limit } = before.restrictions.completed_sessions;
  const counted = account.paymentLinks.update(linkId, {
    restrictions: { completed_sessions: { count: count + 1, limit } },
  });
  const link = isAtItsLimit(account, counted)
    ? account.paymentLinks.update(linkId, { active: false })
    : counted;
  account.emit('payment_link.updated', link, before);
}

function afterCompletion(input: AfterCompletionInput | undefined): PaymentLink['after_completion'] {
  return input?.type === 'redirect'
    ? { type: 'redirect', redirect: { url: input.redirect?.url ?? '' } }
    : {
        type: 'hosted_confirmation',
        hosted_confirmation: { custom_message: input?.hosted_confirmation?.custom_message ?? null },
      };
}

/** In test mode a link may return to this machine over http; anywhere else over https only. */
const redirectUrl = (): Field<string, false> => ({
  required: false,
  parse(value, at) {
    const url = webUrl().parse(value, at);
    const { protocol, hostname } = new URL(url);
    if (protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname)) {
      throw invalidRequest('Invalid URL: must be https, or http to localhost in test mode.', {
        code: 'url_invalid',
        param: at,
      });
    }
    return url;
  },
});

const afterCompletionParams = params<Stripe.PaymentLinkCreateParams.AfterCompletion>()({
  type: required(oneOf('redirect', 'hosted_confirmation')),
  hosted_confirmation: params<Stripe.PaymentLinkCreateParams.AfterCompletion.HostedConfirmation>()({
    custom_message: text({ max: MAX_CONFIRMATION_MESSAGE }),
  }),
  redirect: params<Stripe.PaymentLinkCreateParams.AfterCompletion.Redirect>()({
    url: required(redirectUrl()),
  }),
});

const restrictionsParams = params<Stripe.PaymentLinkCreateParams.Restrictions>()({
  completed_sessions: required(
    params<Stripe.PaymentLinkCreateParams.Restrictions.CompletedSessions>()({
      limit: required(integer({ min: 1 })),
    }),
  ),
});

const submitType = () => oneOf('auto', 'pay', 'book', 'donate');
const methodTypes = () => listOf(simulatedOnly('card', 'us_bank_account'), { min: 1 });

/** There is no `expires_at` and no `customer` on a link: Stripe does not know them either. */
const createParams = params<Stripe.PaymentLinkCreateParams>()({
  line_items: required(
    listOf(
      params<Stripe.PaymentLinkCreateParams.LineItem>()({
        adjustable_quantity: notSimulated,
        price: text(),
        price_data: params<Stripe.PaymentLinkCreateParams.LineItem.PriceData>()({
          currency: required(currency()),
          product: text(),
          product_data: inlineProductData,
          recurring: notSimulated,
          tax_behavior: notSimulated,
          unit_amount: unitAmount(),
          unit_amount_decimal: notSimulated,
        }),
        quantity: required(integer({ min: 1, max: MAX_QUANTITY })),
      }),
      { min: 1, max: MAX_LINE_ITEMS_OF_LINK },
    ),
  ),
  after_completion: afterCompletionParams,
  allow_promotion_codes: notSimulated,
  application_fee_amount: notSimulated,
  application_fee_percent: notSimulated,
  automatic_tax: notSimulated,
  billing_address_collection: simulatedOnly('auto'),
  consent_collection: notSimulated,
  currency: notSimulated,
  custom_fields: notSimulated,
  custom_text: customTextParams,
  customer_creation: oneOf('always', 'if_required'),
  expand: listOf(text()),
  inactive_message: text({ max: MAX_INACTIVE_MESSAGE }),
  invoice_creation: notSimulated,
  managed_payments: notSimulated,
  metadata: metadata(),
  name_collection: notSimulated,
  on_behalf_of: notSimulated,
  optional_items: notSimulated,
  payment_intent_data: params<Stripe.PaymentLinkCreateParams.PaymentIntentData>()({
    capture_method: notSimulated,
    description: text({ max: 1_000 }),
    metadata: metadata(),
    setup_future_usage: oneOf('off_session', 'on_session'),
    statement_descriptor: notSimulated,
    statement_descriptor_suffix: text({ max: 22 }),
    transfer_group: notSimulated,
  }),
  payment_method_collection: notSimulated,
  payment_method_options: notSimulated,
  payment_method_types: methodTypes(),
  phone_number_collection: notSimulated,
  restrictions: restrictionsParams,
  shipping_address_collection: notSimulated,
  shipping_options: notSimulated,
  submit_type: submitType(),
  subscription_data: notSimulated,
  tax_id_collection: notSimulated,
  transfer_data: notSimulated,
});

/** What is sold can't be changed here: a new amount is a new link. */
const updateParams = params<Stripe.PaymentLinkUpdateParams>()({
  active: flag(),
  after_completion: afterCompletionParams,
  allow_promotion_codes: notSimulated,
  application_fee_amount: notSimulated,
  application_fee_percent: notSimulated,
  automatic_tax: notSimulated,
  billing_address_collection: simulatedOnly('auto'),
  consent_collection: notSimulated,
  custom_fields: notSimulated,
  custom_text: customTextParams,
  customer_creation: oneOf('always', 'if_required'),
  expand: listOf(text()),
  inactive_message: emptyable(text({ max: MAX_INACTIVE_MESSAGE })),
  invoice_creation: notSimulated,
  line_items: notSimulated,
  metadata: metadata(),
  name_collection: notSimulated,
  on_behalf_of: notSimulated,
  optional_items: notSimulated,
  payment_intent_data: params<Stripe.PaymentLinkUpdateParams.PaymentIntentData>()({
    description: emptyable(text({ max: 1_000 })),
    metadata: emptyable(metadata()),
    setup_future_usage: emptyable(oneOf('off_session', 'on_session')),
    statement_descriptor: notSimulated,
    statement_descriptor_suffix: emptyable(text({ max: 22 })),
    transfer_group: notSimulated,
  }),
  payment_method_collection: notSimulated,
  payment_method_options: notSimulated,
  payment_method_types: emptyable(methodTypes()),
  phone_number_collection: notSimulated,
  restrictions: emptyable(restrictionsParams),
  shipping_address_collection: notSimulated,
  shipping_options: notSimulated,
  submit_type: submitType(),
  subscription_data: notSimulated,
  tax_id_collection: notSimulated,
  transfer_data: notSimulated,
});

const retrieveParams = params<Stripe.PaymentLinkRetrieveParams>()({ expand: listOf(text()) });
const listParams = params<Stripe.PaymentLinkListParams>()({
  active: flag(),
  ending_before: text(),
  expand: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  starting_after: text(),
});
const lineItemsParams = params<Stripe.PaymentLinkListLineItemsParams>()({
  ending_before: notSimulated,
  expand: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  starting_after: notSimulated,
});

function find(account: Account, id: string): PaymentLink {
  const link = account.paymentLinks.get(id);
  if (link === undefined) throw noSuchObject('payment_link', id);
  return link;
}

function checkAfterCompletion(input: AfterCompletionInput | undefined): void {
  if (input?.type === 'redirect' && input.redirect === undefined) {
    throw invalidRequest('Missing required param: after_completion[redirect].', {
      code: 'parameter_missing',
      param: 'after_completion[redirect]',
    });
  }
}

/** `undefined` leaves a value as it is, an empty one unsets it. */
const changed = <T>(given: T | '' | undefined, current: T | null): T | null =>
  given === undefined ? current : given === '' ? null : given;

export const paymentLinkEndpoints: Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/v1/payment_links',
    params: createParams,
    check: ({ params }) => {
      checkAfterCompletion(params.after_completion);
      checkLineItems(params.line_items);
    },
    execute: ({ account, params }) => createPaymentLink(account, params),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/payment_links',
    params: listParams,
    execute: ({ account, params }) =>
      listResources(
        account.paymentLinks,
        { ...params, kind: 'payment_link', url: '/v1/payment_links' },
        (link) => params.active === undefined || link.active === params.active,
      ),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/payment_links/:id',
    params: retrieveParams,
    execute: ({ account, id }) => find(account, id),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/payment_links/:id',
    params: updateParams,
    check: ({ params }) => checkAfterCompletion(params.after_completion),
    execute: ({ account, id, params }) => {
      const before = find(account, id);
      const data = params.payment_intent_data;
      const dataBefore = before.payment_intent_data;
      const completed = params.restrictions === undefined ? undefined : params.restrictions || null;
      const link = account.paymentLinks.update(id, {
        active: params.active ?? before.active,
        after_completion:
          params.after_completion === undefined
            ? before.after_completion
            : afterCompletion(params.after_completion),
        custom_text: mergeCustomText(before.custom_text, params.custom_text),
        customer_creation: params.customer_creation ?? before.customer_creation,
        inactive_message: changed(params.inactive_message, before.inactive_message),
        metadata: mergeMetadata(before.metadata, params.metadata),
        payment_intent_data:
          data === undefined
            ? dataBefore
            : {
                capture_method: dataBefore?.capture_method ?? null,
                description: changed(data.description, dataBefore?.description ?? null),
                metadata: mergeMetadata(dataBefore?.metadata ?? {}, data.metadata),
                setup_future_usage: changed(data.setup_future_usage, dataBefore?.setup_future_usage ?? null),
                statement_descriptor: null,
                statement_descriptor_suffix: changed(
                  data.statement_descriptor_suffix,
                  dataBefore?.statement_descriptor_suffix ?? null,
                ),
                transfer_group: null,
              },
        payment_method_types: changed(params.payment_method_types, before.payment_method_types),
        restrictions:
          completed === undefined
            ? before.restrictions
            : completed === null
              ? null
              : {
                  completed_sessions: {
                    count: before.restrictions?.completed_sessions.count ?? 0,
                    limit: completed.completed_sessions.limit,
                  },
                },
        submit_type: params.submit_type ?? before.submit_type,
      });
      account.emit('payment_link.updated', link, before);
      return link;
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/payment_links/:id/line_items',
    params: lineItemsParams,
    execute: ({ account, id, params }) =>
      listInOrder(lineItemsUrl(find(account, id).id), account.lineItems.get(id) ?? [], params.limit ?? 10),
  }),
];
