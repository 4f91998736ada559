import { attentionItemNamed, attentionItemsOf, attentionName } from '../domain/attention.ts';
import { dueWorkKey } from '../domain/due-work.ts';
import { InvalidInput, StalePlan } from '../domain/errors.ts';
import type { DecisionFact } from '../domain/facts.ts';
import { assertOrderAmount, formatMoney, type Money, money, parseMoney, sameMoney } from '../domain/money.ts';
import {
  dueAgainOf,
  dueOf,
  endOf,
  naturalKey,
  netOf,
  type Order,
  paymentsOf,
  statusOf,
} from '../domain/order.ts';
import { assertDecisionFits, decidedAt, newOrder, recordFact } from '../domain/order-changes.ts';
import { isPeriod } from '../domain/schedule.ts';
import { changeOrder } from './change-order.ts';
import type { Deps } from './deps.ts';
import { assertStandsForDebt, holderOfDebt } from './stands-for-debt.ts';
import {
  assertSigned,
  decisionIdOf,
  hashOf,
  isDecided,
  madeAgain,
  readOrder,
  type Standing,
  standingOf,
  stillMakesSense,
} from './state-bound.ts';

export type DecisionInput = {
  orderId: string;
  decision: Exclude<DecisionFact['decision'], 'refund' | 'close_link'>;
  /** The new amount of an `amend`, as it was typed: `40.00`. */
  amount?: string;
  /** Of an `amend`: down to what was received; what is missing becomes an order of its own. */
  rest?: boolean;
  /** What a `settle` puts aside. */
  item?: string;
};

/** What a decision would do. */
export type DecisionPlan = {
  hash: string;
  decision: DecisionInput['decision'];
  before: Standing;
  after: Standing;
  /** Payment pages that are closed by it. */
  closes: string[];
  /** What is received above, or below, what would be due; null where it fits, or nothing was received. */
  difference: { kind: 'too_much' | 'too_little'; amount: Money } | null;
  /** A bank payment is on its way, and may still arrive. */
  underWay: boolean;
  /** What would be left for a person. */
  attention: string[];
  /** The order that is made over what is missing. */
  rest: { orderId: string; period: string; amount: Money } | null;
  /** What is owed for the months that are made after this one changes with it. */
  forMonthsToCome: boolean;
};

export type DecisionLook =
  | { orderId: string; doneBefore: false; plan: DecisionPlan }
  | (DecisionDone & { doneBefore: true });

export type DecisionDone = {
  orderId: string;
  doneBefore: boolean;
  now: Standing;
  attention: string[];
  restOrderId: string | null;
};

export type DecisionDeps = Pick<Deps, 'orders' | 'retireQueue' | 'clock' | 'log' | 'site'>;

/**
 * Shows what a decision would do, and writes nothing.
 * @param shown the hash of what was shown before, to learn whether it still is so
 * @throws {InvalidInput} @throws {NotFound} @throws {StalePlan}
 */
export const lookAtDecision = async (
  input: DecisionInput & { shown?: string },
  deps: DecisionDeps,
): Promise<DecisionLook> => {
  const order = await readOrder(input.orderId, deps);
  const { shown } = input;
  if (shown !== undefined && isDecided(order, shown, isAskedFor(input))) {
    return { ...(await doneOf(order, shown, deps)), doneBefore: true };
  }
  const { plan } = madeAgain(() => planOf(order, input, deps), shown);
  if (input.decision === 'reopen') {
    const holder = await holderOfDebt(order, 'find', deps);
    stillMakesSense(() => assertStandsForDebt(order, holder), shown);
  }
  if (plan.rest !== null) plan.rest.period = await freePeriod(order, plan.rest.orderId, 'find', deps);
  return { orderId: order.orderId, doneBefore: false, plan };
};

/**
 * Does exactly what was shown.
 *
 *   `reopen`: natural key → order id       written once; another order's is refused
 *   with `rest`: natural key → order id    the id is made of the hash, so a repetition finds it
 *                the order over the rest   a repetition finds it
 *   the decision                           1 write; a repetition finds it
 *
 * @throws {InvalidInput} @throws {NotFound} @throws {StalePlan} the order has moved: nothing was written
 * @throws {Contention}
 */
