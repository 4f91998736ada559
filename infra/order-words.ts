import type { AttentionReason } from '../lib/domain/due-work.ts';
import type { OrderStatus } from '../lib/domain/order.ts';

/** What orders are told of in, on the command line and on the front desk. */

export const statusWords: Record<OrderStatus, string> = {
  pending: 'owed',
  processing: 'on its way',
  paid: 'paid',
  review: 'needs a look',
  refunded: 'refunded',
  canceled: 'canceled',
  waived: 'waived',
};

export const attentionWords: Record<AttentionReason, string> = {
  second_payment: 'Paid twice: one of the two payments is to be refunded.',
  wrong_amount: 'What was paid is not what is owed.',
  wrong_currency: 'Paid in another currency than the one asked for.',
  payment_on_ended_order: 'Paid although nothing was owed any more.',
  dispute: 'The payer disputes the payment at their bank.',
  payment_after_contract: 'Paid after the contract had ended: to be refunded, unless the family meant it.',
  refund_failed: 'A refund did not reach the payer.',
};

/** What it is to the family, or to the club, as long as nobody has decided. */
export const attentionMeans: Record<AttentionReason, string> = {
  second_payment: 'The family has paid more than it owes; its order counts as paid.',
  wrong_amount: "The family's link says what was received; nobody can pay on it or is reminded meanwhile.",
  wrong_currency: "The family's link says what was received; nobody can pay on it or is reminded meanwhile.",
  payment_on_ended_order: 'The club has money that the family does not owe.',
  dispute: "The family's bank has the money; it stays there if nobody answers.",
  payment_after_contract: 'The family may have paid for something that it does not take part in any more.',
  refund_failed: 'The family was promised money that it does not have.',
};
