import * as v from 'valibot';
import {
  Blast,
  type Delivery,
  type DeliveryState,
  deliveryStates,
  isOpen,
  type ShardProgress,
  type SkipReason,
  Waiting,
} from './blast.ts';
import { clubDayOf } from './calendar.ts';
import { BlastId, epochMs, Instant, OrderId } from './ids.ts';
import { Integer } from './integer.ts';
import { type Currency, Money, money } from './money.ts';
import { dueOf, keptOf, type Order, payability, paymentsOf } from './order.ts';

/**
 * What became of a blast: folds over the rows of its ledger and the orders that they are about. Each order is
 * counted by itself and the counts are added up, so it does not matter how the ledger is split, and no more than a
 * page of it is held at a time. What could grow with the ledger is cut to the first so many by name.
 */

const Counts = v.record(v.string(), Integer);
type Counts = v.InferOutput<typeof Counts>;

/** One amount per currency, in sequence of their names; a currency of which there is nothing is left out. */
const Amounts = v.array(Money);

/** A row that a person has to look at: which mail it is about, and what is wrong with it. */
export const NamedDelivery = v.object({
  shard: Integer,
  orderId: OrderId,
  address: v.string(),
  addressKey: v.string(),
  state: v.picklist(deliveryStates),
  since: Instant,
  reason: v.nullable(v.string()),
});
export type NamedDelivery = v.InferOutput<typeof NamedDelivery>;

const activity = {
  /** Mails that left. */
  sent: Integer,
  /** Orders by the day on which their link was last followed. */
  clicked: Integer,
  /** Orders by the day of their first payment. */
  paid: Integer,
  collected: Amounts,
};
const Activity = v.object(activity);
type Activity = v.InferOutput<typeof Activity>;

const States = v.object(
  Object.fromEntries(deliveryStates.map((state) => [state, Integer])) as Record<
    DeliveryState,
    typeof Integer
  >,
);
type States = v.InferOutput<typeof States>;

/** What some orders of a blast come to. */
export const BlastTotals = v.object({
  /** Rows of the ledger by their state; together they are all of its rows. */
  states: States,
  /** Of them those that are `skipped`, and those that are `failed`, by the reason. */
  skipped: Counts,
  failed: Counts,
  /** What counts as clicked or paid is what happened after the first mail of the blast about that order left. */
  orders: v.object({
    /** With at least one row. */
    all: Integer,
    /** With at least one mail that left. */
    mailed: Integer,
    clicked: Integer,
    /** Followed by what looks like a program that looks through mails, and by nobody else. */
    scannedOnly: Integer,
    paid: Integer,
  }),
  /** What those payments brought, less what was given back of them. */
  collected: Amounts,
  /** What is owed on orders none of whose addresses the blast reached. */
  atRisk: v.object({ orders: Integer, amounts: Amounts, orderIds: v.array(OrderId) }),
  /** Whether they left is not known: a person decides. */
  held: v.array(NamedDelivery),
  /** `failed` or `bounced`: for another address, or for whoever can mend what is wrong. */
  failures: v.array(NamedDelivery),
  /** By the day of the club's calendar. */
  days: v.record(v.string(), Activity),
});
export type BlastTotals = v.InferOutput<typeof BlastTotals>;

/** What one shard came to when it was counted. */
export const ShardTotals = v.object({
  blastId: BlastId,
  shard: Integer,
  countedAt: Instant,
  totals: BlastTotals,
});
export type ShardTotals = v.InferOutput<typeof ShardTotals>;

/** So many orders, and deliveries of a kind, are named; all are counted. */
export const NAMED_AT_MOST = 50;
const REASONS_AT_MOST = 20;
const DAYS_AT_MOST = 400;
/** Stand for the reasons beyond those, and for the days. */
export const OTHER = 'other';
export const LATER = 'later';

/** When something is counted, and by which calendar. */
export type Viewpoint = { now: Instant; dayOf(at: Instant): string };

