import {
  ClubPaymentsError,
  Contention,
  CorruptRow,
  NotFound,
  NotPayable,
  StalePlan,
  StripeRefused,
  StripeUnavailable,
} from '../domain/errors.ts';
import { epochMs, SHARDS } from '../domain/ids.ts';
import type { Order } from '../domain/order.ts';
import { closeSurface, surfaceRetired } from '../domain/order-changes.ts';
import {
  movedBecause,
  type Outcome,
  type Planned,
  type RecoveryPlan,
  type RecoveryRow,
  type RowResult,
  rowState,
  stillFound,
} from '../domain/recovery-plan.ts';
import { contractMissing } from '../domain/roster.ts';
import { askStripe, wrongAccount } from './ask-stripe.ts';
import { changeOrder } from './change-order.ts';
import type { Deps } from './deps.ts';
import { inLanes } from './lanes.ts';
import { type MintDeps, mintLink } from './mint-link.ts';
import { pacedStripe } from './paced-stripe.ts';
import { patiently } from './patiently.ts';
import { type PlanBlastDeps, planBlast } from './plan-blast.ts';
import { plannedOf } from './plan-recovery.ts';
import { mustFindPlan } from './recovery-rows.ts';
import { reopenShard } from './reopen-shard.ts';
import { workForStripe } from './work-for-stripe.ts';

export type ApplyRecoveryDeps = Omit<MintDeps, 'retireQueue'> & PlanBlastDeps & Pick<Deps, 'plans' | 'pace'>;

/** Behind which order a run goes on, and how many rows are behind it. */
export type ApplyPlace = { shard: number; after: string | null; passed: number };

export type ApplyRecoveryInput = {
  hash: string;
  /** Who approved it. */
  actor: string;
  /** Milliseconds that this slice may take; a row is always tried. */
  budgetMs: number;
  /** Where the slice before ended; from the start, when absent: what is done already is passed over. */
  from?: ApplyPlace;
};

export type AppliedSlice =
  | { done: false; from: ApplyPlace }
  | {
      done: true;
      hash: string;
      counts: Record<Outcome, number>;
      /** Of each product's mailing, where there is one. */
      blastIds: string[];
    };

const PAGE = 50;
/** Side by side: the pace is what limits, and not how long Stripe takes to answer. */
const LANES = 8;
/** So many rows one after the other that Stripe did not do: it is down, or does not let us. */
const TROUBLE = 5;

/**
 * Does exactly what the stored plan says, row by row: closes the old object, mints through the same use case as everything
 * else, retires the old object at Stripe. It is done slice by slice. The result of each row is kept, and each step of it
 * may be repeated, so that it may die anywhere and is begun again; the mails are a blast named after the plan, which
 * writes to nobody twice.
 *
 * ```
 *   the plan is begun       decides once and for all whether it came in time
 *   a row: begun            from here on a newer generation is our own work
 *     order: closed         crash after it: the mint goes on
 *     minted, kept          as mint-link
 *     old object retired    crash before it: it stands as due work, which the sweep does
 *     result                lost: the row is repeated, and nothing is left to do
 *   mailings                made or reopened before it is noted for how many
 * ```
 * @throws {StalePlan} it is not there, or too old to be begun @throws {WrongAccount}
 * @throws {StripeUnavailable} or {StripeRefused} after several rows: what was done stands
 */
export const applyRecovery = async (
  input: ApplyRecoveryInput,
  deps: ApplyRecoveryDeps,
): Promise<AppliedSlice> => {
  const plan = await mustFindPlan(input.hash, deps);
  if ((await deps.plans.begin(plan.hash, deps.clock.now())) === 'expired') {
    throw new StalePlan(
      `This plan expired at ${plan.expiresAt}: much may have changed since. Look again, and apply the new one.`,
      { hash: plan.hash },
    );
  }
  const from = await workOnRows(plan, input, deps);
  if (from !== null) return { done: false, from };
  const tally = await tallyOf(plan, deps);
  const blastIds = await mail(plan, tally, input.actor, deps);
  const { counts } = tally;
  deps.log('recover.applied', { hash: plan.hash, ...counts });
  return { done: true, hash: plan.hash, counts, blastIds };
};

