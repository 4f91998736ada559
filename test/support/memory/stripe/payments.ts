import { DEBIT_SETTLES_MS } from '../../../../infra/local/stripe/payments/settle-debit.ts';
import type { Ledger } from './ledger.ts';
import type { PaymentRecord, SessionRecord } from './records.ts';
import { countCompleted, isPayable } from './surfaces.ts';
import { toldOfPayment } from './told.ts';

/** A card pays at once, or is declined at once; a debit is under way for days. */
export type Instrument = 'card' | 'declined_card' | 'bank_debit';

/** A payer presses the button. `closed`: there is nothing to pay here any more. */
export const pay = (
  ledger: Ledger,
  session: SessionRecord,
  how: Instrument,
): 'paid' | 'processing' | 'declined' | 'closed' => {
  if (!isPayable(ledger, session)) return 'closed';
  // The page offers debits in dollars only.
  if (how === 'bank_debit' && session.currency !== 'usd') return 'declined';
  const payment = paymentOf(ledger, session);
  payment.triedAt = ledger.time.nowSeconds();
  payment.method = how === 'bank_debit' ? 'bank_debit' : 'card';
  if (how === 'declined_card') return 'declined';

  // A guest stays a guest: only a card that is kept makes a customer, and a new one for each payment.
  payment.customerId = session.saveCard ? ledger.newId('cus_') : null;
  payment.paymentMethodId = ledger.newId('pm_');
  payment.state = how === 'card' ? 'succeeded' : 'processing';
  session.state = 'complete';
  session.customerId = payment.customerId;
  if (how === 'bank_debit') startDebit(ledger, payment);
  ledger.events.emit('checkout.session.completed', toldOfPayment(session, payment));
  if (session.linkId !== null) countCompleted(ledger, session.linkId);
  return how === 'card' ? 'paid' : 'processing';
};

/** The first attempt to pay makes the payment; later ones on the same page use it again. */
const paymentOf = (ledger: Ledger, session: SessionRecord): PaymentRecord => {
  const known = session.paymentId === null ? undefined : ledger.payments.get(session.paymentId);
  if (known !== undefined) return known;
  const payment = ledger.payments.add({
    id: ledger.newId('pi_'),
    sessionId: session.id,
    surfaceId: session.linkId ?? session.id,
    metadata: session.metadata,
    amountMinor: session.amountMinor,
    currency: session.currency,
    state: 'failed',
    method: 'card',
    triedAt: 0,
    customerId: null,
    paymentMethodId: null,
    refundedMinor: 0,
    disputed: false,
    refunds: [],
  });
  session.paymentId = payment.id;
  return payment;
};

const startDebit = (ledger: Ledger, payment: PaymentRecord): void => {
  ledger.processing.add(payment.id);
  if (!ledger.settings.banksAnswer) return;
  ledger.agenda.add(
    ledger.time.nowMs() + DEBIT_SETTLES_MS,
    () => payment.state === 'processing',
    () => settleDebit(ledger, payment.id, 'succeeded'),
  );
};

/** The bank answers. False: there is no such debit under way. */
export const settleDebit = (ledger: Ledger, paymentId: string, as: 'succeeded' | 'failed'): boolean => {
  const payment = ledger.payments.get(paymentId);
  const session = payment && ledger.sessions.get(payment.sessionId);
  if (payment?.state !== 'processing' || session === undefined) return false;
  payment.state = as;
  ledger.processing.delete(paymentId);
  if (as === 'failed') payment.paymentMethodId = null;
  ledger.events.emit(
    as === 'succeeded' ? 'checkout.session.async_payment_succeeded' : 'checkout.session.async_payment_failed',
    toldOfPayment(session, payment),
  );
  return true;
};
