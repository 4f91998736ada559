import type { Instant } from '../domain/ids.ts';
import type { Order } from '../domain/order.ts';
import type { Deps } from './deps.ts';

/** With the moment from which on an order counts for audiences. */
export type Visible<K> = K & { visibleSince: Instant };

/**
 * Of some orders, or of their keys, those that count for audiences. What an import brings does not until that is
 * committed, which is one write: of an import nobody ever sees a part. Whoever pages through the orders of a product,
 * to mail, to count, to make or to recover something, asks this first. Links that were mailed for such orders, and
 * payments on them, are found all the same.
 */
export const visibleKeys = async <K extends Pick<Order, 'createdAt' | 'importId'>>(
  keys: readonly K[],
  deps: Pick<Deps, 'orders'>,
): Promise<Visible<K>[]> => {
  const importIds = [...new Set(keys.flatMap(({ importId }) => (importId === undefined ? [] : [importId])))];
  const committedAt = new Map(
    await Promise.all(importIds.map(async (id) => [id, await deps.orders.committedAt(id)] as const)),
  );
  return keys.flatMap((key) => {
    if (key.importId === undefined) return [{ ...key, visibleSince: key.createdAt }];
    const since = committedAt.get(key.importId) ?? null;
    return since === null ? [] : [{ ...key, visibleSince: since > key.createdAt ? since : key.createdAt }];
  });
};
