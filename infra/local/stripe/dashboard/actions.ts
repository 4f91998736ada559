import type { Account } from '../account.ts';
import { type DebitOutcome, settleDebit } from '../payments/settle-debit.ts';
import { closeDispute, createDispute, type Dispute, type DisputeInput } from '../resources/disputes.ts';
import type { PaymentIntent } from '../resources/payment-intents.ts';
import {
  createRefund,
  type Refund,
  type RefundInput,
  type RefundStatus,
  settleRefund,
} from '../resources/refunds.ts';

/**
 * What happens outside our code: a person uses Stripe's dashboard, a bank answers, a payer complains. Each throws
 * what the API would (a `StripeApiError`) when it can't be done.
 */
export type DashboardActions = {
  /** The payer's bank takes a payment back. By default all that has not been refunded, as `fraudulent`. */
  createDispute(paymentIntentId: string, input?: DisputeInput): Dispute;
  closeDispute(disputeId: string, outcome: 'won' | 'lost'): Dispute;
  /** The bank answers a delayed debit before it would by itself. */
  settleDebit(paymentIntentId: string, outcome: DebitOutcome): PaymentIntent;
  /** A person refunds in the dashboard, by default all that is left. */
  dashboardRefund(paymentIntentId: string, input?: DashboardRefund): Refund;
  /** Moves a refund on: one that has succeeded can still fail. */
  settleRefund(refundId: string, status: RefundStatus): Refund;
};

export type DashboardRefund = { amountMinor?: number; reason?: NonNullable<RefundInput['reason']> };

export const dashboardActions = (account: Account): DashboardActions => ({
  createDispute(paymentIntentId, input) {
    account.agenda.runDue();
    const charge = account.charges.get(account.paymentIntents.get(paymentIntentId)?.latest_charge ?? '');
    if (charge === undefined) throw new Error(`Payment intent ${paymentIntentId} has no charge to dispute.`);
    return createDispute(account, charge, input);
  },
  closeDispute: (disputeId, outcome) => closeDispute(account, disputeId, outcome),
  settleDebit: (paymentIntentId, outcome) => settleDebit(account, paymentIntentId, outcome),
  dashboardRefund: (paymentIntentId, input = {}) =>
    createRefund(account, {
      payment_intent: paymentIntentId,
      ...(input.amountMinor === undefined ? {} : { amount: input.amountMinor }),
      ...(input.reason === undefined ? {} : { reason: input.reason }),
    }),
  settleRefund: (refundId, status) => settleRefund(account, refundId, status),
});
