import type { Told } from '../../../../lib/adapters/stripe/told.ts';
import { instant } from '../../../../lib/domain/ids.ts';
import type { AmountAtStripe } from '../../../../lib/domain/payment-notice.ts';
import type { DisputeRecord, PaymentRecord, RefundRecord, SessionRecord } from './records.ts';

/** What an object tells in the words of the domain, as the adapter reads it from Stripe's. */

export const amountOf = ({ amountMinor, currency }: AmountAtStripe): AmountAtStripe => ({
  amountMinor,
  currency,
});

export const toldOfPayment = (session: SessionRecord, payment: PaymentRecord): Told<'payment'> => ({
  kind: 'payment',
  paymentId: payment.id,
  state: payment.state,
  amount: amountOf(session),
  sessionId: session.id,
  surfaceId: session.linkId ?? session.id,
  customerId: session.customerId,
  metadata: session.metadata,
});

export const toldOfLapse = (session: SessionRecord): Told<'session_expired'> => ({
  kind: 'session_expired',
  sessionId: session.id,
  linkId: session.linkId,
  metadata: session.metadata,
});

export const toldOfRefund = (refund: RefundRecord): Told<'refund'> => ({
  kind: 'refund',
  refundId: refund.id,
  state: refund.state,
  amount: amountOf(refund),
  paymentId: refund.paymentId,
  decision: refund.metadata.decision ?? null,
});

export const toldOfDispute = (dispute: DisputeRecord): Told<'dispute'> => ({
  kind: 'dispute',
  disputeId: dispute.id,
  state: dispute.state,
  amount: amountOf(dispute),
  paymentId: dispute.paymentId,
  respondBy: instant(dispute.dueBy * 1000),
});
