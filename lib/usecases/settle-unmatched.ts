import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { attentionItemsOf, attentionName } from '../domain/attention.ts';
import { InvalidInput, NotFound } from '../domain/errors.ts';
import type { DisputeFact, Fact, PaymentFact } from '../domain/facts.ts';
import { Currency, type Money, money } from '../domain/money.ts';
import type { Order } from '../domain/order.ts';
import { recordFact } from '../domain/order-changes.ts';
import type { AmountAtStripe } from '../domain/payment-notice.ts';
import type { SettledUnmatched, Unmatched } from '../domain/unmatched.ts';
import type { PaymentIntentAtStripe } from '../ports.ts';
import { changeOrder } from './change-order.ts';
import type { Deps } from './deps.ts';
import { refundFactOf } from './refund-fact.ts';
import {
  assertSigned,
  hashOf,
  madeAgain,
  readOrder,
  type Standing,
  standingOf,
  stillMakesSense,
} from './state-bound.ts';

export type UnmatchedDeps = Pick<Deps, 'orders' | 'stripe' | 'retireQueue' | 'clock' | 'log' | 'site'>;

type Item = Unmatched & { settled: SettledUnmatched | null };
type Signature = { actor: string; reason: string };

// ---- "it is this family's" ----

export type AssignInput = { stripeId: string; orderId: string };

export type AssignPlan = {
  hash: string;
  paymentId: string;
  amount: Money;
  /** What has gone back of it already, or is about to. */
  refunds: Money[];
  before: Standing;
  after: Standing;
  /** What would be left of the order for a person. */
  attention: string[];
};
export type AssignLook =
  | { stripeId: string; doneBefore: true; settled: SettledUnmatched }
  | { stripeId: string; doneBefore: false; plan: AssignPlan };
export type Assigned = {
  stripeId: string;
  orderId: string;
  doneBefore: boolean;
  now: Standing;
  attention: string[];
};

/**
 * Shows what an order would be with a payment that none could be found for. Writes nothing.
 * @throws {InvalidInput} @throws {NotFound} @throws {StalePlan} @throws {StripeUnavailable}
 */
export const lookAtAssignment = async (
  input: AssignInput & { shown?: string },
  deps: UnmatchedDeps,
): Promise<AssignLook> => {
  const { stripeId, orderId, shown } = input;
  const item = await readItem(stripeId, deps);
  if (item.settled?.as === 'assigned' && item.settled.orderId === orderId) {
    return { stripeId, doneBefore: true, settled: item.settled };
  }
  const { order, facts } = await readBoth(item, orderId, shown, deps);
  const plan = madeAgain(() => assignPlanOf(item, order, facts, deps), shown);
  return { stripeId, doneBefore: false, plan };
};

/**
 *   payment → order       written once: what Stripe tells of the payment from now on finds the order
 *   the payment's facts   1 write of the order, as Stripe tells them now
 *   the item is settled   last, so that it stays listed until all of it is done
 *
 * A repetition goes on where it stopped: once the order knows all of the payment, only the item is left.
 * @throws {InvalidInput} @throws {NotFound} @throws {StalePlan} @throws {Contention} @throws {StripeUnavailable}
 */
export const assignUnmatched = async (
  input: AssignInput & Signature & { shown: string },
  deps: UnmatchedDeps,
): Promise<Assigned> => {
  assertSigned(input);
  const { stripeId, orderId, shown, actor, reason } = input;
  const item = await readItem(stripeId, deps);
  if (item.settled?.as === 'assigned' && item.settled.orderId === orderId) {
    return assignedTo(await readOrder(orderId, deps), stripeId, true);
  }
  const { order, facts } = await readBoth(item, orderId, shown, deps);
  const add = (current: Order): Order => {
    const now = deps.clock.now();
    const next = facts.reduce((known, fact) => recordFact(known, fact, now), current);
    if (next !== current) madeAgain(() => assignPlanOf(item, current, facts, deps), shown);
    return next;
  };
  add(order);
  const held = await deps.orders.point({ kind: 'stripe', id: item.paymentId }, orderId);
  if (held !== orderId) throw belongsTo(item.paymentId, held);
  const { after } = await changeOrder({ orderId, read: order, change: add }, deps);
  const at = deps.clock.now();
  await deps.orders.settleUnmatched(stripeId, { as: 'assigned', orderId, actor, reason, at });
  deps.log('unmatched.assigned', { stripeId, orderId });
  return assignedTo(after, stripeId, false);
};

