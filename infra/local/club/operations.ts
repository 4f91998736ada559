import * as v from 'valibot';
import { Blast } from '../../../lib/domain/blast.ts';
import { BlastReport } from '../../../lib/domain/blast-report.ts';
import type { RecoveryPlan } from '../../../lib/domain/recovery-plan.ts';
import { SeenPreview, SentMailing, SettledDelivery } from '../../mailing.ts';
import type { ImportFile } from '../../ops/import/read.ts';
import {
  type AppliedSlice,
  type AskRecovery,
  allRows,
  type PlannedOrders,
  type PlannedRow,
  recoverySlices,
} from '../../recovery.ts';
import { Waiting } from '../../waiting.ts';
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

export type PlannedRecovery = { plan: RecoveryPlan } & Pick<PlannedOrders, 'rows' | 'leftAlone'>;
export type AppliedRecovery = Omit<Extract<AppliedSlice, { done: true }>, 'done'> & {
  /** Every row of the plan, with what became of it. */
  rows: readonly PlannedRow[];
};

const ImportSeen = v.object({
  /** Null: all of it stands already, or something is in its way. */
  hash: v.nullable(v.string()),
  conflicts: v.array(v.object({ key: v.string(), detail: v.string() })),
});
const ImportSlice = v.variant('done', [
  v.object({ done: v.literal(false), from: v.unknown() }),
  v.object({ done: v.literal(true), committed: v.boolean() }),
]);

const Told = answerOf(v.unknown());

const Previewed = answerOf(SeenPreview);
const Sent = answerOf(SentMailing);
const Steered = answerOf(Blast);
const Settled = answerOf(SettledDelivery);
const Reported = answerOf(BlastReport);
const Waits = answerOf(Waiting);
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

  /** Beside what orders need: the mails, mailings and findings that wait for a person. */
  waiting: async (): Promise<Waiting> =>
    granted(v.parse(Waits, await invoke('reconcile', { action: 'for_persons' }))),

  planRecovery: async ({ productId }: { productId: string }): Promise<PlannedRecovery> => {
    const ask = recoverOrders(invoke);
    const wish = { scope: { kind: 'product', productId }, mail: true } as const;
    let slice = await recoverySlices(ask).plan(wish, undefined);
    while (!slice.done) slice = await recoverySlices(ask).plan(wish, slice);
    const { rows, leftAlone } = await allRows(slice.plan.hash, ask);
    return { plan: slice.plan, rows, leftAlone };
  },

  applyRecovery: async (input: { hash: string; actor: string }): Promise<AppliedRecovery> => {
    const ask = recoverOrders(invoke);
    let slice = await recoverySlices(ask).apply(input, undefined);
    while (!slice.done) slice = await recoverySlices(ask).apply(input, slice);
    const { hash, counts, blastIds } = slice;
    return { hash, counts, blastIds, rows: (await allRows(hash, ask)).rows };
  },

  /** Brings a file in as "import" does: all of it is looked at, and then written as it was shown. */
  importFile: async ({ importId, kind, rows }: ImportFile, actor: string): Promise<void> => {
    const ask = async (input: object): Promise<unknown> =>
      granted(v.parse(Told, await invoke('import-orders', { importId, ...input })));
    await ask({ action: 'stage', kind, total: rows.length, rows });
    const { hash, conflicts } = v.parse(ImportSeen, await ask({ action: 'plan' }));
    const [conflict] = conflicts;
    if (conflict !== undefined) throw new Refused(`${conflict.key}: ${conflict.detail}`);
    if (hash === null) return;
    const write = { action: 'apply', hash, actor };
    let slice = v.parse(ImportSlice, await ask(write));
    while (!slice.done) slice = v.parse(ImportSlice, await ask({ ...write, from: slice.from }));
    if (!slice.committed) throw new Refused('Something has changed meanwhile. Take them over again.');
  },

  cancel: async (input: { orderId: string; actor: string; reason: string; decisionId: string }) =>
    granted(v.parse(Decided, await invoke('decide-order', { decision: 'cancel', ...input }))),
});

const recoverOrders =
  (invoke: ClubAtHand['invoke']): AskRecovery =>
  async (input) =>
    granted(v.parse(Told, await invoke('recover-orders', input)));

const granted = <T>(answer: { ok: true; result: T } | { ok: false; error: { message: string } }): T => {
  if (answer.ok) return answer.result;
  throw new Refused(answer.error.message);
};
