import { policyOf } from '../domain/category.ts';
import { distinctCounter } from '../domain/distinct.ts';
import { InvalidInput, NotFound, WrongAccount } from '../domain/errors.ts';
import { epochMs, instantAfter, SHARDS, shardNumbers } from '../domain/ids.ts';
import { type Currency, money } from '../domain/money.ts';
import { currentSurface, type Order } from '../domain/order.ts';
import {
  asked,
  type Classified,
  classify,
  type Look,
  type Objection,
  type PlanDraft,
  type Planned,
  planHasher,
  type RecoveryPlan,
  type RecoveryScope,
  type SurfaceAtStripe,
  surfaceKindOf,
  suspect,
} from '../domain/recovery-plan.ts';
import type { OrderKey, Page } from '../ports.ts';
import { type AskDeps, askStripe, wrongAccount } from './ask-stripe.ts';
import type { Deps } from './deps.ts';
import { inLanes } from './lanes.ts';
import { pacedStripe } from './paced-stripe.ts';
import { itemsOf } from './pages.ts';
import { visibleKeys } from './visible.ts';

export type PlanRecoveryDeps = AskDeps & Pick<Deps, 'orders' | 'roster' | 'plans' | 'pace' | 'newId'>;

export type PlanRecoveryInput = {
  /** Milliseconds that this slice may take; a page of orders is always looked at. */
  budgetMs: number;
} & (
  | {
      scope: RecoveryScope;
      mail: boolean;
      /** Stripe knows none of the objects that were imported, and that is right. */
      objectsAreGone?: boolean;
    }
  /** Goes on with what was begun. */
  | { planId: string }
);

export type PlannedSlice =
  | { done: false; planId: string /** Orders, so far. */; looked: number }
  | { done: true; plan: RecoveryPlan };

/** After a day the plan that was shown may be too old to be believed; it is simply made again. */
const PLAN_LIVES_MS = 24 * 60 * 60 * 1000;
const PAGE = 50;
/** Side by side, so that the pace is what limits, and not the time that Stripe takes to answer. */
const LANES = 8;

/**
 * Looks at the orders of a product, of all, or at one, asks Stripe about those that may be stranded, and stores what
 * would be done. Changes no order. It is done slice by slice, each of which goes on where the one before ended, or died;
 * however many orders there are, it holds a page of them.
 * @throws {NotFound} @throws {InvalidInput} @throws {WrongAccount} nothing was stored
 */
export const planRecovery = async (
  input: PlanRecoveryInput,
  deps: PlanRecoveryDeps,
): Promise<PlannedSlice> => {
  const untilMs = epochMs(deps.clock.now()) + input.budgetMs;
  const paced = { ...deps, stripe: pacedStripe(deps.stripe, deps) };
  if (!('planId' in input) && input.scope.kind === 'order') {
    return { done: true, plan: await planForOrder(input.scope.orderId, input.mail, paced) };
  }
  let draft = 'planId' in input ? await mustFindDraft(input.planId, deps) : await begin(input, paced);
  do {
    draft = await lookAtNextPage(draft, paced);
    if (draft.at.product >= draft.productIds.length) return { done: true, plan: await finish(draft, deps) };
  } while (epochMs(deps.clock.now()) < untilMs);
  return { done: false, planId: draft.planId, looked: draft.looked };
};

const mustFindDraft = async (planId: string, deps: PlanRecoveryDeps): Promise<PlanDraft> => {
  const draft = await deps.plans.draft(planId);
  if (draft !== undefined) return draft;
  throw new NotFound('What was begun of this plan is not there any more. Look again from the start.', {
    planId,
  });
};

