import { createHash } from 'node:crypto';
import { InvalidInput, NotFound, StalePlan } from '../domain/errors.ts';
import { type DecisionFact, factKey } from '../domain/facts.ts';
import type { Money } from '../domain/money.ts';
import { dueOf, netOf, type Order, type OrderStatus, statusOf } from '../domain/order.ts';
import type { Deps } from './deps.ts';

/**
 * What a person is shown before it is done, without being stored: its hash is made of what would be done and of what
 * the order was. Whoever applies it has it made again. If it comes out the same, it is still true and is done; and since
 * the decision is named after it, doing it again finds it done. If it comes out differently, the order has moved.
 */
export const hashOf = (
  /** `order` is undefined where there is none, and what is done is about something at Stripe. */
  { order, command, does }: { order: Order | undefined; command: string; does: readonly unknown[] },
  { site }: Pick<Deps, 'site'>,
): string =>
  createHash('sha256')
    .update(
      JSON.stringify([site.system, command, order?.orderId, does, order === undefined ? [] : factsOf(order)]),
    )
    .digest('hex')
    .slice(0, 26);

/** What can change what a decision means. Not what a click or a saved card adds. */
const factsOf = (order: Order): unknown[] =>
  Object.values(order.facts)
    .map((fact) => [
      factKey(fact),
      fact.kind === 'decision' ? fact.decision : fact.state,
      'amount' in fact ? (fact.amount ?? null) : null,
    ])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));

export const decisionIdOf = (hash: string): string => `dec_${hash}`;

/**
 * Whether the decision of this hash stands on the order.
 * @param fits whether it is what is asked for: the hash may have been copied from another command
 * @throws {StalePlan} it is not
 */
export const isDecided = (
  order: Order,
  hash: string | undefined,
  fits: (decided: DecisionFact) => boolean,
): boolean => {
  if (hash === undefined) return false;
  const decided = order.facts[`decision:${decisionIdOf(hash)}`];
  if (decided?.kind !== 'decision') return false;
  if (!fits(decided)) throw new StalePlan(notWhatWasShown(hash));
  return true;
};

/**
 * Makes a plan, and compares it with the one that was shown, if one was.
 * @throws {InvalidInput} it makes no sense @throws {StalePlan} it is not the one that was shown
 */
export const madeAgain = <P extends { hash: string }>(make: () => P, shown: string | undefined): P => {
  const plan = stillMakesSense(make, shown);
  if (shown === undefined || plan.hash === shown) return plan;
  throw new StalePlan(notWhatWasShown(shown));
};

/** What made sense when it was shown and makes none now is an order that has moved. @throws {InvalidInput} @throws {StalePlan} */
export const stillMakesSense = <T>(make: () => T, shown: string | undefined): T => {
  try {
    return make();
  } catch (error) {
    if (shown === undefined || !(error instanceof InvalidInput)) throw error;
    throw new StalePlan(`${error.message} ${notWhatWasShown(shown)}`);
  }
};

const notWhatWasShown = (hash: string): string =>
  `This is not what was shown under ${hash}: it has changed since, or the command is another one. ` +
  'Nothing was written; look again, without --apply.';

export type Standing = { status: OrderStatus; due: Money; net: Money };
export const standingOf = (order: Order): Standing => ({
  status: statusOf(order),
  due: dueOf(order),
  net: netOf(order),
});

/** @throws {NotFound} */
export const readOrder = async (orderId: string, { orders }: Pick<Deps, 'orders'>): Promise<Order> => {
  const order = await orders.get(orderId);
  if (order === undefined) throw new NotFound(`There is no order "${orderId}".`, { orderId });
  return order;
};

/** @throws {InvalidInput} */
export const assertSigned = ({ actor, reason }: { actor: string; reason: string }): void => {
  if (actor.trim() !== '' && reason.trim() !== '') return;
  throw new InvalidInput('A decision needs who decided it and why.');
};
