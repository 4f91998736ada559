import { createHash, hash } from 'node:crypto';
import * as v from 'valibot';
import { policyOf } from './category.ts';
import { type Fact, isLaterState } from './facts.ts';
import { epochMs, Instant, instant, instantAfter, shardNumbers } from './ids.ts';
import { Integer } from './integer.ts';
import { sameMoney } from './money.ts';
import { currentSurface, dueOf, type Order, payability } from './order.ts';
import { isToBeRetired } from './order-changes.ts';
import { AmountAtStripe } from './payment-notice.ts';

/**
 * What reconciliation finds, each kind with who settles it: `repair` is certain and done by itself, `person` needs
 * somebody who knows more than Stripe and we do.
 */
export const treatments = {
  /** A payment at Stripe that the order does not know, or not so far: its webhook was lost. */
  lost_payment: 'repair',
  lost_refund: 'repair',
  lost_dispute: 'repair',
  /** A link that can be paid, of an order that can't be, or that has another. */
  active_on_closed: 'repair',
  /** A link for an order that does not know it. */
  orphan_link: 'repair',
  /** The order's own link is inactive at Stripe: whoever clicks is led to a page that takes no money. */
  inactive_surface: 'repair',
  /** Machine work that is long overdue: tried once more, and for a person if Stripe refuses it. */
  overdue_work: 'repair',
  /** A payment of ours without an order. */
  unmatched: 'person',
  /** A link of ours for an order that is not there. */
  orphan_without_order: 'person',
  /** A link of an older system that can be paid though the order can't, and does not show to be this order's. */
  active_not_ours: 'person',
  /** A mail of which nobody knows whether it left. */
  held_delivery: 'person',
  /** A mailing that does not move. */
  stuck_blast: 'person',
} as const satisfies Record<string, 'repair' | 'person'>;
export type FindingKind = keyof typeof treatments;
export const findingKinds = Object.keys(treatments) as [FindingKind, ...FindingKind[]];

export const Finding = v.object({
  kind: v.picklist(findingKinds),
  /** What it is about, by its id: of the payment, refund, dispute or link at Stripe, of the order, delivery or mailing here. */
  about: v.string(),
  /** By what it is read again, where that is another id: the session of a payment. */
  via: v.nullable(v.string()),
  orderId: v.nullable(v.string()),
  /** As Stripe has it. */
  amount: v.nullable(AmountAtStripe),
  foundAt: Instant,
});
export type Finding = v.InferOutput<typeof Finding>;

export const FindingResult = v.object({
  /** `known`: nothing was left to repair by then. `failed`: for a person, `detail` says why. */
  outcome: v.picklist(['repaired', 'known', 'failed']),
  detail: v.string(),
  at: Instant,
});
export type FindingResult = v.InferOutput<typeof FindingResult>;

export const KeptFinding = v.object({ ...Finding.entries, result: v.nullable(FindingResult) });
export type KeptFinding = v.InferOutput<typeof KeptFinding>;

/** One per kind and object: found a second time, it is the same one. Sorts by kind. */
export const findingKey = ({ kind, about }: Pick<Finding, 'kind' | 'about'>): string => `${kind}#${about}`;

/** Over what was found, not over when: the same findings have the same hash. Takes them one by one, in sequence of their keys. */
export const findingsHash = () => {
  const all = createHash('sha256');
  return {
    add({ kind, about, orderId, amount }: Finding): void {
      all.update(`${JSON.stringify([kind, about, orderId, amount?.amountMinor, amount?.currency])}\n`);
    },
    text: (): string => all.digest('hex').slice(0, 32),
  };
};

/** How many of a kind, and over how much, by currency. */
export const Found = v.object({ count: Integer, sums: v.record(v.string(), Integer) });
export type Found = v.InferOutput<typeof Found>;
const counts = v.record(v.string(), Integer);

