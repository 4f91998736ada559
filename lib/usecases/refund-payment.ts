import { ClubPaymentsError, InvalidInput } from '../domain/errors.ts';
import type { DecisionFact, RefundFact } from '../domain/facts.ts';
import { type Money, money, parseMoney, sameMoney } from '../domain/money.ts';
import { type Order, refundsOf, refundsOwed } from '../domain/order.ts';
import { decidedAt, recordFact } from '../domain/order-changes.ts';
import { amountToRefund, assertRefundFits, paymentToRefund, type Refundable } from '../domain/refund.ts';
import type { PaymentIntentAtStripe, RefundAtStripe } from '../ports.ts';
import { changeOrder } from './change-order.ts';
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
import { type WorkDeps, workForStripe } from './work-for-stripe.ts';

export type RefundInput = {
  orderId: string;
  /** Which of its payments; absent: the one that is too much, or the only one. */
  paymentId?: string;
  /** As it was typed, `15.00`; absent: what is too much, or all that is left. */
  amount?: string;
};

/** What a refund would do. */
export type RefundPlan = Refundable & {
  hash: string;
  paymentId: string;
  amount: Money;
  before: Standing;
  /** Once the payer has it. */
  after: Standing;
};

export type RefundLook =
  | { orderId: string; doneBefore: false; plan: RefundPlan }
  | (RefundDone & { doneBefore: true });

export type RefundDone = {
  orderId: string;
  doneBefore: boolean;
  amount: Money;
  paymentId: string;
  /** What came of it at Stripe; null while that is not known, and the order owes it. */
  refund: Pick<RefundFact, 'id' | 'state' | 'why'> | null;
  now: Standing;
};

/**
 * Shows what would be given back, and writes nothing.
 * @param shown the hash of what was shown before, to learn whether it still is so
 * @throws {InvalidInput} @throws {NotFound} @throws {StalePlan} @throws {StripeUnavailable}
 */
export const lookAtRefund = async (
  input: RefundInput & { shown?: string },
  deps: WorkDeps,
): Promise<RefundLook> => {
  const order = await readOrder(input.orderId, deps);
  const { shown } = input;
  if (shown !== undefined && isDecided(order, shown, isAskedFor(input)))
    return { ...doneOf(order, shown, true), doneBefore: true };
  const atStripe = await paymentAtStripe(order, input, deps);
  const plan = madeAgain(() => planOf(order, input, atStripe, deps), shown);
  return { orderId: order.orderId, doneBefore: false, plan };
};

/**
 * Does exactly what was shown.
 *
 *   the decision, and with it the work owed   1 write     crash before: nothing happened; after: the sweep does the work
 *   the work                                  see there   as often as it takes, one refund
 *
 * @throws {InvalidInput} @throws {NotFound} @throws {StalePlan} the order has moved: nothing was written
 * @throws {Contention} @throws {StripeUnavailable}
 */
export const refundPayment = async (
  input: RefundInput & { shown: string; actor: string; reason: string },
  deps: WorkDeps,
): Promise<RefundDone> => {
  assertSigned(input);
  const { shown, actor, reason } = input;
  const order = await readOrder(input.orderId, deps);
  const doneBefore = isDecided(order, shown, isAskedFor(input));
  if (!doneBefore) {
    const atStripe = await paymentAtStripe(order, input, deps);
    const decide = (current: Order): Order => {
      if (isDecided(current, shown, isAskedFor(input))) return current;
      const { paymentId, amount } = madeAgain(() => planOf(current, input, atStripe, deps), shown);
      const now = deps.clock.now();
      const fact: DecisionFact = {
        kind: 'decision',
        id: decisionIdOf(shown),
        decision: 'refund',
        amount,
        about: `payment:${paymentId}`,
        actor,
        reason,
        at: decidedAt(current, now),
        source: 'ops',
      };
      return recordFact(current, fact, now);
    };
    await changeOrder({ orderId: order.orderId, read: order, change: decide }, deps);
    deps.log('refund.decided', { orderId: order.orderId, decisionId: decisionIdOf(shown) });
  }
  await doNow(order.orderId, deps);
  return doneOf(await readOrder(order.orderId, deps), shown, doneBefore);
};

