import { InvalidInput, NotFound, StalePlan } from '../domain/errors.ts';
import { shardNumbers } from '../domain/ids.ts';
import {
  FORGOTTEN,
  findingsHash,
  type ImportHead,
  isDone,
  type OutcomeCounts,
  rowOutcomes,
  type StagedRow,
  withPlan,
} from '../domain/import-head.ts';
import { type Currency, type Money, money } from '../domain/money.ts';
import type { Deps } from './deps.ts';
import { itemsOf } from './pages.ts';

export type ImportSample = Pick<StagedRow, 'key' | 'line' | 'outcome' | 'detail'>;
export type ImportLook = {
  /** Approves exactly this; null while something is in its way, or nothing is left to be done. */
  hash: string | null;
  counts: OutcomeCounts;
  /** What new orders ask for, a sum per currency. */
  sums: Money[];
  /** The first new ones and the first that change something, in sequence of the file. */
  samples: ImportSample[];
  /** The first of them, in sequence of the file; `counts.conflict` says how many there are. */
  conflicts: ImportSample[];
  /** The first of those who were forgotten, as they wished, and would be here again. */
  returning: ImportSample[];
  halfDone: boolean;
  committedAt: ImportHead['committedAt'];
};

const SAMPLES = 3;
const CONFLICTS = 100;

/**
 * Adds up what a file would do, once all of its rows are staged, and keeps that under a hash. However many rows there
 * are, it holds a few.
 */
export const planImport = async (
  { importId }: { importId: string },
  deps: Pick<Deps, 'imports' | 'clock' | 'log'>,
): Promise<ImportLook> => {
  const head = await deps.imports.head(importId);
  if (head === undefined) throw new NotFound('There is no such import. Import the file again.', { importId });
  const counts: OutcomeCounts = { new: 0, changes: 0, same: 0, conflict: 0 };
  const sums = new Map<Currency, number>();
  const findings = findingsHash(importId);
  const firsts = Object.fromEntries(
    rowOutcomes.map((outcome) => [outcome, firstOf(outcome === 'conflict' ? CONFLICTS : SAMPLES)]),
  ) as Record<StagedRow['outcome'], ReturnType<typeof firstOf>>;
  const returning = firstOf(CONFLICTS);
  for (const shard of shardNumbers) {
    const rows = itemsOf((after) => deps.imports.pageOfRows({ importId, shard, limit: 200, ...after }));
    for await (const row of rows) {
      const { key, line, outcome, detail, amount, stands } = row;
      findings.add(row);
      counts[outcome] += 1;
      firsts[outcome].add({ key, line, outcome, detail });
      if (FORGOTTEN in stands) returning.add({ key, line, outcome, detail });
      if (amount !== null) sums.set(amount.currency, (sums.get(amount.currency) ?? 0) + amount.amountMinor);
    }
  }
  const staged = rowOutcomes.reduce((all, outcome) => all + counts[outcome], 0);
  if (staged !== head.total) {
    throw new InvalidInput(`Of ${head.total} rows ${staged} have arrived. Import the file again.`, {
      importId,
      staged,
    });
  }
  const found = { counts, sums: [...sums].map(([currency, sum]) => money(sum, currency)) };
  const planned = withPlan(head, { hash: findings.hex(), ...found }, deps.clock.now());
  if (counts.conflict === 0 && (await deps.imports.saveHead(planned)) === 'conflict') {
    throw new StalePlan('Somebody else is working on this import. Look again.', { importId });
  }
  deps.log('import.planned', { importId, kind: head.kind, ...counts });
  const { hash = null } = counts.conflict > 0 || isDone(planned) ? {} : (planned.plan ?? {});
  return {
    ...found,
    hash,
    samples: [...firsts.new.items(), ...firsts.changes.items()],
    conflicts: firsts.conflict.items(),
    returning: returning.items(),
    halfDone: head.halfDone,
    committedAt: head.committedAt,
  };
};

/** The first few by their lines, however many it is given. */
const firstOf = (most: number) => {
  let kept: ImportSample[] = [];
  const inSequence = (): ImportSample[] => kept.toSorted((a, b) => a.line - b.line).slice(0, most);
  return {
    add: (row: ImportSample): void => {
      kept.push(row);
      if (kept.length >= 2 * most) kept = inSequence();
    },
    items: inSequence,
  };
};

/** The plan that stands, as it was shown. @throws {StalePlan} there is none */
export const shownImport = async (
  { importId }: { importId: string },
  { imports }: Pick<Deps, 'imports'>,
): Promise<{ hash: string; counts: OutcomeCounts; sums: Money[]; done: boolean }> => {
  const plan = (await imports.head(importId))?.plan;
  if (plan === undefined || plan === null) {
    throw new StalePlan('This file was not looked at on this stage. Look first, without --apply.', {
      importId,
    });
  }
  const { hash, counts, sums, doneAt } = plan;
  return { hash, counts, sums, done: doneAt !== null };
};
