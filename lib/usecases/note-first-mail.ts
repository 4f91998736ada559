import type { Order } from '../domain/order.ts';
import { noteFirstMail } from '../domain/order-changes.ts';
import type { Deps } from './deps.ts';

const TRIES = 5;

/**
 * Notes on the order that a mail about it has left, if none had. Reminders count from it. SES's own event tells of it;
 * of a mail that SES told nothing of, the person who settles it as sent.
 * @param on the day, in the club's calendar
 * @param read the order as it was read last; it is read again when that is out of date
 */
export const noteMailed = async (
  { orderId, on, read }: { orderId: string; on: string; read?: Order },
  deps: Pick<Deps, 'orders' | 'log'>,
): Promise<void> => {
  let order = read ?? (await deps.orders.get(orderId));
  for (let tries = 0; tries < TRIES && order !== undefined; tries++) {
    const noted = noteFirstMail(order, on);
    if (noted === order || (await deps.orders.save(noted)) !== 'conflict') return;
    order = await deps.orders.get(orderId);
  }
  deps.log('order.first_mail_not_noted', { orderId, known: order !== undefined });
};
