import type Stripe from 'stripe';
import type { Account } from '../account.ts';
import { DAY_MS } from '../clock.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { invalidRequest, noSuchObject, noSuchReference } from '../errors.ts';
import { formatMoney } from '../money.ts';
import { listResources } from '../pagination.ts';
import { type Metadata, mergeMetadata, metadata } from '../validation/metadata.ts';
import {
  emptyable,
  inRange,
  integer,
  listOf,
  notSimulated,
  oneOf,
  params,
  text,
  timeRange,
} from '../validation/params.ts';
import type { Wire } from '../wire.ts';
import { book } from './balance-transactions.ts';
import type { Charge } from './charges.ts';

/** @see https://docs.stripe.com/api/refunds */
export type Refund = Wire<Stripe.Refund>;

export type RefundInput = {
  payment_intent?: string;
  charge?: string;
  amount?: number;
  reason?: 'duplicate' | 'fraudulent' | 'requested_by_customer';
  metadata?: Metadata | '';
};

/** Where a refund can still go; `requires_action` waits for the payer, and is the only one that can be canceled. */
export type RefundStatus = 'requires_action' | 'succeeded' | 'failed' | 'canceled';

/** How long a refund stays pending, or pretends to have succeeded, before its test card decides. */
const REFUND_SETTLES_MS = 2 * DAY_MS;

