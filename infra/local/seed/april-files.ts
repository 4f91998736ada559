import { money } from '../../../lib/domain/money.ts';
import { importFileOf } from '../../ops/import/write.ts';
import { families, players, products } from './incident.ts';
import type { LegacyOrder } from './write.ts';

/**
 * The club of April 2026 as files that an import reads, as its older system would have exported them.
 * @param orders with the Stripe ids and payments that the sessions have come to
 */
export const aprilFiles = (
  orders: readonly LegacyOrder[],
): Record<'products' | 'families' | 'players' | 'orders', string> => {
  const how = { delimiter: ',', decimal: 'point' } as const;
  return {
    products: importFileOf('products', products, how),
    families: importFileOf('families', families, how),
    players: importFileOf(
      'players',
      players.map(({ contract: { state, signUrl }, ...player }) => ({ ...player, contract: state, signUrl })),
      how,
    ),
    orders: importFileOf(
      'orders',
      orders.map(({ order, sessionId, mintedAt, payment, canceled }) => ({
        orderId: order.orderId,
        productId: order.productId,
        playerId: order.playerId,
        period: order.period,
        amount: money(order.amountMinor),
        wholeAmount: null,
        restOrderId: null,
        payBy: order.payBy,
        closesAt: null,
        test: order.test,
        ended: canceled ? 'canceled' : null,
        endedReason: canceled ? 'A further try of a parent at a debt that another order stands for' : null,
        surfaces: [{ stripeId: sessionId, mintedAt }],
        payments:
          payment === null
            ? []
            : [{ paymentId: payment.paymentIntentId, paidAmount: payment.amount, paidAt: payment.at }],
        refunds: [],
        legacyTokenHashes: [],
      })),
      how,
    ),
  };
};
