import * as v from 'valibot';
import { epochMs, Instant, SHARDS, shardLabel, shardOf } from '../../domain/ids.ts';
import { Integer } from '../../domain/integer.ts';
import {
  LeftAlone,
  orderIdOf,
  PlanDraft,
  type Planned,
  RecoveryPlan,
  RecoveryRow,
  RowResult,
} from '../../domain/recovery-plan.ts';
import type { Plans } from '../../ports.ts';
import { parseRow, type Row } from './row.ts';
import { openTable, pageOf, type TableConnection } from './table.ts';

/**
 * Recovery plans: the draft and what was found of each order under the plan's id and shard, the header under its hash.
 *
 * The header is written last, so a plan that can be read is whole. Every write of a row is an update of its own
 * attributes: what was found, when it was begun and what became of it are written by different hands, each of which may
 * repeat itself, or find after a lost answer that it was first.
 */
export const dynamoPlans = (connection: TableConnection): Plans => {
  const table = openTable(connection);

  const pageOfRows = async <T>(
    q: {
      planId: string;
      shard: number;
      after?: string;
      limit: number;
      filter?: string;
      values?: Row;
    },
    item: (row: Row) => T,
    cursor: (item: T) => string,
  ) =>
    pageOf(
      await table.query({
        where: `#pk = :pk${q.after === undefined ? '' : ' AND #sk > :after'}`,
        ...(q.filter !== undefined && { filter: q.filter }),
        values: {
          ':pk': rowsKey(q.planId, q.shard),
          ...(q.after !== undefined && { ':after': q.after }),
          ...q.values,
        },
        limit: q.limit,
      }),
      item,
      cursor,
    );

  return {
    draft: async (planId) => {
      const key = draftKey(planId);
      const row = await table.get(key);
      return row === undefined ? undefined : parseRow(DraftRow, row, nameOf(key)).draft;
    },

    saveDraft: async (next) => {
      const stored: PlanDraft = { ...next, revision: next.revision + 1 };
      const written = await table.put(
        {
          ...draftKey(next.planId),
          draft: stored,
          revision: stored.revision,
          ttl: inDays(DRAFT_DAYS, epochMs(next.createdAt)),
        },
        next.revision === 0
          ? { when: 'attribute_not_exists(#pk)' }
          : { when: '#revision = :revision', values: { ':revision': next.revision } },
      );
      return written ? stored : 'conflict';
    },

    keep: async (planId, found, at) => {
      const ttl = inDays(PLANS_KEPT_DAYS, epochMs(at));
      const write = (planned: Planned): Promise<boolean> =>
        table.update(
          rowKey(planId, orderIdOf(planned)),
          planned.kind === 'row'
            ? { set: { row: planned.row, ttl }, remove: ['leftAlone'] }
            : { set: { leftAlone: planned.order, ttl }, remove: ['row'] },
        );
      for (let i = 0; i < found.length; i += AT_ONCE) {
        await Promise.all(found.slice(i, i + AT_ONCE).map(write));
      }
    },

    pageOfPlanned: (q) => pageOfRows(q, readPlanned, orderIdOf),

    planned: async (planId, orderId) => {
      const row = await table.get(rowKey(planId, orderId));
      return row === undefined ? undefined : readPlanned(row);
    },

    put: async (plan) => {
      const { startedAt: _, expiresAt, ...rest } = plan;
      const key = planKey(plan.hash);
      const ttl = inDays(PLANS_KEPT_DAYS, epochMs(expiresAt));
      if (await table.put({ ...key, plan: rest, expiresAt, ttl }, { when: 'attribute_not_exists(#pk)' })) {
        return plan;
      }
      await table.update(key, { set: { expiresAt, ttl } });
      return readPlan(await table.get(key), nameOf(key)) ?? plan;
    },

    get: async (hash) => {
      const key = planKey(hash);
      return readPlan(await table.get(key), nameOf(key));
    },

    begin: async (hash, at) => {
      const begun = await table.update(
        planKey(hash),
        { setOnce: { startedAt: at } },
        {
          when: 'attribute_exists(#pk) AND (attribute_exists(#startedAt) OR #expiresAt > :now)',
          values: { ':now': at },
        },
      );
      return begun ? 'begun' : 'expired';
    },

    beginRow: async (planId, orderId, at) => {
      await table.update(rowKey(planId, orderId), { setOnce: { begunAt: at } }, PLANNED);
    },

    recordResult: async (planId, orderId, result) => {
      await table.update(
        rowKey(planId, orderId),
        { set: { result } },
        {
          when: `${PLANNED.when} AND (attribute_not_exists(#result) OR #result.#outcome = :failed)`,
          values: { ':failed': 'failed' },
        },
      );
    },

    pageOfRecovered: ({ productId, ...q }) =>
      pageOfRows(
        {
          ...q,
          filter: '#result.#outcome = :recovered AND #row.#mail = :again AND #row.#productId = :productId',
          values: { ':recovered': 'recovered', ':again': 'again', ':productId': productId },
        },
        (row) => {
          const { orderId, familyId, playerId } = parseRow(RowOfOrder, row, nameOf(row)).row;
          return { orderId, familyId, playerId };
        },
        ({ orderId }) => orderId,
      ),

    announced: async (hash) => {
      const key = planKey(hash);
      const row = await table.get(key);
      return row === undefined ? [] : (parseRow(AnnouncedRow, row, nameOf(key)).announced ?? []);
    },

    saveAnnounced: async (hash, counts) => {
      await table.update(planKey(hash), { set: { announced: counts } }, { when: 'attribute_exists(#pk)' });
    },
  };
};