const assignedTo = (order: Order, stripeId: string, doneBefore: boolean): Assigned => ({
  stripeId,
  orderId: order.orderId,
  doneBefore,
  now: standingOf(order),
  attention: attentionItemsOf(order).map(attentionName),
});

const assignPlanOf = (
  item: Item,
  order: Order,
  facts: readonly Fact[],
  deps: Pick<Deps, 'site' | 'clock'>,
): AssignPlan => {
  const now = deps.clock.now();
  const after = facts.reduce((known, fact) => recordFact(known, fact, now), order);
  const payment = facts.find((fact) => fact.kind === 'payment');
  if (payment === undefined) throw new InvalidInput(`Nothing is known of ${item.paymentId}.`);
  const refunds = facts.filter((fact) => fact.kind === 'refund' && fact.state !== 'failed');
  const does = [item.stripeId, ...facts.map((fact) => [fact.kind, fact.id, 'state' in fact && fact.state])];
  return {
    hash: hashOf({ order, command: 'assign', does }, deps),
    paymentId: item.paymentId,
    amount: payment.amount,
    refunds: refunds.flatMap((fact) => ('amount' in fact ? (fact.amount ?? []) : [])),
    before: standingOf(order),
    after: standingOf(after),
    attention: attentionItemsOf(after).map(attentionName),
  };
};

const readBoth = async (
  item: Item,
  orderId: string,
  shown: string | undefined,
  deps: UnmatchedDeps,
): Promise<{ order: Order; facts: Fact[] }> => {
  const { paymentId } = item;
  const [order, intent, refunds, pointed] = await Promise.all([
    readOrder(orderId, deps),
    deps.stripe.paymentIntent(paymentId),
    deps.stripe.refundsOf(paymentId),
    deps.orders.find({ kind: 'stripe', id: paymentId }),
  ]);
  const payment = stillMakesSense(() => {
    if (item.settled !== null) throw settledBefore(item, item.settled);
    if (pointed !== undefined && pointed !== orderId) throw belongsTo(paymentId, pointed);
    return paymentFactOf(item, intent, deps);
  }, shown);
  await assertUnbooked(paymentId, intent, orderId, deps);
  const dispute = disputeFactOf(item);
  return {
    order,
    facts: [
      payment,
      ...refunds.flatMap((refund) => refundFactOf(refund, paymentId) ?? []),
      ...(dispute === undefined ? [] : [dispute]),
    ],
  };
};

const paymentFactOf = (
  item: Item,
  intent: PaymentIntentAtStripe | undefined,
  { site }: Pick<Deps, 'site'>,
): PaymentFact => {
  const { paymentId, at } = item;
  const elsewhere = 'Settle it with a reason instead: "unmatched settle".';
  if (intent === undefined || intent.livemode !== site.livemode) {
    throw new InvalidInput(
      `Stripe does not know ${paymentId} in ${site.livemode ? 'live' : 'test'} mode. ${elsewhere}`,
    );
  }
  if (intent.state === 'open' || intent.state === 'failed') {
    throw new InvalidInput(`${paymentId} was not paid. ${elsewhere}`);
  }
  return {
    kind: 'payment',
    id: paymentId,
    state: intent.state,
    amount: amountOf(intent.amount),
    generation: null,
    ...(intent.customerId === null ? {} : { customerId: intent.customerId }),
    at,
    source: 'stripe_read',
  };
};

