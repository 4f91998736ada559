import { DAY_MS } from '../../../../infra/local/stripe/clock.ts';
import type { StripeMetadata } from '../../../../lib/domain/payment-notice.ts';
import { wholeSeconds } from './events.ts';
import type { Ledger } from './ledger.ts';
import type { DisputeRecord, PaymentRecord, RefundRecord } from './records.ts';
import { missing, refused } from './refusals.ts';
import { toldOfDispute, toldOfRefund } from './told.ts';

/** Money that goes back to a payer: because we give it, or because their bank takes it. */

const REFUND_SETTLES_MS = 2 * DAY_MS;
const EVIDENCE_DUE_MS = 9 * DAY_MS;

/** @throws {StripeRefused} there is not so much left to give back */
export const makeRefund = (
  ledger: Ledger,
  { paymentId, amountMinor, metadata }: { paymentId: string; amountMinor: number; metadata: StripeMetadata },
  operation: string,
): RefundRecord => {
  const payment = refundable(ledger, paymentId, amountMinor, operation);
  const isPending = payment.method === 'bank_debit' || ledger.settings.pendingRefunds;
  const refund = ledger.refunds.add({
    id: ledger.newId('re_'),
    paymentId,
    amountMinor,
    currency: payment.currency,
    metadata,
    createdAt: ledger.time.nowSeconds(),
    state: isPending ? 'pending' : 'succeeded',
  });
  payment.refunds.push(refund);
  payment.refundedMinor += amountMinor;
  ledger.events.emit('charge.refunded', { kind: 'refunds_changed', paymentId });
  ledger.events.emit('refund.created', toldOfRefund(refund));
  if (isPending && ledger.settings.banksAnswer) {
    ledger.agenda.add(
      ledger.time.nowMs() + REFUND_SETTLES_MS,
      () => refund.state === 'pending',
      () => settleRefund(ledger, refund.id, 'succeeded'),
    );
  }
  return refund;
};

const refundable = (
  ledger: Ledger,
  paymentId: string,
  amountMinor: number,
  operation: string,
): PaymentRecord => {
  const payment = ledger.payments.get(paymentId);
  if (payment === undefined) throw missing(operation, 'payment_intent');
  if (payment.state !== 'succeeded') throw refused(operation, { param: 'payment_intent' });
  if (payment.disputed) throw refused(operation, { code: 'charge_disputed' });
  const leftMinor = payment.amountMinor - payment.refundedMinor;
  if (leftMinor === 0) throw refused(operation, { code: 'charge_already_refunded' });
  if (amountMinor > leftMinor) throw refused(operation, { param: 'amount' });
  return payment;
};

/** What becomes of a refund; one that had succeeded can still fail. False: it can't become that. */
export const settleRefund = (
  ledger: Ledger,
  refundId: string,
  as: Exclude<RefundRecord['state'], 'pending'>,
): boolean => {
  const refund = ledger.refunds.get(refundId);
  if (refund === undefined || refund.state === as) return false;
  if (refund.state === 'failed' || refund.state === 'canceled') return false;
  refund.state = as;
  const payment = ledger.payments.get(refund.paymentId);
  if (payment !== undefined && (as === 'failed' || as === 'canceled')) {
    payment.refundedMinor -= refund.amountMinor;
  }
  ledger.events.emit('refund.updated', toldOfRefund(refund));
  if (as === 'failed') ledger.events.emit('refund.failed', toldOfRefund(refund));
  return true;
};

/** The bank takes all that is left of a payment back at once, whatever comes of it. Undefined: nothing is. */
export const makeDispute = (ledger: Ledger, paymentId: string): DisputeRecord | undefined => {
  const payment = ledger.payments.get(paymentId);
  if (payment?.state !== 'succeeded' || payment.disputed) return undefined;
  const leftMinor = payment.amountMinor - payment.refundedMinor;
  if (leftMinor === 0) return undefined;
  payment.disputed = true;
  const dispute = ledger.disputes.add({
    id: ledger.newId('du_'),
    paymentId,
    amountMinor: leftMinor,
    currency: payment.currency,
    createdAt: ledger.time.nowSeconds(),
    dueBy: wholeSeconds(ledger.time.nowMs() + EVIDENCE_DUE_MS),
    state: 'needs_response',
  });
  ledger.events.emit('charge.dispute.created', toldOfDispute(dispute));
  return dispute;
};

/** False: it is closed already. */
export const closeDispute = (ledger: Ledger, disputeId: string, as: 'won' | 'lost'): boolean => {
  const dispute = ledger.disputes.get(disputeId);
  if (dispute?.state !== 'needs_response') return false;
  dispute.state = as;
  ledger.events.emit('charge.dispute.closed', toldOfDispute(dispute));
  return true;
};
