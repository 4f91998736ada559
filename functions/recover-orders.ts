import * as v from 'valibot';
import { ProductId } from '../lib/domain/ids.ts';
import { planTotals } from '../lib/domain/recovery-plan.ts';
import type { BlastTicket } from '../lib/ports.ts';
import { applyRecovery } from '../lib/usecases/apply-recovery.ts';
import { planRecovery } from '../lib/usecases/plan-recovery.ts';
import { readConfig } from './config.ts';
import { operation } from './operation.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  ...wiring.mintVariables,
  'BLASTS_TABLE',
  'PLANS_TABLE',
  'BLAST_QUEUE_URL',
]);
const deps = {
  ...wiring.minting(config, wiring.queue(config.RETIRE_QUEUE_URL)),
  stripe: wiring.stripeForQueue(config),
  blasts: wiring.blasts(config),
  plans: wiring.plans(config),
  blastQueue: wiring.queue<BlastTicket>(config.BLAST_QUEUE_URL),
};

/** Kept back of a function's time, for the row at hand and the report. */
const RESERVE_MS = 30_000;

const Input = v.variant('action', [
  v.strictObject({ action: v.literal('plan'), productId: ProductId, mail: v.boolean() }),
  v.strictObject({ action: v.literal('apply'), hash: v.string(), actor: v.pipe(v.string(), v.minLength(1)) }),
]);

/** Ops: `plan` looks and writes nothing but the plan; `apply` does exactly what that plan says. */
export const handler = operation(
  Input,
  async (input, context) => {
    if (input.action === 'plan') {
      const plan = await planRecovery({ productId: input.productId, mail: input.mail }, deps);
      return { plan, totals: planTotals(plan) };
    }
    return applyRecovery({ ...input, budgetMs: context.getRemainingTimeInMillis() - RESERVE_MS }, deps);
  },
  deps,
);
