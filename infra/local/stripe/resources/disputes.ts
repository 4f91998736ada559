import type Stripe from 'stripe';
import type { Account } from '../account.ts';
import { DAY_MS, SECOND_MS } from '../clock.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { invalidRequest, noSuchObject } from '../errors.ts';
import { listResources } from '../pagination.ts';
import { mergeMetadata, metadata } from '../validation/metadata.ts';
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
import { type BalanceTransaction, book, DISPUTE_FEE_MINOR } from './balance-transactions.ts';
import type { Charge } from './charges.ts';

/** @see https://docs.stripe.com/api/disputes */
export type Dispute = Omit<Wire<Stripe.Dispute>, 'balance_transactions'> & {
  balance_transactions: BalanceTransaction[];
};

export type DisputeInput = { amountMinor?: number; reason?: string };

const EVIDENCE_DUE_MS = 9 * DAY_MS;
const OPEN_STATUSES: readonly string[] = ['needs_response', 'under_review'];

const NO_EVIDENCE: Stripe.Dispute.Evidence = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};

/** The bank takes the money back at once, whatever comes of it. @see https://docs.stripe.com/disputes/how-disputes-work */
export function createDispute(account: Account, charge: Charge, input: DisputeInput = {}): Dispute {
  const remainingMinor = charge.amount - charge.amount_refunded;
  const amount = input.amountMinor ?? remainingMinor;
  if (charge.status !== 'succeeded' || charge.disputed || amount < 1 || amount > remainingMinor) {
    throw new Error(
      `Charge ${charge.id} can't be disputed for ${amount}: it is ${charge.status}, ${charge.disputed ? 'disputed already' : `with ${remainingMinor} left`}.`,
    );
  }
  const id = account.ids.next('du_');
  const withdrawal = book(account, {
    amountMinor: -amount,
    feeMinor: DISPUTE_FEE_MINOR,
    currency: charge.currency,
    source: id,
    type: 'adjustment',
  });
  const dispute = account.disputes.add({
    id,
    object: 'dispute',
    amount,
    balance_transactions: [withdrawal],
    charge: charge.id,
    created: account.clock.nowSeconds(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: NO_EVIDENCE,
    evidence_details: {
      due_by: Math.floor((account.clock.nowMs() + EVIDENCE_DUE_MS) / SECOND_MS),
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'not_submitted',
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    ...methodDetails(charge),
    reason: input.reason ?? 'fraudulent',
    status: 'needs_response',
  });
  account.charges.update(charge.id, { disputed: true });
  account.emit('charge.dispute.created', dispute);
  account.emit('charge.dispute.funds_withdrawn', dispute);
  return dispute;
}

/** Of a debit there are none. */
const methodDetails = ({
  payment_method_details: method,
}: Charge): Pick<Dispute, 'payment_method_details'> => {
  const brand = method?.card?.brand ?? null;
  return brand === null
    ? {}
    : {
        payment_method_details: {
          type: 'card',
          card: { brand, case_type: 'chargeback', network: brand, network_reason_code: null },
        },
      };
};

export function closeDispute(account: Account, id: string, outcome: 'won' | 'lost'): Dispute {
  const before = findDispute(account, id);
  if (!OPEN_STATUSES.includes(before.status)) {
    throw invalidRequest(`This dispute is already closed (${before.status}).`, { param: 'id' });
  }
  const reinstated =
    outcome === 'won'
      ? [
          book(account, {
            amountMinor: before.amount,
            currency: before.currency,
            source: id,
            type: 'adjustment',
          }),
        ]
      : [];
  const dispute = account.disputes.update(id, {
    status: outcome,
    balance_transactions: [...before.balance_transactions, ...reinstated],
  });
  if (outcome === 'won') account.emit('charge.dispute.funds_reinstated', dispute);
  account.emit('charge.dispute.closed', dispute, before);
  return dispute;
}

function findDispute(account: Account, id: string): Dispute {
  const dispute = account.disputes.get(id);
  if (dispute === undefined) throw noSuchObject('dispute', id);
  return dispute;
}

const retrieveParams = params<Stripe.DisputeRetrieveParams>()({ expand: listOf(text()) });
const closeParams = params<Stripe.DisputeCloseParams>()({ expand: listOf(text()) });
const updateParams = params<Stripe.DisputeUpdateParams>()({
  evidence: notSimulated,
  expand: listOf(text()),
  intended_submission_method: notSimulated,
  metadata: emptyable(metadata()),
  submit: notSimulated,
});
const listParams = params<Stripe.DisputeListParams>()({
  charge: text(),
  created: timeRange(),
  ending_before: text(),
  expand: listOf(text()),
  limit: integer({ min: 1, max: 100 }),
  payment_intent: text(),
  starting_after: text(),
});

export const disputeEndpoints: Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/v1/disputes',
    params: listParams,
    execute: ({ account, params }) =>
      listResources(
        account.disputes,
        { ...params, kind: 'dispute', url: '/v1/disputes' },
        (dispute) =>
          (params.charge === undefined || dispute.charge === params.charge) &&
          (params.payment_intent === undefined || dispute.payment_intent === params.payment_intent) &&
          inRange(dispute.created, params.created),
      ),
  }),
  endpoint({
    method: 'GET',
    path: '/v1/disputes/:id',
    params: retrieveParams,
    execute: ({ account, id }) => findDispute(account, id),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/disputes/:id',
    params: updateParams,
    execute: ({ account, id, params }) => {
      const before = findDispute(account, id);
      const dispute = account.disputes.update(id, {
        metadata: mergeMetadata(before.metadata, params.metadata),
      });
      account.emit('charge.dispute.updated', dispute, before);
      return dispute;
    },
  }),
  endpoint({
    method: 'POST',
    path: '/v1/disputes/:id/close',
    params: closeParams,
    // Closing means giving in.
    execute: ({ account, id }) => closeDispute(account, id, 'lost'),
  }),
];
