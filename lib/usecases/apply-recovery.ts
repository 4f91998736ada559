import { ClubPaymentsError, InvalidInput, NotFound } from '../domain/errors.ts';
import { epochMs } from '../domain/ids.ts';
import type { Order } from '../domain/order.ts';
import { closeSurface } from '../domain/order-changes.ts';
import { type RecoveryPlan, type RecoveryRow, type RowResult, rowState } from '../domain/recovery-plan.ts';
import { changeOrder } from './change-order.ts';
import type { Deps } from './deps.ts';
import { type MintDeps, mintLink } from './mint-link.ts';
import { type PlanBlastDeps, planBlast } from './plan-blast.ts';

export type ApplyRecoveryDeps = MintDeps & PlanBlastDeps & Pick<Deps, 'plans'>;

/** `detail` is the new surface, or why there is none. */
export type RowReport = { orderId: string; detail: string };

export type RecoveryReport = {
  hash: string;
  recovered: RowReport[];
  /** Changed since the plan was shown, and left as they are. */
  moved: RowReport[];
  /** Tried again when the same plan is applied again. */
  failed: RowReport[];
  /** True when the time was used up: apply the same hash again to go on. */
  unfinished: boolean;
  blastId: string | null;
};

/**
 * Does exactly what the stored plan says, row by row: retire the old object, mint through the same use case as
 * everything else. The result of each row is kept, so that a repetition goes on where this one stopped; the
 * mails are a blast named after the plan, which writes to nobody twice.
 * @throws {NotFound} @throws {InvalidInput} when the plan has expired before it was begun
 */
export const applyRecovery = async (
  input: { hash: string; actor: string /** Milliseconds this run may take. */; budgetMs: number },
  deps: ApplyRecoveryDeps,
): Promise<RecoveryReport> => {
  const plan = await deps.plans.get(input.hash);
  if (plan === undefined) {
    throw new NotFound('There is no such plan. Make one without --apply and use the hash that it shows.', {
      hash: input.hash,
    });
  }
  const results = new Map(await deps.plans.results(plan.hash));
  // One that was begun is finished, however late: each row is held against its order anyway.
  if (plan.expiresAt <= deps.clock.now() && results.size === 0) {
    throw new InvalidInput(`This plan expired at ${plan.expiresAt}. Look again, and apply the new one.`, {
      hash: input.hash,
    });
  }
  const until = epochMs(deps.clock.now()) + input.budgetMs;
  let unfinished = false;
  for (const row of plan.rows) {
    const earlier = results.get(row.orderId);
    if (earlier !== undefined && earlier.outcome !== 'failed') continue;
    if (epochMs(deps.clock.now()) >= until) {
      unfinished = true;
      break;
    }
    const result = await recoverRow(row, deps);
    await deps.plans.recordResult(plan.hash, row.orderId, result);
    results.set(row.orderId, result);
  }
  const withOutcome = (outcome: RowResult['outcome']) =>
    plan.rows.flatMap(({ orderId }) => {
      const result = results.get(orderId);
      return result?.outcome === outcome ? [{ orderId, detail: result.detail }] : [];
    });
  const recovered = withOutcome('recovered');
  const mailNow = plan.mail && !unfinished && recovered.length > 0;
  deps.log('recover.applied', { hash: plan.hash, recovered: recovered.length, unfinished });
  return {
    hash: plan.hash,
    recovered,
    moved: withOutcome('moved'),
    failed: withOutcome('failed'),
    unfinished,
    blastId: mailNow ? await mail(plan, input.actor, deps) : null,
  };
};

const recoverRow = async (row: RecoveryRow, deps: ApplyRecoveryDeps): Promise<RowResult> => {
  const at = deps.clock.now();
  try {
    const retireOld = (order: Order): Order =>
      rowState(row, order, deps.clock.now()) === 'as_planned'
        ? closeSurface(order, row.stripeId, deps.clock.now())
        : order;
    const { before, after } = await changeOrder({ orderId: row.orderId, change: retireOld }, deps);
    if (rowState(row, before, deps.clock.now()) === 'moved') {
      return { outcome: 'moved', detail: 'changed since the plan was made', at };
    }
    const surface = await mintLink({ orderId: row.orderId, read: after }, deps);
    return { outcome: 'recovered', detail: surface.stripeId, at };
  } catch (error) {
    if (!(error instanceof ClubPaymentsError)) throw error;
    deps.log('recover.row_failed', { orderId: row.orderId, error: error.code, ...error.evidence });
    return { outcome: 'failed', detail: error.message, at };
  }
};

const mail = async (plan: RecoveryPlan, actor: string, deps: ApplyRecoveryDeps): Promise<string> => {
  const blastId = `bls_${plan.hash}`;
  await planBlast(
    {
      blastId,
      productId: plan.productId,
      audience: { kind: 'plan', planHash: plan.hash },
      replacesDeadLink: true,
      createdBy: actor,
    },
    deps,
  );
  return blastId;
};