export const runPhases = ['money', 'links', 'orders', 'mail', 'repair', 'sum', 'done'] as const;
export type RunPhase = (typeof runPhases)[number];

/**
 * One reconciliation, and how far it has come. Each phase has cells, which can be worked on side by side and each of
 * which is gone through page by page; whoever goes on after a crash repeats at most the pages that were being read.
 */
export const Run = v.object({
  runId: v.string(),
  /** What was opened at Stripe from then on is compared. */
  since: Instant,
  startedAt: Instant,
  /** Who lets it repair what it finds; null: it only looks. */
  repairs: v.nullable(v.object({ by: v.string(), at: Instant })),
  phase: v.picklist(runPhases),
  /** Of the cells of this phase, the first that nobody has begun, */
  next: Integer,
  /** and those that have been begun and not ended: after which item to go on. */
  open: v.record(v.string(), v.nullable(v.string())),
  products: v.array(v.string()),
  /** When the list of active links was begun: a link that was made later is not judged. */
  linksFrom: v.nullable(Instant),
  /** How often that list had to be begun anew. */
  restarts: Integer,
  looked: counts,
  requests: Integer,
  /** Families who owe, by what page of the older system is their only one, and has ended: `recover` finds them. */
  stranded: v.object({ sessions: Integer, links: Integer }),
  /** How far each open mailing had come, as the sum of its shards' revisions. */
  blasts: counts,
  /** What Stripe, or a row that can't be read, kept from being compared: sentences. */
  problems: v.array(v.string()),
  hash: v.nullable(v.string()),
  found: v.record(v.string(), Found),
  results: counts,
  endedAt: v.nullable(Instant),
  lease: v.nullable(v.object({ owner: v.string(), until: Instant })),
  revision: Integer,
});
export type Run = v.InferOutput<typeof Run>;

/** What is told of it to whoever asked. */
export const ToldRun = v.object({
  ...v.omit(Run, ['next', 'open', 'products', 'linksFrom', 'blasts', 'lease', 'revision']).entries,
  /** `links` is null when Stripe's links were not compared. */
  stranded: v.object({ sessions: Integer, links: v.nullable(Integer) }),
  done: v.boolean(),
  /** Somebody else works on it. */
  busy: v.boolean(),
});
export type ToldRun = v.InferOutput<typeof ToldRun>;

export const newRun = (input: Pick<Run, 'runId' | 'since' | 'repairs'>, now: Instant): Run => ({
  ...input,
  startedAt: now,
  phase: 'money',
  next: 0,
  open: {},
  products: [],
  linksFrom: null,
  restarts: 0,
  looked: {},
  requests: 0,
  stranded: { sessions: 0, links: 0 },
  blasts: {},
  problems: [],
  hash: null,
  found: {},
  results: {},
  endedAt: null,
  lease: null,
  revision: 0,
});

/** A piece of a phase. */
export type Cell =
  | { kind: 'payments' | 'refunds' | 'disputes'; from: Instant; to: Instant }
  | {
      kind: 'orders';
      productId: string /** Of several, which are gone through one after the other. */;
      firstShard: number;
    }
  | { kind: 'links' | 'unmatched' | 'held' | 'blasts' | 'overdue' | 'sum' | 'repair' };

/** What is looked at by itself fits into one cell of each kind: most accounts are asked for one page of it. */
const CELL_MS = 46 * 24 * 60 * 60 * 1000;

/** Most products have few orders in each shard. */
export const SHARDS_OF_A_CELL = 4;

/** As a run notes it, to go on with it later. */
export const cellName = (cell: Cell): string => {
  if ('from' in cell) return `${cell.kind} ${cell.from}`;
  return 'productId' in cell ? `${cell.kind} ${cell.productId} ${cell.firstShard}` : cell.kind;
};