/** Resolves to where the next slice goes on, or to null at the end. */
const workOnRows = async (
  plan: RecoveryPlan,
  { budgetMs, from }: ApplyRecoveryInput,
  deps: ApplyRecoveryDeps,
): Promise<ApplyPlace | null> => {
  const untilMs = epochMs(deps.clock.now()) + budgetMs;
  const inTime = (): boolean => epochMs(deps.clock.now()) < untilMs;
  const rowDeps: RowDeps = {
    ...deps,
    stripe: pacedStripe(deps.stripe, deps),
    // What an order owes Stripe is done here, at our pace; where it is not, the sweep finds it on the order.
    retireQueue: { send: async () => undefined },
  };
  const recover = withBrake((planned: PlannedRow) => recoverRow(planned, plan, rowDeps));
  let place: ApplyPlace = from ?? { shard: 0, after: null, passed: 0 };
  while (place.shard < SHARDS) {
    const { shard, after } = place;
    const page = await deps.plans.pageOfPlanned({
      ...{ planId: plan.planId, shard, limit: PAGE },
      ...(after !== null && { after }),
    });
    const rows = page.items.filter((planned) => planned.kind === 'row');
    const open = rows.filter(({ result }) => result === null || result.outcome === 'failed');
    const taken = await inLanes({ items: open, lanes: LANES, goOn: inTime }, recover);
    const last = open[taken - 1];
    if (taken < open.length && last !== undefined) {
      const { orderId } = last.row;
      return { shard, after: orderId, passed: place.passed + rows.indexOf(last) + 1 };
    }
    const passed = place.passed + rows.length;
    place =
      page.next === undefined
        ? { shard: shard + 1, after: null, passed }
        : { shard, after: page.next, passed };
    if (place.shard < SHARDS && taken > 0 && !inTime()) return place;
  }
  return null;
};

type PlannedRow = Extract<Planned, { kind: 'row' }>;
type RowDeps = MintDeps & Pick<Deps, 'plans'>;

/** Lets a run end when Stripe is down for one row after the other, or takes our key for none: the rest would only fail as well. */
const withBrake = (recover: (planned: PlannedRow) => Promise<ClubPaymentsError | null>) => {
  let inARow = 0;
  return async (planned: PlannedRow): Promise<void> => {
    const failure = await recover(planned);
    inARow = failure !== null && ofEveryRow(failure) ? inARow + 1 : 0;
    if (failure !== null && inARow >= TROUBLE) throw failure;
  };
};

const ofEveryRow = (failure: ClubPaymentsError): boolean =>
  failure instanceof StripeUnavailable || failure.evidence.status === 401 || failure.evidence.status === 403;

/** It says nothing of the other rows. */
const ofOneRow = (error: unknown): error is ClubPaymentsError =>
  [NotFound, NotPayable, Contention, CorruptRow, StripeRefused, StripeUnavailable].some(
    (kind) => error instanceof kind,
  );

/** Does one row and keeps what it came to. Resolves to why it failed, or to null. */
const recoverRow = async (
  planned: PlannedRow,
  plan: RecoveryPlan,
  deps: RowDeps,
): Promise<ClubPaymentsError | null> => {
  const { orderId } = planned.row;
  const progress = { begun: planned.begunAt !== null };
  const keep = (outcome: Outcome, detail: string): Promise<void> => {
    const result: RowResult = { outcome, detail, at: deps.clock.now() };
    return deps.plans.recordResult(plan.planId, orderId, result);
  };
  try {
    const came = await patiently(
      () => tryRow(planned.row, plan, progress, deps),
      deps,
      (error) => error instanceof StripeUnavailable,
    );
    await keep(came.outcome, came.detail);
    return null;
  } catch (error) {
    if (!ofOneRow(error)) throw error;
    if (error instanceof NotPayable) {
      await keep('moved', 'it was settled at this moment');
      return null;
    }
    deps.log('recover.row_failed', { orderId, error: error.code, ...error.evidence });
    await keep('failed', error.message);
    return error;
  }
};

type Came = { outcome: 'recovered' | 'moved'; detail: string };

const tryRow = async (
  row: RecoveryRow,
  plan: RecoveryPlan,
  progress: { begun: boolean },
  deps: RowDeps,
): Promise<Came> => {
  const { orderId } = row;
  const read = await deps.orders.get(orderId);
  if (read === undefined) throw new NotFound('There is no such order.', { orderId });
  const stateOf = (order: Order) => rowState(row, order, { begun: progress.begun, now: deps.clock.now() });
  const moved = (order: Order): Came => ({
    outcome: 'moved',
    detail: movedBecause(row, order, deps.clock.now()),
  });
  let order = read;
  if (stateOf(order) === 'moved' && !progress.begun) {
    // By another run of the same plan, perhaps, since this one read its rows.
    const planned = await deps.plans.planned(plan.planId, orderId);
    progress.begun = planned?.kind === 'row' && planned.begunAt !== null;
  }
  if (stateOf(order) === 'as_planned') {
    const doubt = await doubtAbout(row, order, deps);
    if (doubt !== null) return { outcome: 'moved', detail: doubt };
    if (!progress.begun) await deps.plans.beginRow(plan.planId, orderId, deps.clock.now());
    progress.begun = true;
    const closeOld = (current: Order): Order =>
      stateOf(current) === 'as_planned' ? closed(current, row, deps) : current;
    ({ after: order } = await changeOrder({ orderId, read, change: closeOld }, deps));
  }
  if (stateOf(order) === 'moved') return moved(order);
  const { stripeId } = await mintLink({ orderId, read: order }, deps);
  return { outcome: 'recovered', detail: stripeId + (await retireOld(row, deps)) };
};