const begin = async (
  { scope, mail, objectsAreGone = false }: Extract<PlanRecoveryInput, { scope: RecoveryScope }>,
  deps: PlanRecoveryDeps,
): Promise<PlanDraft> => {
  const productIds = await productsOf(scope, deps);
  const accountSeen = await seesAccount({ productIds, objectsAreGone }, deps);
  const draft: PlanDraft = {
    planId: deps.newId('pln'),
    scope,
    mail,
    productIds,
    at: { product: 0, shard: 0, cursor: null },
    accountSeen,
    looked: 0,
    others: {},
    createdAt: deps.clock.now(),
    revision: 0,
  };
  const stored = await deps.plans.saveDraft(draft);
  // Its id is new: whoever wrote it was this call, whose answer was lost.
  return stored === 'conflict' ? mustFindDraft(draft.planId, deps) : stored;
};

const productsOf = async (scope: RecoveryScope, deps: PlanRecoveryDeps): Promise<string[]> => {
  if (scope.kind !== 'product') {
    const products = await deps.roster.products();
    if (products.length === 0) throw new NotFound('There are no products yet, and so no orders.');
    return products.map(({ productId }) => productId);
  }
  const { productId } = scope;
  if ((await deps.roster.product(productId)) !== undefined) return [productId];
  throw new NotFound(`There is no product ${productId}.`, { productId });
};

/** The one place where a plan learns which orders there are: whoever must not be seen yet is left out here. */
const ordersOfPage = async (
  q: { productId: string; shard: number; after?: string; limit: number },
  deps: PlanRecoveryDeps,
): Promise<Page<OrderKey>> => {
  const page = await deps.orders.pageOfShard(q);
  return { ...page, items: await visibleKeys(page.items, deps) };
};

type Place = PlanDraft['at'];

/** The next page with any orders on it, and the place behind it. */
const nextPage = async (
  { productIds, at }: Pick<PlanDraft, 'productIds' | 'at'>,
  deps: PlanRecoveryDeps,
): Promise<{ orders: Order[]; next: Place }> => {
  let place = at;
  for (;;) {
    const productId = productIds[place.product];
    if (productId === undefined) return { orders: [], next: place };
    const after = place.cursor === null ? {} : { after: place.cursor };
    const page = await ordersOfPage({ productId, shard: place.shard, limit: PAGE, ...after }, deps);
    place = placeAfter(place, page.next);
    if (page.items.length === 0) continue;
    return { orders: await deps.orders.getMany(page.items.map(({ orderId }) => orderId)), next: place };
  }
};

const placeAfter = (place: Place, cursor: string | undefined): Place => {
  if (cursor !== undefined) return { ...place, cursor };
  return place.shard + 1 < SHARDS
    ? { ...place, shard: place.shard + 1, cursor: null }
    : { product: place.product + 1, shard: 0, cursor: null };
};

/** Repeated after a crash, a page finds what it found: nothing of it is counted before it is saved, all in one write. */
const lookAtNextPage = async (draft: PlanDraft, deps: PlanRecoveryDeps): Promise<PlanDraft> => {
  const { orders, next } = await nextPage(draft, deps);
  const { classified, accountSeen } = await lookAt(orders, draft, deps);
  await deps.plans.keep(
    draft.planId,
    classified.flatMap((each): Planned[] =>
      each.kind === 'other' ? [] : [each.kind === 'row' ? { ...each, begunAt: null, result: null } : each],
    ),
    draft.createdAt,
  );
  const others = { ...draft.others };
  for (const each of classified) {
    if (each.kind === 'other') others[each.reason] = (others[each.reason] ?? 0) + 1;
  }
  const looked = draft.looked + orders.length;
  const saved = await deps.plans.saveDraft({ ...draft, at: next, accountSeen, looked, others });
  // Somebody else works at it too, and is further.
  return saved === 'conflict' ? mustFindDraft(draft.planId, deps) : saved;
};

