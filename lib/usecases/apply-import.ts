import { ClubPaymentsError, Contention, StalePlan } from '../domain/errors.ts';
import { epochMs, instantAfter, SHARDS } from '../domain/ids.ts';
import { type ImportHead, mayWrite, type StagedRow } from '../domain/import-head.ts';
import type { RowOf } from '../domain/import-row.ts';
import type { Deps } from './deps.ts';
import { type KeepDeps, keepRow, standingOf } from './keep-record.ts';

export type ApplyImportDeps = KeepDeps & Pick<Deps, 'imports'>;
export type ApplyImportInput = {
  importId: string;
  hash: string;
  actor: string;
  /** Where the slice before came to; absent for the first one. */
  from?: Place;
  budgetMs: number;
};
export type Place = { shard: number; after: string | null; written: number; failures: Failure[] };
/** `moved`: it has changed since it was shown, and was left; `detail` is what is there now. */
export type Failure = Pick<StagedRow, 'key' | 'line'> & { outcome: 'failed' | 'moved'; detail: string };
export type ApplyImportSlice =
  | { done: false; total: number; from: Place }
  | { done: true; total: number; written: number; failures: Failure[]; committed: boolean };

const PAGE = 50;
const LANES = 8;
const MOST_FAILURES = 100;

/**
 * From the moment that a commit is decided to the one from which its orders count: longer than the write takes. So a
 * mailing that was planned before the write counts none of them, and one that is planned after it counts all.
 */
const COMMIT_AHEAD_MS = 2_000;

/**
 * Writes what was shown, for a while; the next slice goes on where this one came to. Each row is looked at once more: where
 * something that it would change is not as it was when it was shown, it is left, and named with what is there now. At the
 * end it is committed, if every row is written: one conditional write, from which on all of its orders count for
 * audiences, or none.
 *
 * | fails                         | then                                                                      |
 * | ----------------------------- | ------------------------------------------------------------------------- |
 * | before or within a row        | the row has no result: it is written again, and finds what stands          |
 * | between row and result        | the same                                                                  |
 * | within a row of several writes | what is written of it is as the row has it, the rest as it was shown: done |
 * | a record has moved            | its row is left; nothing counts until somebody has looked again            |
 * | a row can't be written        | the others are; nothing counts until it can, and the same command is given |
 * | the commit, before            | the next slice commits                                                    |
 * | the commit, after             | the next slice finds it done                                              |
 * | two at once                   | both write the same; one of them commits, the other finds it done          |
 *
 * @throws {StalePlan} this is not what was shown, or too old; nothing was written
 */
export const applyImport = async (
  { importId, hash, actor, from, budgetMs }: ApplyImportInput,
  deps: ApplyImportDeps,
): Promise<ApplyImportSlice> => {
  const until = epochMs(deps.clock.now()) + budgetMs;
  const head = await begun({ importId, hash, actor }, deps);
  const { total } = head;
  if (head.plan?.doneAt !== null) {
    await untilItCounts(head, deps);
    return { done: true, total, written: total, failures: [], committed: true };
  }

  let place: Place = from ?? { shard: 0, after: null, written: 0, failures: [] };
  while (place.shard < SHARDS) {
    if (epochMs(deps.clock.now()) >= until) return { done: false, total, from: place };
    place = await writePage(head, place, deps);
  }
  const { written, failures } = place;
  // Rows go with time; and a caller may have begun in the middle.
  const whole = written === total || (failures.length === 0 && (await allWritten(head, deps)));
  if (!whole) {
    if (failures.length === 0)
      throw new StalePlan('Rows of this import are gone. Import the file again.', { importId });
    const moved = failures.filter(({ outcome }) => outcome === 'moved').length;
    deps.log('import.not_committed', { importId, moved, failed: failures.length - moved });
    return { done: true, total, written, failures, committed: false };
  }
  await commit(head, deps);
  return { done: true, total, written: total, failures: [], committed: true };
};

const TRIES = 5;

