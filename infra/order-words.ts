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