const QUARTER_HOUR_MS = 15 * 60 * 1000;

/** Asks the calendar once for each quarter of an hour: in no zone does a day begin within one. */
export const viewpoint = (now: Instant, timeZone: string): Viewpoint => {
  const days = new Map<number, string>();
  return {
    now,
    dayOf: (at) => {
      const quarter = Math.floor(epochMs(at) / QUARTER_HOUR_MS);
      const day = days.get(quarter) ?? clubDayOf(at, timeZone);
      days.set(quarter, day);
      return day;
    },
  };
};

// ---- one order ----

/** SES took the mail, whatever became of it after that. */
const leftIn = new Set<DeliveryState>(['sent', 'delivered', 'bounced', 'complained']);
/** Somebody has it, for all that is known. */
const reachedIn = new Set<DeliveryState>(['sent', 'delivered', 'complained']);
const failureIn = new Set<DeliveryState>(['failed', 'bounced']);
/** It is still to be seen whether it leaves. */
const undecidedIn = new Set<DeliveryState>(['claimed', 'released']);

/** When a mail left; null when it has not. SES may tell of a bounce before it tells of the sending. */
const leftAt = (row: Delivery): Instant | null =>
  leftIn.has(row.state) ? (row.sentAt ?? row.settledAt ?? row.claimedAt) : null;

/** @param rows all that the ledger of the blast has about the order @param order undefined when it is gone */
export const totalsOfOrder = (
  rows: readonly Delivery[],
  order: Order | undefined,
  view: Viewpoint,
): BlastTotals => {
  const departures = rows.map(leftAt).filter((at) => at !== null);
  const after = responseTo(departures.toSorted()[0], order);
  const risk = order !== undefined && isAtRisk(rows, order, view.now) ? [order] : [];
  const on = (at: Instant, what: Partial<Activity>) => ({ [view.dayOf(at)]: { ...noActivity, ...what } });
  return {
    states: statesOf(rows),
    skipped: reasonsOf(rows, 'skipped'),
    failed: reasonsOf(rows, 'failed'),
    orders: {
      all: 1,
      mailed: Number(departures.length > 0),
      clicked: Number(after.clickedAt !== null),
      scannedOnly: Number(after.clickedAt === null && after.scanned),
      paid: Number(after.payments.length > 0),
    },
    collected: added(after.payments.map(({ kept }) => kept)),
    atRisk: {
      orders: risk.length,
      amounts: added(risk.map(dueOf)),
      orderIds: risk.map(({ orderId }) => orderId),
    },
    held: rows.filter(({ state }) => state === 'held').map(named),
    failures: rows.filter(({ state }) => failureIn.has(state)).map(named),
    days: gathered(
      [
        ...departures.map((at) => on(at, { sent: 1 })),
        ...(after.clickedAt === null ? [] : [on(after.clickedAt, { clicked: 1 })]),
        // However often it was paid, it is one order.
        ...after.payments.map(({ at, kept }, i) => on(at, { paid: i === 0 ? 1 : 0, collected: [kept] })),
      ],
      sumOfActivity,
    ),
  };
};

type Response = { clickedAt: Instant | null; scanned: boolean; payments: { at: Instant; kept: Money }[] };

/** What a family did after the first mail had left. */
const responseTo = (mailedAt: Instant | undefined, order: Order | undefined): Response => {
  if (mailedAt === undefined || order === undefined) return { clickedAt: null, scanned: false, payments: [] };
  const { clickedAt, scannedAt } = order;
  return {
    clickedAt: clickedAt !== null && clickedAt >= mailedAt ? clickedAt : null,
    scanned: scannedAt !== null && scannedAt >= mailedAt,
    payments: paymentsOf(order)
      .filter(({ at }) => at >= mailedAt)
      .map((payment) => ({ at: payment.at, kept: money(keptOf(order, payment), payment.amount.currency) }))
      .filter(({ kept }) => kept.amountMinor > 0),
  };
};