export const applyDecision = async (
  input: DecisionInput & { shown: string; actor: string; reason: string },
  deps: DecisionDeps,
): Promise<DecisionDone> => {
  assertSigned(input);
  const { shown } = input;
  const order = await readOrder(input.orderId, deps);
  if (isDecided(order, shown, isAskedFor(input)))
    return { ...(await doneOf(order, shown, deps)), doneBefore: true };
  const decide = (current: Order): Order => {
    if (isDecided(current, shown, isAskedFor(input))) return current;
    const { fact } = madeAgain(() => planOf(current, input, deps), shown);
    return recordFact(current, { ...fact, id: decisionIdOf(shown) }, deps.clock.now());
  };
  try {
    const { plan } = madeAgain(() => planOf(order, input, deps), shown);
    if (input.decision === 'reopen') {
      const holder = await holderOfDebt(order, 'point', deps);
      stillMakesSense(() => assertStandsForDebt(order, holder), shown);
    }
    if (plan.rest !== null) await makeRest(order, plan.rest, deps);
    const { after } = await changeOrder({ orderId: order.orderId, read: order, change: decide }, deps);
    deps.log('order.decided', {
      orderId: order.orderId,
      decision: input.decision,
      status: statusOf(after),
    });
    return await doneOf(after, shown, deps);
  } catch (error) {
    // An order that has moved stays so: nobody can decide this any more, and its rest may stand since an earlier try.
    if (input.rest === true && error instanceof StalePlan) await takeBackRest(order, input, deps);
    throw error;
  }
};

const isAskedFor =
  ({ decision, amount, item }: DecisionInput) =>
  (decided: DecisionFact): boolean =>
    decided.decision === decision &&
    (amount === undefined ||
      (decided.amount !== undefined &&
        sameMoney(parseMoney(amount, decided.amount.currency), decided.amount))) &&
    (item === undefined || `attention:${item}` === decided.about || decided.about?.endsWith(item) === true);

type Signature = { actor?: string; reason?: string };

const planOf = (
  order: Order,
  input: DecisionInput & Signature,
  deps: Pick<Deps, 'site' | 'clock'>,
): { hash: string; plan: DecisionPlan; fact: DecisionFact } => {
  const now = deps.clock.now();
  const restAmount = input.rest === true ? missingOf(order) : null;
  const amount = amountOf(order, input);
  const item = input.decision === 'settle' ? attentionItemNamed(order, input.item ?? '') : undefined;
  const does = [input.decision, amount ?? null, item === undefined ? null : dueWorkKey(item), restAmount];
  const hash = hashOf({ order, command: 'decide', does }, deps);
  const rest = restAmount === null ? null : { orderId: restIdOf(hash), period: '', amount: restAmount };
  const about = item === undefined ? rest?.orderId : dueWorkKey(item);
  const fact: DecisionFact = {
    kind: 'decision',
    id: 'planned',
    decision: input.decision,
    ...(amount === undefined ? {} : { amount }),
    ...(about === undefined ? {} : { about }),
    actor: input.actor ?? '',
    reason: input.reason ?? '',
    at: decidedAt(order, now),
    source: 'ops',
  };
  assertDecisionFits(order, fact);
  assertChangesSomething(order, fact);
  const after = recordFact(order, fact, now);
  const plan: DecisionPlan = {
    hash,
    decision: input.decision,
    before: standingOf(order),
    after: standingOf(after),
    closes: retiring(after).filter((stripeId) => !retiring(order).includes(stripeId)),
    difference: differenceOf(after),
    underWay: paymentsOf(order).some(({ state }) => state === 'processing'),
    attention: attentionItemsOf(after).map(attentionName),
    rest,
    forMonthsToCome: isOfMonth(order) && !sameMoney(dueAgainOf(after), dueAgainOf(order)),
  };
  return { hash, plan, fact };
};

const isOfMonth = ({ period }: Order): boolean => period !== null && isPeriod(period);

const amountOf = (order: Order, { decision, amount, rest }: DecisionInput): Money | undefined => {
  if (decision !== 'amend') return undefined;
  if (rest === true) return netOf(order);
  if (amount === undefined) throw new InvalidInput('An amendment needs the new amount.');
  return parseMoney(amount, order.originalAmount.currency);
};

/** What an order lacks that was paid in part. @throws {InvalidInput} it was not */
const missingOf = (order: Order): Money => {
  const [due, net] = [dueOf(order), netOf(order)];
  const missing = due.amountMinor - net.amountMinor;
  if (statusOf(order) !== 'review' || net.amountMinor <= 0 || missing <= 0) {
    throw new InvalidInput(
      `Order ${order.orderId} is not paid in part: ${formatMoney(net)} was received, and ${formatMoney(due)} is due.`,
    );
  }
  return assertOrderAmount(money(missing, due.currency));
};

/** @throws {InvalidInput} the order is already what it would become */
const assertChangesSomething = (order: Order, { decision, amount }: DecisionFact): void => {
  const refuse = (why: string): never => {
    throw new InvalidInput(`Order ${order.orderId} ${why}.`, { orderId: order.orderId });
  };
  const due = dueOf(order);
  if (decision === 'amend' && amount?.amountMinor === due.amountMinor) {
    refuse(`is for ${formatMoney(due)} already`);
  }
  const ended = endOf(order);
  if (decision === 'cancel' && ended === 'canceled') refuse('is canceled already');
  if (decision === 'waive' && ended === 'waived') refuse('is waived already');
  if (decision === 'reopen') {
    if (due.amountMinor === 0) refuse('is for nothing: give it an amount with "amend" instead');
    if (ended === null && statusOf(order) !== 'refunded') {
      refuse(`is ${statusOf(order)}: there is nothing to reopen`);
    }
  }
};

