import { type AttentionReason, type DueWork, dueWorkKey } from './due-work.ts';
import { InvalidInput } from './errors.ts';
import type { RefundFact } from './facts.ts';
import type { Instant } from './ids.ts';
import { type Money, sameMoney } from './money.ts';
import { contractsOf, dueOf, endOf, keptOf, type Order, paymentsOf, refundsOf, statusOf } from './order.ts';

export type AttentionItem = Extract<DueWork, { kind: 'attention' }>;

/**
 * What only a person can decide about an order. Derived from its facts, so that an item appears and goes with
 * them whatever the sequence in which they came; a decision to `settle` puts one aside. An item keeps the time since
 * which it stands; its deadline is what the facts say now.
 */
export const attentionOf = (order: Order, now: Instant): AttentionItem[] => {
  const items = [...moneyInDoubt(order), ...underDispute(order), ...afterContract(order)];
  if (items.length === 0) return [];
  const settled = new Set(
    Object.values(order.facts).map((fact) =>
      fact.kind === 'decision' && fact.decision === 'settle' ? fact.about : undefined,
    ),
  );
  return items
    .map(([reason, about, deadline]): AttentionItem => {
      const since = order.dueWork[dueWorkKey({ kind: 'attention', reason, about })]?.since ?? now;
      return { kind: 'attention', reason, about, since, dueAt: deadline ?? since };
    })
    .filter((work) => !settled.has(dueWorkKey(work)));
};

type Item = [reason: AttentionReason, about: string, deadline?: Instant | null];

const moneyInDoubt = (order: Order): Item[] => {
  if (statusOf(order) !== 'review') return [];
  const { currency } = dueOf(order);
  const kept = paymentsOf(order).filter((payment) => keptOf(order, payment) !== 0);
  const foreign = kept.filter((payment) => payment.amount.currency !== currency);
  const own = kept.filter((payment) => payment.amount.currency === currency);
  const items = foreign.map(({ id }): Item => ['wrong_currency', id]);
  if (endOf(order) !== null) return [...items, ...own.map(({ id }): Item => ['payment_on_ended_order', id])];
  if (own.length === 1) return [...items, ...own.map(({ id }): Item => ['wrong_amount', id])];
  return [...items, ...own.slice(1).map(({ id }): Item => ['second_payment', id])];
};

const awaitingUs = new Set([
  'warning_needs_response',
  'warning_under_review',
  'needs_response',
  'under_review',
]);

const underDispute = (order: Order): Item[] =>
  Object.values(order.facts).flatMap((fact): Item[] => {
    if (fact.kind === 'dispute' && awaitingUs.has(fact.state)) return [['dispute', fact.id, fact.respondBy]];
    if (fact.kind === 'refund' && fact.state === 'failed' && !isMadeUpFor(order, fact)) {
      return [['refund_failed', fact.id]];
    }
    return [];
  });

/** What Stripe refused moved no money: it is over once the payer has it by another refund, or nothing is left to give. */
const isMadeUpFor = (order: Order, { why, paymentId, amount, at }: RefundFact): boolean => {
  if (why === undefined) return false;
  const payment = paymentsOf(order).find(({ id }) => id === paymentId);
  if (payment !== undefined && keptOf(order, payment) === 0) return true;
  return refundsOf(order).some(
    (later) =>
      later.paymentId === paymentId &&
      later.at > at &&
      later.state !== 'failed' &&
      later.state !== 'canceled' &&
      sameMoney(later.amount, amount),
  );
};

export const attentionItemsOf = (order: Order): AttentionItem[] =>
  Object.values(order.dueWork).flatMap((work) => (work.kind === 'attention' ? [work] : []));

/** How a person names an item of an order: `dispute:du_1`. */
export const attentionName = ({ reason, about }: Pick<AttentionItem, 'reason' | 'about'>): string =>
  `${reason}:${about}`;

/**
 * The item of an order that a person means, by its name, its key or the Stripe id that it is about.
 * @throws {InvalidInput} it has none, or several of that id
 */
export const attentionItemNamed = (order: Order, text: string): AttentionItem => {
  const items = attentionItemsOf(order);
  const meant = items.filter((each) => [attentionName(each), dueWorkKey(each), each.about].includes(text));
  const [item, another] = meant;
  if (item !== undefined && another === undefined) return item;
  throw new InvalidInput(
    items.length === 0
      ? `Nothing of order ${order.orderId} needs a person: there is nothing to settle.`
      : item === undefined
        ? `Order ${order.orderId} has no item "${text}". It has: ${namesOf(items)}.`
        : `"${text}" stands for several items of order ${order.orderId}: ${namesOf(meant)}. Name one of them like that.`,
  );
};

const namesOf = (items: readonly AttentionItem[]): string => items.map(attentionName).join(', ');

/** The money that an item is about, and until when somebody must have decided; null where nothing presses. */
export const detailsOf = (
  order: Order,
  { reason, about, since, dueAt }: AttentionItem,
): { amount: Money | null; deadline: Instant | null } => {
  const fact = ['payment', 'refund', 'dispute']
    .map((kind) => order.facts[`${kind}:${about}`])
    .find((each) => each !== undefined);
  const amount = fact !== undefined && 'amount' in fact ? (fact.amount ?? null) : null;
  return { amount, deadline: reason === 'dispute' && dueAt !== since ? dueAt : null };
};

/** Paid on a page that was open when the player's contract had ended: to be given back, or kept by agreement. */
const afterContract = (order: Order): Item[] => {
  const contracts = contractsOf(order);
  return paymentsOf(order)
    .filter((payment) => keptOf(order, payment) > 0)
    .filter(({ at }) => contracts.findLast((contract) => contract.at <= at)?.state === 'ended')
    .map(({ id }): Item => ['payment_after_contract', id]);
};
