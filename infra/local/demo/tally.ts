import type { ReceivedMail } from '../runner.ts';
import type { SeedOrder } from '../seed/incident.ts';
import type { StripeSimulator } from '../stripe/simulator.ts';

/** Counts from what happened: at Stripe, in the inbox, before the eyes of the parents. Our own records are not asked. */

/** Different Stripe sessions whose address arrived in a mail. */
export const sessionsMailed = (
  inbox: readonly ReceivedMail[],
  orders: readonly SeedOrder[],
  stripe: StripeSimulator,
): number => {
  const text = inbox.map((mail) => mail.text).join('\n');
  const wanted = new Set(orders.map(({ orderId }) => orderId));
  return stripe.objects.checkoutSessions.filter(
    ({ id, metadata }) => wanted.has(metadata?.order_id ?? '') && text.includes(`/${id}`),
  ).length;
};

/** What Stripe keeps of each order: succeeded payments less what was given back, in minor units. */
export const keptAtStripe = (stripe: StripeSimulator): Map<string, number> => {
  const kept = new Map<string, number>();
  const { paymentIntents, refunds } = stripe.objects;
  for (const intent of paymentIntents) {
    if (intent.status !== 'succeeded') continue;
    const returned = refunds
      .filter((refund) => refund.payment_intent === intent.id && refund.status === 'succeeded')
      .reduce((sum, { amount }) => sum + amount, 0);
    const orderId = intent.metadata.order_id ?? '';
    kept.set(orderId, (kept.get(orderId) ?? 0) + intent.amount_received - returned);
  }
  return kept;
};

/** Families of these orders whose money is at Stripe, and how much of it. */
export const recovered = (
  stranded: readonly SeedOrder[],
  stripe: StripeSimulator,
): { families: number; cents: number } => {
  const kept = keptAtStripe(stripe);
  const paid = stranded.filter(({ orderId }) => (kept.get(orderId) ?? 0) > 0);
  return {
    families: new Set(paid.map(({ familyId }) => familyId)).size,
    cents: paid.reduce((sum, { orderId }) => sum + (kept.get(orderId) ?? 0), 0),
  };
};

/** Orders of which Stripe keeps more than was asked for. */
export const doubleCharges = (orders: readonly SeedOrder[], stripe: StripeSimulator): number => {
  const kept = keptAtStripe(stripe);
  return orders.filter(({ orderId, amountMinor }) => (kept.get(orderId) ?? 0) > amountMinor).length;
};

/** Mails beyond the first of the same content to the same address. */
export const duplicateEmails = (inbox: readonly ReceivedMail[]): number => {
  const different = new Set(inbox.map(({ to, text }) => JSON.stringify([to, text])));
  return inbox.length - different.size;
};

export const linksLeftActive = (stripe: StripeSimulator): number =>
  stripe.objects.paymentLinks.filter(({ active }) => active).length;
