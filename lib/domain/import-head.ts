import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { ImportId, Instant, instantAfter } from './ids.ts';
import { importKinds } from './import-row.ts';
import { Integer } from './integer.ts';
import { Money } from './money.ts';

/** What would become of a row: `same` when everything in it stands already. */
export const rowOutcomes = ['new', 'changes', 'same', 'conflict'] as const;
export type RowOutcome = (typeof rowOutcomes)[number];
export type OutcomeCounts = Record<RowOutcome, number>;

/** What became of it. */
export const ImportResult = v.object({
  outcome: v.picklist(['written', 'failed']),
  detail: v.string(),
  at: Instant,
});
export type ImportResult = v.InferOutput<typeof ImportResult>;

/** A row on its way in: kept until the import is done, and for some days after. */
export const StagedRow = v.object({
  /** Of the row among those of its import. */
  key: v.string(),
  /** Of the file, as a person counts. */
  line: Integer,
  /** As its kind's schema has it. */
  row: v.unknown(),
  outcome: v.picklist(rowOutcomes),
  /** What it would change, or what is in its way. */
  detail: v.string(),
  /** The amount of an order that would be new. */
  amount: v.nullable(Money),
  result: v.optional(v.nullable(ImportResult), null),
});
export type StagedRow = v.InferOutput<typeof StagedRow>;

const Counts = v.object({ new: Integer, changes: Integer, same: Integer, conflict: Integer });

/** What a person was shown, and exactly what is written once they approve it. */
export const ImportPlan = v.object({
  hash: v.string(),
  counts: Counts,
  sums: v.array(Money),
  expiresAt: Instant,
  startedAt: v.nullable(Instant),
  startedBy: v.nullable(v.string()),
  doneAt: v.nullable(Instant),
});
export type ImportPlan = v.InferOutput<typeof ImportPlan>;

/** One file: whatever was read in it, and how far it has come. */
export const ImportHead = v.object({
  importId: ImportId,
  kind: v.picklist(importKinds),
  /** How many rows there are. */
  total: Integer,
  createdAt: Instant,
  plan: v.nullable(ImportPlan),
  /** Somebody has begun to write it, and it was not committed since. */
  halfDone: v.boolean(),
  /** From when on its orders count. Once there it stays. */
  committedAt: v.nullable(Instant),
  /** Counts writes; each write is conditional on the one that was read. 0: not yet stored. */
  revision: Integer,
});
export type ImportHead = v.InferOutput<typeof ImportHead>;

/** After a day what was shown may be too old to be believed; it is simply shown again. */
const PLAN_LIVES_MS = 24 * 60 * 60 * 1000;
/** What was begun in time may be finished for so long: as long as its rows are kept. */
const MAY_BE_FINISHED_MS = 7 * PLAN_LIVES_MS;
export const ROWS_KEPT_MS = MAY_BE_FINISHED_MS + PLAN_LIVES_MS;

export const newHead = (
  { importId, kind, total }: Pick<ImportHead, 'importId' | 'kind' | 'total'>,
  now: Instant,
): ImportHead => ({
  ...{ importId, kind, total, createdAt: now, plan: null, halfDone: false, committedAt: null, revision: 0 },
});

/** The same findings are the same plan, and go on where it stands. */
export const withPlan = (
  head: ImportHead,
  { counts, sums }: Pick<ImportPlan, 'counts' | 'sums'>,
  now: Instant,
): ImportHead => {
  const hash = createHash('sha256')
    .update(JSON.stringify([head.importId, head.total, counts, sums]))
    .digest('hex')
    .slice(0, 32);
  return {
    ...head,
    plan: {
      ...{ hash, counts, sums },
      expiresAt: instantAfter(now, PLAN_LIVES_MS),
      ...{ startedAt: null, startedBy: null, doneAt: null },
    },
  };
};

/** Whether a plan may be written now. */
export const mayWrite = ({ expiresAt, startedAt }: ImportPlan, now: Instant): boolean =>
  now < (startedAt === null ? expiresAt : instantAfter(startedAt, MAY_BE_FINISHED_MS));

/** Nothing of it is left to be done: all of it stands, and no part of it waits to be committed. */
export const isDone = (head: ImportHead): boolean =>
  head.plan !== null && !head.halfDone && head.plan.counts.same === head.total;
