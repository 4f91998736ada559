import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { StalePlan } from './errors.ts';
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
  outcome: v.picklist(['written', 'failed', 'moved']),
  detail: v.string(),
  at: Instant,
});
export type ImportResult = v.InferOutput<typeof ImportResult>;

/**
 * How a record stands that a row is about, in words: of all that the row may change, by the names of it. Empty where there
 * is no such record.
 */
export const Stands = v.record(v.string(), v.string());
export type Stands = v.InferOutput<typeof Stands>;
/** The name under which stands since when a record is without a name and address: a row brings both back. */
export const FORGOTTEN = 'forgotten';

/** What a row would change now, by the names of it, and how all of that stands. */
export type Changes = { what: readonly string[]; stands: Stands };

/**
 * A row may be written while everything that it would change stands as it stood when it was shown. What it has changed
 * already, before somebody's process died, it would not change again: that is no reason against it.
 * @throws {StalePlan} something of it has changed since, with what is there now
 */
export const assertAsShown = ({ what, stands }: Changes, shown: Stands): void => {
  const moved = what.filter((name) => stands[name] !== shown[name]);
  if (moved.length === 0) return;
  const now = moved.map((name) => `${name} ${stands[name] || 'empty'}`).join(', ');
  throw new StalePlan(`It has changed since it was shown. Here now: ${now}`);
};

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
  /** Of that what stood when it was looked at. */
  stands: Stands,
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

/**
 * The same findings are the same plan: what would become of each row, and what stands where it would be written. Rows are
 * added in the sequence of the store, each once.
 */
export const findingsHash = (importId: string) => {
  const hash = createHash('sha256').update(importId);
  return {
    add: ({
      key,
      outcome,
      detail,
      stands,
    }: Pick<StagedRow, 'key' | 'outcome' | 'detail' | 'stands'>): void => {
      const sorted = Object.entries(stands).sort(([a], [b]) => (a < b ? -1 : 1));
      hash.update(JSON.stringify([key, outcome, detail, sorted]));
    },
    hex: (): string => hash.digest('hex').slice(0, 32),
  };
};

/** With what was found, to be approved by its hash. */
export const withPlan = (
  head: ImportHead,
  { hash, counts, sums }: Pick<ImportPlan, 'hash' | 'counts' | 'sums'>,
  now: Instant,
): ImportHead => ({
  ...head,
  plan: {
    ...{ hash, counts, sums },
    expiresAt: instantAfter(now, PLAN_LIVES_MS),
    ...{ startedAt: null, startedBy: null, doneAt: null },
  },
});

/** Whether a plan may be written now. */
export const mayWrite = ({ expiresAt, startedAt }: ImportPlan, now: Instant): boolean =>
  now < (startedAt === null ? expiresAt : instantAfter(startedAt, MAY_BE_FINISHED_MS));

/** Nothing of it is left to be done: all of it stands, and no part of it waits to be committed. */
export const isDone = (head: ImportHead): boolean =>
  head.plan !== null && !head.halfDone && head.plan.counts.same === head.total;