/** Left out on purpose although they owe: the notice has reached who wants no reminder, and who has not signed is not asked. */
const leftOutAtNoRisk = new Set<Delivery['reason']>([
  'unsubscribed',
  'contract_unsigned',
] satisfies SkipReason[]);

const isAtRisk = (rows: readonly Delivery[], order: Order, now: Instant): boolean =>
  !order.test &&
  // All of it is owed then: with any payment kept an order is paid or in review.
  payability(order, now) === 'payable' &&
  !rows.some(
    ({ state, reason }) =>
      reachedIn.has(state) || undecidedIn.has(state) || (state === 'skipped' && leftOutAtNoRisk.has(reason)),
  );

const named = (row: Delivery): NamedDelivery => ({
  shard: row.shard,
  orderId: row.orderId,
  address: row.address,
  addressKey: row.addressKey,
  state: row.state,
  since: row.settledAt ?? row.claimedAt,
  reason: row.reason,
});

const statesOf = (rows: readonly Delivery[]): States => {
  const states = { ...noStates };
  for (const { state } of rows) states[state] += 1;
  return states;
};

const reasonsOf = (rows: readonly Delivery[], wanted: DeliveryState): Counts =>
  gathered(
    rows.filter(({ state }) => state === wanted).map(({ reason }) => ({ [reason || OTHER]: 1 })),
    plus,
  );

// ---- many ----

/** What several parts come to together, whichever way the whole was split. */
export const sumOf = (parts: readonly BlastTotals[]): BlastTotals => ({
  states: fieldwise(
    parts.map(({ states }) => states),
    noStates,
  ),
  skipped: gathered(
    parts.map(({ skipped }) => skipped),
    plus,
  ),
  failed: gathered(
    parts.map(({ failed }) => failed),
    plus,
    { most: REASONS_AT_MOST, beyond: OTHER },
  ),
  orders: fieldwise(
    parts.map(({ orders }) => orders),
    { all: 0, mailed: 0, clicked: 0, scannedOnly: 0, paid: 0 },
  ),
  collected: added(parts.flatMap(({ collected }) => collected)),
  atRisk: {
    orders: parts.reduce((sum, { atRisk }) => sum + atRisk.orders, 0),
    amounts: added(parts.flatMap(({ atRisk }) => atRisk.amounts)),
    orderIds: parts
      .flatMap(({ atRisk }) => atRisk.orderIds)
      .sort()
      .slice(0, NAMED_AT_MOST),
  },
  held: firstOf(parts.flatMap(({ held }) => held)),
  failures: firstOf(parts.flatMap(({ failures }) => failures)),
  days: gathered(
    parts.map(({ days }) => days),
    sumOfActivity,
    { most: DAYS_AT_MOST, beyond: LATER },
  ),
});

/** How many rows of the ledger these totals are about. */
export const rowsIn = ({ states }: BlastTotals): number =>
  Object.values(states).reduce((sum, count) => sum + count, 0);

const noStates = Object.fromEntries(deliveryStates.map((state) => [state, 0])) as States;
const noActivity: Activity = { sent: 0, clicked: 0, paid: 0, collected: [] };

const plus = (a: number, b: number): number => a + b;
const nameOf = ({ orderId, addressKey }: NamedDelivery): string => `${orderId}#${addressKey}`;
const firstOf = (rows: readonly NamedDelivery[]): NamedDelivery[] =>
  rows.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).slice(0, NAMED_AT_MOST);

const sumOfActivity = (a: Activity, b: Activity): Activity => ({
  sent: a.sent + b.sent,
  clicked: a.clicked + b.clicked,
  paid: a.paid + b.paid,
  collected: added([...a.collected, ...b.collected]),
});

const fieldwise = <K extends string>(all: readonly Record<K, number>[], zero: Record<K, number>) => {
  const sums = { ...zero };
  for (const one of all) for (const key of Object.keys(zero) as K[]) sums[key] += one[key];
  return sums;
};

