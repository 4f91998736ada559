import type { Planned, RecoveryPlan, RecoveryScope } from '../../lib/domain/recovery-plan.ts';
import {
  type AppliedSlice,
  type ApplyRecoveryDeps,
  applyRecovery,
} from '../../lib/usecases/apply-recovery.ts';
import {
  type PlanRecoveryDeps,
  type PlanRecoveryInput,
  planRecovery,
} from '../../lib/usecases/plan-recovery.ts';
import { recoveryRows } from '../../lib/usecases/recovery-rows.ts';

const SLICE_MS = 60_000;
type Row = Extract<Planned, { kind: 'row' }>;
type LeftAlone = Extract<Planned, { kind: 'left_alone' }>['order'];

/** Recovery as ops do it: slice after slice to the end. */
export const recoveryOf = (deps: PlanRecoveryDeps & ApplyRecoveryDeps) => {
  const rows = async (hash: string) => {
    const items: Planned[] = [];
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const page = await recoveryRows({ hash, limit: 5, ...(after !== undefined && { after }) }, deps);
      items.push(...page.items);
      after = page.next;
    }
    const all = {
      rows: items.filter((item): item is Row => item.kind === 'row'),
      leftAlone: items.flatMap((item): LeftAlone[] => (item.kind === 'left_alone' ? [item.order] : [])),
    };
    return all;
  };
  return {
    rows,
    async plan(
      scope: RecoveryScope,
      { mail = true, budgetMs = SLICE_MS, objectsAreGone = false } = {},
    ): Promise<{ plan: RecoveryPlan; rows: Row[]; leftAlone: LeftAlone[]; slices: number }> {
      let input: PlanRecoveryInput = { scope, mail, objectsAreGone, budgetMs };
      for (let slices = 1; ; slices++) {
        const slice = await planRecovery(input, deps);
        if (slice.done) return { plan: slice.plan, ...(await rows(slice.plan.hash)), slices };
        input = { planId: slice.planId, budgetMs };
      }
    },
    slice: (hash: string): Promise<AppliedSlice> =>
      applyRecovery({ hash, actor: 'office', budgetMs: 0 }, deps),
    async apply(hash: string, { budgetMs = SLICE_MS } = {}) {
      let from: Extract<AppliedSlice, { done: false }>['from'] | undefined;
      for (let slices = 1; ; slices++) {
        const slice: AppliedSlice = await applyRecovery(
          { hash, actor: 'office', budgetMs, ...(from !== undefined && { from }) },
          deps,
        );
        if (slice.done) return { ...slice, slices };
        from = slice.from;
      }
    },
  };
};
