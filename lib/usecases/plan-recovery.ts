import { NotFound } from '../domain/errors.ts';
import { type Instant, instantAfter, shardNumbers } from '../domain/ids.ts';
import { currentSurface, type Order } from '../domain/order.ts';
import {
  type Classified,
  classify,
  type LeftAlone,
  mayBeStranded,
  planHash,
  type RecoveryPlan,
  type RecoveryRow,
  surfaceKindOf,
} from '../domain/recovery-plan.ts';
import type { Deps } from './deps.ts';
import { pagesOf } from './pages.ts';
import { visibleKeys } from './visible.ts';

export type PlanRecoveryDeps = Pick<Deps, 'orders' | 'roster' | 'plans' | 'stripe' | 'clock' | 'log'>;

/** After a day the plan that was shown may be too old to be believed; it is simply made again. */
const PLAN_LIVES_MS = 24 * 60 * 60 * 1000;

/**
 * Looks at every order of a product, asks Stripe about those that may be stranded, and stores what would be
 * done. Changes no order.
 */
export const planRecovery = async (
  input: { productId: string; mail: boolean },
  deps: PlanRecoveryDeps,
): Promise<RecoveryPlan> => {
  if ((await deps.roster.product(input.productId)) === undefined) {
    throw new NotFound(`There is no product ${input.productId}.`, { productId: input.productId });
  }
  const now = deps.clock.now();
  const rows: RecoveryRow[] = [];
  const excluded: LeftAlone[] = [];
  const others: Record<string, number> = {};
  for await (const order of ordersOf(input.productId, deps)) {
    const result = await look(order, now, deps);
    if (result.kind === 'stranded') rows.push(result.row);
    if (result.kind === 'excluded') excluded.push(result.order);
    if (result.kind === 'other') others[result.reason] = (others[result.reason] ?? 0) + 1;
  }
  rows.sort((a, b) => (a.orderId < b.orderId ? -1 : 1));
  const plan: RecoveryPlan = {
    ...input,
    hash: planHash({ ...input, rows }),
    rows,
    excluded,
    others,
    createdAt: now,
    expiresAt: instantAfter(now, PLAN_LIVES_MS),
  };
  await deps.plans.put(plan);
  deps.log('recover.planned', { productId: input.productId, hash: plan.hash, rows: rows.length });
  return plan;
};

const look = async (order: Order, now: Instant, deps: PlanRecoveryDeps): Promise<Classified> => {
  const surface = mayBeStranded(order, now) ? currentSurface(order) : undefined;
  if (surface === undefined) return classify(order, null, now);
  const { stripeId } = surface;
  if (surfaceKindOf(stripeId) !== null) {
    return classify(order, await deps.stripe.lookUpSurface(stripeId), now);
  }
  deps.log('recover.unknown_prefix', { orderId: order.orderId, stripeId });
  return classify(order, null, now);
};

const PAGE = 100;

async function* ordersOf(productId: string, deps: Pick<Deps, 'orders'>): AsyncGenerator<Order> {
  for (const shard of shardNumbers) {
    const pages = pagesOf((after) => deps.orders.pageOfShard({ productId, shard, limit: PAGE, ...after }));
    for await (const keys of pages) {
      const visible = await visibleKeys(keys, deps);
      yield* await deps.orders.getMany(visible.map(({ orderId }) => orderId));
    }
  }
}
