import * as v from 'valibot';
import {
  type ImportKind,
  type ImportRow,
  importIdOf,
  OrderRow,
  rowSchemas,
} from '../../lib/domain/import-row.ts';
import { money } from '../../lib/domain/money.ts';
import { type ApplyImportSlice, applyImport, type Place } from '../../lib/usecases/apply-import.ts';
import type { Deps } from '../../lib/usecases/deps.ts';
import { type ImportLook, planImport } from '../../lib/usecases/plan-import.ts';
import { stageImport } from '../../lib/usecases/stage-import.ts';

type ImportDeps = Pick<
  Deps,
  'imports' | 'orders' | 'roster' | 'retireQueue' | 'clock' | 'log' | 'newId' | 'site'
>;

/** As a file has it: what is left out is empty. */
export type GivenRow = Record<string, unknown>;

export const readRows = (kind: ImportKind, rows: readonly GivenRow[]): ImportRow[] =>
  rows.map((row) => v.parse(rowSchemas[kind], row));

export const anOrderRow = (over: GivenRow = {}): OrderRow =>
  v.parse(OrderRow, { productId: 'utah', playerId: 'ply_1', amount: money(5_500), ...over });

/** A file on its way in, step by step, as the command line sends it. */
export const fileOf = (kind: ImportKind, given: readonly GivenRow[], deps: ImportDeps) => {
  const rows = readRows(kind, given);
  const importId = importIdOf(kind, rows);
  const total = rows.length;
  return {
    importId,
    stage: async (chunk = 3): Promise<void> => {
      for (let i = 0; i < rows.length; i += chunk) {
        const some = rows.slice(i, i + chunk).map((row, n) => ({ line: i + n + 2, row }));
        await stageImport({ importId, kind, total, rows: some }, deps);
      }
    },
    plan: (): Promise<ImportLook> => planImport({ importId }, deps),
    async look(): Promise<ImportLook> {
      await this.stage();
      return this.plan();
    },
    /** Slice by slice. @param budgetMs none: a page each */
    async apply(hash: string, budgetMs = 60_000): Promise<ApplyImportSlice & { done: true }> {
      for (let from: Place | undefined; ; ) {
        const slice = await applyImport(
          { importId, hash, actor: 'office', budgetMs, ...(from && { from }) },
          deps,
        );
        if (slice.done) return slice;
        from = slice.from;
      }
    },
  };
};

/** Looked at and written at once. */
export const bringIn = async (
  kind: ImportKind,
  rows: readonly GivenRow[],
  deps: ImportDeps,
): Promise<ImportLook> => {
  const file = fileOf(kind, rows, deps);
  const look = await file.look();
  if (look.hash === null) {
    if (look.counts.conflict > 0) throw new Error(JSON.stringify(look.conflicts));
    return look;
  }
  const end = await file.apply(look.hash);
  if (!end.committed) throw new Error(JSON.stringify(end.failures));
  return look;
};

/** A club of some families, one player each: `ply_1` of `fam_1`, and so on. */
export const bringClub = async (
  count: number,
  deps: ImportDeps,
  category: 'tournament' | 'monthly' = 'tournament',
): Promise<void> => {
  const each = <T>(make: (n: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i + 1));
  await bringIn('products', [{ productId: 'utah', category, name: 'Utah Invitational' }], deps);
  await bringIn(
    'families',
    each((n) => ({
      familyId: `fam_${n}`,
      language: 'en',
      parents: [{ parentId: '1', name: 'Alex', addresses: [`f${n}@family.example`] }],
    })),
    deps,
  );
  await bringIn(
    'players',
    each((n) => ({ playerId: `ply_${n}`, familyId: `fam_${n}`, name: 'Maya', contract: 'signed' })),
    deps,
  );
};
