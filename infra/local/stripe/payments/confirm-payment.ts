import type { Account } from '../account.ts';
import type { StripeErrorBody } from '../errors.ts';
import { bookCharge, createCharge } from '../resources/charges.ts';
import { createDispute } from '../resources/disputes.ts';
import type { PaymentIntent } from '../resources/payment-intents.ts';
import { attachPaymentMethod, type PaymentMethod } from '../resources/payment-methods.ts';
import {
  DECLINE_MESSAGES,
  type Decline,
  declineCode,
  type IssuerAnswer,
  type TestInstrument,
} from '../test-instruments.ts';
import { refusePayment } from './refuse-payment.ts';
import { scheduleDebit } from './settle-debit.ts';

export type PaymentOutcome =
  | { kind: 'succeeded'; intent: PaymentIntent }
  /** A debit: the bank answers in days. */
  | { kind: 'processing'; intent: PaymentIntent }
  | { kind: 'requires_action'; intent: PaymentIntent }
  | { kind: 'declined'; intent: PaymentIntent; error: StripeErrorBody };

type Circumstances = {
  /** Nobody is there to authenticate. */
  offSession?: boolean;
  /** The payer has just authenticated. */
  authenticated?: boolean;
  /** Whose payment it becomes, asked once it is certain that it goes through (or is under way). */
  customerOf?: () => string | null;
};

/**
 * Tries to collect a payment intent with a payment method.
 * @see https://docs.stripe.com/payments/paymentintents/lifecycle
 */
export function confirmPayment(
  account: Account,
  intentId: string,
  methodId: string,
  circumstances: Circumstances = {},
): PaymentOutcome {
  const intent = account.paymentIntents.update(intentId, {
    payment_method: methodId,
    last_payment_error: null,
  });
  const method = account.paymentMethods.get(methodId);
  const instrument = account.instruments.get(methodId);
  if (method === undefined || instrument === undefined) throw new Error(`No payment method ${methodId}.`);

  const answer = issuerAnswer(instrument, circumstances);
  if (answer === 'authenticate' && circumstances.offSession !== true) return requireAction(account, intent);
  if (answer !== 'pays') return decline(account, intent, method, instrument, answer);

  const customer = circumstances.customerOf?.() ?? intent.customer;
  const owned = account.paymentIntents.update(intentId, { customer });
  if (customer !== null && owned.setup_future_usage !== null && method.customer === null) {
    attachPaymentMethod(account, methodId, customer);
  }
  return instrument.kind === 'card'
    ? succeed(account, owned, method, instrument)
    : startDebit(account, owned, method, instrument);
}

function issuerAnswer(instrument: TestInstrument, circumstances: Circumstances): IssuerAnswer {
  if (circumstances.offSession === true) return instrument.offSession;
  return instrument.onSession === 'authenticate' && circumstances.authenticated === true
    ? 'pays'
    : instrument.onSession;
}

function succeed(
  account: Account,
  before: PaymentIntent,
  method: PaymentMethod,
  instrument: TestInstrument,
): PaymentOutcome {
  const charge = createCharge(account, before, method, instrument, {
    status: 'succeeded',
    failure_code: null,
    failure_message: null,
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: 'approved_by_network',
      reason: null,
      risk_level: 'normal',
      risk_score: 12,
      seller_message: 'Payment complete.',
      type: 'authorized',
    },
  });
  const booked = bookCharge(account, charge);
  account.emit('charge.succeeded', booked);
  const intent = account.paymentIntents.update(before.id, {
    status: 'succeeded',
    amount_received: before.amount,
    latest_charge: charge.id,
    next_action: null,
  });
  account.emit('payment_intent.succeeded', intent);
  if (instrument.disputes) createDispute(account, booked);
  return { kind: 'succeeded', intent };
}

function startDebit(
  account: Account,
  before: PaymentIntent,
  method: PaymentMethod,
  instrument: TestInstrument,
): PaymentOutcome {
  const charge = createCharge(account, before, method, instrument, {
    status: 'pending',
    failure_code: null,
    failure_message: null,
    outcome: null,
  });
  const intent = account.paymentIntents.update(before.id, {
    status: 'processing',
    latest_charge: charge.id,
    next_action: null,
  });
  account.emit('payment_intent.processing', intent);
  account.emit('charge.pending', charge);
  scheduleDebit(account, intent.id, instrument.settles);
  return { kind: 'processing', intent };
}

function requireAction(account: Account, before: PaymentIntent): PaymentOutcome {
  const intent = account.paymentIntents.update(before.id, {
    status: 'requires_action',
    next_action: { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect' } },
  });
  account.emit('payment_intent.requires_action', intent);
  return { kind: 'requires_action', intent };
}

/** The payer did not authenticate. */
export function failAuthentication(account: Account, intentId: string): PaymentIntent {
  return refusePayment(account, intentId, {
    type: 'invalid_request_error',
    code: 'payment_intent_authentication_failure',
    message:
      'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
  });
}

function decline(
  account: Account,
  before: PaymentIntent,
  method: PaymentMethod,
  instrument: TestInstrument,
  reason: Decline | 'authenticate',
): PaymentOutcome {
  const code = reason === 'authenticate' ? 'authentication_required' : declineCode(reason);
  const message =
    reason === 'authenticate'
      ? 'Your card was declined. This transaction requires authentication.'
      : DECLINE_MESSAGES[reason];
  const issuerCode = reason === 'authenticate' ? 'authentication_required' : reason;
  const charge = createCharge(account, before, method, instrument, {
    status: 'failed',
    failure_code: code,
    failure_message: message,
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: 'declined_by_network',
      reason: issuerCode,
      risk_level: 'normal',
      risk_score: 12,
      seller_message: 'The bank did not return any further details with this decline.',
      type: 'issuer_declined',
    },
  });
  account.emit('charge.failed', charge);
  account.paymentIntents.update(before.id, { latest_charge: charge.id });
  const refusal = {
    type: 'card_error' as const,
    code,
    decline_code: issuerCode,
    message,
    charge: charge.id,
  };
  const intent = refusePayment(account, before.id, refusal);
  return {
    kind: 'declined',
    intent,
    error: { ...refusal, payment_intent: intent, payment_method: method },
  };
}
