import { attentionOf } from './attention.ts';
import { policyOf } from './category.ts';
import { type DueWork, dueWorkKey } from './due-work.ts';
import { InvalidInput } from './errors.ts';
import { type DecisionFact, type Fact, factKey, mergeFact, type PaymentFact } from './facts.ts';
import { epochMs, type Instant, instantAfter, shardOf } from './ids.ts';
import { assertOrderAmount, type Money } from './money.ts';
import {
  contractHasEnded,
  currentSurface,
  decisionsOf,
  type Order,
  payability,
  paymentsOf,
  refundsOwed,
  type Surface,
  statusOf,
} from './order.ts';
import type { Contract } from './roster.ts';
import type { Follower } from './scanner.ts';

/** How an order changes: each function takes an order and gives the next, or the same one if nothing changed. */

export type NewOrder = Pick<
  Order,
  'orderId' | 'productId' | 'category' | 'playerId' | 'familyId' | 'period' | 'payBy' | 'closesAt' | 'test'
> & { amount: Money };

/** @throws {InvalidInput} when the amount can't be charged */
export const newOrder = (wanted: NewOrder, now: Instant): Order => {
  const { amount, ...rest } = wanted;
  return settled(
    {
      ...rest,
      originalAmount: assertOrderAmount(amount),
      shard: shardOf(wanted.orderId),
      createdAt: now,
      firstMailedOn: null,
      clickedAt: null,
      scannedAt: null,
      revision: 0,
      generation: 1,
      surfaces: [],
      mint: null,
      facts: {},
      dueWork: {},
    },
    now,
  );
};

/** Notes that a mail about it has left. Only the first one counts. @param on in the club's calendar */
export const noteFirstMail = (order: Order, on: string): Order =>
  order.firstMailedOn === null ? { ...order, firstMailedOn: on } : order;

/** A family that comes back within it is the same click. */
const CLICK_MS = 60 * 60 * 1000;

/** Notes that somebody has followed its link. The same order if that is known, to within an hour. */
export const noteClick = (order: Order, by: Follower, now: Instant): Order => {
  const field = by === 'person' ? 'clickedAt' : 'scannedAt';
  const last = order[field];
  return last !== null && epochMs(now) - epochMs(last) < CLICK_MS ? order : { ...order, [field]: now };
};

/** Adds a fact or advances one. Safe to repeat, in any sequence. */
export const recordFact = (order: Order, fact: Fact, now: Instant): Order => {
  const key = factKey(fact);
  const known = order.facts[key];
  const merged = mergeFact(known, fact);
  if (known !== undefined && sameFact(known, merged)) return order;
  const next = { ...order, facts: { ...order.facts, [key]: merged } };
  return settled(closesGeneration(next, merged) ? closeGeneration(next) : next, now);
};

/**
 * A payment has used up its link, whatever became of it: a debit that failed, or money that went back before we heard
 * that it had come. And an amendment has made the open amount wrong. Both need a new surface. Facts about an older
 * generation close nothing, or a late repetition would close the newest.
 */
const closesGeneration = (order: Order, fact: Fact): boolean => {
  if (fact.kind === 'payment') return fact.generation === order.generation;
  return fact.kind === 'decision' && fact.decision === 'amend';
};

/** Moves on to the next generation if this one has, or is about to have, a surface. */
export const closeGeneration = (order: Order): Order =>
  currentSurface(order) === undefined && order.mint === null
    ? order
    : { ...order, generation: order.generation + 1, mint: null };

/** Ends the surface `stripeId`, if it is the open one: it expired, failed, or Stripe says that it is inactive. */
export const closeSurface = (order: Order, stripeId: string, now: Instant): Order =>
  currentSurface(order)?.stripeId === stripeId ? settled(closeGeneration(order), now) : order;

export type Attempt = Pick<NonNullable<Order['mint']>, 'generation' | 'attempt'>;

/**
 * Begins a mint: an earlier, unfinished one of the same parameters is continued with the same key, unless it is the one that
 * Stripe has `failed`. Whoever was told of that failure later goes on with the attempt that was begun after it.
 */
export const reserveMint = (order: Order, digest: string, now: Instant, failed?: Attempt): Order => {
  const open = order.mint;
  const hasFailed = open?.generation === failed?.generation && open?.attempt === failed?.attempt;
  const reusable =
    open !== null &&
    open.digest === digest &&
    !hasFailed &&
    epochMs(now) - epochMs(open.reservedAt) < KEY_AGE_MS;
  if (reusable) return order;
  return {
    ...order,
    mint: { generation: order.generation, attempt: (open?.attempt ?? 0) + 1, digest, reservedAt: now },
  };
};

