import * as v from 'valibot';
import { dueShardOf, FamilyId, ImportId, Instant, OrderId, PlayerId, shardLabel } from '../../domain/ids.ts';
import { Order } from '../../domain/order.ts';
import { SettledUnmatched, Unmatched } from '../../domain/unmatched.ts';
import type { OrderKey, Orders, Page, Pointer } from '../../ports.ts';
import { parseRow } from './row.ts';
import { openTable, pageOf, type TableConnection } from './table.ts';

/**
 * Orders, the pointers by which they are found, and payments that fit none. One item each, and no item is
 * ever deleted.
 *
 * When the answer to a write is lost after it took effect, the caller gets `StoreUnavailable` and repeats the
 * whole step later. What that repetition then finds is its own earlier write:
 * - `create` says `exists`: the order that stands is the one we wrote.
 * - `save` says `conflict`: the caller reads again and finds its change made; facts and reservations are merged
 *   by key, so making it twice changes nothing.
 * - `point` resolves to what the pointer holds, which is what we wrote.
 * - `keepUnmatched` finds its object kept.
 * - `settleUnmatched` says false: it is settled, as we wrote.
 */
export const dynamoOrders = (connection: TableConnection): Orders => {
  const table = openTable(connection);

  /** What was committed stays so: each import is asked for once in the life of a process. */
  const committed = new Map<string, Instant>();

  const find = async (pointer: Pointer): Promise<string | undefined> => {
    const key = pointerKey(pointer);
    const row = await table.get(key);
    return row === undefined ? undefined : parseRow(PointerRow, row, key.pk).target;
  };

  /** Through the partitions of the sparse index one after the other; an order is in one of them at a time. */
  const pageOfDue = async (
    partitions: readonly string[],
    { before, after, limit }: { before?: Instant; after?: string | undefined; limit: number },
  ): Promise<Page<string>> => {
    const start = after === undefined ? undefined : dueCursor.read(after);
    const first = start === undefined ? 0 : partitions.indexOf(start.duePartition);
    const rows: DueRow[] = [];
    for (const partition of partitions.slice(first)) {
      const answer = await table.query({
        index: 'due',
        where: `#duePartition = :partition${before === undefined ? '' : ' AND #dueAt < :before'}`,
        values: { ':partition': partition, ...(before !== undefined && { ':before': before }) },
        after: partition === start?.duePartition ? start : undefined,
        limit: limit - rows.length,
      });
      rows.push(...answer.rows.map((row) => parseRow(DueRow, row, `of index due, ${partition}`)));
      const last = rows.at(-1);
      const more = answer.more || partition !== partitions.at(-1);
      if (last !== undefined && rows.length >= limit && more) {
        return { items: rows.map(({ pk }) => pk), next: dueCursor.write(last) };
      }
    }
    return { items: rows.map(({ pk }) => pk) };
  };

  const pageOfKeys = async <S extends v.GenericSchema<unknown, OrderKey>>(
    { index, attribute, schema }: { index: string; attribute: string; schema: S },
    partition: string,
    { after, limit }: { after?: string; limit: number },
  ): Promise<Page<v.InferOutput<S>>> => {
    const where = `#${attribute} = :partition`;
    const answer = await table.query({
      index,
      where: after === undefined ? where : `${where} AND #orderId > :after`,
      values: { ':partition': partition, ...(after !== undefined && { ':after': after }) },
      limit,
    });
    return pageOf(
      answer,
      (row) => parseRow(schema, row, `of index ${index}, ${partition}`),
      ({ orderId }) => orderId,
    );
  };

  return {
    get: async (orderId) => {
      const key = orderKey(orderId);
      const row = await table.get(key);
      return row === undefined ? undefined : parseRow(Order, row, key.pk);
    },

    getMany: async (orderIds) => {
      const rows = await table.getMany([...new Set(orderIds)].map(orderKey));
      return rows.map((row) => parseRow(Order, row, String(row.pk)));
    },

    create: async (order) => {
      const row = { ...orderKey(order.orderId), ...order, ...indexed(order).set };
      return (await table.put(row, absent)) ? 'created' : 'exists';
    },

    save: async (next) => {
      const stored: Order = { ...next, revision: next.revision + 1 };
      const index = indexed(stored);
      const written = await table.update(
        orderKey(next.orderId),
        {
          set: { ...stored, ...index.set },
          remove: [...index.remove, ...(stored.importId === undefined ? ['importId'] : [])],
        },
        { when: '#revision = :was', values: { ':was': next.revision } },
      );
      return written ? stored : 'conflict';
    },

    point: async (pointer, orderId) => {
      const key = pointerKey(pointer);
      if (await table.put({ ...key, target: orderId }, absent)) return orderId;
      return parseRow(PointerRow, await table.get(key), key.pk).target;
    },

    find,

    findByStripeIds: async (stripeIds) => {
      const rows = await table.getMany(
        [...new Set(stripeIds)].map((id) => pointerKey({ kind: 'stripe', id })),
      );
      const prefix = pointerKey({ kind: 'stripe', id: '' }).pk;
      return new Map(
        rows.map((row) => {
          const pk = String(row.pk);
          return [pk.slice(prefix.length), parseRow(PointerRow, row, pk).target];
        }),
      );
    },

    pageOfShard: ({ productId, shard, ...page }) =>
      pageOfKeys(byProduct, productShard(productId, shard), page),

    pageOfFirstMailed: ({ productId, on, shard, ...page }) =>
      pageOfKeys(byFirstMail, firstMailShard(productId, on, shard), page),

    committedAt: async (importId) => {
      const known = committed.get(importId);
      if (known !== undefined) return known;
      const key = importKey(importId);
      const { committedAt } = parseRow(CommittedRow, (await table.get(key)) ?? {}, key.pk);
      if (committedAt !== null) committed.set(importId, committedAt);
      return committedAt;
    },

    pageOfFamily: ({ familyId, ...page }) => pageOfKeys(byFamily, familyId, page),

    pageOfDueWork: async ({ dueShard, ...page }) =>
      ordersOf(await pageOfDue([`work#${dueShard}`, `both#${dueShard}`], page)),

    pageOfAttention: async ({ dueShard, ...page }) =>
      ordersOf(await pageOfDue([`attention#${dueShard}`, `both#${dueShard}`], page)),

    keepUnmatched: async (unmatched) => {
      // Within one attribute: beside the key its `orderId` would be read as that of an index.
      await table.put(
        { ...unmatchedKey(unmatched.stripeId), unmatched, duePartition: 'unmatched', dueAt: unmatched.at },
        absent,
      );
    },

    pageOfUnmatched: async (page) => {
      const { items: keys, ...rest } = await pageOfDue(['unmatched'], page);
      const rows = await table.getMany(keys.map((pk) => ({ pk })));
      const byKey = new Map(rows.map((row) => [row.pk, row]));
      const found = keys.filter((pk) => byKey.has(pk));
      const open = found
        .map((pk) => parseRow(UnmatchedRow, byKey.get(pk), pk))
        // The index lags behind.
        .filter(({ settled }) => settled === undefined);
      return { items: open.map(({ unmatched }) => unmatched), ...rest };
    },

    unmatched: async (stripeId) => {
      const key = unmatchedKey(stripeId);
      const row = await table.get(key);
      if (row === undefined) return undefined;
      const { unmatched, settled = null } = parseRow(UnmatchedRow, row, key.pk);
      return { ...unmatched, settled };
    },

    settleUnmatched: (stripeId, settled) =>
      table.update(
        unmatchedKey(stripeId),
        { set: { settled }, remove: ['duePartition', 'dueAt'] },
        { when: 'attribute_exists(#pk) AND attribute_not_exists(#settled)' },
      ),
  };
};