const retiring = (order: Order): string[] =>
  Object.values(order.dueWork).flatMap(({ kind, about }) => (kind === 'retire' ? [about] : []));

const differenceOf = (order: Order): DecisionPlan['difference'] => {
  const [due, net] = [dueOf(order), netOf(order)];
  if (statusOf(order) !== 'review' || net.amountMinor <= 0) return null;
  const difference = net.amountMinor - (endOf(order) === null ? due.amountMinor : 0);
  if (difference === 0) return null;
  return {
    kind: difference > 0 ? 'too_much' : 'too_little',
    amount: money(Math.abs(difference), due.currency),
  };
};

const restIdOf = (hash: string): string => `ord_${hash}`;

const restPeriodOf = (period: string | null): string => (period === null ? 'rest' : `${period}-rest`);

/** More than anybody makes of one debt. */
const MOST_RESTS = 20;

/** `2026-05-rest`, or the first like it that no other order has. */
const freePeriod = async (
  order: Order,
  restOrderId: string,
  how: 'find' | 'point',
  { orders }: Pick<Deps, 'orders'>,
): Promise<string> => {
  for (let count = 1; count <= MOST_RESTS; count++) {
    const first = restPeriodOf(order.period);
    const period = count === 1 ? first : `${first}-${count}`;
    const pointer = { kind: 'natural', key: naturalKey({ ...order, period }) } as const;
    const held = how === 'find' ? await orders.find(pointer) : await orders.point(pointer, restOrderId);
    if (held === undefined || held === restOrderId) return period;
  }
  throw new InvalidInput(`Order ${order.orderId} has been divided ${MOST_RESTS} times. Amend it instead.`);
};

const makeRest = async (
  order: Order,
  rest: NonNullable<DecisionPlan['rest']>,
  deps: Pick<Deps, 'orders' | 'clock' | 'log'>,
): Promise<void> => {
  const now = deps.clock.now();
  const period = await freePeriod(order, rest.orderId, 'point', deps);
  const { productId, category, playerId, familyId, test } = order;
  const isOver = order.closesAt !== null && order.closesAt <= now;
  const created = await deps.orders.create(
    newOrder(
      {
        ...{ orderId: rest.orderId, productId, category, playerId, familyId, period, test },
        amount: rest.amount,
        // An order whose time is over would have a rest that nobody could pay.
        payBy: isOver ? null : order.payBy,
        closesAt: isOver ? null : order.closesAt,
      },
      now,
    ),
  );
  deps.log('order.rest', { orderId: order.orderId, restOrderId: rest.orderId, created });
};

/** The order moved after its rest was made, at that moment or since a try that was cut off. */
const takeBackRest = async (
  order: Order,
  { shown, actor }: { shown: string; actor: string },
  deps: Pick<Deps, 'orders' | 'retireQueue' | 'clock' | 'log'>,
): Promise<void> => {
  const orderId = restIdOf(shown);
  const read = await deps.orders.get(orderId);
  // The hash may be one of another order's division, which stands.
  if (read === undefined || !isRestOf(order, read)) return;
  const now = deps.clock.now();
  const fact: DecisionFact = {
    kind: 'decision',
    id: `dec_${orderId}`,
    decision: 'cancel',
    actor,
    reason: 'The order that it is the rest of moved before it was divided.',
    at: now,
    source: 'ops',
  };
  await changeOrder({ orderId, read, change: (rest) => recordFact(rest, fact, now) }, deps);
  deps.log('order.rest_taken_back', { orderId: order.orderId, restOrderId: orderId });
};

const isRestOf = ({ productId, playerId, period }: Order, rest: Order): boolean =>
  rest.productId === productId &&
  rest.playerId === playerId &&
  new RegExp(`^${restPeriodOf(period)}(-\\d+)?$`).test(rest.period ?? '');

const doneOf = async (order: Order, hash: string, deps: Pick<Deps, 'orders'>): Promise<DecisionDone> => {
  const decided = order.facts[`decision:${decisionIdOf(hash)}`];
  const mayHaveRest = decided?.kind === 'decision' && decided.decision === 'amend';
  const rest = mayHaveRest ? await deps.orders.get(restIdOf(hash)) : undefined;
  return {
    orderId: order.orderId,
    doneBefore: false,
    now: standingOf(order),
    attention: attentionItemsOf(order).map(attentionName),
    restOrderId: rest?.orderId ?? null,
  };
};