const amountOf = ({ amountMinor, currency }: AmountAtStripe): Money => {
  const known = v.safeParse(Currency, currency);
  if (known.success) return money(amountMinor, known.output);
  throw new InvalidInput(
    `It was paid in ${currency.toUpperCase()}, which no order can be in. Refund it in the Stripe dashboard, and settle it with a reason.`,
  );
};

const disputeFactOf = ({ stripeId, paymentId, dispute, amount, at }: Item): DisputeFact | undefined =>
  dispute === null || amount === null
    ? undefined
    : {
        kind: 'dispute',
        id: stripeId,
        ...dispute,
        amount: amountOf(amount),
        paymentId,
        respondByToldAt: at,
        at,
        source: 'stripe_event',
      };

/** An order that came only after its payment knows it by now, if Stripe told of it again. @throws {InvalidInput} */
const assertUnbooked = async (
  paymentId: string,
  intent: PaymentIntentAtStripe | undefined,
  orderId: string,
  { orders, site }: Pick<Deps, 'orders' | 'site'>,
): Promise<void> => {
  const { system, order_id: own } = intent?.metadata ?? {};
  if (system !== site.system || own === undefined || own === orderId) return;
  const order = await orders.get(own);
  if (order !== undefined && `payment:${paymentId}` in order.facts) throw belongsTo(paymentId, own);
};

const belongsTo = (paymentId: string, orderId: string): InvalidInput =>
  new InvalidInput(`${paymentId} belongs to order ${orderId} already.`, { orderId });

// ---- "it is dealt with" ----

export type SettlePlan = { hash: string; item: Unmatched };
export type SettleLook =
  | { stripeId: string; doneBefore: true; settled: SettledUnmatched }
  | { stripeId: string; doneBefore: false; plan: SettlePlan };

/** @throws {NotFound} @throws {StalePlan} */
export const lookAtSettling = async (
  { stripeId, shown }: { stripeId: string; shown?: string },
  deps: Pick<Deps, 'orders' | 'site'>,
): Promise<SettleLook> => {
  const { settled, ...item } = await readItem(stripeId, deps);
  if (settled !== null) return { stripeId, doneBefore: true, settled };
  return {
    stripeId,
    doneBefore: false,
    plan: madeAgain(() => ({ hash: itemHash(item, deps), item }), shown),
  };
};

/** Puts an item aside, for a reason that stays with it. @throws {NotFound} @throws {StalePlan} @throws {InvalidInput} */
export const settleUnmatched = async (
  { stripeId, shown, actor, reason }: { stripeId: string; shown: string } & Signature,
  deps: Pick<Deps, 'orders' | 'site' | 'clock' | 'log'>,
): Promise<{ stripeId: string; doneBefore: boolean }> => {
  assertSigned({ actor, reason });
  const look = await lookAtSettling({ stripeId, shown }, deps);
  if (look.doneBefore) return { stripeId, doneBefore: true };
  const at = deps.clock.now();
  const done = await deps.orders.settleUnmatched(stripeId, {
    as: 'settled',
    orderId: null,
    actor,
    reason,
    at,
  });
  deps.log('unmatched.settled', { stripeId });
  return { stripeId, doneBefore: !done };
};

const itemHash = (item: Unmatched, { site }: Pick<Deps, 'site'>): string =>
  createHash('sha256')
    .update(JSON.stringify([site.system, 'settle', item.stripeId, item.at]))
    .digest('hex')
    .slice(0, 26);

const readItem = async (stripeId: string, { orders }: Pick<Deps, 'orders'>): Promise<Item> => {
  const item = await orders.unmatched(stripeId);
  if (item !== undefined) return item;
  throw new NotFound(
    `"${stripeId}" is not among the payments without an order. "unmatched list" shows them.`,
    { stripeId },
  );
};

const settledBefore = (item: Item, { as, orderId, actor, at }: SettledUnmatched): InvalidInput =>
  new InvalidInput(
    `${item.stripeId} was ${as === 'assigned' ? `assigned to order ${orderId}` : 'settled'} by ${actor} on ${at.slice(0, 10)}.`,
  );
