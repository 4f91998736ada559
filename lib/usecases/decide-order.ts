import { InvalidInput } from '../domain/errors.ts';
import type { DecisionFact } from '../domain/facts.ts';
import type { Money } from '../domain/money.ts';
import { dueOf, netOf, type Order, type OrderStatus, statusOf } from '../domain/order.ts';
import { assertDecisionFits, decidedAt, recordFact } from '../domain/order-changes.ts';
import { changeOrder } from './change-order.ts';
import type { Deps } from './deps.ts';
import { assertStandsForDebt, holderOfDebt } from './stands-for-debt.ts';
import { readOrder } from './state-bound.ts';

export type DecideInput = {
  orderId: string;
  decision: DecisionFact['decision'];
  /** The new amount of an `amend`. */
  amount?: Money;
  /** The attention item that a `settle` closes. */
  about?: string;
  actor: string;
  reason: string;
  /** Of the caller's making: the same id is the same decision, however often it is sent. */
  decisionId?: string;
};

/**
 * Records what a person decided about an order. Closing its payment page follows from the decision itself:
 * the order is written first, then the link is deactivated and its open sessions are expired.
 * @throws {InvalidInput} @throws {NotFound} @throws {Contention}
 */
export const decideOrder = async (
  input: DecideInput,
  deps: Pick<Deps, 'orders' | 'retireQueue' | 'clock' | 'log' | 'newId'>,
): Promise<{ orderId: string; status: OrderStatus; due: Money; net: Money }> => {
  if (input.actor.trim() === '' || input.reason.trim() === '') {
    throw new InvalidInput('A decision needs who decided it and why.');
  }
  const fact: DecisionFact = {
    kind: 'decision',
    id: input.decisionId ?? deps.newId('dec'),
    decision: input.decision,
    ...(input.amount === undefined ? {} : { amount: input.amount }),
    ...(input.about === undefined ? {} : { about: input.about }),
    actor: input.actor,
    reason: input.reason,
    at: deps.clock.now(),
    source: 'ops',
  };
  const read = input.decision === 'reopen' ? await standing(input.orderId, deps) : undefined;
  const { after } = await changeOrder(
    {
      orderId: input.orderId,
      ...(read !== undefined && { read }),
      change: (order) => {
        if (`decision:${fact.id}` in order.facts) return order;
        assertDecisionFits(order, fact);
        const now = deps.clock.now();
        return recordFact(order, { ...fact, at: decidedAt(order, now) }, now);
      },
    },
    deps,
  );
  deps.log('order.decided', { orderId: input.orderId, decision: input.decision, status: statusOf(after) });
  return { orderId: after.orderId, status: statusOf(after), due: dueOf(after), net: netOf(after) };
};

/** The order, once it stands for its debt. @throws {NotFound} @throws {InvalidInput} another one does */
const standing = async (orderId: string, deps: Pick<Deps, 'orders'>): Promise<Order> => {
  const order = await readOrder(orderId, deps);
  assertStandsForDebt(order, await holderOfDebt(order, 'point', deps));
  return order;
};
