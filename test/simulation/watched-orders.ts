import type { Order } from '../../lib/domain/order.ts';
import type { Orders } from '../../lib/ports.ts';
import type { Timeline } from './timeline.ts';

/** The store of orders, and every state that each of them was in: for whoever checks what was true at a moment. */
export type Watched = {
  orders: Orders;
  /** Each order as it is, without a call. */
  now(): Iterable<Order>;
  of(orderId: string): Order | undefined;
  /** As it was at a moment, and whatever it became since. */
  since(orderId: string, atMs: number): Order[];
  /** When it was written last. */
  writtenAtMs(orderId: string): number;
  /** Each state that any order was in, the first first. */
  states(orderId: string): readonly { atMs: number; order: Order }[];
};

/** @param changed told of each write that took effect */
export const watchOrders = (
  orders: Orders,
  timeline: Timeline,
  changed: (before: Order | undefined, after: Order) => void,
): Watched => {
  const states = new Map<string, { atMs: number; order: Order }[]>();
  const keep = (order: Order): void => {
    const known = states.get(order.orderId);
    changed(known?.at(-1)?.order, order);
    const state = { atMs: timeline.nowMs(), order };
    if (known === undefined) states.set(order.orderId, [state]);
    else known.push(state);
  };
  return {
    orders: {
      ...orders,
      create: async (order) => {
        const created = await orders.create(order);
        if (created === 'created') keep(order);
        return created;
      },
      save: async (next) => {
        const saved = await orders.save(next);
        if (saved !== 'conflict') keep(saved);
        return saved;
      },
    },
    now: function* () {
      for (const of of states.values()) yield (of.at(-1) as { order: Order }).order;
    },
    of: (orderId) => states.get(orderId)?.at(-1)?.order,
    since: (orderId, atMs) => {
      const all = states.get(orderId) ?? [];
      const first = all.findLastIndex((state) => state.atMs <= atMs);
      return all.slice(Math.max(0, first)).map(({ order }) => order);
    },
    writtenAtMs: (orderId) => states.get(orderId)?.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY,
    states: (orderId) => states.get(orderId) ?? [],
  };
};
