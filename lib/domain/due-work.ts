import * as v from 'valibot';
import { Instant } from './ids.ts';

export const attentionReasons = [
  'second_payment',
  'wrong_amount',
  'wrong_currency',
  'payment_on_ended_order',
  'dispute',
  'refund_failed',
  'payment_after_contract',
] as const;
export type AttentionReason = (typeof attentionReasons)[number];

const common = {
  /** The Stripe id that the work concerns, or the id of the order or of the decision. */
  about: v.string(),
  since: Instant,
  /** Of an attention item: until when somebody must have decided, where there is such a time. */
  dueAt: Instant,
};

/** Something that an order still owes the outside; kept with the order until it is done. */
export const DueWork = v.variant('kind', [
  /** Deactivate this link, or expire this session. */
  v.object({ kind: v.literal('retire'), ...common }),
  /** The pay-by date passes: the order stops being payable by itself. */
  v.object({ kind: v.literal('close'), ...common }),
  /** Ask Stripe which card was kept for later fees. */
  v.object({ kind: v.literal('keep_card'), ...common }),
  /** Give money back, as the decision of this id says. */
  v.object({ kind: v.literal('refund'), ...common }),
  /** For a person. */
  v.object({ kind: v.literal('attention'), reason: v.picklist(attentionReasons), ...common }),
]);
export type DueWork = v.InferOutput<typeof DueWork>;

/** One entry per thing to do: doing it twice is harmless, forgetting it is not possible. */
export const dueWorkKey = (
  work:
    | Pick<Extract<DueWork, { kind: 'attention' }>, 'kind' | 'reason' | 'about'>
    | Pick<Exclude<DueWork, { kind: 'attention' }>, 'kind' | 'about'>,
): string =>
  work.kind === 'attention' ? `attention:${work.reason}:${work.about}` : `${work.kind}:${work.about}`;