const lookAt = async (
  orders: readonly Order[],
  draft: Pick<PlanDraft, 'mail' | 'accountSeen'>,
  deps: PlanRecoveryDeps,
): Promise<{ classified: Classified[]; accountSeen: boolean }> => {
  const now = deps.clock.now();
  const suspects = orders.flatMap((order) => {
    const surface = suspect(order, now);
    return surface === undefined ? [] : [{ order, surface }];
  });
  const signing = suspects.filter(({ order }) => policyOf(order.category).contractCheckedOnClick);
  const players =
    signing.length === 0
      ? new Map()
      : await deps.roster.players([...new Set(signing.map(({ order }) => order.playerId))]);
  const said = new Map<string, SurfaceAtStripe | null>();
  await inLanes({ items: suspects, lanes: LANES }, async ({ order: { orderId }, surface: { stripeId } }) => {
    said.set(orderId, await askStripe({ orderId, stripeId }, deps));
  });
  const accountSeen = draft.accountSeen || [...said.values()].some(isThere);
  const classified = orders.map((order) =>
    classify(order, {
      atStripe: said.get(order.orderId) ?? null,
      contract: players.get(order.playerId)?.contract,
      livemode: deps.site.livemode,
      mail: draft.mail,
      now,
    }),
  );
  for (const each of classified) {
    if (each.kind !== 'left_alone' || each.order.reason !== 'other_account' || accountSeen) continue;
    throw wrongAccount({ orderId: each.order.orderId, stripeId: each.order.stripeId ?? '' });
  }
  return { classified, accountSeen };
};

const isThere = (atStripe: SurfaceAtStripe | null): boolean =>
  atStripe !== null && atStripe.state !== 'missing';

/** So many objects are asked about, among so many orders, before a look is believed to be at the right account. */
const ASKED_FIRST = 20;
const LOOKED_THROUGH_FIRST = 1_000;
/** So many in vain are no accident. */
const TOO_MANY_GONE = 3;

/**
 * Whether Stripe knows any object of these orders. Nothing is ever deleted there: that it does not know one of ours says
 * that the key is another account's, and so probably does it of several that were imported.
 * @throws {WrongAccount}
 */
const seesAccount = async (
  { productIds, objectsAreGone }: { productIds: string[]; objectsAreGone: boolean },
  deps: PlanRecoveryDeps,
): Promise<boolean> => {
  const gone: { orderId: string; stripeId: string; imported: boolean }[] = [];
  let looked = 0;
  for (let at: Place = { product: 0, shard: 0, cursor: null }; at.product < productIds.length; ) {
    const { orders, next } = await nextPage({ productIds, at }, deps);
    at = next;
    looked += orders.length;
    for (const { orderId, surfaces } of orders) {
      const surface = surfaces.findLast(({ stripeId }) => {
        const kind = surfaceKindOf(stripeId, deps.site);
        return kind !== 'unknown' && kind !== 'other_mode';
      });
      if (surface === undefined || gone.length >= ASKED_FIRST) continue;
      const { stripeId, imported } = surface;
      if (isThere(await askStripe({ orderId, stripeId }, deps))) return true;
      gone.push({ orderId, stripeId, imported });
    }
    if (gone.length >= ASKED_FIRST || looked >= LOOKED_THROUGH_FIRST) break;
  }
  const ours = gone.find(({ imported }) => !imported);
  if (ours !== undefined) throw wrongAccount(ours);
  const [first] = gone;
  if (first === undefined || gone.length < TOO_MANY_GONE || objectsAreGone) return false;
  throw new WrongAccount(
    `Stripe knows none of the ${gone.length} objects that it was asked about, ${first.stripeId} of order ${first.orderId} ` +
      'for one. Nothing was stored. Is the key of the account that they were made in? If they are gone for good, add --objects-are-gone.',
    { orderId: first.orderId, stripeId: first.stripeId, asked: gone.length },
  );
};

