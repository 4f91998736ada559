import * as v from 'valibot';
import type { DisputeFact, PaymentFact, RefundFact } from './facts.ts';
import type { Instant } from './ids.ts';
import { Integer } from './integer.ts';

/** The Stripe event types that the service asks for; the webhook endpoint is registered with exactly these. */
export const handledEventTypes = [
  'checkout.session.completed',
  'checkout.session.expired',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'charge.refunded',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
] as const;
export type HandledEventType = (typeof handledEventTypes)[number];

/** Of any event: dots part its words, and in those of API v2 brackets name a part of the object. */
export const EventType = v.pipe(v.string(), v.regex(/^[\w.[\]]{1,255}$/));

/** Stripe's own amounts may be in a currency that the service does not take: kept as they are, and shown. */
export const AmountAtStripe = v.object({ amountMinor: Integer, currency: v.string() });
export type AmountAtStripe = v.InferOutput<typeof AmountAtStripe>;

export type StripeMetadata = Readonly<Record<string, string>>;

/** What a Stripe event tells, in the words of the domain; or an object of Stripe's that was read, told the same way. */
export type PaymentNotice = {
  /** Of the event; of an object that was read, `read_` and its id. */
  eventId: string;
  eventType: string;
  livemode: boolean;
  at: Instant;
  source: 'stripe_event' | 'stripe_read';
} & (
  | {
      kind: 'payment';
      paymentId: string;
      state: PaymentFact['state'];
      amount: AmountAtStripe;
      sessionId: string;
      /** The link that the session came from, or the session itself. */
      surfaceId: string;
      customerId: string | null;
      metadata: StripeMetadata;
    }
  /** A visit lapsed. If the session is itself the surface of an order, the surface has ended with it. */
  | { kind: 'session_expired'; sessionId: string; linkId: string | null; metadata: StripeMetadata }
  | {
      kind: 'refund';
      refundId: string;
      state: RefundFact['state'];
      amount: AmountAtStripe;
      paymentId: string | null;
      /** The decision of ours that made it, by its metadata. */
      decision: string | null;
    }
  /** Something about a payment's refunds changed: read them. */
  | { kind: 'refunds_changed'; paymentId: string | null }
  | {
      kind: 'dispute';
      disputeId: string;
      state: DisputeFact['state'];
      amount: AmountAtStripe;
      paymentId: string | null;
      respondBy: Instant | null;
    }
  | { kind: 'unhandled' }
);

export type NoticeOf<K extends PaymentNotice['kind']> = Extract<PaymentNotice, { kind: K }>;
