import type Stripe from 'stripe';
import type { Account } from '../account.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { noSuchObject } from '../errors.ts';
import { listResources } from '../pagination.ts';
import type { TestInstrument } from '../test-instruments.ts';
import { inRange, integer, listOf, notSimulated, params, text, timeRange } from '../validation/params.ts';
import type { Wire } from '../wire.ts';
import { book, chargeFeeMinor } from './balance-transactions.ts';
import type { PaymentIntent } from './payment-intents.ts';
import { CARD_EXPIRY, type PaymentMethod, TEST_BANK_NAME, TEST_ROUTING_NUMBER } from './payment-methods.ts';

/** @see https://docs.stripe.com/api/charges */
export type Charge = Wire<Stripe.Charge>;

type Attempt = Pick<Charge, 'status' | 'failure_code' | 'failure_message' | 'outcome'>;

/** One attempt to collect a payment intent's amount, which went as `attempt` says. */
export function createCharge(
  account: Account,
  intent: PaymentIntent,
  method: PaymentMethod,
  instrument: TestInstrument,
  attempt: Attempt,
): Charge {
  const id = account.ids.next(instrument.kind === 'card' ? 'ch_' : 'py_');
  return account.charges.add({
    id,
    object: 'charge',
    amount: intent.amount,
    amount_captured: attempt.status === 'succeeded' ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: {
      address: method.billing_details.address,
      email: method.billing_details.email,
      name: method.billing_details.name,
      phone: null,
      tax_id: null,
    },
    calculated_statement_descriptor: 'SIMULATOR',
    captured: attempt.status !== 'failed',
    created: account.clock.nowSeconds(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: attempt.failure_code,
    failure_message: attempt.failure_message,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: attempt.outcome,
    paid: attempt.status === 'succeeded',
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details:
      instrument.kind === 'card'
        ? { type: 'card', card: cardDetails(instrument, intent.amount) }
        : { type: 'us_bank_account', us_bank_account: bankAccountDetails(instrument) },
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: attempt.status === 'succeeded' ? `${account.baseUrl}/receipts/${id}` : null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: attempt.status,
    transfer_data: null,
    transfer_group: null,
  });
}

/** Books the money of a charge that succeeded. */
export function bookCharge(account: Account, charge: Charge): Charge {
  const transaction = book(account, {
    amountMinor: charge.amount,
    feeMinor: chargeFeeMinor(charge.amount),
    currency: charge.currency,
    source: charge.id,
    type: 'charge',
  });
  return account.charges.update(charge.id, { balance_transaction: transaction.id });
}

const cardDetails = (
  instrument: TestInstrument,
  amountMinor: number,
): Stripe.Charge.PaymentMethodDetails.Card => ({
  amount_authorized: amountMinor,
  authorization_code: null,
  brand: instrument.brand,
  checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
  country: 'US',
  electronic_commerce_indicator: null,
  ...CARD_EXPIRY,
  extended_authorization: { status: 'disabled' },
  fingerprint: `fp${instrument.brand}${instrument.last4}`,
  funding: 'credit',
  incremental_authorization: { status: 'unavailable' },
  installments: null,
  last4: instrument.last4,
  mandate: null,
  multicapture: { status: 'unavailable' },
  network: instrument.brand,
  network_token: { used: false },
  network_transaction_id: null,
  overcapture: { maximum_amount_capturable: amountMinor, status: 'unavailable' },
  regulated_status: 'unregulated',
  three_d_secure: null,
  transaction_link_id: null,
  wallet: null,
});

const bankAccountDetails = (
  instrument: TestInstrument,
): Stripe.Charge.PaymentMethodDetails.UsBankAccount => ({
  account_holder_type: 'individual',
  account_type: 'checking',
  bank_name: TEST_BANK_NAME,
  fingerprint: `fpbank${instrument.last4}`,
  last4: instrument.last4,
  payment_reference: null,
  routing_number: TEST_ROUTING_NUMBER,
});

const retrieveParams = params<Stripe.ChargeRetrieveParams>()({ expand: listOf(text()) });
const listParams = params<Stripe.ChargeListParams>()({
  created: timeRange(),
  customer: text(),
  ending_before: text(),
  expand: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  payment_intent: text(),
  starting_after: text(),
  transfer_group: notSimulated,
});

export const chargeEndpoints: Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/v1/charges',
    params: listParams,
    execute: ({ account, params }) =>
      listResources(
        account.charges,
        { ...params, kind: 'charge', url: '/v1/charges' },
        (charge) =>
          (params.customer === undefined || charge.customer === params.customer) &&
          (params.payment_intent === undefined || charge.payment_intent === params.payment_intent) &&
          inRange(charge.created, params.created),
      ),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/charges/:id',
    params: retrieveParams,
    execute: ({ account, id }) => {
      const charge = account.charges.get(id);
      if (charge === undefined) throw noSuchObject('charge', id);
      return charge;
    },
  }),
];
