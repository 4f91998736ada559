import { dueShardOf, type Instant } from '../../../lib/domain/ids.ts';
import type { Order } from '../../../lib/domain/order.ts';
import type { SettledUnmatched, Unmatched } from '../../../lib/domain/unmatched.ts';
import type { OrderKey, Orders, Pointer, ProductOrderKey } from '../../../lib/ports.ts';
import { kept } from './kept.ts';
import { mapPage, partitions, sorted } from './sorted.ts';

/** @param imports when each import was committed, of those that were */
export const memoryOrders = (imports: ReadonlyMap<string, Instant> = new Map()): Orders => {
  const orders = new Map<string, Order>();
  const pointers = new Map<string, string>();
  const unmatched = new Map<string, Unmatched & { settled: SettledUnmatched | null }>();
  const unmatchedByTime = sorted();
  const byProduct = partitions();
  const byFamily = partitions();
  const byFirstMail = partitions();
  const due = partitions();

  /** Resolves to the order as it is kept. */
  const write = (written: Order): Order => {
    const order = kept(written);
    const before = orders.get(order.orderId);
    if (before !== undefined) {
      for (const [partition, key] of duePlaces(before)) due(partition).delete(key);
      byFamily(before.familyId).delete(before.orderId);
      if (before.firstMailedOn !== null) byFirstMail(firstMail(before)).delete(before.orderId);
    }
    orders.set(order.orderId, order);
    byProduct(`${order.productId}#${order.shard}`).add(order.orderId);
    byFamily(order.familyId).add(order.orderId);
    if (order.firstMailedOn !== null) byFirstMail(firstMail(order)).add(order.orderId);
    for (const [partition, key] of duePlaces(order)) due(partition).add(key);
    return order;
  };

  const keyOf = (orderId: string): OrderKey => {
    const order = stored(orderId);
    return { orderId, familyId: order.familyId, playerId: order.playerId };
  };

  const productKeyOf = (orderId: string): ProductOrderKey => {
    const { period, createdAt, importId } = stored(orderId);
    return { ...keyOf(orderId), period, createdAt, ...(importId !== undefined && { importId }) };
  };

  const stored = (orderId: string): Order => {
    const order = orders.get(orderId);
    if (order === undefined) throw new Error(`An index names order ${orderId}, which was never stored.`);
    return order;
  };

  return {
    get: async (orderId) => orders.get(orderId),
    getMany: async (orderIds) => [...new Set(orderIds)].filter((id) => orders.has(id)).map(stored),
    create: async (order) => {
      if (orders.has(order.orderId)) return 'exists';
      write(order);
      return 'created';
    },
    save: async (next) => {
      if (orders.get(next.orderId)?.revision !== next.revision) return 'conflict';
      return write({ ...next, revision: next.revision + 1 });
    },
    point: async (pointer, orderId) => {
      const key = pointerKey(pointer);
      const held = pointers.get(key) ?? orderId;
      pointers.set(key, held);
      return held;
    },
    find: async (pointer) => pointers.get(pointerKey(pointer)),
    findByStripeIds: async (stripeIds) =>
      new Map(
        stripeIds.flatMap((id) => {
          const orderId = pointers.get(pointerKey({ kind: 'stripe', id }));
          return orderId === undefined ? [] : [[id, orderId] as const];
        }),
      ),
    pageOfShard: async ({ productId, shard, ...page }) =>
      mapPage(byProduct(`${productId}#${shard}`).page(page), productKeyOf),
    pageOfFirstMailed: async ({ productId, on, shard, ...page }) =>
      mapPage(byFirstMail(firstMail({ productId, firstMailedOn: on, shard })).page(page), keyOf),
    committedAt: async (importId) => imports.get(importId) ?? null,
    pageOfFamily: async ({ familyId, ...page }) => mapPage(byFamily(familyId).page(page), keyOf),
    pageOfDueWork: async ({ dueShard, before, ...page }) =>
      mapPage(due(`work#${dueShard}`).page({ ...page, below: before }), idOf),
    pageOfAttention: async ({ dueShard, ...page }) => mapPage(due(`attention#${dueShard}`).page(page), idOf),
    keepUnmatched: async (item) => {
      if (unmatched.has(item.stripeId)) return;
      unmatched.set(item.stripeId, kept({ ...item, settled: null }));
      unmatchedByTime.add(`${item.at} ${item.stripeId}`);
    },
    pageOfUnmatched: async (page) =>
      mapPage(unmatchedByTime.page(page), (key) => {
        const item = unmatched.get(idOf(key));
        if (item === undefined) throw new Error(`The index names ${key}, which was never stored.`);
        const { settled: _, ...rest } = item;
        return kept(rest);
      }),
    unmatched: async (stripeId) => unmatched.get(stripeId),
    settleUnmatched: async (stripeId, settled) => {
      const item = unmatched.get(stripeId);
      if (item === undefined || item.settled !== null) return false;
      unmatched.set(stripeId, kept({ ...item, settled }));
      unmatchedByTime.delete(`${item.at} ${stripeId}`);
      return true;
    },
  };
};

const pointerKey = (pointer: Pointer): string => {
  const { kind, ...by } = pointer;
  return [kind, ...Object.values(by)].join('#');
};

const firstMail = ({
  productId,
  firstMailedOn,
  shard,
}: Pick<Order, 'productId' | 'firstMailedOn' | 'shard'>): string =>
  [productId, firstMailedOn, shard].join('#');

/** In which lists of due work an order is, and where in them. */
const duePlaces = (order: Order): [partition: string, key: string][] => {
  const work = Object.values(order.dueWork);
  const earliest = (who: string, some: typeof work): [string, string][] => {
    const [dueAt] = some.map((one) => one.dueAt).sort();
    return dueAt === undefined ? [] : [[`${who}#${dueShardOf(order.shard)}`, `${dueAt} ${order.orderId}`]];
  };
  return [
    ...earliest(
      'work',
      work.filter(({ kind }) => kind !== 'attention'),
    ),
    ...earliest(
      'attention',
      work.filter(({ kind }) => kind === 'attention'),
    ),
  ];
};

/** What stands behind the time in a key. */
const idOf = (key: string): string => key.slice(key.indexOf(' ') + 1);
