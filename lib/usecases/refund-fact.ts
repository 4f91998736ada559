import * as v from 'valibot';
import type { RefundFact } from '../domain/facts.ts';
import { Currency, money } from '../domain/money.ts';
import type { RefundAtStripe } from '../ports.ts';

/** What an order knows of a refund that was read from Stripe; `undefined` in a currency that the service does not take. */
export const refundFactOf = (refund: RefundAtStripe, paymentId: string): RefundFact | undefined => {
  const currency = v.safeParse(Currency, refund.amount.currency);
  if (!currency.success) return undefined;
  return {
    kind: 'refund',
    id: refund.id,
    state: refund.state,
    amount: money(refund.amount.amountMinor, currency.output),
    paymentId,
    ...(refund.decision === null ? {} : { decision: refund.decision }),
    at: refund.createdAt,
    source: 'stripe_read',
  };
};
