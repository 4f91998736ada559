import * as v from 'valibot';
import { InvalidInput } from '../../domain/errors.ts';
import type { PaymentFact } from '../../domain/facts.ts';
import { instant, StripeId } from '../../domain/ids.ts';
import { Integer } from '../../domain/integer.ts';
import {
  EventType,
  type HandledEventType,
  handledEventTypes,
  type PaymentNotice,
} from '../../domain/payment-notice.ts';
import { idOf, type Told, toldOfDispute, toldOfRefund, toldOfSession } from './told.ts';

type Common = Pick<PaymentNotice, 'eventId' | 'eventType' | 'livemode' | 'at' | 'source'>;

/** Stripe writes the id, or the object where that was asked for. */
const Reference = v.nullish(v.union([StripeId, v.object({ id: StripeId })]), null);
/** Seconds, up to the last of the year 9999: what comes after has no place in an instant. */
const Epoch = v.pipe(Integer, v.minValue(0), v.maxValue(253_402_300_799));
const Amount = v.pipe(Integer, v.minValue(0));
const Metadata = v.nullish(v.record(v.string(), v.string()), null);

/** What stands in every event, checked before its type decides how the rest is read. */
const Envelope = v.object({
  id: StripeId,
  type: EventType,
  created: Epoch,
  livemode: v.boolean(),
  data: v.object({ object: v.looseObject({ id: v.string() }) }),
});

// Of each object what is read of it. An event may be of another version than the types of the library, and what is
// written on an order must be something that can be read again.
const Session = v.object({
  id: StripeId,
  payment_intent: Reference,
  payment_link: Reference,
  customer: Reference,
  payment_status: v.string(),
  amount_total: v.nullish(Amount, null),
  currency: v.nullish(v.string(), null),
  metadata: Metadata,
});
const LapsedSession = v.pick(Session, ['id', 'payment_link', 'metadata']);
const Charge = v.object({ payment_intent: Reference });
const Refund = v.object({
  id: StripeId,
  payment_intent: Reference,
  status: v.nullish(v.string(), null),
  amount: Amount,
  currency: v.string(),
  metadata: Metadata,
});
const Dispute = v.object({
  id: StripeId,
  payment_intent: Reference,
  status: v.string(),
  amount: Amount,
  currency: v.string(),
  evidence_details: v.nullish(v.object({ due_by: v.nullish(Epoch, null) }), null),
});

/**
 * Reads a verified event. @throws {InvalidInput} when the body is not an event, or one of our types lacks what it must have
 * @see https://docs.stripe.com/api/events/types
 */
export const readStripeEvent = (body: string): PaymentNotice => {
  const { id, type, created, livemode, data } = parsed(Envelope, parseJson(body), 'The body');
  const at = instant(created * 1000);
  const common: Common = { eventId: id, eventType: type, livemode, at, source: 'stripe_event' };
  if (!isHandled(type)) return { ...common, kind: 'unhandled' };
  return { ...common, ...readers[type](data.object) } as PaymentNotice;
};

const isHandled = (type: string): type is HandledEventType =>
  (handledEventTypes as readonly string[]).includes(type);

/** @throws {InvalidInput} naming the fields, and nothing of what is in them */
const parsed = <S extends v.GenericSchema>(schema: S, given: unknown, what: string): v.InferOutput<S> => {
  const read = v.safeParse(schema, given);
  if (read.success) return read.output;
  const fields = read.issues.map(({ path }) => path?.[0].key ?? 'all of it');
  throw new InvalidInput(`${what} is not as Stripe writes it: ${fields.map(String).join(', ')}.`);
};

type Reader = (object: unknown) => Told;
const reader =
  <S extends v.GenericSchema>(schema: S, tell: (object: v.InferOutput<S>) => Told): Reader =>
  (object) =>
    tell(parsed(schema, object, 'The object of this event'));

const session = (stateOf: (session: v.InferOutput<typeof Session>) => PaymentFact['state']): Reader =>
  reader(Session, (object) => toldOfSession(object, stateOf(object)) ?? { kind: 'unhandled' });

const refund = reader(
  Refund,
  (object) =>
    // A refund without a state that we know is read again from Stripe rather than guessed.
    toldOfRefund(object) ?? { kind: 'refunds_changed', paymentId: idOf(object.payment_intent) },
);

const dispute = reader(Dispute, toldOfDispute);

/** One entry per handled type: a new type does not compile until it is read here. */
const readers = {
  // A delayed method completes the session first, unpaid, and is settled days later.
  'checkout.session.completed': session((s) => (s.payment_status === 'unpaid' ? 'processing' : 'succeeded')),
  'checkout.session.async_payment_succeeded': session(() => 'succeeded'),
  'checkout.session.async_payment_failed': session(() => 'failed'),
  'checkout.session.expired': reader(LapsedSession, ({ id, payment_link, metadata }) => ({
    kind: 'session_expired',
    sessionId: id,
    linkId: idOf(payment_link),
    metadata: metadata ?? {},
  })),
  'charge.refunded': reader(Charge, ({ payment_intent }) => ({
    kind: 'refunds_changed',
    paymentId: idOf(payment_intent),
  })),
  'refund.created': refund,
  'refund.updated': refund,
  'refund.failed': refund,
  'charge.dispute.created': dispute,
  'charge.dispute.updated': dispute,
  'charge.dispute.closed': dispute,
} satisfies Record<HandledEventType, Reader>;

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
