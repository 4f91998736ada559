import * as v from 'valibot';
import { Blast } from '../../../lib/domain/blast.ts';
import { BlastReport } from '../../../lib/domain/blast-report.ts';
import { Integer } from '../../../lib/domain/integer.ts';
import { Money } from '../../../lib/domain/money.ts';
import { RecoveryPlan } from '../../../lib/domain/recovery-plan.ts';
import { SeenPreview, SentMailing, SettledDelivery } from '../../mailing.ts';
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

const Previewed = answerOf(SeenPreview);
const Sent = answerOf(SentMailing);
const Steered = answerOf(Blast);
const Settled = answerOf(SettledDelivery);
const Reported = answerOf(BlastReport);
const Decided = answerOf(v.object({ orderId: v.string(), status: v.string() }));

/** What ops can ask of the system, through the functions themselves. @throws {Refused} */
export const operations = ({ invoke }: Pick<ClubAtHand, 'invoke'>) => ({
  /** What a mailing would do; sends nothing. */
  previewMailing: async (input: { productId: string; filter?: { onlyNeverMailed: boolean } }) =>
    granted(v.parse(Previewed, await invoke('plan-blast', { action: 'preview', ...input }))),

  /** Sends exactly what a preview has shown. @param at on the club's clocks, `2026-05-01 09:00`; now, when absent */
  sendMailing: async (input: { hash: string; createdBy: string; at?: string; acceptUnusualSize?: boolean }) =>
    granted(v.parse(Sent, await invoke('plan-blast', { action: 'send', ...input }))),

  steerMailing: async (input: { action: 'pause' | 'resume' | 'cancel'; blastId: string; actor: string }) =>
    granted(v.parse(Steered, await invoke('plan-blast', input))),

  /** Of a mail that is held. */
  settleDelivery: async (input: {
    blastId: string;
    orderId: string;
    addressKey: string;
    as: string;
    actor: string;
    reason: string;
  }) => granted(v.parse(Settled, await invoke('plan-blast', { action: 'settle', ...input }))),

  /** What became of a mailing, counted now. */
  reportMailing: async (blastId: string): Promise<BlastReport> =>
    granted(v.parse(Reported, await invoke('report-blast', { blastId, freshWithinSeconds: 0 }))),

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
