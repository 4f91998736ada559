import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { FamilyId, Instant, OrderId, PlayerId, ProductId } from './ids.ts';
import { Integer } from './integer.ts';
import { Money, sameMoney } from './money.ts';
import {
  currentSurface,
  dueOf,
  type Order,
  openSurface,
  payability,
  type Surface,
  statusOf,
} from './order.ts';
import { type Contract, contractMissing } from './roster.ts';

/** What Stripe says of the object that a family was mailed. */
export type SurfaceAtStripe = {
  state: 'open' | 'complete' | 'expired' | 'inactive' | 'missing';
  orderId: string | null;
};

export const findings = [
  'session_expired',
  'link_inactive',
  'surface_missing',
  /** Nothing is wrong with it as far as is known: a person wants another link. */
  'asked_for',
] as const;
export type Finding = (typeof findings)[number];

export const leftAloneReasons = [
  /** The club's own: outside recovery, always. */
  'test_order',
  /** Neither a session nor a link: nobody here knows what it is. */
  'unknown_prefix',
  /** Of Stripe's other mode, live or test: this stage's key can't ask about it. */
  'other_mode',
  /** The old object can't be shown to be this order's: another family may pay on it. */
  'no_order_id',
  'other_order',
  /** Our own, and Stripe does not know it: it was made with the key of another account. */
  'other_account',
  /** Somebody has paid on it, or is paying: the event about it is under way, or was lost. */
  'completed_at_stripe',
  /** A click would ask to sign first. */
  'contract_unsigned',
] as const;
export type LeftAloneReason = (typeof leftAloneReasons)[number];

/** What is done with one order. */
export const RecoveryRow = v.object({
  orderId: OrderId,
  familyId: FamilyId,
  playerId: PlayerId,
  productId: ProductId,
  /** As the order was when the plan was shown; an order that differs when it is applied is left alone. */
  generation: Integer,
  amount: Money,
  finding: v.picklist(findings),
  /** The object that is replaced; null where the order has none. */
  stripeId: v.nullable(v.string()),
  /**
   * `ended`: nothing can be paid on it any more. `retire`: it is closed at Stripe, with every page of it that is still
   * open. `leave`: it can't be shown to be this order's, and is not touched.
   */
  old: v.picklist(['ended', 'retire', 'leave']),
  /** A mail that carries our own address goes on to work: it is not sent a second time. */
  mail: v.picklist(['again', 'none']),
});
export type RecoveryRow = v.InferOutput<typeof RecoveryRow>;

export const LeftAlone = v.object({
  orderId: OrderId,
  familyId: FamilyId,
  productId: ProductId,
  reason: v.picklist(leftAloneReasons),
  stripeId: v.nullable(v.string()),
  /** What Stripe says of it; null where it was not asked. */
  foundAtStripe: v.nullable(v.picklist(['open', 'complete', 'expired', 'inactive', 'missing'])),
  /** The order that it belongs to there. */
  belongsTo: v.nullable(v.string()),
});
export type LeftAlone = v.InferOutput<typeof LeftAlone>;