/** A pure function of the run: whoever goes on with it finds the same cells in the same sequence. */
export const cellsOf = (run: Pick<Run, 'phase' | 'since' | 'startedAt' | 'products'>): Cell[] => {
  switch (run.phase) {
    case 'money':
      return timesOf(run).flatMap((time) =>
        (['payments', 'refunds', 'disputes'] as const).map((kind): Cell => ({ kind, ...time })),
      );
    case 'links':
      return [{ kind: 'links' }];
    case 'orders':
      return run.products.flatMap((productId) =>
        shardNumbers
          .filter((shard) => shard % SHARDS_OF_A_CELL === 0)
          .map((firstShard): Cell => ({ kind: 'orders', productId, firstShard })),
      );
    case 'mail':
      return [{ kind: 'unmatched' }, { kind: 'held' }, { kind: 'blasts' }, { kind: 'overdue' }];
    case 'sum':
      return [{ kind: 'sum' }];
    case 'repair':
      return [{ kind: 'repair' }];
    case 'done':
      return [];
  }
};

/** From `since` up to the start of the run, that second included. */
const timesOf = ({
  since,
  startedAt,
}: Pick<Run, 'since' | 'startedAt'>): { from: Instant; to: Instant }[] => {
  const endMs = epochMs(startedAt) + 1000;
  const times = [];
  for (let fromMs = epochMs(since); fromMs < endMs; fromMs += CELL_MS) {
    times.push({ from: instant(fromMs), to: instant(Math.min(fromMs + CELL_MS, endMs)) });
  }
  return times;
};

// ---- what is judged, and what is left alone because it may still be on its way ----

/** Within it a webhook, a worker or a mint may still be under way. */
export const GRACE_MS = 30 * 60 * 1000;
/** Work is swept every five minutes: after an hour something keeps it from being done. */
export const OVERDUE_MS = 60 * 60 * 1000;
/** A fact that is not final yet is compared with its object from then on, whatever its age. */
export const UNSETTLED_MS = 24 * 60 * 60 * 1000;

export const isYoung = (at: Instant, now: Instant): boolean => at > instantAfter(now, -GRACE_MS);

/** Whether Stripe is further than the order knows. */
export const isNews = (order: Order, fact: Pick<Fact, 'kind' | 'id'> & { state: string }): boolean => {
  const known = order.facts[`${fact.kind}:${fact.id}`];
  return known === undefined || isLaterState(known, fact);
};

/** What the order makes of a link that can be paid on at Stripe. */
export type LinkStanding =
  /** As it should be, or soon will be. */
  | 'fits'
  | 'unknown_to_order'
  | 'to_be_closed'
  /** The same, but the link does not carry the order's id, and another family may pay by it. */
  | 'not_shown_to_be_ours';

export const linkStanding = (
  order: Order,
  link: { id: string; metadata: Readonly<Record<string, string>> },
  now: Instant,
): LinkStanding => {
  const surface = order.surfaces.find(({ stripeId }) => stripeId === link.id);
  if (surface === undefined) {
    // Made at Stripe, and not yet kept.
    const beingMade = order.mint !== null && isYoung(order.mint.reservedAt, now);
    return beingMade ? 'fits' : 'unknown_to_order';
  }
  const open = surface === currentSurface(order);
  if (open ? payability(order, now) === 'payable' : !isToBeRetired(order, { ...surface, retiredAt: null })) {
    return 'fits';
  }
  // What is on its way to being closed is overdue some day, and found as that.
  const underWay = Object.values(order.dueWork).some(
    ({ kind, about }) => (kind === 'retire' && about === link.id) || (open && kind === 'close'),
  );
  if (underWay) return 'fits';
  return surface.imported && link.metadata.order_id !== order.orderId
    ? 'not_shown_to_be_ours'
    : 'to_be_closed';
};

/** The link that a click leads to, if it is old enough to be judged by a list that was begun at `listedFrom`. */
export const linkToCheck = (order: Order, listedFrom: Instant, now: Instant): string | undefined => {
  const surface = currentSurface(order);
  if (surface === undefined || surface.imported || surface.kind !== 'payment_link') return undefined;
  if (surface.retiredAt !== null || surface.mintedAt >= listedFrom) return undefined;
  return payability(order, now) === 'payable' ? surface.stripeId : undefined;
};