const absent = { when: 'attribute_not_exists(#pk)' };

const ORDER = 'order#';
const orderKey = (orderId: string) => ({ pk: ORDER + orderId });

/** The head of an import, in this table: whoever reads an audience may read here. */
export const importKey = (importId: string) => ({ pk: `import#${importId}` });
const CommittedRow = v.object({ committedAt: v.optional(v.nullable(Instant), null) });

const pointerKey = (pointer: Pointer) => {
  const by =
    pointer.kind === 'natural' ? pointer.key : pointer.kind === 'legacy_token' ? pointer.hash : pointer.id;
  return { pk: `pointer#${pointer.kind}#${by}` };
};

const unmatchedKey = (stripeId: string) => ({ pk: `unmatched#${stripeId}` });

const productShard = (productId: string, shard: number): string => `${productId}#${shardLabel(shard)}`;

const firstMailShard = (productId: string, on: string, shard: number): string =>
  `${productId}#${on}#${shardLabel(shard)}`;

/** Where the indexes find an order. Work for a machine and for a person is in a partition that both look into. */
const indexed = (order: Order): { set: Record<string, string>; remove: string[] } => {
  const { productId, firstMailedOn, shard } = order;
  const set = {
    productShard: productShard(productId, shard),
    ...(firstMailedOn !== null && { firstMailShard: firstMailShard(productId, firstMailedOn, shard) }),
  };
  const work = Object.values(order.dueWork);
  const machine = work.filter(({ kind }) => kind !== 'attention');
  const [earliest] = (machine.length > 0 ? machine : work).map(({ dueAt }) => dueAt).sort();
  if (earliest === undefined) return { set, remove: ['duePartition', 'dueAt'] };
  const who = machine.length === 0 ? 'attention' : machine.length === work.length ? 'work' : 'both';
  return { set: { ...set, duePartition: `${who}#${dueShardOf(shard)}`, dueAt: earliest }, remove: [] };
};

const ordersOf = ({ items, ...rest }: Page<string>): Page<string> => ({
  items: items.map((pk) => pk.slice(ORDER.length)),
  ...rest,
});

const DueRow = v.object({ duePartition: v.string(), dueAt: Instant, pk: v.string() });
type DueRow = v.InferOutput<typeof DueRow>;

/** Instants have no space, and neither have partitions; a key may have. */
const dueCursor = {
  write: ({ duePartition, dueAt, pk }: DueRow): string => [duePartition, dueAt, pk].join(' '),
  read: (cursor: string): DueRow => {
    const [duePartition, dueAt, ...pk] = cursor.split(' ');
    return parseRow(DueRow, { duePartition, dueAt, pk: pk.join(' ') }, `of cursor ${cursor}`);
  },
};

const OrderKeyRow = v.object({ orderId: OrderId, familyId: FamilyId, playerId: PlayerId });
/** The attributes of its order that an index holds beside the keys, and the one that it is partitioned by. */
const byProduct = {
  index: 'byProduct',
  attribute: 'productShard',
  schema: v.object({
    ...OrderKeyRow.entries,
    period: Order.entries.period,
    createdAt: Instant,
    importId: v.exactOptional(ImportId),
  }),
};
const byFirstMail = { index: 'byFirstMail', attribute: 'firstMailShard', schema: OrderKeyRow };
const byFamily = { index: 'byFamily', attribute: 'familyId', schema: OrderKeyRow };

const PointerRow = v.object({ target: OrderId });
const UnmatchedRow = v.object({ unmatched: Unmatched, settled: v.optional(SettledUnmatched) });
