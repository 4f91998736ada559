import type { Account } from '../account.ts';
import type { CheckoutSession } from '../resources/checkout-sessions.ts';
import { createCustomer } from '../resources/customers.ts';
import { createPaymentIntent, type PaymentIntent } from '../resources/payment-intents.ts';
import { countCompletedSession, isAtItsLimit } from '../resources/payment-links.ts';
import { createPaymentMethod } from '../resources/payment-methods.ts';
import { TEST_BANK_ACCOUNTS, TEST_CARDS, type TestInstrument } from '../test-instruments.ts';
import { confirmPayment, failAuthentication, type PaymentOutcome } from './confirm-payment.ts';

/** What a payer typed on the page. */
export type PaymentForm = {
  email: string;
  name: string;
  method: string;
  cardNumber: string;
  accountNumber: string;
};

export type PayResult =
  | { kind: 'complete'; session: CheckoutSession }
  | { kind: 'authenticate'; session: CheckoutSession }
  /** The page is shown again with the message; the session stays open. */
  | { kind: 'refused'; session: CheckoutSession; message: string }
  /** There is nothing to pay here any more; the page says why. */
  | { kind: 'closed'; session: CheckoutSession };

/** Whether the session still takes a payment. One that was open when its link was deactivated does. */
export function isPayable(account: Account, session: CheckoutSession): boolean {
  if (session.status !== 'open') return false;
  const link = account.paymentLinks.get(session.payment_link ?? '');
  return link === undefined || !isAtItsLimit(account, link);
}

/** A payer presses the button. */
export function paySession(account: Account, session: CheckoutSession, form: PaymentForm): PayResult {
  if (!isPayable(account, session)) return { kind: 'closed', session };
  const email = (session.customer_email ?? form.email).trim();
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
    return { kind: 'refused', session, message: 'Your email is incomplete.' };
  }
  const instrument = instrumentOf(session, form);
  if (typeof instrument === 'string') return { kind: 'refused', session, message: instrument };

  const payer = { email, name: form.name.trim() || null };
  const method = createPaymentMethod(account, instrument, payer);
  const intent = intentOf(account, session);
  return settle(
    account,
    session.id,
    confirmPayment(account, intent.id, method.id, { customerOf: () => customerOf(account, session, payer) }),
  );
}

/** The payer answers the bank's question. */
export function answerAuthentication(
  account: Account,
  session: CheckoutSession,
  approved: boolean,
): PayResult {
  const intent = account.paymentIntents.get(session.payment_intent ?? '');
  const method = account.paymentMethods.get(intent?.payment_method ?? '');
  if (!isPayable(account, session) || intent?.status !== 'requires_action' || method === undefined) {
    return { kind: 'closed', session };
  }
  if (!approved) {
    const refused = failAuthentication(account, intent.id);
    return { kind: 'refused', session, message: refused.last_payment_error?.message ?? '' };
  }
  const { email, name } = method.billing_details;
  return settle(
    account,
    session.id,
    confirmPayment(account, intent.id, method.id, {
      authenticated: true,
      customerOf: () => customerOf(account, session, { email, name }),
    }),
  );
}

function settle(account: Account, sessionId: string, outcome: PaymentOutcome): PayResult {
  const session = account.checkoutSessions.get(sessionId);
  if (session === undefined) throw new Error(`No session ${sessionId}.`);
  switch (outcome.kind) {
    case 'succeeded':
    case 'processing':
      return { kind: 'complete', session: complete(account, session, outcome.intent) };
    case 'requires_action':
      return { kind: 'authenticate', session };
    case 'declined':
      return { kind: 'refused', session, message: outcome.error.message };
  }
}

/** Complete means that the payer is done; with a debit the money is still to come. */
function complete(account: Account, session: CheckoutSession, intent: PaymentIntent): CheckoutSession {
  const payer = account.paymentMethods.get(intent.payment_method ?? '')?.billing_details;
  const completed = account.checkoutSessions.update(session.id, {
    status: 'complete',
    payment_status: intent.status === 'succeeded' ? 'paid' : 'unpaid',
    customer: intent.customer,
    customer_details: {
      address: payer?.address ?? null,
      business_name: null,
      email: payer?.email ?? null,
      individual_name: null,
      name: payer?.name ?? null,
      phone: null,
      tax_exempt: 'none',
      tax_ids: [],
    },
    url: null,
  });
  account.emit('checkout.session.completed', completed);
  if (completed.payment_link !== null) countCompletedSession(account, completed.payment_link);
  return completed;
}

/** The first attempt to pay makes the payment intent; later ones on the same session use it again. */
function intentOf(account: Account, session: CheckoutSession): PaymentIntent {
  const existing = account.paymentIntents.get(session.payment_intent ?? '');
  if (existing !== undefined) return existing;
  const data = account.paymentIntentData.get(session.id) ?? {};
  const intent = createPaymentIntent(account, {
    ...data,
    amount: session.amount_total ?? 0,
    currency: session.currency ?? 'usd',
    customer: session.customer,
    payment_method_types: session.payment_method_types,
  });
  account.sessionOfIntent.set(intent.id, session.id);
  account.checkoutSessions.update(session.id, { payment_intent: intent.id });
  return intent;
}

/** A guest stays a guest: only `customer_creation: 'always'` makes a customer, and a new one for each payment. */
function customerOf(
  account: Account,
  session: CheckoutSession,
  payer: { email: string | null; name: string | null },
): string | null {
  if (session.customer !== null) return session.customer;
  return session.customer_creation === 'always' ? createCustomer(account, payer).id : null;
}

/** The test card or bank account, or what is wrong with what was typed. */
function instrumentOf(session: CheckoutSession, form: PaymentForm): TestInstrument | string {
  if (!session.payment_method_types.includes(form.method)) return 'Please choose a payment method.';
  if (form.method === 'us_bank_account') {
    return (
      TEST_BANK_ACCOUNTS[form.accountNumber.replaceAll(/\D/g, '')] ??
      'Your bank account number is invalid. In test mode, use one of the test account numbers.'
    );
  }
  return (
    TEST_CARDS[form.cardNumber.replaceAll(/\D/g, '')] ??
    'Your card number is invalid. In test mode, use one of the test card numbers.'
  );
}