/** The one order that a person names. @throws {NotFound} @throws {InvalidInput} what speaks against it */
const planForOrder = async (
  orderId: string,
  mail: boolean,
  deps: PlanRecoveryDeps,
): Promise<RecoveryPlan> => {
  const order = await deps.orders.get(orderId);
  if (order === undefined) throw new NotFound(`There is no order ${orderId}.`, { orderId });
  const stripeId = currentSurface(order)?.stripeId;
  const signing = policyOf(order.category).contractCheckedOnClick;
  const look: Look = {
    atStripe: stripeId === undefined ? null : await askStripe({ orderId, stripeId }, deps),
    contract: signing ? (await deps.roster.player(order.playerId))?.contract : undefined,
    livemode: deps.site.livemode,
    mail,
    now: deps.clock.now(),
  };
  const found = asked(order, look);
  if ('objection' in found) throw refusal(orderId, found.objection);
  const planId = deps.newId('pln');
  const createdAt = deps.clock.now();
  await deps.plans.keep(planId, [{ kind: 'row', row: found.row, begunAt: null, result: null }], createdAt);
  const scope = { kind: 'order', orderId } as const;
  return finish({ planId, scope, mail, productIds: [order.productId], others: {}, createdAt }, deps);
};

const refusal = (orderId: string, objection: Objection): InvalidInput | WrongAccount => {
  switch (objection.why) {
    case 'not_payable':
      return new InvalidInput(
        `Order ${orderId} is ${objection.status}: nothing is owed that a link could be for.`,
        { orderId },
      );
    case 'contract_unsigned':
      return new InvalidInput(
        `The contract of the player of order ${orderId} is not signed: a link would only ask to sign it first.`,
        { orderId },
      );
    case 'completed_at_stripe':
      return new InvalidInput(
        `Somebody has paid order ${orderId} on ${objection.stripeId}, or is paying: its event is under way, or was ` +
          'lost. A new link could be paid a second time.',
        { orderId },
      );
    case 'open_stranger':
      return new InvalidInput(
        `${objection.stripeId} of order ${orderId} can still be paid, and ` +
          `${objection.belongsTo === null ? 'carries no order id' : `belongs to order ${objection.belongsTo}`} at Stripe, so ` +
          "it is not closed from here. Close it in Stripe's dashboard, then ask again.",
        { orderId },
      );
    case 'other_account':
      return wrongAccount({ orderId, stripeId: objection.stripeId ?? '' });
  }
};

/** Reads what was kept once, in its sequence, and writes the header: from then on there is a plan. */
const finish = async (
  draft: Pick<PlanDraft, 'planId' | 'scope' | 'mail' | 'productIds' | 'others' | 'createdAt'>,
  deps: Pick<Deps, 'plans' | 'clock' | 'log'>,
): Promise<RecoveryPlan> => {
  const { planId, scope, mail, productIds, others, createdAt } = draft;
  const hasher = planHasher(draft);
  const families = distinctCounter();
  const sums = new Map<Currency, number>();
  const counts = { rows: 0, mailed: 0, leftAlone: 0 };
  for await (const { planned } of plannedOf(planId, deps)) {
    hasher.add(planned);
    if (planned.kind === 'left_alone') {
      counts.leftAlone += 1;
      continue;
    }
    const { amount, familyId, mail: mailed } = planned.row;
    counts.rows += 1;
    if (mailed === 'again') counts.mailed += 1;
    families.add(familyId);
    sums.set(amount.currency, (sums.get(amount.currency) ?? 0) + amount.amountMinor);
  }
  const stands = await deps.plans.put({
    hash: hasher.hash(),
    ...{ planId, scope, productIds, mail, ...counts, others, createdAt },
    families: families.count,
    sums: [...sums].map(([currency, sum]) => money(sum, currency)),
    expiresAt: instantAfter(deps.clock.now(), PLAN_LIVES_MS),
    startedAt: null,
  });
  deps.log('recover.planned', { hash: stands.hash, planId, rows: counts.rows, leftAlone: counts.leftAlone });
  return { ...stands, others };
};

/** All that a plan holds, page by page, with the shard that it lies in. */
export async function* plannedOf(
  planId: string,
  deps: Pick<Deps, 'plans'>,
): AsyncGenerator<{ shard: number; planned: Planned }> {
  for (const shard of shardNumbers) {
    const read = (after: { after?: string }) =>
      deps.plans.pageOfPlanned({ planId, shard, limit: 200, ...after });
    for await (const planned of itemsOf(read)) yield { shard, planned };
  }
}
