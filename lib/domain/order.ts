import * as v from 'valibot';
import { ProductCategory } from './category.ts';
import { DueWork } from './due-work.ts';
import {
  type ContractFact,
  type DecisionFact,
  type DisputeFact,
  Fact,
  type Facts,
  type PaymentFact,
  type RefundFact,
} from './facts.ts';
import { CalendarDate, FamilyId, ImportId, Instant, OrderId, PlayerId, ProductId } from './ids.ts';
import { instantAfter } from './instant.ts';
import { Integer } from './integer.ts';
import { Money, money } from './money.ts';

/** The Stripe object that a parent pays on. Every one that an order ever had is kept, until it is retired and after. */
export const Surface = v.object({
  kind: v.picklist(['payment_link', 'checkout_session']),
  /** `plink_…` or `cs_…` */
  stripeId: v.string(),
  /** Null for a surface of an older system whose address was not kept. */
  url: v.nullable(v.string()),
  generation: Integer,
  amount: Money,
  mintedAt: Instant,
  /** When Stripe ends a session, as Stripe told it; null for a link, which has no end. */
  expiresAt: v.nullable(Instant),
  /** When Stripe confirmed that it can't be paid any more. */
  retiredAt: v.nullable(Instant),
  /** Made by an older system: its Stripe address itself was mailed. */
  imported: v.boolean(),
});
export type Surface = v.InferOutput<typeof Surface>;

/** A mint that has begun: the same generation, attempt and digest give the same idempotency key. */
export const MintReservation = v.object({
  generation: Integer,
  attempt: Integer,
  /** Of the parameters that will be sent to Stripe. */
  digest: v.string(),
  reservedAt: Instant,
});
export type MintReservation = v.InferOutput<typeof MintReservation>;

/** One debt of one family for one product, and for one period where the product has them. */
export const Order = v.object({
  orderId: OrderId,
  productId: ProductId,
  category: ProductCategory,
  playerId: PlayerId,
  familyId: FamilyId,
  /** For example `2026-05` for a monthly fee; null where a product is owed once. */
  period: v.nullable(v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,32}$/))),
  /** The amount first asked for; decisions may have amended it since: see {@link dueOf}. */
  originalAmount: Money,
  payBy: v.nullable(CalendarDate),
  /** When a click stops opening a payment; null for an order that stays payable after its pay-by date. */
  closesAt: v.nullable(Instant),
  /** The club's own test order: listed, but outside recovery, blasts, alarms and totals. */
  test: v.boolean(),
  /** Where a shard of a product's orders is read; stored, never computed a second time. */
  shard: Integer,
  createdAt: Instant,
  /** The day, in the club's calendar, on which the first mail about it left; null: none has. Reminders count from it. */
  firstMailedOn: v.nullable(CalendarDate),
  /** When somebody last followed its link, to within an hour; null: nobody has. */
  clickedAt: v.nullable(Instant),
  /** The same for what looks like a program that follows the links of a mail before anybody reads it. */
  scannedAt: v.nullable(Instant),
  /** Counts writes; each write is conditional on the one that was read. */
  revision: Integer,
  /** The number of the surface that may be open now; surfaces with a lower one are closed. */
  generation: Integer,
  surfaces: v.array(Surface),
  mint: v.nullable(MintReservation),
  facts: v.record(v.string(), Fact),
  dueWork: v.record(v.string(), DueWork),
  /** The import that brought it: until that is committed, nobody is mailed about it and nothing is made of it. */
  importId: v.exactOptional(ImportId),
  /** Of the tokens that an older system mailed for it: by these its family is found (`legacyTokenHash`). */
  legacyTokenHashes: v.exactOptional(v.array(v.string())),
});
export type Order = v.InferOutput<typeof Order>;

export type OrderStatus = 'pending' | 'processing' | 'paid' | 'review' | 'refunded' | 'canceled' | 'waived';

// ---- what an order is now: folds over its facts, nothing of it stored ----

const byTime = (a: { at: Instant; id: string }, b: { at: Instant; id: string }): number =>
  a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1;

const factsOf = <K extends Fact['kind']>(facts: Facts, kind: K): Extract<Fact, { kind: K }>[] =>
  Object.values(facts)
    .filter((fact): fact is Extract<Fact, { kind: K }> => fact.kind === kind)
    .sort(byTime);

export const decisionsOf = (order: Order): DecisionFact[] => factsOf(order.facts, 'decision');
export const paymentsOf = (order: Order): PaymentFact[] => factsOf(order.facts, 'payment');
export const refundsOf = (order: Order): RefundFact[] => factsOf(order.facts, 'refund');
export const disputesOf = (order: Order): DisputeFact[] => factsOf(order.facts, 'dispute');

/** Decisions to give money back that nothing has come of yet, neither a refund nor a refusal. */
export const refundsOwed = (order: Order): DecisionFact[] => {
  const carriedOut = new Set(refundsOf(order).map(({ decision }) => decision));
  return decisionsOf(order).filter(({ decision, id }) => decision === 'refund' && !carriedOut.has(id));
};

/** What the order was told of its player's contract, the latest last. */
export const contractsOf = (order: Order): ContractFact[] => factsOf(order.facts, 'contract');
/** True while the contract of its player has ended: nothing of it may be open. */
export const contractHasEnded = (order: Order): boolean => contractsOf(order).at(-1)?.state === 'ended';

