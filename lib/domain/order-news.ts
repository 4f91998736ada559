import { type Money, money } from './money.ts';
import { dueOf, netOf, type Order, paymentsOf } from './order.ts';

/** A named event for the log, with ids as its fields. */
export type News = { event: string; fields: Readonly<Record<string, string | number>> };

/** What a change of an order is to those who look after it: money came, or a person has to decide something. */
export const newsOf = (before: Order, after: Order): News[] => {
  const { orderId } = after;
  const came = moneyThatCame(before, after);
  const items = Object.entries(after.dueWork).flatMap(([key, work]) =>
    work.kind === 'attention' && !(key in before.dueWork) ? [work] : [],
  );
  return [
    ...(came.amountMinor > 0 ? [{ event: 'order.money_came', fields: { orderId, ...came } }] : []),
    ...items.map(({ reason, about }) => ({ event: 'attention.item', fields: { orderId, reason, about } })),
  ];
};

/** What payments have brought of what is due: what is too much, and what a decision makes of it, is no news of money. */
const moneyThatCame = (before: Order, after: Order): Money => {
  const due = dueOf(after);
  const arrived = (order: Order): number =>
    paymentsOf(order).filter(({ state }) => state === 'succeeded').length;
  const kept = (order: Order): number => Math.min(netOf(order).amountMinor, due.amountMinor);
  return money(arrived(after) > arrived(before) ? kept(after) - kept(before) : 0, due.currency);
};
