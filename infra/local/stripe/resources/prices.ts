import type Stripe from 'stripe';
import type { Account } from '../account.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { invalidRequest, noSuchObject, noSuchReference } from '../errors.ts';
import { currencies, MAXIMUM_MINOR } from '../money.ts';
import { listResources } from '../pagination.ts';
import { type Metadata, mergeMetadata, metadata } from '../validation/metadata.ts';
import {
  emptyable,
  type Field,
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
import { createProduct, type ProductInput } from './products.ts';

/** @see https://docs.stripe.com/api/prices */
export type Price = Wire<Stripe.Price>;

export type PriceInput = {
  currency: string;
  unit_amount?: number;
  product?: string;
  product_data?: ProductInput;
  active?: boolean;
  lookup_key?: string;
  metadata?: Metadata;
  nickname?: string;
};

/** A three-letter code in either case, of a currency whose minimum amount the simulator knows. */
export const currency = (): Field<string, false> => ({
  required: false,
  parse(value, at) {
    const code = text().parse(value, at).toLowerCase();
    if (!currencies.includes(code)) {
      throw invalidRequest(
        `Invalid currency: ${code}. This simulator supports these currencies: ${currencies.join(', ')}`,
        { param: at },
      );
    }
    return code;
  },
});

/** Minor units, 0 up to eight digits; whether a total is enough to be charged is decided where it is charged. */
export const unitAmount = (): Field<number, false> => ({
  required: false,
  parse(value, at) {
    const amountMinor = integer().parse(value, at);
    if (amountMinor < 0) {
      throw invalidRequest('This value must be greater than or equal to 0.', {
        code: 'parameter_invalid_integer',
        param: at,
      });
    }
    if (amountMinor > MAXIMUM_MINOR) {
      throw invalidRequest(`Amount must be no more than ${MAXIMUM_MINOR} in the currency's smallest unit.`, {
        code: 'amount_too_large',
        param: at,
      });
    }
    return amountMinor;
  },
});

/**
 * A price for one line item: its product, if inline, and itself are made inactive, so that they don't show among the
 * prices on sale.
 */
export function createInlinePrice(account: Account, input: PriceInput, at: string): Price {
  return createPrice(
    account,
    {
      ...input,
      active: false,
      ...(input.product_data === undefined ? {} : { product_data: { ...input.product_data, active: false } }),
    },
    at,
  );
}

export function checkPriceInput(input: PriceInput, at: string): void {
  const nameOf = (key: string) => (at === '' ? key : `${at}[${key}]`);
  if (input.unit_amount === undefined) {
    throw invalidRequest(`Missing required param: ${nameOf('unit_amount')}.`, {
      code: 'parameter_missing',
      param: nameOf('unit_amount'),
    });
  }
  if (input.product === undefined && input.product_data === undefined) {
    throw invalidRequest(`You must specify either \`product\` or \`product_data\` when creating a price.`, {
      code: 'parameter_missing',
      param: nameOf('product'),
    });
  }
  if (input.product !== undefined && input.product_data !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: product, product_data.', {
      param: nameOf('product_data'),
    });
  }
}

export function createPrice(account: Account, input: PriceInput, at = ''): Price {
  const product =
    input.product_data === undefined
      ? account.products.get(input.product ?? '')
      : createProduct(account, input.product_data);
  if (product === undefined) {
    throw noSuchReference('product', input.product ?? '', at === '' ? 'product' : `${at}[product]`);
  }

  const unitAmountMinor = input.unit_amount ?? 0;
  const price = account.prices.add({
    id: account.ids.next('price_'),
    object: 'price',
    active: input.active ?? true,
    billing_scheme: 'per_unit',
    created: account.clock.nowSeconds(),
    currency: input.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: input.lookup_key ?? null,
    metadata: mergeMetadata({}, input.metadata),
    nickname: input.nickname ?? null,
    product: product.id,
    recurring: null,
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: 'one_time',
    unit_amount: unitAmountMinor,
    unit_amount_decimal: String(unitAmountMinor),
  });
  account.emit('price.created', price);
  return price;
}

