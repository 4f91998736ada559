import type { Account } from '../account.ts';
import { DAY_MS } from '../clock.ts';
import { invalidRequest } from '../errors.ts';
import { bookCharge } from '../resources/charges.ts';
import type { PaymentIntent } from '../resources/payment-intents.ts';
import { refusePayment } from './refuse-payment.ts';

/** A US bank debit takes up to four business days. @see https://docs.stripe.com/payments/ach-direct-debit */
export const DEBIT_SETTLES_MS = 4 * DAY_MS;

export type DebitOutcome = 'succeeded' | 'failed';

/** The bank answers by itself, unless somebody has settled the debit before. */
export function scheduleDebit(account: Account, intentId: string, outcome: DebitOutcome): void {
  account.agenda.add(account.clock.nowMs() + DEBIT_SETTLES_MS, () => {
    if (account.paymentIntents.get(intentId)?.status === 'processing')
      settleDebit(account, intentId, outcome);
  });
}

/** The bank answers: the payment intent, its charge and the session that it was paid on follow. */
export function settleDebit(account: Account, intentId: string, outcome: DebitOutcome): PaymentIntent {
  const before = account.paymentIntents.get(intentId);
  if (before?.status !== 'processing' || before.latest_charge === null) {
    throw invalidRequest(
      `Payment intent ${intentId} is ${before?.status ?? 'unknown'}; there is no debit to settle.`,
    );
  }
  const intent = outcome === 'succeeded' ? collect(account, before) : bounce(account, before);

  const session = account.checkoutSessions.get(account.sessionOfIntent.get(intentId) ?? '');
  if (session !== undefined) {
    if (outcome === 'succeeded') {
      const paid = account.checkoutSessions.update(session.id, { payment_status: 'paid' });
      account.emit('checkout.session.async_payment_succeeded', paid);
    } else {
      account.emit('checkout.session.async_payment_failed', session);
    }
  }
  return intent;
}

function collect(account: Account, before: PaymentIntent): PaymentIntent {
  const charge = account.charges.update(before.latest_charge ?? '', {
    status: 'succeeded',
    paid: true,
    amount_captured: before.amount,
  });
  account.emit('charge.succeeded', bookCharge(account, charge));
  const intent = account.paymentIntents.update(before.id, {
    status: 'succeeded',
    amount_received: before.amount,
    processing: null,
  });
  account.emit('payment_intent.succeeded', intent);
  return intent;
}

function bounce(account: Account, before: PaymentIntent): PaymentIntent {
  const message = 'The customer does not have enough funds in their account to complete this payment.';
  const charge = account.charges.update(before.latest_charge ?? '', {
    status: 'failed',
    captured: false,
    failure_code: 'insufficient_funds',
    failure_message: message,
  });
  account.emit('charge.failed', charge);
  return refusePayment(account, before.id, {
    type: 'card_error',
    code: 'payment_method_customer_decline',
    decline_code: 'insufficient_funds',
    message,
    charge: charge.id,
  });
}