const isAskedFor =
  ({ paymentId, amount }: RefundInput) =>
  ({ decision, about, amount: given }: DecisionFact): boolean =>
    decision === 'refund' &&
    (paymentId === undefined || about === `payment:${paymentId}`) &&
    (amount === undefined || (given !== undefined && sameMoney(parseMoney(amount, given.currency), given)));

/** The work stands on the order: if it can't be done now, a queue and the sweep do it. */
const doNow = async (orderId: string, deps: WorkDeps): Promise<void> => {
  try {
    await workForStripe({ orderId }, deps);
  } catch (error) {
    if (!(error instanceof ClubPaymentsError)) throw error;
    deps.log('refund.not_yet', { orderId, error: error.code });
  }
};

type AtStripe = { intent: PaymentIntentAtStripe | undefined; refunds: readonly RefundAtStripe[] };

const paymentAtStripe = async (
  order: Order,
  { paymentId, shown }: RefundInput & { shown?: string },
  deps: WorkDeps,
): Promise<AtStripe> => {
  const { id } = stillMakesSense(() => paymentToRefund(order, paymentId), shown);
  return { intent: await deps.stripe.paymentIntent(id), refunds: await deps.stripe.refundsOf(id) };
};

const planOf = (
  order: Order,
  input: RefundInput,
  atStripe: AtStripe,
  deps: Pick<WorkDeps, 'site' | 'clock'>,
): RefundPlan => {
  const payment = paymentToRefund(order, input.paymentId);
  const { currency } = payment.amount;
  if (atStripe.intent?.id !== payment.id || atStripe.intent.state !== 'succeeded') {
    throw new InvalidInput(
      `Stripe does not know ${payment.id} as a payment that succeeded. Is the stored key of the right account? "check stripe" tells.`,
    );
  }
  const refundable = refundableOf(order, payment.id, atStripe, currency);
  const amount =
    input.amount === undefined
      ? amountToRefund(order, payment, refundable.left)
      : parseMoney(input.amount, currency);
  assertRefundFits(order, payment, amount, refundable);
  const given: RefundFact = {
    kind: 'refund',
    id: 'planned',
    state: 'succeeded',
    amount,
    paymentId: payment.id,
    at: deps.clock.now(),
    source: 'ops',
  };
  return {
    hash: hashOf({ order, command: 'refund', does: [payment.id, amount, refundable.left] }, deps),
    paymentId: payment.id,
    amount,
    ...refundable,
    before: standingOf(order),
    after: standingOf(recordFact(order, given, given.at)),
  };
};

/** Counts what is at Stripe, by whoever it was made, and what was decided here and is not there yet. */
const refundableOf = (
  order: Order,
  paymentId: string,
  { intent, refunds }: AtStripe,
  currency: Money['currency'],
): Refundable => {
  const made = refunds.filter(({ state }) => state !== 'failed' && state !== 'canceled');
  const atStripe = new Set(refunds.map(({ decision }) => decision));
  const owed = refundsOwed(order).filter(
    ({ id, about }) => about === `payment:${paymentId}` && !atStripe.has(id),
  );
  const received = intent?.amount.amountMinor ?? 0;
  const givenBack = [...made, ...owed].reduce((sum, { amount }) => sum + (amount?.amountMinor ?? 0), 0);
  return {
    received: money(received, currency),
    givenBack: money(givenBack, currency),
    left: money(received - givenBack, currency),
  };
};

const doneOf = (order: Order, hash: string, doneBefore: boolean): RefundDone => {
  const decided = order.facts[`decision:${decisionIdOf(hash)}`];
  if (decided?.kind !== 'decision' || decided.amount === undefined) {
    throw new InvalidInput(`Order ${order.orderId} has no refund ${hash}.`);
  }
  const refund = refundsOf(order).find(({ decision }) => decision === decided.id);
  return {
    orderId: order.orderId,
    doneBefore,
    amount: decided.amount,
    paymentId: decided.about?.replace(/^payment:/, '') ?? '',
    refund:
      refund === undefined
        ? null
        : { id: refund.id, state: refund.state, ...(refund.why !== undefined && { why: refund.why }) },
    now: standingOf(order),
  };
};
