import type { DueWork } from '../domain/due-work.ts';
import { Contention, NotFound } from '../domain/errors.ts';
import type { Order } from '../domain/order.ts';
import { newsOf } from '../domain/order-news.ts';
import type { Deps } from './deps.ts';

const TRIES = 8;

/**
 * Reads an order, applies a pure change, and writes it if nobody wrote in between; else begins again. Work that
 * the change leaves for Stripe is queued after the write: if that message is lost, the sweep finds the work.
 * @throws {NotFound} @throws {Contention}
 */
export const changeOrder = async (
  input: {
    orderId: string;
    change: (order: Order) => Order /** Saves the read, if it is fresh. */;
    read?: Order;
  },
  deps: Pick<Deps, 'orders' | 'retireQueue' | 'log'>,
): Promise<{ before: Order; after: Order }> => {
  let before = input.read ?? (await deps.orders.get(input.orderId));
  for (let tries = 0; tries < TRIES; tries++) {
    if (before === undefined) throw new NotFound('There is no such order.', { orderId: input.orderId });
    const next = input.change(before);
    const after = next === before ? before : await deps.orders.save(next);
    if (after !== 'conflict') {
      for (const { event, fields } of newsOf(before, after)) deps.log(event, fields);
      await queueWorkForStripe(after, deps);
      return { before, after };
    }
    before = await deps.orders.get(input.orderId);
  }
  throw new Contention('Too many others are changing this order; try again.', { orderId: input.orderId });
};

const forStripe: ReadonlySet<DueWork['kind']> = new Set(['retire', 'keep_card', 'refund']);

const queueWorkForStripe = async (order: Order, deps: Pick<Deps, 'retireQueue' | 'log'>): Promise<void> => {
  if (!Object.values(order.dueWork).some(({ kind }) => forStripe.has(kind))) return;
  try {
    await deps.retireQueue.send([{ orderId: order.orderId }]);
  } catch (error) {
    // The order itself is written and holds the work; refusing the parent or the event would help nobody.
    deps.log('retire.not_queued', { orderId: order.orderId, error: (error as Error).name });
  }
};
