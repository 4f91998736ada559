import { createHash } from 'node:crypto';
import { type Instant, SHARDS } from '../../../lib/domain/ids.ts';
import type { ImportHead, StagedRow } from '../../../lib/domain/import-head.ts';
import type { Imports } from '../../../lib/ports.ts';
import { kept } from './kept.ts';
import { mapPage, sorted } from './sorted.ts';

/** @param committed is told when each import was committed, for the orders' store */
export const memoryImports = (committed: Map<string, Instant> = new Map()): Imports => {
  const heads = new Map<string, ImportHead>();
  const rows = new Map<string, Map<string, StagedRow>>();
  return {
    head: async (importId) => heads.get(importId),
    saveHead: async (next) => {
      if ((heads.get(next.importId)?.revision ?? 0) !== next.revision) return 'conflict';
      const stored = kept({ ...next, revision: next.revision + 1 });
      heads.set(next.importId, stored);
      if (next.committedAt !== null) committed.set(next.importId, next.committedAt);
      return stored;
    },
    stage: async (importId, staged) => {
      const all = rows.get(importId) ?? new Map<string, StagedRow>();
      rows.set(importId, all);
      for (const row of staged) all.set(row.key, kept(row));
    },
    pageOfRows: async ({ importId, shard, ...page }) => {
      const all = rows.get(importId) ?? new Map<string, StagedRow>();
      const keys = sorted();
      for (const key of all.keys()) if (shardOf(key) === shard) keys.add(key);
      return mapPage(keys.page(page), (key) => all.get(key) as StagedRow);
    },
    recordResult: async (importId, key, result) => {
      const all = rows.get(importId);
      const row = all?.get(key);
      if (row !== undefined) all?.set(key, kept({ ...row, result }));
    },
  };
};

const shardOf = (key: string): number => createHash('sha256').update(key).digest().readUInt8(0) % SHARDS;