export const outcomes = ['recovered', 'moved', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

export const RowResult = v.object({
  outcome: v.picklist(outcomes),
  /** The new surface, or why there is none. */
  detail: v.string(),
  at: Instant,
});
export type RowResult = v.InferOutput<typeof RowResult>;

/** What a plan holds of one order, with what has become of it. */
export const Planned = v.variant('kind', [
  v.object({
    kind: v.literal('row'),
    row: RecoveryRow,
    /** When this plan first touched the order; null: not yet. */
    begunAt: v.nullable(Instant),
    result: v.nullable(RowResult),
  }),
  v.object({ kind: v.literal('left_alone'), order: LeftAlone }),
]);
export type Planned = v.InferOutput<typeof Planned>;

export const orderIdOf = (planned: Planned): string =>
  planned.kind === 'row' ? planned.row.orderId : planned.order.orderId;

/** What was asked for. */
export const RecoveryScope = v.variant('kind', [
  v.object({ kind: v.literal('product'), productId: ProductId }),
  v.object({ kind: v.literal('all') }),
  v.object({ kind: v.literal('order'), orderId: OrderId }),
]);
export type RecoveryScope = v.InferOutput<typeof RecoveryScope>;

/** What was shown to a person, and exactly what a live run does. Its rows are read page by page. */
export const RecoveryPlan = v.object({
  hash: v.string(),
  /** Under which its rows are stored. */
  planId: v.string(),
  scope: RecoveryScope,
  /** Those that were looked through, in this sequence. */
  productIds: v.array(ProductId),
  mail: v.boolean(),
  rows: Integer,
  /** How many of the rows are mailed. */
  mailed: Integer,
  /** Families, not orders: two orders of one family are one family to write to. */
  families: Integer,
  /** What the rows come to, a sum per currency. */
  sums: v.array(Money),
  leftAlone: Integer,
  /** Neither stranded nor left alone: counted by what they are. */
  others: v.record(v.string(), Integer),
  createdAt: Instant,
  /** It has to be begun before. */
  expiresAt: Instant,
  /** One that was begun may be finished however late. */
  startedAt: v.nullable(Instant),
});
export type RecoveryPlan = v.InferOutput<typeof RecoveryPlan>;

/** A plan in the making: how far the orders have been looked through. */
export const PlanDraft = v.object({
  planId: v.string(),
  scope: RecoveryScope,
  mail: v.boolean(),
  productIds: v.array(ProductId),
  /** The next page: an index into `productIds`, a shard of that product, and the order behind which it begins. */
  at: v.object({ product: Integer, shard: Integer, cursor: v.nullable(OrderId) }),
  /** Stripe has shown an object of ours, or one that was imported: its key is of the right account. */
  accountSeen: v.boolean(),
  looked: Integer,
  others: v.record(v.string(), Integer),
  createdAt: Instant,
  revision: Integer,
});
export type PlanDraft = v.InferOutput<typeof PlanDraft>;

export type Classified =
  | { kind: 'row'; row: RecoveryRow }
  | { kind: 'left_alone'; order: LeftAlone }
  | { kind: 'other'; reason: string };

/** What an id is of, by its prefix alone. */
export const surfaceKindOf = (
  stripeId: string,
  { livemode }: { livemode: boolean },
): Surface['kind'] | 'other_mode' | 'unknown' => {
  if (stripeId.startsWith('plink_')) return 'payment_link';
  if (!stripeId.startsWith('cs_')) return 'unknown';
  return stripeId.startsWith(livemode ? 'cs_test_' : 'cs_live_') ? 'other_mode' : 'checkout_session';
};

/**
 * The surface that an order may be stranded on: it is owed, and a click on what was mailed leads to this object, be it
 * Stripe's own address or ours. Where ours would make a new one anyway there is nothing to ask about.
 */
export const suspect = (order: Order, now: Instant): Surface | undefined => {
  if (payability(order, now) !== 'payable') return undefined;
  const surface = currentSurface(order);
  return surface?.imported === true ? surface : openSurface(order, now);
};

/** What decides about one order, beside the order itself. */
export type Look = {
  /** What Stripe says of its surface; null where it was not asked. */
  atStripe: SurfaceAtStripe | null;
  /** Of its player; undefined when nothing is known of them, or nobody had to ask. */
  contract: Contract | undefined;
  livemode: boolean;
  /** Whether the plan mails. */
  mail: boolean;
  now: Instant;
};

/** What recovery makes of one order. */
export const classify = (order: Order, look: Look): Classified => {
  const { atStripe, livemode, now } = look;
  const surface = suspect(order, now);
  if (surface === undefined) {
    const standing = payability(order, now);
    return { kind: 'other', reason: standing === 'payable' ? 'payable' : statusOrClosed(order, now) };
  }
  const leave = (reason: LeftAloneReason): Classified => leftAlone(order, reason, surface, atStripe);
  const kind = surfaceKindOf(surface.stripeId, { livemode });
  if (kind === 'unknown') return leave('unknown_prefix');
  if (kind === 'other_mode') return leave('other_mode');
  if (atStripe === null) throw new Error(`Stripe was not asked about ${surface.stripeId}.`);
  if (atStripe.state === 'open') {
    return { kind: 'other', reason: surface.imported ? 'still_open_at_stripe' : 'payable' };
  }
  if (order.test) return leave('test_order');
  const stranger = strangerReason(order, surface, atStripe);
  if (stranger !== null) return leave(stranger);
  if (atStripe.state === 'complete') return leave('completed_at_stripe');
  if (contractMissing(order, look.contract)) return leave('contract_unsigned');
  const finding: Record<'expired' | 'inactive' | 'missing', Finding> = {
    expired: 'session_expired',
    inactive: 'link_inactive',
    missing: 'surface_missing',
  };
  return {
    kind: 'row',
    row: {
      ...rowOf(order, surface),
      finding: finding[atStripe.state],
      old: atStripe.state === 'inactive' ? 'retire' : 'ended',
      // Only Stripe's own address is dead for good: ours leads to the new link.
      mail: look.mail && surface.imported ? 'again' : 'none',
    },
  };
};

/** Why an object can't be shown to be this order's, or null. */
const strangerReason = (
  order: Order,
  surface: Surface,
  atStripe: SurfaceAtStripe,
): LeftAloneReason | null => {
  if (atStripe.state === 'missing') return surface.imported ? null : 'other_account';
  if (atStripe.orderId === order.orderId) return null;
  return atStripe.orderId === null ? 'no_order_id' : 'other_order';
};

const statusOrClosed = (order: Order, now: Instant): string => {
  const status = statusOf(order);
  return status === 'pending' ? payability(order, now) : status;
};

const rowOf = (
  order: Order,
  surface: Surface | undefined,
): Omit<RecoveryRow, 'finding' | 'old' | 'mail'> => ({
  orderId: order.orderId,
  familyId: order.familyId,
  playerId: order.playerId,
  productId: order.productId,
  generation: order.generation,
  amount: dueOf(order),
  stripeId: surface?.stripeId ?? null,
});

const leftAlone = (
  order: Order,
  reason: LeftAloneReason,
  surface: Surface,
  atStripe: SurfaceAtStripe | null,
): Classified => ({
  kind: 'left_alone',
  order: {
    orderId: order.orderId,
    familyId: order.familyId,
    productId: order.productId,
    reason,
    stripeId: surface.stripeId,
    foundAtStripe: atStripe?.state ?? null,
    belongsTo: reason === 'other_order' ? (atStripe?.orderId ?? null) : null,
  },
});

/** What speaks against a new link for one order that a person has asked for; null: nothing. */
export type Objection =
  | { why: 'not_payable'; status: string }
  | { why: 'completed_at_stripe' | 'contract_unsigned' | 'other_account'; stripeId: string | null }
  /** It can be paid, and can't be shown to be this order's: it would stay open beside the new one. */
  | { why: 'open_stranger'; stripeId: string; belongsTo: string | null };

/**
 * The row of an order whose link a person wants replaced, whatever is known of it. What would let a family pay twice
 * is an objection.
 */
export const asked = (order: Order, look: Look): { row: RecoveryRow } | { objection: Objection } => {
  const { atStripe, now } = look;
  const standing = payability(order, now);
  if (standing !== 'payable') return { objection: { why: 'not_payable', status: standing } };
  const surface = currentSurface(order);
  const stripeId = surface?.stripeId ?? null;
  const row = (over: Pick<RecoveryRow, 'finding' | 'old'>): { row: RecoveryRow } => ({
    row: { ...rowOf(order, surface), ...over, mail: look.mail ? 'again' : 'none' },
  });
  if (contractMissing(order, look.contract)) return { objection: { why: 'contract_unsigned', stripeId } };
  if (surface === undefined) return row({ finding: 'asked_for', old: 'ended' });
  // It can't be asked about: a person has said that it is to be replaced all the same.
  if (atStripe === null) return row({ finding: 'asked_for', old: 'leave' });
  const stranger = strangerReason(order, surface, atStripe);
  if (stranger === 'other_account') return { objection: { why: stranger, stripeId } };
  if (stranger !== null && atStripe.state === 'open') {
    return {
      objection: { why: 'open_stranger', stripeId: surface.stripeId, belongsTo: atStripe.orderId },
    };
  }
  if (stranger !== null) return row({ finding: 'asked_for', old: 'leave' });
  switch (atStripe.state) {
    case 'complete':
      return { objection: { why: 'completed_at_stripe', stripeId } };
    case 'open':
      return row({ finding: 'asked_for', old: 'retire' });
    case 'inactive':
      return row({ finding: 'link_inactive', old: 'retire' });
    case 'expired':
      return row({ finding: 'session_expired', old: 'ended' });
    case 'missing':
      return row({ finding: 'surface_missing', old: 'ended' });
  }
};

/**
 * The name of a plan, over what was found and would be done, not over when: the same findings are the same plan. They are
 * given one after the other, in the sequence in which they are stored.
 */
export const planHasher = (
  plan: Pick<RecoveryPlan, 'scope' | 'mail'>,
): { add(planned: Planned): void; hash(): string } => {
  const hash = createHash('sha256').update(JSON.stringify([scopeText(plan.scope), plan.mail]));
  return {
    add: (planned) =>
      void hash.update(`\n${planned.kind === 'row' ? rowText(planned.row) : leftText(planned.order)}`),
    hash: () => hash.digest('hex').slice(0, 32),
  };
};

const leftText = ({ orderId, reason, stripeId }: LeftAlone): string => `${orderId}|${reason}|${stripeId}`;

const scopeText = (scope: RecoveryScope): string => {
  switch (scope.kind) {
    case 'product':
      return `product ${scope.productId}`;
    case 'order':
      return `order ${scope.orderId}`;
    case 'all':
      return 'all';
  }
};

const rowText = (row: RecoveryRow): string =>
  [
    row.orderId,
    row.productId,
    row.generation,
    row.amount.amountMinor,
    row.amount.currency,
    row.finding,
    row.stripeId ?? '-',
    row.old,
    row.mail,
  ].join('|');

/**
 * Whether a planned row still holds. `begun`: this plan has closed the old object, in a run that was cut off, and the
 * rest is to be done; somebody else's new link leaves nothing to do.
 */
export const rowState = (
  row: RecoveryRow,
  order: Order,
  { begun, now }: { begun: boolean; now: Instant },
): 'as_planned' | 'begun' | 'moved' => {
  if (payability(order, now) !== 'payable' || !sameMoney(dueOf(order), row.amount)) return 'moved';
  const stripeId = currentSurface(order)?.stripeId ?? null;
  if (order.generation === row.generation && stripeId === row.stripeId) return 'as_planned';
  if (!begun) return 'moved';
  // An order that had no surface keeps its generation.
  return order.generation === row.generation + (row.stripeId === null ? 0 : 1) ? 'begun' : 'moved';
};

/** Why a row does not hold any more, to be read by a person. */
export const movedBecause = (row: RecoveryRow, order: Order, now: Instant): string => {
  const standing = payability(order, now);
  if (standing !== 'payable') return `it is ${standing} by now`;
  return sameMoney(dueOf(order), row.amount)
    ? 'it has got another link meanwhile'
    : 'its amount has been changed';
};

/** What Stripe would have to say of the old object for a row to hold still. */
export const stillFound = (row: RecoveryRow, atStripe: SurfaceAtStripe): boolean => {
  switch (row.finding) {
    case 'session_expired':
      return atStripe.state === 'expired';
    case 'link_inactive':
      return atStripe.state === 'inactive';
    case 'surface_missing':
      return atStripe.state === 'missing';
    case 'asked_for':
      return atStripe.state !== 'complete' && (row.old === 'retire' || atStripe.state !== 'open');
  }
};
