import type { PaymentIntentAtStripe, RefundAtStripe, RefundRequest, Stripe } from '../../../../lib/ports.ts';
import type { Ledger } from './ledger.ts';
import { makeRefund } from './money-back.ts';
import type { PaymentRecord, RefundRecord, SessionRecord } from './records.ts';
import { missing, refused } from './refusals.ts';
import { createSurface, lapse, sameMetadata } from './surfaces.ts';
import { amountOf } from './told.ts';

/** The port `Stripe`, as the adapter keeps it over HTTP. */
export const gateway = (ledger: Ledger): Stripe => ({
  createSurface: async (request, idempotencyKey) => {
    ledger.agenda.runDue();
    return createSurface(ledger, request, idempotencyKey);
  },

  deactivateLink: async (stripeId) => {
    ledger.agenda.runDue();
    const link = ledger.links.get(stripeId);
    if (link === undefined) throw missing('deactivate payment link');
    link.active = false;
  },

  openSessionsOf: async (linkId) => {
    ledger.agenda.runDue();
    const open: string[] = [];
    const sessions: readonly SessionRecord[] = ledger.links.get(linkId)?.sessions ?? [];
    for (let place = sessions.length - 1; place >= 0; place--) {
      const session = sessions[place];
      if (session?.state === 'open') open.push(session.id);
    }
    return open;
  },

  expireSession: async (stripeId) => {
    ledger.agenda.runDue();
    const session = ledger.sessions.get(stripeId);
    if (session?.state !== 'open') return 'not_open';
    lapse(ledger, session);
    return 'expired';
  },

  hasCompletedSession: async (linkId) => {
    ledger.agenda.runDue();
    return (ledger.links.get(linkId)?.completed ?? 0) > 0;
  },

  lookUpSurface: async (stripeId) => {
    ledger.agenda.runDue();
    const isLink = stripeId.startsWith('plink_');
    const link = isLink ? ledger.links.get(stripeId) : undefined;
    if (link !== undefined) {
      return { state: link.active ? 'open' : 'inactive', orderId: link.metadata.order_id ?? null };
    }
    const session = isLink ? undefined : ledger.sessions.get(stripeId);
    return { state: session?.state ?? 'missing', orderId: session?.metadata.order_id ?? null };
  },

  paymentIntent: async (id) => {
    ledger.agenda.runDue();
    const payment = ledger.payments.get(id);
    return payment && intentAtStripe(payment);
  },

  refundsOf: async (paymentIntentId) => {
    ledger.agenda.runDue();
    const refunds = ledger.payments.get(paymentIntentId)?.refunds ?? [];
    return refunds.map((refund) => refundAtStripe(ledger, refund)).reverse();
  },

  createRefund: async (request, idempotencyKey) => {
    ledger.agenda.runDue();
    const operation = 'create refund';
    if (!(request.amountMinor >= 1)) {
      throw refused(operation, { code: 'parameter_invalid_integer', param: 'amount' });
    }
    const asked = { operation, request, isSame: (earlier: RefundRequest) => sameRefund(earlier, request) };
    return ledger.keyed(idempotencyKey, asked, () => {
      const metadata = Object.freeze({ ...request.metadata });
      return refundAtStripe(ledger, makeRefund(ledger, { ...request, metadata }, operation));
    });
  },
});

const sameRefund = (a: RefundRequest, b: RefundRequest): boolean =>
  a.paymentId === b.paymentId && a.amountMinor === b.amountMinor && sameMetadata(a.metadata, b.metadata);

const intentAtStripe = (payment: PaymentRecord): PaymentIntentAtStripe => ({
  id: payment.id,
  state: payment.state,
  amount: amountOf(payment),
  metadata: payment.metadata,
  customerId: payment.customerId,
  paymentMethodId: payment.paymentMethodId,
  livemode: false,
});

const refundAtStripe = ({ atSecond }: Ledger, refund: RefundRecord): RefundAtStripe =>
  Object.freeze({
    id: refund.id,
    state: refund.state,
    amount: amountOf(refund),
    decision: refund.metadata.decision ?? null,
    createdAt: atSecond(refund.createdAt),
  });
