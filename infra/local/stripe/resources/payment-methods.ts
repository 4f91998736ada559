import type Stripe from 'stripe';
import type { Account } from '../account.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { noSuchObject } from '../errors.ts';
import { listResources } from '../pagination.ts';
import { TEST_CARDS, TEST_PAYMENT_METHODS, type TestInstrument } from '../test-instruments.ts';
import { integer, listOf, notSimulated, oneOf, params, text } from '../validation/params.ts';
import type { Wire } from '../wire.ts';

/** @see https://docs.stripe.com/api/payment_methods */
export type PaymentMethod = Wire<Stripe.PaymentMethod>;

export type Payer = { email: string | null; name: string | null };

export const NOBODY: Payer = { email: null, name: null };

export const TEST_BANK_NAME = 'STRIPE TEST BANK';
export const TEST_ROUTING_NUMBER = '110000000';
export const CARD_EXPIRY = { exp_month: 12, exp_year: 2034 } as const;

export const billingDetails = (payer: Payer): Stripe.Charge.BillingDetails => ({
  address: { city: null, country: 'US', line1: null, line2: null, postal_code: null, state: null },
  email: payer.email,
  name: payer.name,
  phone: null,
  tax_id: null,
});

/** A method as the hosted page makes it; it belongs to no customer until a payment attaches it. */
export function createPaymentMethod(
  account: Account,
  instrument: TestInstrument,
  payer: Payer,
): PaymentMethod {
  const method: PaymentMethod = {
    id: account.ids.next('pm_'),
    object: 'payment_method',
    allow_redisplay: 'limited',
    billing_details: billingDetails(payer),
    created: account.clock.nowSeconds(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: instrument.kind,
  };
  account.instruments.set(method.id, instrument);
  return account.paymentMethods.add(
    instrument.kind === 'card'
      ? { ...method, card: cardDetails(instrument) }
      : { ...method, us_bank_account: bankAccountDetails(instrument) },
  );
}

/** Stripe's ready-made methods (`pm_card_visa`) become a new method at every use. */
export function findOrMakeTestMethod(account: Account, id: string): PaymentMethod | undefined {
  const instrument = TEST_CARDS[TEST_PAYMENT_METHODS[id] ?? ''];
  return instrument === undefined
    ? account.paymentMethods.get(id)
    : createPaymentMethod(account, instrument, NOBODY);
}

export function attachPaymentMethod(account: Account, id: string, customerId: string): PaymentMethod {
  const before = account.paymentMethods.get(id);
  const method = account.paymentMethods.update(id, { customer: customerId });
  account.emit('payment_method.attached', method, before);
  return method;
}

const cardDetails = (instrument: TestInstrument): Stripe.PaymentMethod.Card => ({
  brand: instrument.brand,
  checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
  country: 'US',
  display_brand: instrument.brand,
  ...CARD_EXPIRY,
  fingerprint: `fp${instrument.brand}${instrument.last4}`,
  funding: 'credit',
  generated_from: null,
  last4: instrument.last4,
  networks: { available: [instrument.brand], preferred: null },
  regulated_status: 'unregulated',
  three_d_secure_usage: { supported: true },
  wallet: null,
});

const bankAccountDetails = (instrument: TestInstrument): Stripe.PaymentMethod.UsBankAccount => ({
  account_holder_type: 'individual',
  account_type: 'checking',
  bank_name: TEST_BANK_NAME,
  financial_connections_account: null,
  fingerprint: `fpbank${instrument.last4}`,
  last4: instrument.last4,
  networks: { preferred: 'ach', supported: ['ach'] },
  routing_number: TEST_ROUTING_NUMBER,
  status_details: null,
});

const retrieveParams = params<Stripe.PaymentMethodRetrieveParams>()({ expand: listOf(text()) });
const listParams = params<Stripe.PaymentMethodListParams>()({
  allow_redisplay: notSimulated,
  customer: text(),
  customer_account: notSimulated,
  ending_before: text(),
  expand: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  starting_after: text(),
  type: oneOf('card', 'us_bank_account'),
});

export const paymentMethodEndpoints: Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/v1/payment_methods/:id',
    params: retrieveParams,
    execute: ({ account, id }) => {
      const method = account.paymentMethods.get(id);
      if (method === undefined) throw noSuchObject('PaymentMethod', id);
      return method;
    },
  }),
  endpoint({
    method: 'GET',
    path: '/v1/payment_methods',
    params: listParams,
    execute: ({ account, params }) =>
      listResources(
        account.paymentMethods,
        { ...params, kind: 'PaymentMethod', url: '/v1/payment_methods' },
        (method) =>
          // Without a customer Stripe lists none of those that guests have used.
          method.customer !== null &&
          (params.customer === undefined || method.customer === params.customer) &&
          (params.type === undefined || method.type === params.type),
      ),
  }),
];
