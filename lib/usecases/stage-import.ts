import { Contention, InvalidInput } from '../domain/errors.ts';
import { type ImportHead, newHead, type StagedRow } from '../domain/import-head.ts';
import {
  type ImportKind,
  type ImportRow,
  type OrderRow,
  type RowOf,
  rowKeyOf,
} from '../domain/import-row.ts';
import type { Deps } from './deps.ts';
import { lookAtRow, type Standing, standingOf } from './keep-record.ts';

export type StageImportInput = {
  importId: string;
  kind: ImportKind;
  /** Of the whole file. */
  total: number;
  rows: readonly { line: number; row: ImportRow }[];
};
export type StageImportDeps = Pick<Deps, 'imports' | 'orders' | 'roster' | 'clock' | 'site' | 'log'>;

const LANES = 16;

/**
 * Takes some rows of a file in, and looks at each: what it would make, change or be in the way of. Nothing of it is
 * seen by anybody; staging again replaces what was staged.
 */
export const stageImport = async (
  { importId, kind, total, rows }: StageImportInput,
  deps: StageImportDeps,
): Promise<{ staged: number }> => {
  await headOf({ importId, kind, total }, deps);
  const standing = await standingOf(
    kind,
    rows.map(({ row }) => row as RowOf<typeof kind>),
    deps,
  );
  const staged: StagedRow[] = [];
  const queue = [...rows];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      staged.push(await looked({ importId, kind, ...next }, standing, deps));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await deps.imports.stage(importId, staged, deps.clock.now());
  return { staged: staged.length };
};

const headOf = async (
  of: Pick<ImportHead, 'importId' | 'kind' | 'total'>,
  { imports, clock }: Pick<Deps, 'imports' | 'clock'>,
): Promise<void> => {
  let head = await imports.head(of.importId);
  if (head === undefined) {
    const made = await imports.saveHead(newHead(of, clock.now()));
    head = made === 'conflict' ? await imports.head(of.importId) : made;
  }
  if (head === undefined) throw new Contention('This import is being written at the moment; try again.');
  if (head.kind !== of.kind || head.total !== of.total) {
    throw new InvalidInput('This import has other rows than the one of this id.', { importId: of.importId });
  }
};

const looked = async (
  { importId, kind, line, row }: { importId: string; kind: ImportKind; line: number; row: ImportRow },
  standing: Standing,
  deps: StageImportDeps,
): Promise<StagedRow> => {
  const of = { kind, row: row as RowOf<typeof kind> };
  const look = await lookAtRow({ ...of, importId }, standing, deps);
  return {
    ...{ key: rowKeyOf(kind, of.row), line, row, outcome: look.outcome, result: null },
    stands: look.outcome === 'conflict' ? {} : look.stands,
    detail: look.outcome === 'conflict' ? `${look.field}: ${look.rule}` : look.what.join(', '),
    amount: kind === 'orders' && look.outcome === 'new' ? (row as OrderRow).amount : null,
  };
};
