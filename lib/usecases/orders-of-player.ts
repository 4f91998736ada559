import type { Order } from '../domain/order.ts';
import type { Player } from '../domain/roster.ts';
import type { Deps } from './deps.ts';
import { pagesOf } from './pages.ts';

/** The orders of one player of a family, a page in memory at a time. */
export async function* ordersOfPlayer(
  { playerId, familyId }: Pick<Player, 'playerId' | 'familyId'>,
  { orders }: Pick<Deps, 'orders'>,
): AsyncGenerator<Order> {
  const pages = pagesOf((after) => orders.pageOfFamily({ familyId, limit: 100, ...after }));
  for await (const keys of pages) {
    const ids = keys.filter((key) => key.playerId === playerId).map(({ orderId }) => orderId);
    yield* await orders.getMany(ids);
  }
}
