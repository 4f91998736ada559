import type { Account } from '../account.ts';
import type { PaymentIntent } from '../resources/payment-intents.ts';

export type Refusal = {
  type: 'card_error' | 'invalid_request_error';
  code: string;
  message: string;
  decline_code?: string;
  charge?: string;
};

/** A refused intent keeps why, and takes another payment method. */
export function refusePayment(account: Account, intentId: string, refusal: Refusal): PaymentIntent {
  const refused = account.paymentMethods.get(account.paymentIntents.get(intentId)?.payment_method ?? '');
  const intent = account.paymentIntents.update(intentId, {
    status: 'requires_payment_method',
    payment_method: null,
    processing: null,
    next_action: null,
    last_payment_error: { ...refusal, ...(refused === undefined ? {} : { payment_method: refused }) },
  });
  account.emit('payment_intent.payment_failed', intent);
  return intent;
}
