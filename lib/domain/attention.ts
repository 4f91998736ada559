import { type AttentionReason, type DueWork, dueWorkKey } from './due-work.ts';
import type { Instant } from './ids.ts';
import { contractsOf, dueOf, endOf, keptOf, type Order, paymentsOf, statusOf } from './order.ts';

/**
 * What only a person can decide about an order. Derived from its facts, so that an item appears and goes with
 * them whatever the sequence in which they came; a decision to `settle` puts one aside.
 */
export const attentionOf = (order: Order, now: Instant): DueWork[] => {
  const settled = new Set(
    Object.values(order.facts).map((fact) => (fact.kind === 'decision' ? fact.about : undefined)),
  );
  return [...moneyInDoubt(order), ...underDispute(order), ...afterContract(order)]
    .map(([reason, about]): DueWork => ({ kind: 'attention', reason, about, since: now, dueAt: now }))
    .filter((work) => !settled.has(dueWorkKey(work)));
};

type Item = [reason: AttentionReason, about: string];

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
    if (fact.kind === 'dispute' && awaitingUs.has(fact.state)) return [['dispute', fact.id]];
    if (fact.kind === 'refund' && fact.state === 'failed') return [['refund_failed', fact.id]];
    return [];
  });

/** Paid on a page that was open when the player's contract had ended: to be given back, or kept by agreement. */
const afterContract = (order: Order): Item[] => {
  const contracts = contractsOf(order);
  return paymentsOf(order)
    .filter((payment) => keptOf(order, payment) > 0)
    .filter(({ at }) => contracts.findLast((contract) => contract.at <= at)?.state === 'ended')
    .map(({ id }): Item => ['payment_after_contract', id]);
};