/** Stripe forgets an idempotency key after 24 h; well before that a new attempt begins. */
const KEY_AGE_MS = 20 * 60 * 60 * 1000;

/**
 * Keeps what Stripe made for a reservation. If the order has moved on meanwhile (paid, canceled, amended, or
 * minted by somebody else) the surface is kept all the same, closed, with the work of retiring it.
 */
export const recordSurface = (order: Order, surface: Surface, now: Instant): Order => {
  if (order.surfaces.some((known) => known.stripeId === surface.stripeId)) return order;
  const fits = surface.generation === order.generation && currentSurface(order) === undefined;
  if (fits) return settled({ ...order, surfaces: [...order.surfaces, surface], mint: null }, now);
  // Below the generation that is, or will be, open: closed from the start.
  const closed = { ...surface, generation: Math.min(surface.generation, order.generation - 1) };
  return settled({ ...order, surfaces: [...order.surfaces, closed] }, now);
};

/** Stripe confirmed that a surface can't be paid any more. */
export const surfaceRetired = (order: Order, stripeId: string, now: Instant): Order => {
  const surface = order.surfaces.find((known) => known.stripeId === stripeId);
  if (surface === undefined || surface.retiredAt !== null) return order;
  const surfaces = order.surfaces.map((known) => (known === surface ? { ...known, retiredAt: now } : known));
  return settled({ ...order, surfaces }, now);
};

/** Stripe says that it can be paid after all, though it ought to be closed: it has to be retired once more. */
export const surfaceStillActive = (order: Order, stripeId: string, now: Instant): Order => {
  const surfaces = order.surfaces.map((known) =>
    known.stripeId === stripeId ? { ...known, retiredAt: null } : known,
  );
  const next = settled({ ...order, surfaces }, now);
  return dueWorkKey({ kind: 'retire', about: stripeId }) in next.dueWork ? next : order;
};

/**
 * Keeps a surface that was made for this order, and that it does not know, as one to be retired. Where its generation
 * has no surface yet, the order moves on first: a mint that went on with the same key would be given this very one.
 */
export const recordStray = (order: Order, surface: Surface, now: Instant): Order => {
  const moves =
    surface.generation > order.generation ||
    (surface.generation === order.generation && currentSurface(order) === undefined);
  const beyond = { ...order, generation: Math.max(order.generation, surface.generation) + 1, mint: null };
  return recordSurface(moves ? beyond : order, surface, now);
};

/** Puts an order with the family that its player is of now. The same order if it is of another one than `from`. */
export const moveToFamily = (order: Order, { from, to }: { from: string; to: string }): Order =>
  order.familyId === from ? { ...order, familyId: to } : order;

/** Until when it is to be paid, and when a click stops opening a payment. The same order if nothing of it changes. */
export const changeTerms = (
  order: Order,
  { payBy, closesAt }: Pick<Order, 'payBy' | 'closesAt'>,
  now: Instant,
): Order => {
  if (order.payBy === payBy && order.closesAt === closesAt) return order;
  const { [`close:${order.orderId}`]: _appointment, ...dueWork } = order.dueWork;
  return settled({ ...order, payBy, closesAt, dueWork }, now);
};

/**
 * Tells an order what the roster knows of its player's contract, where its category asks for one. Only an end closes
 * anything. A signing is kept all the same: the news of an end before it may still be on its way here.
 */
export const recordContract = (order: Order, { state, changedAt }: Contract, now: Instant): Order => {
  if (!policyOf(order.category).contractCheckedOnClick || changedAt === undefined) return order;
  return recordFact(order, { kind: 'contract', id: changedAt, state, at: changedAt, source: 'ops' }, now);
};

/** What time alone changes: a pay-by date that has passed. */
export const passTime = (order: Order, now: Instant): Order => {
  const next = settled(order, now);
  const unchanged =
    next.generation === order.generation &&
    Object.keys(next.dueWork).length === Object.keys(order.dueWork).length;
  return unchanged ? order : next;
};

/**
 * Brings generation and due work in line with the facts. An order that can't be paid has no open surface, and
 * every closed surface has to be retired at Stripe; both follow from the order alone, so that no path can
 * forget them.
 */