type DoubleKey = { pk: string; sk: string };

const draftKey = (planId: string): DoubleKey => ({ pk: `plan#${planId}`, sk: 'draft' });
const planKey = (hash: string): DoubleKey => ({ pk: `plan#${hash}`, sk: 'plan' });
/** The shard is the plan's own, to spread its rows: it need not be the one that the order has stored. */
const rowsKey = (planId: string, shard: number): string => `plan#${planId}#${shardLabel(shard)}`;
const rowKey = (planId: string, orderId: string): DoubleKey => ({
  pk: rowsKey(planId, shardOf(orderId)),
  sk: orderId,
});
const nameOf = ({ pk, sk }: Row): string => `${String(pk)} ${String(sk)}`;

const PLANNED = { when: 'attribute_exists(#row)' };

const DraftRow = v.object({ draft: PlanDraft });
const PlanRow = v.object({
  plan: v.omit(RecoveryPlan, ['expiresAt', 'startedAt']),
  expiresAt: Instant,
  startedAt: v.optional(Instant),
});
const AnnouncedRow = v.object({ announced: v.optional(v.pipe(v.array(Integer), v.length(SHARDS))) });
const RowOfOrder = v.object({
  row: RecoveryRow,
  begunAt: v.optional(Instant),
  result: v.optional(RowResult),
});
const LeftAloneRow = v.object({ leftAlone: LeftAlone });

const readPlan = (row: Row | undefined, name: string): RecoveryPlan | undefined => {
  if (row === undefined) return undefined;
  const { plan, expiresAt, startedAt = null } = parseRow(PlanRow, row, name);
  return { ...plan, expiresAt, startedAt };
};

const readPlanned = (row: Row): Planned => {
  if ('leftAlone' in row) {
    return { kind: 'left_alone', order: parseRow(LeftAloneRow, row, nameOf(row)).leftAlone };
  }
  const { row: planned, begunAt = null, result = null } = parseRow(RowOfOrder, row, nameOf(row));
  return { kind: 'row', row: planned, begunAt, result };
};

/** What was done, and to whom its blast still has to write, is told for this long. */
export const PLANS_KEPT_DAYS = 90;
const DRAFT_DAYS = 7;
const DAY_MS = 24 * 60 * 60 * 1000;
const inDays = (days: number, fromMs: number): number => Math.ceil((fromMs + days * DAY_MS) / 1000);

/** Rows written at once: quick for thousands of them, and no burst. */
const AT_ONCE = 10;
