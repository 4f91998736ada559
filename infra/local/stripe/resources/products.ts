import type Stripe from 'stripe';
import type { Account } from '../account.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { invalidRequest, noSuchObject } from '../errors.ts';
import { listResources } from '../pagination.ts';
import { type Metadata, mergeMetadata, metadata } from '../validation/metadata.ts';
import {
  emptyable,
  flag,
  inRange,
  integer,
  listOf,
  notSimulated,
  params,
  required,
  text,
  timeRange,
  webUrl,
} from '../validation/params.ts';
import type { Wire } from '../wire.ts';

/** @see https://docs.stripe.com/api/products */
export type Product = Wire<Stripe.Product>;

/** Of an inline `product_data` as well as of `POST /v1/products`. */
export type ProductInput = {
  id?: string;
  name: string;
  active?: boolean;
  description?: string;
  images?: string[];
  metadata?: Metadata;
  statement_descriptor?: string;
  unit_label?: string;
  url?: string;
};

export function createProduct(account: Account, input: ProductInput): Product {
  const now = account.clock.nowSeconds();
  const product = account.products.add({
    id: input.id ?? account.ids.next('prod_'),
    object: 'product',
    active: input.active ?? true,
    created: now,
    default_price: null,
    description: input.description ?? null,
    images: input.images ?? [],
    livemode: false,
    marketing_features: [],
    metadata: mergeMetadata({}, input.metadata),
    name: input.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: input.statement_descriptor ?? null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: input.unit_label ?? null,
    updated: now,
    url: input.url ?? null,
  });
  account.emit('product.created', product);
  return product;
}

const createParams = params<Stripe.ProductCreateParams>()({
  name: required(text({ max: 250 })),
  active: flag(),
  default_price_data: notSimulated,
  description: text({ max: 40_000 }),
  expand: listOf(text()),
  id: text({ max: 255 }),
  images: listOf(webUrl(), { max: 8 }),
  marketing_features: notSimulated,
  metadata: metadata(),
  package_dimensions: notSimulated,
  shippable: notSimulated,
  statement_descriptor: text({ max: 22 }),
  tax_code: notSimulated,
  tax_details: notSimulated,
  type: notSimulated,
  unit_label: text({ max: 12 }),
  url: webUrl(),
});

const updateParams = params<Stripe.ProductUpdateParams>()({
  active: flag(),
  default_price: notSimulated,
  description: emptyable(text({ max: 40_000 })),
  expand: listOf(text()),
  images: notSimulated,
  marketing_features: notSimulated,
  metadata: emptyable(metadata()),
  name: text({ max: 250 }),
  package_dimensions: notSimulated,
  shippable: notSimulated,
  statement_descriptor: text({ max: 22 }),
  tax_code: notSimulated,
  tax_details: notSimulated,
  unit_label: emptyable(text({ max: 12 })),
  url: emptyable(webUrl()),
});

const retrieveParams = params<Stripe.ProductRetrieveParams>()({ expand: listOf(text()) });
const listParams = params<Stripe.ProductListParams>()({
  active: flag(),
  created: timeRange(),
  ending_before: text(),
  expand: listOf(text()),
  ids: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  shippable: notSimulated,
  starting_after: text(),
  type: notSimulated,
  url: text(),
});

function find(account: Account, id: string): Product {
  const product = account.products.get(id);
  if (product === undefined) throw noSuchObject('product', id);
  return product;
}

export const productEndpoints: Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/v1/products',
    params: createParams,
    execute: ({ account, params }) => {
      if (params.id !== undefined && account.products.get(params.id) !== undefined) {
        throw invalidRequest('Product already exists.', { code: 'resource_already_exists', param: 'id' });
      }
      return createProduct(account, params);
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/products',
    params: listParams,
    execute: ({ account, params }) =>
      listResources(
        account.products,
        { ...params, kind: 'product', url: '/v1/products' },
        (product) =>
          (params.active === undefined || product.active === params.active) &&
          (params.ids === undefined || params.ids.includes(product.id)) &&
          (params.url === undefined || product.url === params.url) &&
          inRange(product.created, params.created),
      ),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/products/:id',
    params: retrieveParams,
    execute: ({ account, id }) => find(account, id),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/products/:id',
    params: updateParams,
    execute: ({ account, id, params }) => {
      const before = find(account, id);
      const product = account.products.update(id, {
        active: params.active ?? before.active,
        description: params.description === undefined ? before.description : params.description || null,
        metadata: mergeMetadata(before.metadata, params.metadata),
        name: params.name ?? before.name,
        statement_descriptor: params.statement_descriptor ?? before.statement_descriptor ?? null,
        unit_label: params.unit_label === undefined ? (before.unit_label ?? null) : params.unit_label || null,
        updated: account.clock.nowSeconds(),
        url: params.url === undefined ? before.url : params.url || null,
      });
      account.emit('product.updated', product, before);
      return product;
    },
  }),
];