/** The head of a plan that somebody has begun to write: once, by whoever comes first. */
const begun = async (
  { importId, hash, actor }: Pick<ApplyImportInput, 'importId' | 'hash' | 'actor'>,
  deps: Pick<Deps, 'imports' | 'clock' | 'log'>,
): Promise<ImportHead> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const head = await deps.imports.head(importId);
    const now = deps.clock.now();
    if (head === undefined || head.plan === null || head.plan.hash !== hash) {
      throw new StalePlan('This is not what the file would do now. Look again, without --apply.', {
        importId,
      });
    }
    if (head.plan.doneAt !== null) return head;
    if (!mayWrite(head.plan, now)) {
      throw new StalePlan('This was shown more than a day ago. Look again, without --apply.', { importId });
    }
    if (head.plan.startedAt !== null) return head;
    const plan = { ...head.plan, startedAt: now, startedBy: actor };
    const saved = await deps.imports.saveHead({ ...head, plan, halfDone: true });
    if (saved === 'conflict') continue;
    deps.log('import.begun', { importId, kind: head.kind, rows: head.total });
    return saved;
  }
  throw new Contention('Somebody else is working on this import; try again.', { importId });
};

const writePage = async (
  { importId, kind }: ImportHead,
  place: Place,
  deps: ApplyImportDeps,
): Promise<Place> => {
  const { shard, after } = place;
  const where = { importId, shard, limit: PAGE, ...(after !== null && { after }) };
  const page = await deps.imports.pageOfRows(where);
  const open = page.items.filter(({ result }) => result?.outcome !== 'written');
  const rows = open.map(({ row }) => row as RowOf<typeof kind>);
  const standing = await standingOf(kind, rows, deps);
  const failures: Failure[] = [];
  const lane = async (): Promise<void> => {
    for (let staged = open.shift(); staged !== undefined; staged = open.shift()) {
      const { key, line, stands: shown } = staged;
      const row = staged.row as RowOf<typeof kind>;
      const failed = await keepRow({ kind, row, importId, shown }, standing, deps).then(
        () => null,
        (error: unknown): Pick<Failure, 'outcome' | 'detail'> => {
          // What may pass by itself ends the slice, and the row stays open; what a person must put right is the row's.
          if (!(error instanceof ClubPaymentsError) || error.retryable) throw error;
          return { outcome: error instanceof StalePlan ? 'moved' : 'failed', detail: error.message };
        },
      );
      const at = deps.clock.now();
      await deps.imports.recordResult(importId, key, {
        ...(failed ?? { outcome: 'written', detail: '' }),
        at,
      });
      if (failed !== null) failures.push({ key, line, ...failed });
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
  const next = {
    written: place.written + page.items.length - failures.length,
    failures: [...place.failures, ...failures].slice(0, MOST_FAILURES),
  };
  return page.next === undefined
    ? { ...next, shard: shard + 1, after: null }
    : { ...next, shard, after: page.next };
};

const allWritten = async (
  { importId, total }: ImportHead,
  { imports }: Pick<Deps, 'imports'>,
): Promise<boolean> => {
  let written = 0;
  for (let shard = 0; shard < SHARDS; shard++) {
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const page = await imports.pageOfRows({
        importId,
        shard,
        limit: 500,
        ...(after !== undefined && { after }),
      });
      written += page.items.filter(({ result }) => result?.outcome === 'written').length;
      after = page.next;
    }
  }
  return written === total;
};

const commit = async (read: ImportHead, deps: Pick<Deps, 'imports' | 'clock' | 'log'>): Promise<void> => {
  let head: ImportHead | undefined = read;
  for (let tries = 0; tries < TRIES; tries++) {
    if (head?.plan === undefined || head.plan === null || head.plan.hash !== read.plan?.hash) {
      throw new StalePlan('This is not what the file would do now. Look again, without --apply.', {
        importId: read.importId,
      });
    }
    if (head.plan.doneAt !== null) return untilItCounts(head, deps);
    const now = deps.clock.now();
    const committedAt = head.committedAt ?? instantAfter(now, COMMIT_AHEAD_MS);
    const plan = { ...head.plan, doneAt: now };
    const saved = await deps.imports.saveHead({ ...head, plan, committedAt, halfDone: false });
    if (saved !== 'conflict') {
      deps.log('import.committed', { importId: read.importId, rows: read.total });
      return untilItCounts(saved, deps);
    }
    head = await deps.imports.head(read.importId);
  }
  throw new Contention('Somebody else is working on this import; try again.', { importId: read.importId });
};

/** Whoever is told that it is done may plan a mailing at once. */
const untilItCounts = async (
  { kind, committedAt }: ImportHead,
  { clock }: Pick<Deps, 'clock'>,
): Promise<void> => {
  if (kind !== 'orders' || committedAt === null) return;
  const left = epochMs(committedAt) - epochMs(clock.now());
  if (left > 0) await clock.sleep(left);
};
