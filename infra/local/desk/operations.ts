import * as z from 'zod/mini';
import { Blast } from '../../../lib/domain/blast.ts';
import { Money } from '../../../lib/domain/money.ts';
import { RecoveryPlan } from '../../../lib/domain/recovery-plan.ts';
import type { ClubAtHand } from './club.ts';

/** A function said no, in words for a person. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

const answerOf = <S extends z.ZodMiniType>(result: S) =>
  z.discriminatedUnion('ok', [
    z.object({ ok: z.literal(true), result }),
    z.object({ ok: z.literal(false), error: z.object({ message: z.string() }) }),
  ]);

const Planned = answerOf(
  z.object({
    plan: RecoveryPlan,
    totals: z.object({ orders: z.int(), families: z.int(), amount: z.nullable(Money) }),
  }),
);
export type PlannedRecovery = Extract<z.infer<typeof Planned>, { ok: true }>['result'];

const Rows = z.array(z.object({ orderId: z.string(), detail: z.string() }));
const Applied = answerOf(
  z.object({
    recovered: Rows,
    moved: Rows,
    failed: Rows,
    unfinished: z.boolean(),
    blastId: z.nullable(z.string()),
  }),
);
export type AppliedRecovery = Extract<z.infer<typeof Applied>, { ok: true }>['result'];

const Started = answerOf(Blast);
const Decided = answerOf(z.object({ orderId: z.string(), status: z.string() }));

/** What ops can ask of the system, through the functions themselves. @throws {Refused} */
export const operations = ({ invoke }: Pick<ClubAtHand, 'invoke'>) => ({
  startBlast: async (input: { blastId: string; productId: string; createdBy: string }) =>
    granted(Started.parse(await invoke('plan-blast', input))),

  planRecovery: async (input: { productId: string }): Promise<PlannedRecovery> =>
    granted(Planned.parse(await invoke('recover-orders', { action: 'plan', mail: true, ...input }))),

  applyRecovery: async (input: { hash: string; actor: string }): Promise<AppliedRecovery> =>
    granted(Applied.parse(await invoke('recover-orders', { action: 'apply', ...input }))),

  cancel: async (input: { orderId: string; actor: string; reason: string; decisionId: string }) =>
    granted(Decided.parse(await invoke('decide-order', { decision: 'cancel', ...input }))),
});

const granted = <T>(answer: { ok: true; result: T } | { ok: false; error: { message: string } }): T => {
  if (answer.ok) return answer.result;
  throw new Refused(answer.error.message);
};
