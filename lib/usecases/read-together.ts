import { CorruptRow } from '../domain/errors.ts';
import type { Order } from '../domain/order.ts';
import type { Orders } from '../ports.ts';

export type ReadOrder = (orderId: string) => Promise<Order | undefined>;

/**
 * `orders.get`, for several who ask at the same moment in one call. Strongly consistent as well; an order that can't be
 * read fails for whoever asked for it, and for nobody else.
 */
export const readTogether = (orders: Pick<Orders, 'get' | 'getMany'>): ReadOrder => {
  let gathering: { ids: string[]; found: Promise<ReadonlyMap<string, Order>> } | undefined;

  const gather = (): NonNullable<typeof gathering> => {
    const ids: string[] = [];
    const found = new Promise((resolve) => setImmediate(resolve)).then(async () => {
      gathering = undefined;
      const [only] = ids;
      const read =
        ids.length === 1 && only !== undefined ? [await orders.get(only)] : await orders.getMany(ids);
      return new Map(read.flatMap((order) => (order === undefined ? [] : [[order.orderId, order]])));
    });
    return { ids, found };
  };

  return async (orderId) => {
    gathering ??= gather();
    const { ids, found } = gathering;
    ids.push(orderId);
    try {
      return (await found).get(orderId);
    } catch (error) {
      if (!(error instanceof CorruptRow) || ids.length === 1) throw error;
      return orders.get(orderId);
    }
  };
};
