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
  /** In how many histories a method of a port was called: `orders.save`. */
  'method',
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
  for (const { index, port, method } of allSites())
    if (club.called[index]) saw('method', `${port}.${method}`);
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

/** All that there is to be seen. What methods there are is known once a history was lived through. */
export const visitable = (): Record<Subject, string[]> => ({
  status: [...statuses],
  transition: statuses.flatMap((from) => statuses.filter((to) => to !== from).map((to) => `${from} > ${to}`)),
  delivery: [...deliveryStates, ...skipReasons.map((reason) => `skipped: ${reason}`)],
  blast: [...blastStates],
  answer: [...answers],
  attention: [...attentionReasons],
  finding: [...findingKinds],
  method: allSites().map(({ port, method }) => `${port}.${method}`),
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

/** Each is true of all that it names: that something is seen which has a reason never to be is a mistake. */
export const reasons: readonly {
  of: readonly Subject[];
  which: RegExp;
  /** What it is, and why that never is: both as docs/testing.md has them. */
  inWords: string;
  why: string;
  /** It can be seen, but hardly in so few histories. */
  seldom?: true;
}[] = [
  {
    of: ['transition'],
    which: /^paid > (canceled|waived)$/,
    inWords: 'An order that was paid, and is canceled or waived in the same write',
    why: 'An order that has received money can not be ended before that went back, which is a write of its own.',
  },
  {
    of: ['transition'],
    which: /^(canceled|waived) > paid$/,
    inWords: 'An order that was canceled or waived, and is paid in the same write',
    why: 'Money on an ended order is for a person to look at; it counts once the order is opened again, by a second write.',
  },
  {
    of: ['transition'],
    which: /^canceled > refunded$/,
    inWords: 'An order that was canceled, and is refunded in the same write (seldom)',
    why: 'It takes a volunteer who opens it again within two seconds of the refund, on a machine whose clock is behind: once in some 30,000 histories.',
    seldom: true,
  },
  {
    of: ['attention'],
    which: /^wrong_currency$/,
    inWords: 'A payment in another currency, shown to a person',
    why: 'Everything here is in one currency; what comes in another has tests of its own.',
  },
  {
    of: ['method', 'fault'],
    which: /\b(imports\.\w+|orders\.committedAt)$/,
    inWords: 'The methods that imports of files call',
    why: "Rows come one by one here, from the club's own system; the import of a file has crash tests of its own.",
  },
  {
    of: ['method', 'fault'],
    which: /\broster\.put(Player|Family|Product)$/,
    inWords: 'The methods that write a player, a family or a product without looking',
    why: 'Only the command that makes a test order writes so; here families stand before the history begins.',
  },
  {
    of: ['method', 'fault'],
    which: /\broster\.pageOfFamilies$/,
    inWords: 'The list of all families',
    why: 'Only an export lists all families, and an export changes nothing.',
  },
];

/** Why something can't be seen here. */
export const whyNever = (subject: Subject, what: string): string | undefined =>
  reasons.find(({ of, which }) => of.includes(subject) && which.test(what))?.why;

type Thing = { subject: Subject; what: string };

/** What was never seen, and has no reason not to be. */
export const unvisited = (coverage: Coverage): Thing[] => {
  const all = visitable();
  return subjects.flatMap((subject) =>
    all[subject]
      .filter((what) => coverage[subject][what] === undefined && whyNever(subject, what) === undefined)
      .map((what) => ({ subject, what })),
  );
};

/** What was seen although it has a reason never to be: the reason is wrong. */
export const seenAgainstReason = (coverage: Coverage): Thing[] => {
  const never = reasons.filter(({ seldom }) => seldom !== true);
  return subjects.flatMap((subject) =>
    Object.keys(coverage[subject])
      .filter((what) => never.some(({ of, which }) => of.includes(subject) && which.test(what)))
      .map((what) => ({ subject, what })),
  );
};

/** From so many histories on, with all faults, everything that has no reason is to be seen. */
export const ENOUGH = 20_000;

/** What is wrong with a coverage, in sentences. */
export const complaintsOf = (coverage: Coverage, histories: number): string[] => [
  ...seenAgainstReason(coverage).map(
    ({ subject, what }) => `${subject} "${what}" was seen, and has a reason never to be.`,
  ),
  ...(histories < ENOUGH ? [] : unvisited(coverage)).map(
    ({ subject, what }) => `${subject} "${what}" was never seen, and has no reason not to be.`,
  ),
];
