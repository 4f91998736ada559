import * as v from 'valibot';
import { attentionReasons } from '../lib/domain/due-work.ts';
import { paymentStates, refundStates } from '../lib/domain/facts.ts';
import { Instant } from '../lib/domain/ids.ts';
import { Integer } from '../lib/domain/integer.ts';
import { Money } from '../lib/domain/money.ts';
import { AmountAtStripe } from '../lib/domain/payment-notice.ts';
import { Unmatched } from '../lib/domain/unmatched.ts';

/**
 * What `functions/decide-order.ts` and `functions/settle-payment.ts` answer, and `functions/reconcile.ts` of one link, for
 * whoever asks them from outside.
 */

const Status = v.picklist(['pending', 'processing', 'paid', 'review', 'refunded', 'canceled', 'waived']);
export const Standing = v.object({ status: Status, due: Money, net: Money });
export type Standing = v.InferOutput<typeof Standing>;

const lookAt = <P extends v.GenericSchema>(plan: P) =>
  v.variant('doneBefore', [
    v.object({ doneBefore: v.literal(true) }),
    v.object({ doneBefore: v.literal(false), plan }),
  ]);

export const RefundPlan = v.object({
  hash: v.string(),
  paymentId: v.string(),
  amount: Money,
  received: Money,
  givenBack: Money,
  left: Money,
  before: Standing,
  after: Standing,
});
export const RefundLook = lookAt(RefundPlan);
export const RefundDone = v.object({
  orderId: v.string(),
  doneBefore: v.boolean(),
  amount: Money,
  paymentId: v.string(),
  refund: v.nullable(
    v.object({ id: v.string(), state: v.picklist(refundStates), why: v.exactOptional(v.string()) }),
  ),
  now: Standing,
});

export const DecisionPlan = v.object({
  hash: v.string(),
  decision: v.picklist(['amend', 'cancel', 'waive', 'reopen', 'settle']),
  before: Standing,
  after: Standing,
  closes: v.array(v.string()),
  difference: v.nullable(v.object({ kind: v.picklist(['too_much', 'too_little']), amount: Money })),
  underWay: v.boolean(),
  attention: v.array(v.string()),
  rest: v.nullable(v.object({ orderId: v.string(), period: v.string(), amount: Money })),
  forMonthsToCome: v.boolean(),
});
export type DecisionPlan = v.InferOutput<typeof DecisionPlan>;
export const DecisionLook = lookAt(DecisionPlan);
export const DecisionDone = v.object({
  orderId: v.string(),
  doneBefore: v.boolean(),
  now: Standing,
  attention: v.array(v.string()),
  restOrderId: v.nullable(v.string()),
});

export const AttentionRow = v.object({
  ...Standing.entries,
  orderId: v.string(),
  productId: v.string(),
  name: v.string(),
  reason: v.picklist(attentionReasons),
  about: v.string(),
  since: Instant,
  deadline: v.nullable(Instant),
  amount: v.nullable(Money),
  refundUnderWay: v.boolean(),
});
export type AttentionRow = v.InferOutput<typeof AttentionRow>;

const pageOf = <I extends v.GenericSchema>(item: I) =>
  v.object({ items: v.array(item), next: v.exactOptional(v.string()) });
export const AttentionPage = pageOf(AttentionRow);

export const UnmatchedPage = pageOf(Unmatched);

export const AssignLook = lookAt(
  v.object({
    hash: v.string(),
    paymentId: v.string(),
    amount: Money,
    refunds: v.array(Money),
    before: Standing,
    after: Standing,
    attention: v.array(v.string()),
  }),
);
export const Assigned = v.object({
  stripeId: v.string(),
  orderId: v.string(),
  doneBefore: v.boolean(),
  now: Standing,
  attention: v.array(v.string()),
});
export const SettleLook = lookAt(v.object({ hash: v.string(), item: Unmatched }));
export const Settled = v.object({ stripeId: v.string(), doneBefore: v.boolean() });

export const CloseLinkPlan = v.object({
  hash: v.string(),
  linkId: v.string(),
  active: v.boolean(),
  amount: v.nullable(AmountAtStripe),
  productNames: v.array(v.string()),
  namesOrderId: v.nullable(v.string()),
  order: v.nullable(
    v.object({
      orderId: v.string(),
      familyId: v.string(),
      productId: v.string(),
      standing: Standing,
      madeAt: v.nullable(Instant),
    }),
  ),
  paid: v.array(
    v.object({
      sessionId: v.string(),
      paymentId: v.nullable(v.string()),
      state: v.nullable(v.picklist(paymentStates)),
      amount: v.nullable(AmountAtStripe),
      at: Instant,
    }),
  ),
  paidMore: v.boolean(),
  open: Integer,
});
export type CloseLinkPlan = v.InferOutput<typeof CloseLinkPlan>;
export const CloseLinkLook = lookAt(CloseLinkPlan);
export const LinkClosed = v.object({ linkId: v.string(), doneBefore: v.boolean(), ended: Integer });