/** A session of Stripe's lives a day. */
const SESSION_MS = 24 * 60 * 60 * 1000;

/**
 * Owed, and mailed as an address at Stripe that has ended: a family that can't pay until `recover` has looked. What it
 * was the address of; `undefined`: it is not stranded.
 */
export const strandedOn = (
  order: Order,
  isActive: (linkId: string) => boolean,
  now: Instant,
): keyof Run['stranded'] | undefined => {
  const surface = currentSurface(order);
  if (surface === undefined || !surface.imported || order.test) return undefined;
  if (payability(order, now) !== 'payable') return undefined;
  if (surface.kind === 'payment_link') return isActive(surface.stripeId) ? undefined : 'links';
  return epochMs(now) - epochMs(surface.mintedAt) > SESSION_MS ? 'sessions' : undefined;
};

/** As far as it is known: of links nothing is while they were not compared. */
export const toldStranded = ({
  stranded,
  linksFrom,
}: Pick<Run, 'stranded' | 'linksFrom'>): ToldRun['stranded'] =>
  linksFrom === null ? { ...stranded, links: null } : stranded;

/** What is not final yet of what an order knows, and has been so for a day. */
export const unsettledFacts = (
  order: Order,
  now: Instant,
): Exclude<Fact, { kind: 'decision' | 'contract' }>[] =>
  Object.values(order.facts).filter(
    (fact): fact is Exclude<Fact, { kind: 'decision' | 'contract' }> =>
      fact.kind !== 'decision' &&
      fact.kind !== 'contract' &&
      !finalStates.has(fact.state) &&
      fact.at <= instantAfter(now, -UNSETTLED_MS),
  );

const finalStates: ReadonlySet<string> = new Set([
  'succeeded',
  'failed',
  'canceled',
  'warning_closed',
  'prevented',
  'won',
  'lost',
]);

/** Whether an order may take up a link that was made for it: nothing speaks against a parent paying on it. */
export const mayAdopt = (
  order: Order,
  link: { generation: number; amount: AmountAtStripe | null },
  now: Instant,
): boolean => {
  const due = dueOf(order);
  return (
    link.generation === order.generation &&
    currentSurface(order) === undefined &&
    payability(order, now) === 'payable' &&
    policyOf(order.category).surface === 'payment_link' &&
    link.amount !== null &&
    link.amount.currency === due.currency &&
    sameMoney({ amountMinor: link.amount.amountMinor, currency: due.currency }, due)
  );
};

/** Forty-eight bits of a link's id: a million of them take eight megabytes. */
export const linkHash = (linkId: string): number =>
  hash('sha256', linkId, 'buffer').readUIntBE(0, LINK_BYTES);
export const LINK_BYTES = 6;

/** The phase after this one, with all of it still to be done. */
export const nextPhase = (run: Run, now: Instant): Run => {
  const after: Record<RunPhase, RunPhase> = {
    money: 'links',
    links: 'orders',
    orders: 'mail',
    mail: run.repairs === null ? 'sum' : 'repair',
    repair: 'sum',
    sum: 'done',
    done: 'done',
  };
  const phase = after[run.phase];
  return {
    ...run,
    phase,
    next: 0,
    open: {},
    ...(phase === 'links' && { linksFrom: now }),
    ...(phase === 'done' && { endedAt: now }),
  };
};

/** What was found is repaired from now on, as far as it is certain. */
export const approved = (run: Run, by: string, now: Instant): Run => ({
  ...run,
  repairs: { by, at: now },
  phase: 'repair',
  next: 0,
  open: {},
  endedAt: null,
});

/** A look is old after a day, and has to be taken again; what has been begun may be finished. */
export const LOOK_LIVES_MS = 24 * 60 * 60 * 1000;
