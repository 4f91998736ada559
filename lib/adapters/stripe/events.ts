import type Stripe from 'stripe';
import * as v from 'valibot';
import { InvalidInput } from '../../domain/errors.ts';
import type { PaymentFact } from '../../domain/facts.ts';
import { instant } from '../../domain/ids.ts';
import { Integer } from '../../domain/integer.ts';
import { type HandledEventType, handledEventTypes, type PaymentNotice } from '../../domain/payment-notice.ts';
import { idOf, type Told, toldOfDispute, toldOfRefund, toldOfSession } from './told.ts';

type EventOf<T extends HandledEventType> = Extract<Stripe.Event, { type: T }>;
type Common = Pick<PaymentNotice, 'eventId' | 'eventType' | 'livemode' | 'at' | 'source'>;

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
  const at = instant(created * 1000);
  const common: Common = { eventId: id, eventType: type, livemode, at, source: 'stripe_event' };
  if (!isHandled(type)) return { ...common, kind: 'unhandled' };
  // The envelope and the type were checked; from here on the shape is Stripe's promise for its API version.
  const read = readers[type] as (event: Stripe.Event) => Told;
  return { ...common, ...read(envelope.output as unknown as Stripe.Event) } as PaymentNotice;
};

const isHandled = (type: string): type is HandledEventType =>
  (handledEventTypes as readonly string[]).includes(type);

const session =
  (stateOf: (session: Stripe.Checkout.Session) => PaymentFact['state']) =>
  ({ data: { object } }: { data: { object: Stripe.Checkout.Session } }): Told =>
    toldOfSession(object, stateOf(object)) ?? { kind: 'unhandled' };

const refund = ({ data: { object } }: { data: { object: Stripe.Refund } }): Told =>
  // A refund without a state that we know is read again from Stripe rather than guessed.
  toldOfRefund(object) ?? { kind: 'refunds_changed', paymentId: idOf(object.payment_intent) };

const dispute = ({ data: { object } }: { data: { object: Stripe.Dispute } }): Told => toldOfDispute(object);

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

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
