import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { FamilyId, Instant, OrderId, PlayerId, ProductId } from './ids.ts';
import { Integer } from './integer.ts';
import { Money, sameMoney, sum } from './money.ts';
import {
  currentSurface,
  dueOf,
  type Order,
  openSurface,
  payability,
  type Surface,
  statusOf,
} from './order.ts';

/** What Stripe says of the object that a family was mailed. */
export type SurfaceAtStripe = {
  state: 'open' | 'complete' | 'expired' | 'inactive' | 'missing';
  orderId: string | null;
};

export const findings = ['session_expired', 'link_inactive', 'surface_missing'] as const;
export type Finding = (typeof findings)[number];

export const RecoveryRow = v.object({
  orderId: OrderId,
  familyId: FamilyId,
  playerId: PlayerId,
  /** As the order was when the plan was shown; an order that differs when it is applied is left alone. */
  generation: Integer,
  amount: Money,
  finding: v.picklist(findings),
  stripeId: v.string(),
});
export type RecoveryRow = v.InferOutput<typeof RecoveryRow>;

export const RowResult = v.object({
  outcome: v.picklist(['recovered', 'moved', 'failed']),
  detail: v.string(),
  at: Instant,
});
export type RowResult = v.InferOutput<typeof RowResult>;

export const LeftAlone = v.object({ orderId: OrderId, why: v.string() });
export type LeftAlone = v.InferOutput<typeof LeftAlone>;

/** What was shown to a person, and exactly what a live run does. */
export const RecoveryPlan = v.object({
  hash: v.string(),
  productId: ProductId,
  mail: v.boolean(),
  rows: v.array(RecoveryRow),
  /** Stranded, but not recovered, each with its reason: the test order, for one. */
  excluded: v.array(LeftAlone),
  /** Not stranded: counted by reason. */
  others: v.record(v.string(), Integer),
  createdAt: Instant,
  expiresAt: Instant,
});
export type RecoveryPlan = v.InferOutput<typeof RecoveryPlan>;

export type Classified =
  | { kind: 'stranded'; row: RecoveryRow }
  | { kind: 'excluded'; order: LeftAlone }
  | { kind: 'other'; reason: string };

/** What an id is of, by its prefix; null for one that is of neither. */
export const surfaceKindOf = (stripeId: string): Surface['kind'] | null => {
  if (stripeId.startsWith('plink_')) return 'payment_link';
  return stripeId.startsWith('cs_') ? 'checkout_session' : null;
};

/** True when Stripe has to be asked about an order: it is owed, and its only surface was mailed as Stripe's own address. */
export const mayBeStranded = (order: Order, now: Instant): boolean =>
  payability(order, now) === 'payable' && currentSurface(order)?.imported === true;

/**
 * What recovery makes of one order, given what Stripe says of its surface. An old object that can't be shown to be this
 * order's is left alone: another family may pay by it.
 *
 * @param atStripe null where Stripe was not asked
 */
export const classify = (order: Order, atStripe: SurfaceAtStripe | null, now: Instant): Classified => {
  const surface = currentSurface(order);
  if (!mayBeStranded(order, now) || surface === undefined) {
    return { kind: 'other', reason: payability(order, now) === 'payable' ? 'payable' : statusOf(order) };
  }
  const { orderId } = order;
  const leftAlone = (why: string): Classified => ({ kind: 'excluded', order: { orderId, why } });
  if (atStripe === null) return leftAlone(`${surface.stripeId} is the id of neither a session nor a link`);
  if (atStripe.state === 'open') return { kind: 'other', reason: 'still_open_at_stripe' };
  if (atStripe.state === 'complete') return { kind: 'other', reason: 'completed_at_stripe' };
  if (order.test) return leftAlone("the club's own test order");
  if (atStripe.state !== 'missing' && atStripe.orderId !== orderId) {
    return leftAlone(
      atStripe.orderId === null
        ? `${surface.stripeId} carries no order id at Stripe`
        : `${surface.stripeId} belongs to order ${atStripe.orderId} at Stripe`,
    );
  }
  const finding: Record<'expired' | 'inactive' | 'missing', Finding> = {
    expired: 'session_expired',
    inactive: 'link_inactive',
    missing: 'surface_missing',
  };
  return {
    kind: 'stranded',
    row: {
      orderId,
      familyId: order.familyId,
      playerId: order.playerId,
      generation: order.generation,
      amount: dueOf(order),
      finding: finding[atStripe.state],
      stripeId: surface.stripeId,
    },
  };
};

/** Over what would be done, not over when it was looked at: the same findings are the same plan. */
export const planHash = (plan: Pick<RecoveryPlan, 'productId' | 'mail' | 'rows'>): string =>
  createHash('sha256')
    .update(JSON.stringify([plan.productId, plan.mail, plan.rows.map(rowText).sort()]))
    .digest('hex')
    .slice(0, 32);

const rowText = (row: RecoveryRow): string =>
  [row.orderId, row.generation, row.amount.amountMinor, row.amount.currency, row.finding, row.stripeId].join(
    '|',
  );

/** Families, not orders: two orders of one family are one family to write to. */
export const planTotals = (
  plan: RecoveryPlan,
): { orders: number; families: number; amount: Money | null } => {
  const [first] = plan.rows;
  return {
    orders: plan.rows.length,
    families: new Set(plan.rows.map((row) => row.familyId)).size,
    amount:
      first === undefined
        ? null
        : sum(
            plan.rows.map((row) => row.amount),
            first.amount.currency,
          ),
  };
};

/**
 * Whether a planned row still holds. `done` when the generation that the plan would open is open already: a
 * repetition after a crash, or a family that clicked in between.
 */
export const rowState = (row: RecoveryRow, order: Order, now: Instant): 'as_planned' | 'done' | 'moved' => {
  if (payability(order, now) !== 'payable' || !sameMoney(dueOf(order), row.amount)) return 'moved';
  if (order.generation === row.generation && currentSurface(order)?.stripeId === row.stripeId)
    return 'as_planned';
  return order.generation === row.generation + 1
    ? openSurface(order, now) !== undefined
      ? 'done'
      : 'as_planned'
    : 'moved';
};
