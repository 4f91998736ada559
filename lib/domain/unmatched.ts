import * as v from 'valibot';
import { DisputeFact } from './facts.ts';
import { Instant, OrderId } from './ids.ts';
import { Currency } from './money.ts';
import { AmountAtStripe } from './payment-notice.ts';

/** A payment of ours that no order can be found for; kept until a person has settled it. */
export const Unmatched = v.object({
  /** The payment, or the dispute about one: whatever else Stripe tells of it is the same item. */
  stripeId: v.string(),
  paymentId: v.string(),
  /** The Stripe event that brought it first. */
  eventId: v.string(),
  eventType: v.string(),
  reason: v.picklist(['unknown_order', 'wrong_mode', 'unreadable']),
  orderId: v.nullable(v.string()),
  amount: v.nullable(AmountAtStripe),
  /** Of a dispute, as it was told. */
  dispute: v.nullable(v.pick(DisputeFact, ['state', 'respondBy'])),
  at: Instant,
});
export type Unmatched = v.InferOutput<typeof Unmatched>;

/**
 * Whether it may turn out to be an order's. None can be in a currency that the service does not take; where no amount is
 * known, nobody can say so.
 */
export const mayBeAssigned = ({ amount }: Pick<Unmatched, 'amount'>): boolean =>
  amount === null || v.is(Currency, amount.currency);

/** A person's word on it. */
export const SettledUnmatched = v.object({
  as: v.picklist(['assigned', 'settled']),
  /** What it was assigned to. */
  orderId: v.nullable(OrderId),
  actor: v.string(),
  reason: v.string(),
  at: Instant,
});
export type SettledUnmatched = v.InferOutput<typeof SettledUnmatched>;