/** The money that a charge has still to give back is what its refunds leave of it. */
export function createRefund(account: Account, input: RefundInput): Refund {
  const charge = chargeToRefund(account, input);
  const remainingMinor = charge.amount - charge.amount_refunded;
  if (charge.disputed) {
    throw invalidRequest(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: 'charge_disputed',
    });
  }
  if (remainingMinor === 0) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, {
      code: 'charge_already_refunded',
    });
  }
  const amount = input.amount ?? remainingMinor;
  if (amount > remainingMinor) {
    throw invalidRequest(
      `Refund amount (${formatMoney(amount, charge.currency)}) is greater than unrefunded amount on charge (${formatMoney(remainingMinor, charge.currency)})`,
      { param: 'amount' },
    );
  }

  const behaviour = account.instruments.get(charge.payment_method ?? '')?.refund ?? 'succeeds';
  const id = account.ids.next('re_');
  const refund = account.refunds.add({
    id,
    object: 'refund',
    amount,
    balance_transaction: book(account, {
      amountMinor: -amount,
      currency: charge.currency,
      source: id,
      type: 'refund',
    }).id,
    charge: charge.id,
    created: account.clock.nowSeconds(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details:
      charge.payment_method_details?.type === 'card'
        ? {
            type: 'card',
            card: {
              reference_status: 'pending',
              reference_type: 'acquirer_reference_number',
              type: 'refund',
            },
          }
        : { type: 'us_bank_transfer', us_bank_transfer: { reference: null, reference_status: null } },
    metadata: mergeMetadata({}, input.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: input.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: behaviour === 'succeeds_later' ? 'pending' : 'succeeded',
    transfer_reversal: null,
  });
  giveBack(account, charge.id, amount);
  account.emit('refund.created', refund);

  if (behaviour !== 'succeeds') {
    const status = behaviour === 'succeeds_later' ? 'succeeded' : 'failed';
    account.agenda.add(account.clock.nowMs() + REFUND_SETTLES_MS, () => {
      // A person may have decided in the meantime.
      if (account.refunds.get(id)?.status === refund.status) settleRefund(account, id, status);
    });
  }
  return refund;
}

/**
 * Moves a refund on, as the bank or the payer would. A refund that had succeeded can still fail, and then the money
 * is back with us.
 * @see https://docs.stripe.com/refunds#failed-refunds
 */
export function settleRefund(account: Account, id: string, status: RefundStatus): Refund {
  const before = findRefund(account, id);
  if (before.status === 'failed' || before.status === 'canceled' || before.status === status) {
    throw invalidRequest(`Refund ${id} is ${before.status} and can't become ${status}.`);
  }
  const returns = status === 'failed' || status === 'canceled';
  const refund = account.refunds.update(id, {
    status,
    ...(status === 'failed' ? { failure_reason: 'lost_or_stolen_card' } : {}),
    ...(returns
      ? {
          failure_balance_transaction: book(account, {
            amountMinor: before.amount,
            currency: before.currency,
            source: id,
            type: 'refund_failure',
          }).id,
        }
      : {}),
  });
  if (returns && refund.charge !== null) takeBack(account, refund.charge, refund.amount);
  account.emit('refund.updated', refund, before);
  if (status === 'failed') account.emit('refund.failed', refund);
  account.emit('charge.refund.updated', refund, before);
  return refund;
}

function giveBack(account: Account, chargeId: string, amountMinor: number): void {
  const before = account.charges.get(chargeId);
  const refunded = (before?.amount_refunded ?? 0) + amountMinor;
  const charge = account.charges.update(chargeId, {
    amount_refunded: refunded,
    refunded: refunded === before?.amount,
  });
  account.emit('charge.refunded', charge, before);
}

function takeBack(account: Account, chargeId: string, amountMinor: number): void {
  const before = account.charges.get(chargeId);
  const charge = account.charges.update(chargeId, {
    amount_refunded: (before?.amount_refunded ?? 0) - amountMinor,
    refunded: false,
  });
  account.emit('charge.updated', charge, before);
}

function chargeToRefund(account: Account, input: RefundInput): Charge {
  if (input.charge !== undefined) {
    const charge = account.charges.get(input.charge);
    if (charge === undefined) throw noSuchReference('charge', input.charge, 'charge');
    if (charge.status !== 'succeeded') {
      throw invalidRequest(
        `Charge ${charge.id} is ${charge.status}; only a charge that succeeded can be refunded.`,
        {
          param: 'charge',
        },
      );
    }
    return charge;
  }
  const intentId = input.payment_intent ?? '';
  const intent = account.paymentIntents.get(intentId);
  if (intent === undefined) throw noSuchReference('payment_intent', intentId, 'payment_intent');
  const charge = account.charges.get(intent.latest_charge ?? '');
  if (charge?.status !== 'succeeded') {
    throw invalidRequest(`This PaymentIntent (${intentId}) does not have a successful charge to refund.`, {
      param: 'payment_intent',
    });
  }
  return charge;
}

function findRefund(account: Account, id: string): Refund {
  const refund = account.refunds.get(id);
  if (refund === undefined) throw noSuchObject('refund', id);
  return refund;
}

const createParams = params<Stripe.RefundCreateParams>()({
  amount: integer({ min: 1 }),
  charge: text(),
  currency: notSimulated,
  customer: notSimulated,
  expand: listOf(text()),
  instructions_email: notSimulated,
  metadata: emptyable(metadata()),
  origin: notSimulated,
  payment_intent: text(),
  reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
  refund_application_fee: notSimulated,
  reverse_transfer: notSimulated,
});
const updateParams = params<Stripe.RefundUpdateParams>()({
  expand: listOf(text()),
  metadata: emptyable(metadata()),
});
const retrieveParams = params<Stripe.RefundRetrieveParams>()({ expand: listOf(text()) });
const cancelParams = params<Stripe.RefundCancelParams>()({ expand: listOf(text()) });
const listParams = params<Stripe.RefundListParams>()({
  charge: text(),
  created: timeRange(),
  ending_before: text(),
  expand: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  payment_intent: text(),
  starting_after: text(),
});

export const refundEndpoints: Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/v1/refunds',
    params: createParams,
    check: ({ params }) => {
      if (params.charge === undefined && params.payment_intent === undefined) {
        throw invalidRequest(
          'One of the following params should be provided for this request: payment_intent or charge.',
          {
            code: 'parameter_missing',
          },
        );
      }
      if (params.charge !== undefined && params.payment_intent !== undefined) {
        throw invalidRequest('You may only specify one of these parameters: charge, payment_intent.', {
          param: 'payment_intent',
        });
      }
    },
    execute: ({ account, params }) => createRefund(account, params),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/refunds',
    params: listParams,
    execute: ({ account, params }) =>
      listResources(
        account.refunds,
        { ...params, kind: 'refund', url: '/v1/refunds' },
        (refund) =>
          (params.charge === undefined || refund.charge === params.charge) &&
          (params.payment_intent === undefined || refund.payment_intent === params.payment_intent) &&
          inRange(refund.created, params.created),
      ),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/refunds/:id',
    params: retrieveParams,
    execute: ({ account, id }) => findRefund(account, id),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/refunds/:id',
    params: updateParams,
    execute: ({ account, id, params }) => {
      const before = findRefund(account, id);
      const refund = account.refunds.update(id, {
        metadata: mergeMetadata(before.metadata ?? {}, params.metadata),
      });
      account.emit('refund.updated', refund, before);
      account.emit('charge.refund.updated', refund, before);
      return refund;
    },
  }),
  endpoint({
    method: 'POST',
    path: '/v1/refunds/:id/cancel',
    params: cancelParams,
    execute: ({ account, id }) => {
      const refund = findRefund(account, id);
      if (refund.status !== 'requires_action') {
        throw invalidRequest(
          `You can only cancel a refund that has a status of \`requires_action\`; refund ${id} has a status of \`${refund.status}\`.`,
        );
      }
      return settleRefund(account, id, 'canceled');
    },
  }),
];
