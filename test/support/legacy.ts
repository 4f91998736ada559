import { type LegacyOrder, orderOf, type SeedDeps } from '../../infra/local/seed/write.ts';
import type { DecisionFact, PaymentFact } from '../../lib/domain/facts.ts';
import type { Instant } from '../../lib/domain/ids.ts';
import { naturalKey, type Order, type Surface } from '../../lib/domain/order.ts';
import { recordFact, recordSurface } from '../../lib/domain/order-changes.ts';

/**
 * Takes orders over from the older system. What points to an order is written before it, so that an event about
 * it is never taken for another system's. An order that stands already gets what it did not know: importing
 * twice changes nothing.
 */
export const importLegacy = async (
  input: { orders: readonly LegacyOrder[] },
  { orders, roster, now }: SeedDeps,
): Promise<void> => {
  for (const legacy of input.orders) {
    const { orderId } = legacy.order;
    await orders.point({ kind: 'stripe', id: legacy.sessionId }, orderId);
    if (legacy.payment !== null) {
      await orders.point({ kind: 'stripe', id: legacy.payment.paymentIntentId }, orderId);
    }
    const fresh = await orderOf(legacy.order, legacy.mintedAt, roster);
    // One debt is one order: a try in vain is kept, and stands in nobody's way.
    if (!legacy.canceled) await orders.point({ kind: 'natural', key: naturalKey(fresh) }, orderId);
    if ((await orders.create(withHistory(fresh, legacy, now))) === 'created') continue;
    const standing = (await orders.get(orderId)) ?? fresh;
    const next = withHistory(standing, legacy, now);
    if (next !== standing && (await orders.save(next)) === 'conflict') {
      throw new Error(`Order ${orderId} was changed during the import. Import again.`);
    }
  }
};

const withHistory = (order: Order, legacy: LegacyOrder, now: Instant): Order => {
  const facts = [...paymentFacts(legacy), ...cancelFacts(legacy, now)];
  return facts.reduce<Order>(
    (next, fact) => recordFact(next, fact, now),
    recordSurface(order, surfaceOf(order, legacy), now),
  );
};

const surfaceOf = (order: Order, { sessionId, mintedAt }: LegacyOrder): Surface => ({
  kind: 'checkout_session',
  stripeId: sessionId,
  url: null,
  generation: 1,
  amount: order.originalAmount,
  mintedAt,
  // The older system did not keep when its session ends. What became of it is for Stripe to say.
  expiresAt: null,
  retiredAt: null,
  imported: true,
});

const paymentFacts = ({ payment, sessionId }: LegacyOrder): PaymentFact[] =>
  payment === null
    ? []
    : [
        {
          kind: 'payment',
          id: payment.paymentIntentId,
          state: 'succeeded',
          amount: payment.amount,
          generation: 1,
          sessionId,
          surfaceId: sessionId,
          at: payment.at,
          source: 'import',
        },
      ];

const cancelFacts = ({ canceled, order }: LegacyOrder, now: Instant): DecisionFact[] =>
  canceled
    ? [
        {
          kind: 'decision',
          // Of the order alone, so that a second import is the same decision.
          id: `dec_import_${order.orderId}`,
          decision: 'cancel',
          actor: 'older system',
          reason: 'A further try of a parent at a debt that another order stands for',
          at: now,
          source: 'import',
        },
      ]
    : [];
