import * as v from 'valibot';
import { CorruptRow } from '../../domain/errors.ts';
import { epochMs, type Instant, shardLabel, shardNumbers, shardOf } from '../../domain/ids.ts';
import { Integer } from '../../domain/integer.ts';
import { RecoveryPlan, RecoveryRow, RowResult } from '../../domain/recovery-plan.ts';
import type { Plans } from '../../ports.ts';
import { parseRow, type Row } from './row.ts';
import { openTable, pageOf, type TableConnection } from './table.ts';

/**
 * Recovery plans: the plan itself without its rows, and each row with its result under hash and shard.
 *
 * A plan's rows are written first and the plan last, so a plan that can be read is whole; a crash in between
 * leaves rows that the next `put` of the same hash completes. Writing twice, or finding after a lost answer
 * that a row has its result, is harmless: rows of one hash are equal, and a result that is final stands.
 */
export const dynamoPlans = (connection: TableConnection): Plans => {
  const table = openTable(connection);

  const rowsOf = async (hash: string): Promise<PlannedRow[]> => {
    const shards = await Promise.all(
      shardNumbers.map((shard) =>
        table.query({ where: '#pk = :pk', values: { ':pk': rowsKey(hash, shard) } }),
      ),
    );
    return shards.flatMap(({ rows }) => rows.map(readRow));
  };

  return {
    put: async ({ rows, ...plan }) => {
      const ttl = removedAt(plan.expiresAt);
      const write = (row: RecoveryRow, position: number): Promise<boolean> =>
        // An update, so that a result that is there already stays.
        table.update(rowKey(plan.hash, row.orderId), { set: { row, position, ttl } });
      for (let i = 0; i < rows.length; i += AT_ONCE) {
        await Promise.all(rows.slice(i, i + AT_ONCE).map((row, n) => write(row, i + n)));
      }
      await table.put({ ...planKey(plan.hash), plan, rowCount: rows.length, ttl });
    },

    get: async (hash) => {
      const key = planKey(hash);
      const row = await table.get(key);
      if (row === undefined) return undefined;
      const { plan, rowCount } = parseRow(PlanRow, row, nameOf(key));
      const rows = await rowsOf(hash);
      if (rows.length !== rowCount) {
        throw new CorruptRow(
          `Row ${nameOf(key)} counts ${rowCount} rows, and ${rows.length} are stored. Make the plan again.`,
          { key: nameOf(key) },
        );
      }
      return { ...plan, rows: rows.sort((a, b) => a.position - b.position).map(({ row }) => row) };
    },

    recordResult: async (hash, orderId, result) => {
      await table.update(
        rowKey(hash, orderId),
        { set: { result } },
        {
          when: 'attribute_exists(#pk) AND (attribute_not_exists(#result) OR #result.#outcome = :failed)',
          values: { ':failed': 'failed' },
        },
      );
    },

    results: async (hash) => {
      const rows = await rowsOf(hash);
      return new Map(
        rows.flatMap(({ row, result }) => (result === undefined ? [] : [[row.orderId, result] as const])),
      );
    },

    pageOfRecovered: async ({ hash, shard, after, limit }) => {
      const answer = await table.query({
        where: `#pk = :pk${after === undefined ? '' : ' AND #sk > :after'}`,
        filter: '#result.#outcome = :recovered',
        values: {
          ':pk': rowsKey(hash, shard),
          ':recovered': 'recovered',
          ...(after !== undefined && { ':after': after }),
        },
        limit,
      });
      return pageOf(
        answer,
        (row) => {
          const { orderId, familyId, playerId } = readRow(row).row;
          return { orderId, familyId, playerId };
        },
        ({ orderId }) => orderId,
      );
    },
  };
};

type DoubleKey = { pk: string; sk: string };

const planKey = (hash: string): DoubleKey => ({ pk: `plan#${hash}`, sk: 'plan' });
/** The shard is the plan's own, to spread its rows: it need not be the one that the order has stored. */
const rowsKey = (hash: string, shard: number): string => `plan#${hash}#${shardLabel(shard)}`;
const rowKey = (hash: string, orderId: string): DoubleKey => ({
  pk: rowsKey(hash, shardOf(orderId)),
  sk: orderId,
});
const nameOf = ({ pk, sk }: DoubleKey): string => `${pk} ${sk}`;

const PlanRow = v.object({ plan: v.omit(RecoveryPlan, ['rows']), rowCount: Integer });
const PlannedRow = v.object({ row: RecoveryRow, position: Integer, result: v.optional(RowResult) });
type PlannedRow = v.InferOutput<typeof PlannedRow>;

const readRow = (row: Row): PlannedRow => parseRow(PlannedRow, row, `${String(row.pk)} ${String(row.sk)}`);

/** An expired plan is refused, but says for this long what was done, and to whom its blast still has to write. */
const KEPT_DAYS = 90;
const removedAt = (expiresAt: Instant): number =>
  Math.ceil(epochMs(expiresAt) / 1000) + KEPT_DAYS * 24 * 60 * 60;

/** Rows written at once: quick for thousands of them, and no burst. */
const AT_ONCE = 10;