const added = (amounts: readonly Money[]): Money[] => {
  const sums = new Map<Currency, number>();
  for (const { currency, amountMinor } of amounts) {
    sums.set(currency, (sums.get(currency) ?? 0) + amountMinor);
  }
  return [...sums]
    .filter(([, amountMinor]) => amountMinor !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, amountMinor]) => money(amountMinor, currency));
};

/**
 * Adds up by name, and in sequence of the names. Beyond the first `most` names all goes under one: a name that is
 * among the first of all is among the first of each part, so what is left does not depend on how it was split.
 */
const gathered = <T>(
  all: readonly Readonly<Record<string, T>>[],
  add: (a: T, b: T) => T,
  limit?: { most: number; beyond: string },
): Record<string, T> => {
  const sums = new Map<string, T>();
  const put = (name: string, value: T): void => {
    const known = sums.get(name);
    sums.set(name, known === undefined ? value : add(known, value));
  };
  for (const one of all) for (const [name, value] of Object.entries(one)) put(name, value);
  if (limit !== undefined) {
    const names = [...sums.keys()].filter((name) => name !== limit.beyond).sort();
    for (const name of names.slice(limit.most)) {
      const value = sums.get(name);
      sums.delete(name);
      if (value !== undefined) put(limit.beyond, value);
    }
  }
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
};

// ---- the report ----

/** From all who were to be written to, to those who paid. Deliveries, but for `orders`. */
export const Funnel = v.object({
  /** All of them: `sent`, `skipped`, `failed`, `held`, `waiting` and `notBegun` add up to it. */
  audience: Integer,
  /** SES took them; what became of them since is among the next three, or not known yet. */
  sent: Integer,
  delivered: Integer,
  bounced: Integer,
  /** Delivered, and called spam by whom they reached. */
  complained: Integer,
  skipped: Integer,
  failed: Integer,
  held: Integer,
  /** In the ledger, and not sent yet. */
  waiting: Integer,
  /** Approved, and not in the ledger yet; more than there will be, if some of them paid since. */
  notBegun: Integer,
  orders: BlastTotals.entries.orders,
  collected: Amounts,
});
export type Funnel = v.InferOutput<typeof Funnel>;

/** Of a blast with which there is something to do. Beyond what is recorded of it: times that have not come yet. */
const Waits = v.object({
  reason: v.picklist([
    ...Waiting.entries.reason.options,
    /** Its start is still to come. */
    'not_due',
    /** Tried last, SES took nothing; since then somebody has paused and resumed it. */
    'parked',
    /** All are written to; somebody new is looked for once more. */
    'closing_pass',
    /** Nobody new was found, and of some mails it is not known whether they left. */
    'unclear',
  ]),
  since: v.nullable(Instant),
  until: Waiting.entries.until,
  by: Waiting.entries.by,
});
export type Waits = v.InferOutput<typeof Waits>;

/**
 * The ledger against what was counted before the mailing left. Each mail counted then has its row at the end, sent or
 * not; more rows than that are addresses that came later.
 */
const Account = v.object({
  /** Mails of the audience that was approved, those that were to be left out too; null where nobody had to approve. */
  counted: v.nullable(Integer),
  ledger: Integer,
  /** Counted, and without a row at the end: nobody accounts for them. */
  missing: Integer,
});
type Account = v.InferOutput<typeof Account>;

export const BlastReport = v.object({
  blast: Blast,
  /** Why nothing is sent just now; null while mails leave, and at the end. */
  waits: v.nullable(Waits),
  shards: v.object({ done: Integer, of: Integer }),
  /** When each part of the ledger was counted. */
  parts: v.array(v.object({ shard: Integer, countedAt: Instant })),
  funnel: Funnel,
  account: Account,
  /** Why mails were not sent. */
  skipped: Counts,
  failed: Counts,
  atRisk: BlastTotals.entries.atRisk,
  held: BlastTotals.entries.held,
  failures: BlastTotals.entries.failures,
  /** Days on which something happened, in their sequence. */
  days: v.array(v.object({ day: v.string(), ...activity })),
});
export type BlastReport = v.InferOutput<typeof BlastReport>;

