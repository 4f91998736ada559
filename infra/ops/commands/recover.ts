import type { RecoveryScope } from '../../../lib/domain/recovery-plan.ts';
import type { ActorOptions } from '../blast.ts';
import type { Environment } from '../environment.ts';
import type { ApplyOptions, StageOptions } from '../options.ts';
import { UsageProblem } from '../problem.ts';
import { applyPlan, showPlan } from '../recovery.ts';
import type { Report } from '../report.ts';

export type RecoverOptions = StageOptions &
  ApplyOptions &
  ActorOptions & { all?: boolean; mail: boolean; showAll?: boolean; objectsAreGone?: boolean };

/** The stranded orders of a product, or of all: what was found, what would be done, and, once approved, done. */
export const recover = async (
  environment: Environment,
  report: Report,
  options: RecoverOptions,
  productId?: string,
): Promise<void> => {
  const { all = false, mail, apply, objectsAreGone = false, showAll = false } = options;
  if (all && productId !== undefined) {
    throw new UsageProblem('One product, or all?', 'Leave out --all, or the product.');
  }
  const scope: RecoveryScope | undefined =
    productId === undefined ? (all ? { kind: 'all' } : undefined) : { kind: 'product', productId };
  if (apply !== undefined) return applyPlan(environment, report, options, { hash: apply, scope });
  if (scope === undefined) {
    throw new UsageProblem(
      'Of which product?',
      'Name it: recover utah-invitational. For all of them: --all.',
    );
  }
  const command = `recover ${productId ?? '--all'}`;
  await showPlan(environment, report, options, { wish: { scope, mail, objectsAreGone }, command, showAll });
};
