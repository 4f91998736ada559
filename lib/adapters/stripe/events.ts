import type Stripe from 'stripe';
import * as v from 'valibot';
import { InvalidInput } from '../../domain/errors.ts';
import { disputeStates, refundStates } from '../../domain/facts.ts';
import { instant } from '../../domain/ids.ts';
import { Integer } from '../../domain/integer.ts';
import { type HandledEventType, handledEventTypes, type PaymentNotice } from '../../domain/payment-notice.ts';

type EventOf<T extends HandledEventType> = Extract<Stripe.Event, { type: T }>;
type Told = PaymentNotice extends infer N ? (N extends PaymentNotice ? Omit<N, keyof Common> : never) : never;
type Common = { eventId: string; eventType: string; livemode: boolean; at: string };

/** What stands in every event, checked before its type decides how the rest is read. */
const Envelope = v.object({
  id: v.string(),
  type: v.string(),
  created: Integer,
  livemode: v.boolean(),
  data: v.object({ object: v.looseObject({ id: v.string() }) }),
});

/**
 * Reads a verified event. @throws {InvalidInput} when the body is not an event, or one of our types lacks what it must have
 * @see https://docs.stripe.com/api/events/types
 */
export const readStripeEvent = (body: string): PaymentNotice => {
  const envelope = v.safeParse(Envelope, parseJson(body));
  if (!envelope.success) throw new InvalidInput('The body is not a Stripe event.');
  const { id, type, created, livemode } = envelope.output;
  const common: Common = { eventId: id, eventType: type, livemode, at: instant(created * 1000) };
  if (!isHandled(type)) return { ...common, kind: 'unhandled' };
  // The envelope and the type were checked; from here on the shape is Stripe's promise for its API version.
  const read = readers[type] as (event: Stripe.Event) => Told;
  return { ...common, ...read(envelope.output as unknown as Stripe.Event) } as PaymentNotice;
};

const isHandled = (type: string): type is HandledEventType =>
  (handledEventTypes as readonly string[]).includes(type);

const session =
  (stateOf: (session: Stripe.Checkout.Session) => 'processing' | 'succeeded' | 'failed') =>
  (event: { data: { object: Stripe.Checkout.Session } }): Told => {
    const { object } = event.data;
    const paymentId = idOf(object.payment_intent);
    // A session of another mode (subscription, set-up) or of no amount has no payment intent, and is none of ours.
    if (paymentId === null) return { kind: 'unhandled' };
    return {
      kind: 'payment',
      paymentId,
      state: stateOf(object),
      amount: { amountMinor: object.amount_total ?? 0, currency: object.currency ?? '' },
      sessionId: object.id,
      surfaceId: idOf(object.payment_link) ?? object.id,
      customerId: idOf(object.customer),
      metadata: object.metadata ?? {},
    };
  };

const refund = (event: { data: { object: Stripe.Refund } }): Told => {
  const { object } = event.data;
  const state = refundStates.find((known) => known === object.status);
  // A refund without a state that we know is read again from Stripe rather than guessed.
  if (state === undefined) return { kind: 'refunds_changed', paymentId: idOf(object.payment_intent) };
  return {
    kind: 'refund',
    refundId: object.id,
    state,
    amount: { amountMinor: object.amount, currency: object.currency },
    paymentId: idOf(object.payment_intent),
    decision: object.metadata?.decision ?? null,
  };
};

const dispute = (event: { data: { object: Stripe.Dispute } }): Told => {
  const { object } = event.data;
  const dueBy = object.evidence_details?.due_by ?? null;
  return {
    kind: 'dispute',
    disputeId: object.id,
    state: disputeStates.find((known) => known === object.status) ?? 'needs_response',
    amount: { amountMinor: object.amount, currency: object.currency },
    paymentId: idOf(object.payment_intent),
    respondBy: dueBy === null ? null : instant(dueBy * 1000),
  };
};

/** One entry per handled type: a new type does not compile until it is read here. */
const readers = {
  // A delayed method completes the session first, unpaid, and is settled days later.
  'checkout.session.completed': session((s) => (s.payment_status === 'unpaid' ? 'processing' : 'succeeded')),
  'checkout.session.async_payment_succeeded': session(() => 'succeeded'),
  'checkout.session.async_payment_failed': session(() => 'failed'),
  'checkout.session.expired': ({ data: { object } }) => ({
    kind: 'session_expired',
    sessionId: object.id,
    linkId: idOf(object.payment_link),
    metadata: object.metadata ?? {},
  }),
  'charge.refunded': ({ data: { object } }) => ({
    kind: 'refunds_changed',
    paymentId: idOf(object.payment_intent),
  }),
  'refund.created': refund,
  'refund.updated': refund,
  'refund.failed': refund,
  'charge.dispute.created': dispute,
  'charge.dispute.updated': dispute,
  'charge.dispute.closed': dispute,
} satisfies { [T in HandledEventType]: (event: EventOf<T>) => Told };

const idOf = (reference: string | { id: string } | null | undefined): string | null =>
  typeof reference === 'string' ? reference : (reference?.id ?? null);

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