/** A blast in the list of all: what was counted last, which may be long ago, or null. */
export const ListedBlast = v.object({
  blast: Blast,
  waits: v.nullable(Waits),
  funnel: v.nullable(Funnel),
  /** Of the part that was counted longest ago. */
  countedAt: v.nullable(Instant),
});
export type ListedBlast = v.InferOutput<typeof ListedBlast>;

export const funnelOf = (blast: Blast, totals: BlastTotals): Funnel => {
  const { states } = totals;
  const rows = rowsIn(totals);
  const approved = blast.approved?.deliveries ?? 0;
  const notBegun = blast.state === 'complete' ? 0 : Math.max(0, approved - (rows - states.skipped));
  return {
    audience: rows + notBegun,
    sent: countIn(states, leftIn),
    delivered: states.delivered + states.complained,
    bounced: states.bounced,
    complained: states.complained,
    skipped: states.skipped,
    failed: states.failed,
    held: states.held,
    waiting: countIn(states, undecidedIn),
    notBegun,
    orders: totals.orders,
    collected: totals.collected,
  };
};

const countIn = (states: States, wanted: ReadonlySet<DeliveryState>): number =>
  deliveryStates.reduce((sum, state) => (wanted.has(state) ? sum + states[state] : sum), 0);

export const accountOf = ({ approved, state }: Blast, totals: BlastTotals): Account => {
  const ledger = rowsIn(totals);
  if (approved === null) return { counted: null, ledger, missing: 0 };
  const counted = approved.deliveries + approved.leftOut;
  return { counted, ledger, missing: state === 'complete' ? Math.max(0, counted - ledger) : 0 };
};

/** @param shards empty before it has begun */
export const waitsOf = (blast: Blast, shards: readonly ShardProgress[], now: Instant): Waits | null => {
  if (!isOpen(blast)) return null;
  const { waiting } = blast;
  // Nobody clears this one: the workers that wait for it go on by themselves.
  const isOver = waiting?.reason === 'rate' && waiting.until !== null && waiting.until <= now;
  if (waiting !== null && !isOver) return waiting;
  if (blast.state === 'planned' && blast.startsAt > now) {
    return { reason: 'not_due', since: blast.createdAt, until: blast.startsAt };
  }
  const left = shards.filter(({ done }) => !done);
  const wakes = left.map(({ wakeAt }) => wakeAt).filter((at) => at !== null && at > now);
  const [next] = wakes.toSorted();
  if (next === undefined || wakes.length < left.length) return null;
  return { reason: reasonToSleep(left), since: null, until: next };
};

const reasonToSleep = (asleep: readonly ShardProgress[]): Waits['reason'] => {
  if (asleep.every(({ swept }) => swept)) return 'unclear';
  return asleep.some(isParked) ? 'parked' : 'closing_pass';
};

/** Before a closing pass a shard sleeps at its start, and before that nowhere: one that does was stopped by SES. */
const isParked = ({ swept, pass, cursor, addedInPass }: ShardProgress): boolean =>
  !swept && (pass === 1 || cursor !== null || addedInPass > 0);

export const reportOf = (
  blast: Blast,
  shards: readonly ShardProgress[],
  parts: readonly ShardTotals[],
  now: Instant,
): BlastReport => {
  const totals = sumOf(parts.map((part) => part.totals));
  return {
    blast,
    waits: waitsOf(blast, shards, now),
    shards: { done: shards.filter(({ done }) => done).length, of: shards.length },
    parts: parts.map(({ shard, countedAt }) => ({ shard, countedAt })),
    funnel: funnelOf(blast, totals),
    account: accountOf(blast, totals),
    skipped: totals.skipped,
    failed: totals.failed,
    atRisk: totals.atRisk,
    held: totals.held,
    failures: totals.failures,
    days: Object.entries(totals.days).map(([day, what]) => ({ day, ...what })),
  };
};