/** What is owed in all: the amount of the latest amendment, or the first one. */
export const dueOf = (order: Order): Money =>
  decisionsOf(order).findLast((decision) => decision.decision === 'amend')?.amount ?? order.originalAmount;

/** What the same is owed for the next time. An order that was divided is less than that: its rest is owed elsewhere. */
export const dueAgainOf = (order: Order): Money =>
  decisionsOf(order).findLast(({ decision, about }) => decision === 'amend' && about === undefined)?.amount ??
  order.originalAmount;

/** What has gone back for good, of whichever payment, the latest last. */
export const returnsOf = (order: Order): (RefundFact | DisputeFact)[] =>
  [
    ...refundsOf(order).filter(({ state }) => state === 'succeeded'),
    ...disputesOf(order).filter(({ state }) => state === 'lost'),
  ].sort(byTime);

/** What is left of one payment after its refunds and lost disputes, in minor units. */
export const keptOf = (order: Order, payment: PaymentFact): number => {
  if (payment.state !== 'succeeded') return 0;
  const given = returnsOf(order).filter(
    (fact) => fact.paymentId === payment.id && fact.amount.currency === payment.amount.currency,
  );
  return given.reduce((left, fact) => left - fact.amount.amountMinor, payment.amount.amountMinor);
};

/** Received less refunded less lost in disputes, in the order's currency. */
export const netOf = (order: Order): Money => {
  const { currency } = order.originalAmount;
  return money(
    paymentsOf(order)
      .filter((payment) => payment.amount.currency === currency)
      .reduce((net, payment) => net + keptOf(order, payment), 0),
    currency,
  );
};

type Ending = DecisionFact & { decision: 'cancel' | 'waive' | 'reopen' };
const isEnding = (fact: DecisionFact): fact is Ending =>
  fact.decision === 'cancel' || fact.decision === 'waive' || fact.decision === 'reopen';

/** What a person decided last about whether it is still owed, if anybody did. */
export const standingDecision = (order: Order): Ending | undefined => decisionsOf(order).findLast(isEnding);

/** How ops ended the debt, if they did; an order of nothing is waived. */
export const endOf = (order: Order): 'canceled' | 'waived' | null => {
  const standing = standingDecision(order)?.decision;
  if (standing === 'cancel') return 'canceled';
  return standing === 'waive' || dueOf(order).amountMinor === 0 ? 'waived' : null;
};

export const statusOf = (order: Order): OrderStatus => {
  const due = dueOf(order);
  const net = netOf(order).amountMinor;
  const payments = paymentsOf(order);
  const ended = endOf(order);
  const foreign = payments.some(
    (payment) => payment.amount.currency !== due.currency && keptOf(order, payment) !== 0,
  );

  if (foreign) return 'review';
  if (net !== 0) return net === due.amountMinor && ended === null ? 'paid' : 'review';
  if (payments.some((payment) => payment.state === 'processing')) return 'processing';
  if (ended !== null) return ended;
  if (payments.some((payment) => payment.state === 'succeeded') && !isOwedAgain(order)) return 'refunded';
  return 'pending';
};

/** Whether somebody has opened it again after the last of what was given back. */
export const isOwedAgain = (order: Order): boolean => {
  const lastReturn = returnsOf(order).at(-1);
  const reopened = standingDecision(order);
  return reopened?.decision === 'reopen' && lastReturn !== undefined && reopened.at >= lastReturn.at;
};

/** Whether a click may open a payment now; otherwise why not. `closed`: its pay-by date has passed. */
export const payability = (
  order: Order,
  now: Instant,
): 'payable' | 'closed' | Exclude<OrderStatus, 'pending'> => {
  const status = statusOf(order);
  if (status !== 'pending') return status;
  return order.closesAt !== null && order.closesAt <= now ? 'closed' : 'payable';
};

/** Whoever opens a page has to find a card and type it: one that ends sooner is not where a click leads. In milliseconds. */
const LEAST_TIME_TO_PAY_MS = 10 * 60 * 1000;

/**
 * The surface that a click leads to, if there is one and it can still be paid. One of an older system never
 * is: what became of it is not known here, so a click mints instead.
 */
export const openSurface = (order: Order, now: Instant): (Surface & { url: string }) | undefined =>
  order.surfaces.find(
    (surface): surface is Surface & { url: string } =>
      surface.generation === order.generation &&
      surface.url !== null &&
      !surface.imported &&
      surface.retiredAt === null &&
      (surface.expiresAt === null || surface.expiresAt > instantAfter(now, LEAST_TIME_TO_PAY_MS)),
  );

/** The Stripe object of this generation, open or not. */
export const currentSurface = (order: Order): Surface | undefined =>
  order.surfaces.find((surface) => surface.generation === order.generation);

/** When and how much was paid, for the page that says so. */
export const paidAt = (order: Order): Instant | undefined =>
  paymentsOf(order).findLast((payment) => payment.state === 'succeeded' && keptOf(order, payment) > 0)?.at;

/** One debt is one order, however often it is visited: two orders of one natural key are one too many. */
export const naturalKey = (order: Pick<Order, 'productId' | 'playerId' | 'period'>): string =>
  [order.productId, order.playerId, order.period ?? ''].join('/');