const settled = (order: Order, now: Instant): Order => {
  const open = payability(order, now) === 'payable' && !contractHasEnded(order);
  const moved = open ? order : closeGeneration(order);
  const dueWork: Record<string, DueWork> = {};
  for (const work of [...workForStripe(moved, now), ...closing(moved, now), ...attentionOf(moved, now)]) {
    const key = dueWorkKey(work);
    dueWork[key] = work.kind === 'attention' ? work : (moved.dueWork[key] ?? work);
  }
  return { ...moved, dueWork };
};

/** A message asks for this work at once; it is due for the sweep only if that message was lost. */
const SWEEP_AFTER_MS = 5 * 60 * 1000;

/** A surface that nobody is to pay on any more, and that Stripe has not confirmed to be closed. */
export const isToBeRetired = (order: Order, surface: Surface): boolean =>
  surface.generation < order.generation &&
  surface.retiredAt === null &&
  (surface.kind === 'checkout_session' ||
    policyOf(order.category).deactivateLinkWhenPaid ||
    statusOf(order) !== 'paid');

const workForStripe = (order: Order, now: Instant): DueWork[] => {
  const policy = policyOf(order.category);
  const cardUnknown = (payment: PaymentFact): boolean =>
    payment.state === 'succeeded' && payment.source !== 'import' && payment.paymentMethodId === undefined;
  const work = [
    ...order.surfaces
      .filter((surface) => isToBeRetired(order, surface))
      .map(({ stripeId }) => ({ kind: 'retire', about: stripeId }) as const),
    ...(policy.saveCard ? paymentsOf(order).filter(cardUnknown) : []).map(
      ({ id }) => ({ kind: 'keep_card', about: id }) as const,
    ),
    ...refundsOwed(order).map(({ id }) => ({ kind: 'refund', about: id }) as const),
  ];
  // Most changes leave nothing to do, and to write an instant takes longer than all of this.
  if (work.length === 0) return [];
  const dueAt = instantAfter(now, SWEEP_AFTER_MS);
  return work.map((one) => ({ ...one, since: now, dueAt }));
};

/** An order that closes after its pay-by date has an appointment with the sweep. */
const closing = (order: Order, now: Instant): DueWork[] =>
  order.closesAt !== null && order.closesAt > now && statusOf(order) === 'pending'
    ? [{ kind: 'close', about: order.orderId, since: now, dueAt: order.closesAt }]
    : [];

const sameFact = (a: Fact, b: Fact): boolean => factText(a) === factText(b);
const factText = (fact: Fact): string =>
  JSON.stringify(Object.entries(fact).sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * The time of a decision that is made now. Of two decisions the later one stands, so one that was made knowing the
 * others is later than they are, whatever the clocks of their machines say.
 */
export const decidedAt = (order: Order, now: Instant): Instant => {
  const last = decisionsOf(order).at(-1)?.at;
  return last === undefined || last < now ? now : instantAfter(last, 1);
};

/** @throws {InvalidInput} when the decision makes no sense for this order, with what to do instead */
export const assertDecisionFits = (order: Order, decision: DecisionFact): void => {
  const status = statusOf(order);
  if (decision.decision === 'amend') {
    if (decision.amount === undefined) throw new InvalidInput('An amendment needs the new amount.');
    assertOrderAmount(decision.amount);
    if (decision.amount.currency !== order.originalAmount.currency) {
      throw new InvalidInput(
        `Order ${order.orderId} is in ${order.originalAmount.currency}; an amendment can't change the currency. ` +
          'Cancel it and create another.',
      );
    }
  }
  if (
    decision.decision === 'settle' &&
    (decision.about === undefined || order.dueWork[decision.about]?.kind !== 'attention')
  ) {
    throw new InvalidInput(`Order ${order.orderId} has no attention item with that key.`);
  }
  if (
    (decision.decision === 'cancel' || decision.decision === 'waive') &&
    (status === 'paid' || status === 'review')
  ) {
    throw new InvalidInput(
      `Order ${order.orderId} has received money. Refund the payment first; then it can be ended.`,
    );
  }
  if (decision.decision === 'refund') {
    throw new InvalidInput('A refund is looked at first, and then applied: "ops refund".');
  }
  if (decision.decision === 'close_link') {
    throw new InvalidInput('A link is looked at first, and then closed: "ops close-link".');
  }
};
