import { netOf, type Order, statusOf } from './order.ts';

/** A named event for the log, with ids as its fields. */
export type News = { event: string; fields: Readonly<Record<string, string | number>> };

/** What a change of an order is to those who look after it: money came, or a person has to decide something. */
export const newsOf = (before: Order, after: Order): News[] => {
  const { orderId } = after;
  const paid = statusOf(before) !== 'paid' && statusOf(after) === 'paid';
  const items = Object.entries(after.dueWork).flatMap(([key, work]) =>
    work.kind === 'attention' && !(key in before.dueWork) ? [work] : [],
  );
  return [
    ...(paid ? [{ event: 'order.paid', fields: { orderId, ...netOf(after) } }] : []),
    ...items.map(({ reason, about }) => ({ event: 'attention.item', fields: { orderId, reason, about } })),
  ];
};
