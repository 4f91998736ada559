import * as v from 'valibot';
import { Blast } from '../../../lib/domain/blast.ts';
import { Integer } from '../../../lib/domain/integer.ts';
import { Money } from '../../../lib/domain/money.ts';
import { RecoveryPlan } from '../../../lib/domain/recovery-plan.ts';
import type { ClubAtHand } from './club.ts';

/** A function said no, in words for a person. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

const answerOf = <S extends v.GenericSchema>(result: S) =>
  v.variant('ok', [
    v.object({ ok: v.literal(true), result }),
    v.object({ ok: v.literal(false), error: v.object({ message: v.string() }) }),
  ]);

const Planned = answerOf(
  v.object({
    plan: RecoveryPlan,
    totals: v.object({ orders: Integer, families: Integer, amount: v.nullable(Money) }),
  }),
);
export type PlannedRecovery = Extract<v.InferOutput<typeof Planned>, { ok: true }>['result'];

const Rows = v.array(v.object({ orderId: v.string(), detail: v.string() }));
const Applied = answerOf(
  v.object({
    recovered: Rows,
    moved: Rows,
    failed: Rows,
    unfinished: v.boolean(),
    blastId: v.nullable(v.string()),
  }),
);
export type AppliedRecovery = Extract<v.InferOutput<typeof Applied>, { ok: true }>['result'];

const Started = answerOf(Blast);
const Decided = answerOf(v.object({ orderId: v.string(), status: v.string() }));

/** What ops can ask of the system, through the functions themselves. @throws {Refused} */
export const operations = ({ invoke }: Pick<ClubAtHand, 'invoke'>) => ({
  startBlast: async (input: { blastId: string; productId: string; createdBy: string }) =>
    granted(v.parse(Started, await invoke('plan-blast', input))),

  planRecovery: async (input: { productId: string }): Promise<PlannedRecovery> =>
    granted(v.parse(Planned, await invoke('recover-orders', { action: 'plan', mail: true, ...input }))),

  applyRecovery: async (input: { hash: string; actor: string }): Promise<AppliedRecovery> =>
    granted(v.parse(Applied, await invoke('recover-orders', { action: 'apply', ...input }))),

  cancel: async (input: { orderId: string; actor: string; reason: string; decisionId: string }) =>
    granted(v.parse(Decided, await invoke('decide-order', { decision: 'cancel', ...input }))),
});

const granted = <T>(answer: { ok: true; result: T } | { ok: false; error: { message: string } }): T => {
  if (answer.ok) return answer.result;
  throw new Refused(answer.error.message);
};
