import type { ActorOptions } from '../blast.ts';
import type { Environment } from '../environment.ts';
import type { ApplyOptions, StageOptions } from '../options.ts';
import { applyPlan, showPlan } from '../recovery.ts';
import type { Report } from '../report.ts';

export type RegenerateOptions = StageOptions & ApplyOptions & ActorOptions & { mail?: boolean };

/** Another link for one order: by the same plan and the same apply as for many. */
export const regenerate = async (
  environment: Environment,
  report: Report,
  options: RegenerateOptions,
  orderId: string,
): Promise<void> => {
  const { mail = false, apply } = options;
  const scope = { kind: 'order', orderId } as const;
  if (apply !== undefined) return applyPlan(environment, report, options, { hash: apply, scope });
  const command = `regenerate ${orderId}`;
  await showPlan(environment, report, options, { wish: { scope, mail }, command, showAll: true });
};