/** The old object's generation ends; one that has ended at Stripe, or is not ours to touch, owes nothing more. */
const closed = (order: Order, row: RecoveryRow, deps: RowDeps): Order => {
  if (row.stripeId === null) return order;
  const now = deps.clock.now();
  const next = closeSurface(order, row.stripeId, now);
  return row.old === 'retire' ? next : surfaceRetired(next, row.stripeId, now);
};

/** Asked again at the last moment: a plan may be a day old. Why the row does not hold any more, or null. */
const doubtAbout = async (row: RecoveryRow, order: Order, deps: RowDeps): Promise<string | null> => {
  const { orderId, stripeId } = row;
  const signing = contractMissing(order, undefined);
  if (signing && contractMissing(order, (await deps.roster.player(row.playerId))?.contract)) {
    return 'the contract is not signed any more';
  }
  if (stripeId === null) return null;
  const atStripe = await askStripe({ orderId, stripeId }, deps);
  if (atStripe === null || stillFound(row, atStripe)) return null;
  if (atStripe.state === 'missing') throw wrongAccount({ orderId, stripeId });
  return `${stripeId} is ${atStripe.state} at Stripe by now`;
};

/** At our own pace, and not by the queue. What fails stands on the order as due work. */
const retireOld = async ({ orderId, old }: RecoveryRow, deps: RowDeps): Promise<string> => {
  if (old !== 'retire') return '';
  try {
    await workForStripe({ orderId }, deps);
    return '';
  } catch (error) {
    if (!(error instanceof ClubPaymentsError)) throw error;
    deps.log('recover.not_retired', { orderId, error: error.code });
    return '; the old page is closed within minutes';
  }
};

type Tally = {
  counts: Record<Outcome, number>;
  /** Of the recovered rows that are to be mailed: how many in each shard, and of which products. */
  toMail: { shards: number[]; products: Set<string> };
};

const tallyOf = async ({ planId }: RecoveryPlan, deps: Pick<Deps, 'plans'>): Promise<Tally> => {
  const counts = { recovered: 0, moved: 0, failed: 0 };
  const toMail = { shards: Array.from({ length: SHARDS }, () => 0), products: new Set<string>() };
  for await (const { shard, planned } of plannedOf(planId, deps)) {
    if (planned.kind !== 'row' || planned.result === null) continue;
    const { row, result } = planned;
    counts[result.outcome] += 1;
    if (result.outcome !== 'recovered' || row.mail !== 'again') continue;
    toMail.shards[shard] = (toMail.shards[shard] ?? 0) + 1;
    toMail.products.add(row.productId);
  }
  return { counts, toMail };
};

/**
 * A mailing for each product, made when its first order is recovered. One that went over a shard before its last order
 * was recovered goes over it again: that there are more than were told is kept with the plan, and noted afterwards.
 */
const mail = async (
  plan: RecoveryPlan,
  { toMail }: Tally,
  actor: string,
  deps: ApplyRecoveryDeps,
): Promise<string[]> => {
  const products = plan.productIds.filter((productId) => toMail.products.has(productId));
  if (products.length === 0) return [];
  const announced = await deps.plans.announced(plan.hash);
  const grown = toMail.shards.flatMap((count, shard) => (count > (announced[shard] ?? 0) ? [shard] : []));
  const blastIds = products.map((productId) => blastIdOf(plan, productId));
  if (grown.length === 0) return blastIds;
  for (const [i, productId] of products.entries()) {
    const blastId = blastIds[i] ?? '';
    const before = await deps.blasts.get(blastId);
    if (before === undefined || before.state === 'planned') {
      await planBlast(
        {
          ...{ blastId, productId, replacesDeadLink: true, createdBy: actor },
          audience: { kind: 'plan', planId: plan.planId, productId },
        },
        deps,
      );
    } else if (before.state !== 'canceled') {
      for (const shard of grown) await reopenShard({ blastId, shard }, deps);
    }
  }
  await deps.plans.saveAnnounced(plan.hash, toMail.shards);
  return blastIds;
};

const blastIdOf = ({ hash, productIds }: RecoveryPlan, productId: string): string =>
  productIds.length === 1 ? `bls_${hash}` : `bls_${hash}-${productIds.indexOf(productId)}`;
