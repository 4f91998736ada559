import { attentionItemsOf } from '../../lib/domain/attention.ts';
import { blastStates, deliveryStates, skipReasons } from '../../lib/domain/blast.ts';
import { attentionReasons } from '../../lib/domain/due-work.ts';
import { type Order, type OrderStatus, statusOf } from '../../lib/domain/order.ts';
import { findingKinds } from '../../lib/domain/reconciliation.ts';
import type { Club } from './club.ts';
import { allSites } from './faults.ts';

/** How often each state, each step from one to another, and each fault at each call was seen. */
export type Coverage = Record<Subject, Record<string, number>>;

export const subjects = [
  /** Statuses of orders. */
  'status',
  /** From which status to which an order went in one write: `pending > paid`. */
  'transition',
  /** States of deliveries, and why mails were not sent. */
  'delivery',
  'blast',
  /** What a click was answered with. */
  'answer',
  /** Why something was shown to a person. */
  'attention',
  /** What reconciliation found. */
  'finding',
  /** Which fault at which call: `crash at orders.save`. */
  'fault',
] as const;
export type Subject = (typeof subjects)[number];

export const noCoverage = (): Coverage =>
  Object.fromEntries(subjects.map((subject) => [subject, {}])) as Coverage;

export const coverageOf = (club: Club, coverage: Coverage): void => {
  const saw = (subject: Subject, what: string): void => {
    coverage[subject][what] = (coverage[subject][what] ?? 0) + 1;
  };
  for (const { site, fault } of club.befell) saw('fault', `${fault} at ${site}`);
  for (const [subject, what] of club.seen) saw(subject, what);
  for (const { orderId } of club.watched.now()) {
    let facts: Order['facts'] | undefined;
    let before: OrderStatus | undefined;
    for (const { order } of club.watched.states(orderId)) {
      // Its status follows from its facts, and so does what is shown to a person.
      if (order.facts === facts) continue;
      facts = order.facts;
      const status = statusOf(order);
      if (before !== status) saw('status', status);
      if (before !== undefined && before !== status) saw('transition', `${before} > ${status}`);
      before = status;
      for (const { reason } of attentionItemsOf(order)) saw('attention', reason);
    }
  }
};

export const mergeCoverage = (into: Coverage, more: Coverage): void => {
  for (const subject of subjects) {
    for (const [what, times] of Object.entries(more[subject])) {
      into[subject][what] = (into[subject][what] ?? 0) + times;
    }
  }
};

/** All that there is to be seen, and that nothing keeps from happening. */
export const visitable = (): Record<Subject, string[]> => ({
  status: [...statuses],
  transition: statuses.flatMap((from) => statuses.filter((to) => to !== from).map((to) => `${from} > ${to}`)),
  delivery: [...deliveryStates, ...skipReasons.map((reason) => `skipped: ${reason}`)],
  blast: [...blastStates],
  answer: [...answers],
  attention: [...attentionReasons],
  finding: [...findingKinds],
  fault: allSites().flatMap(({ port, method, possible }) =>
    possible.map((fault) => `${fault} at ${port}.${method}`),
  ),
});

const statuses: readonly OrderStatus[] = [
  'pending',
  'processing',
  'paid',
  'review',
  'refunded',
  'canceled',
  'waived',
];

const answers = [
  'redirect',
  'not_found',
  'replaced',
  'on_its_way',
  'sign_contract',
  'unavailable',
  'paid',
  'processing',
  'review',
  'refunded',
  'closed',
  'canceled',
  'waived',
] as const;

/** What was never seen, and has no reason not to be. */
export const unvisited = (coverage: Coverage): { subject: Subject; what: string }[] => {
  const all = visitable();
  return subjects.flatMap((subject) =>
    all[subject]
      .filter((what) => coverage[subject][what] === undefined && whyNever(subject, what) === undefined)
      .map((what) => ({ subject, what })),
  );
};

/** Why something can't be seen here. */
export const whyNever = (subject: Subject, what: string): string | undefined =>
  reasons.find(({ of, which }) => of === subject && which.test(what))?.why;

const reasons: { of: Subject; which: RegExp; why: string }[] = [];