const createParams = params<Stripe.PriceCreateParams>()({
  currency: required(currency()),
  active: flag(),
  billing_scheme: simulatedOnly('per_unit'),
  currency_options: notSimulated,
  custom_unit_amount: notSimulated,
  expand: listOf(text()),
  lookup_key: text({ max: 200 }),
  metadata: metadata(),
  nickname: text(),
  product: text(),
  product_data: params<Stripe.PriceCreateParams.ProductData>()({
    name: required(text({ max: 250 })),
    active: flag(),
    id: text({ max: 255 }),
    metadata: metadata(),
    statement_descriptor: text({ max: 22 }),
    tax_code: notSimulated,
    tax_details: notSimulated,
    unit_label: text({ max: 12 }),
  }),
  recurring: notSimulated,
  tax_behavior: notSimulated,
  tiers: notSimulated,
  tiers_mode: notSimulated,
  transfer_lookup_key: notSimulated,
  transform_quantity: notSimulated,
  unit_amount: unitAmount(),
  unit_amount_decimal: notSimulated,
});

/** An amount can't be changed: a new amount is a new price. */
const updateParams = params<Stripe.PriceUpdateParams>()({
  active: flag(),
  currency_options: notSimulated,
  expand: listOf(text()),
  lookup_key: text({ max: 200 }),
  metadata: emptyable(metadata()),
  nickname: text(),
  tax_behavior: notSimulated,
  transfer_lookup_key: notSimulated,
});

const retrieveParams = params<Stripe.PriceRetrieveParams>()({ expand: listOf(text()) });
const listParams = params<Stripe.PriceListParams>()({
  active: flag(),
  created: timeRange(),
  currency: currency(),
  ending_before: text(),
  expand: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  lookup_keys: listOf(text(), { max: 10 }),
  product: text(),
  recurring: notSimulated,
  starting_after: text(),
  type: oneOf('one_time', 'recurring'),
});

/** Of `line_items[].price_data`, the same for links and sessions. */
export const inlineProductData = params<Stripe.PaymentLinkCreateParams.LineItem.PriceData.ProductData>()({
  name: required(text({ max: 250 })),
  description: text({ max: 40_000 }),
  images: listOf(webUrl(), { max: 8 }),
  metadata: metadata(),
  tax_code: notSimulated,
  tax_details: notSimulated,
  unit_label: text({ max: 12 }),
});

function find(account: Account, id: string): Price {
  const price = account.prices.get(id);
  if (price === undefined) throw noSuchObject('price', id);
  return price;
}

export const priceEndpoints: Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/v1/prices',
    params: createParams,
    check: ({ params }) => checkPriceInput(params, ''),
    execute: ({ account, params }) => createPrice(account, params),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/prices',
    params: listParams,
    execute: ({ account, params }) =>
      listResources(
        account.prices,
        { ...params, kind: 'price', url: '/v1/prices' },
        (price) =>
          (params.active === undefined || price.active === params.active) &&
          (params.currency === undefined || price.currency === params.currency) &&
          (params.product === undefined || price.product === params.product) &&
          (params.type === undefined || price.type === params.type) &&
          (params.lookup_keys === undefined || params.lookup_keys.includes(price.lookup_key ?? '')) &&
          inRange(price.created, params.created),
      ),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/prices/:id',
    params: retrieveParams,
    execute: ({ account, id }) => find(account, id),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/prices/:id',
    params: updateParams,
    execute: ({ account, id, params }) => {
      const before = find(account, id);
      const price = account.prices.update(id, {
        active: params.active ?? before.active,
        lookup_key: params.lookup_key ?? before.lookup_key,
        metadata: mergeMetadata(before.metadata, params.metadata),
        nickname: params.nickname ?? before.nickname,
      });
      account.emit('price.updated', price, before);
      return price;
    },
  }),
];
