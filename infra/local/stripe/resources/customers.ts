import type Stripe from 'stripe';
import type { Account } from '../account.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { noSuchObject } from '../errors.ts';
import { listResources } from '../pagination.ts';
import { type Metadata, mergeMetadata, metadata } from '../validation/metadata.ts';
import {
  emptyable,
  inRange,
  integer,
  listOf,
  notSimulated,
  params,
  text,
  timeRange,
} from '../validation/params.ts';
import type { Wire } from '../wire.ts';

/** @see https://docs.stripe.com/api/customers */
export type Customer = Wire<Stripe.Customer>;

export type CustomerInput = {
  email?: string | null;
  name?: string | null;
  description?: string;
  phone?: string;
  metadata?: Metadata | '';
};

export function createCustomer(account: Account, input: CustomerInput): Customer {
  const id = account.ids.next('cus_');
  const customer = account.customers.add({
    id,
    object: 'customer',
    address: null,
    balance: 0,
    created: account.clock.nowSeconds(),
    currency: null,
    default_source: null,
    delinquent: false,
    description: input.description ?? null,
    discount: null,
    email: input.email ?? null,
    invoice_prefix: id.slice(-8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: mergeMetadata({}, input.metadata),
    name: input.name ?? null,
    next_invoice_sequence: 1,
    phone: input.phone ?? null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  });
  account.emit('customer.created', customer);
  return customer;
}

const createParams = params<Stripe.CustomerCreateParams>()({
  address: notSimulated,
  balance: notSimulated,
  business_name: notSimulated,
  cash_balance: notSimulated,
  description: text(),
  email: text({ max: 512 }),
  expand: listOf(text()),
  individual_name: notSimulated,
  invoice_prefix: notSimulated,
  invoice_settings: notSimulated,
  metadata: emptyable(metadata()),
  name: text({ max: 256 }),
  next_invoice_sequence: notSimulated,
  payment_method: notSimulated,
  phone: text({ max: 20 }),
  preferred_locales: notSimulated,
  shipping: notSimulated,
  source: notSimulated,
  tax: notSimulated,
  tax_exempt: notSimulated,
  tax_id_data: notSimulated,
  test_clock: notSimulated,
  validate: notSimulated,
});

const updateParams = params<Stripe.CustomerUpdateParams>()({
  address: notSimulated,
  balance: notSimulated,
  business_name: notSimulated,
  cash_balance: notSimulated,
  default_source: notSimulated,
  description: text(),
  email: text({ max: 512 }),
  expand: listOf(text()),
  individual_name: notSimulated,
  invoice_prefix: notSimulated,
  invoice_settings: notSimulated,
  metadata: emptyable(metadata()),
  name: text({ max: 256 }),
  next_invoice_sequence: notSimulated,
  phone: text({ max: 20 }),
  preferred_locales: notSimulated,
  shipping: notSimulated,
  source: notSimulated,
  tax: notSimulated,
  tax_exempt: notSimulated,
  validate: notSimulated,
});

const retrieveParams = params<Stripe.CustomerRetrieveParams>()({ expand: listOf(text()) });
const deleteParams = params<Stripe.CustomerDeleteParams & { expand?: string[] }>()({
  expand: listOf(text()),
});
const listParams = params<Stripe.CustomerListParams>()({
  created: timeRange(),
  email: text(),
  ending_before: text(),
  expand: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  starting_after: text(),
  test_clock: notSimulated,
});

function find(account: Account, id: string): Customer {
  const customer = account.customers.get(id);
  if (customer === undefined) throw noSuchObject('customer', id);
  return customer;
}

export const customerEndpoints: Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/v1/customers',
    params: createParams,
    execute: ({ account, params }) => createCustomer(account, params),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/customers',
    params: listParams,
    execute: ({ account, params }) =>
      listResources(
        account.customers,
        { ...params, kind: 'customer', url: '/v1/customers' },
        (customer) =>
          (params.email === undefined || customer.email === params.email) &&
          inRange(customer.created, params.created),
      ),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/customers/:id',
    params: retrieveParams,
    execute: ({ account, id }) => find(account, id),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/customers/:id',
    params: updateParams,
    execute: ({ account, id, params }) => {
      const before = find(account, id);
      const customer = account.customers.update(id, {
        description: params.description ?? before.description,
        email: params.email ?? before.email,
        metadata: mergeMetadata(before.metadata, params.metadata),
        name: params.name ?? before.name ?? null,
        phone: params.phone ?? before.phone ?? null,
      });
      account.emit('customer.updated', customer, before);
      return customer;
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/v1/customers/:id',
    params: deleteParams,
    execute: ({ account, id }) => {
      account.emit('customer.deleted', find(account, id));
      account.customers.remove(id);
      // The customer's saved methods can't be charged any more.
      for (const method of account.paymentMethods.all()) {
        if (method.customer === id) account.paymentMethods.update(method.id, { customer: null });
      }
      return { id, object: 'customer', deleted: true };
    },
  }),
];
