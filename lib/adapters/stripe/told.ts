import type Stripe from 'stripe';
import { disputeStates, type PaymentFact, refundStates } from '../../domain/facts.ts';
import { instant } from '../../domain/instant.ts';
import type { NoticeOf, PaymentNotice } from '../../domain/payment-notice.ts';

/** What an object of Stripe's tells, whether it came in an event or was read: only here is it taken apart. */

type Common = 'eventId' | 'eventType' | 'livemode' | 'at' | 'source';
/** Of a notice, what the object itself says. */
export type Told<K extends PaymentNotice['kind'] = PaymentNotice['kind']> = K extends K
  ? Omit<NoticeOf<K>, Common>
  : never;

type Reference = string | { id: string } | null;
// Of each object what is read of it: whole ones of the library's types are such, and so is what an event was checked for.
type SessionToTell = Pick<Stripe.Checkout.Session, 'id' | 'amount_total' | 'currency' | 'metadata'> & {
  payment_intent: Reference;
  payment_link: Reference;
  customer: Reference;
};
type RefundToTell = Pick<Stripe.Refund, 'id' | 'amount' | 'currency' | 'status' | 'metadata'> & {
  payment_intent: Reference;
};
type DisputeToTell = Pick<Stripe.Dispute, 'id' | 'amount' | 'currency'> & {
  status: string;
  payment_intent: Reference;
  evidence_details: { due_by: number | null } | null;
};

/** `undefined`: a session of another mode (subscription, set-up) or of no amount has no payment intent, and is none of ours. */
export const toldOfSession = (
  session: SessionToTell,
  state: PaymentFact['state'],
): Told<'payment'> | undefined => {
  const paymentId = idOf(session.payment_intent);
  if (paymentId === null) return undefined;
  return {
    kind: 'payment',
    paymentId,
    state,
    amount: { amountMinor: session.amount_total ?? 0, currency: session.currency ?? '' },
    sessionId: session.id,
    surfaceId: idOf(session.payment_link) ?? session.id,
    customerId: idOf(session.customer),
    metadata: session.metadata ?? {},
  };
};

/** `undefined`: a state that is not known here. */
export const toldOfRefund = (refund: RefundToTell): Told<'refund'> | undefined => {
  const state = refundStates.find((known) => known === refund.status);
  if (state === undefined) return undefined;
  return {
    kind: 'refund',
    refundId: refund.id,
    state,
    amount: { amountMinor: refund.amount, currency: refund.currency },
    paymentId: idOf(refund.payment_intent),
    decision: refund.metadata?.decision ?? null,
  };
};

export const toldOfDispute = (dispute: DisputeToTell): Told<'dispute'> => {
  const dueBy = dispute.evidence_details?.due_by ?? null;
  return {
    kind: 'dispute',
    disputeId: dispute.id,
    state: disputeStates.find((known) => known === dispute.status) ?? 'needs_response',
    amount: { amountMinor: dispute.amount, currency: dispute.currency },
    paymentId: idOf(dispute.payment_intent),
    respondBy: dueBy === null ? null : instant(dueBy * 1000),
  };
};

export const idOf = (reference: string | { id: string } | null | undefined): string | null =>
  typeof reference === 'string' ? reference : (reference?.id ?? null);
