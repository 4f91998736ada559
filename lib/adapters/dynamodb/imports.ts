import { createHash } from 'node:crypto';
import { epochMs, SHARDS, shardLabel } from '../../domain/ids.ts';
import { ImportHead, ROWS_KEPT_MS, StagedRow } from '../../domain/import-head.ts';
import type { Imports } from '../../ports.ts';
import { importKey } from './orders.ts';
import { parseRow } from './row.ts';
import { openTable, pageOf, type TableConnection } from './table.ts';

/**
 * Imports: the head of each in the table of the orders, where everybody may read it who reads orders; its rows beside
 * the plans, from where they go with time.
 *
 * A row that is staged again loses its result, and is written again: what it writes stands already by then. When the
 * answer to `saveHead` is lost, the next reader finds the head as it was written.
 */
export const dynamoImports = (connections: { orders: TableConnection; plans: TableConnection }): Imports => {
  const heads = openTable(connections.orders);
  const rows = openTable(connections.plans);

  return {
    head: async (importId) => {
      const key = importKey(importId);
      const row = await heads.get(key);
      return row === undefined ? undefined : parseRow(ImportHead, row, key.pk);
    },

    saveHead: async (next) => {
      const stored: ImportHead = { ...next, revision: next.revision + 1 };
      const written = await heads.put(
        { ...importKey(next.importId), ...stored },
        next.revision === 0
          ? { when: 'attribute_not_exists(#pk)' }
          : { when: '#revision = :was', values: { ':was': next.revision } },
      );
      return written ? stored : 'conflict';
    },

    stage: async (importId, staged, now) => {
      const ttl = Math.ceil((epochMs(now) + ROWS_KEPT_MS) / 1000);
      for (let i = 0; i < staged.length; i += AT_ONCE) {
        await Promise.all(
          staged
            .slice(i, i + AT_ONCE)
            .map(({ key, ...row }) => rows.put({ ...rowKey(importId, key), ...row, ttl })),
        );
      }
    },

    pageOfRows: async ({ importId, shard, after, limit }) => {
      const pk = rowsKey(importId, shard);
      const answer = await rows.query({
        where: `#pk = :pk${after === undefined ? '' : ' AND #sk > :after'}`,
        values: { ':pk': pk, ...(after !== undefined && { ':after': after }) },
        limit,
      });
      return pageOf(
        answer,
        ({ sk, ...row }) => parseRow(StagedRow, { ...row, key: sk }, `${pk} ${String(sk)}`),
        ({ key }) => key,
      );
    },

    recordResult: async (importId, key, result) => {
      await rows.update(rowKey(importId, key), { set: { result } }, { when: 'attribute_exists(#pk)' });
    },
  };
};

const rowsKey = (importId: string, shard: number): string => `import#${importId}#${shardLabel(shard)}`;

/** Spread by a hash: keys are of all kinds, and some have characters that ids have not. */
const rowKey = (importId: string, key: string) => ({
  pk: rowsKey(importId, createHash('sha256').update(key).digest().readUInt8(0) % SHARDS),
  sk: key,
});

/** Rows written at once: quick for thousands of them, and no burst. */
const AT_ONCE = 10;
