import * as v from 'valibot';
import { Blast, Delivery, deliveryKey, ShardProgress } from '../../domain/blast.ts';
import { Instant, shardLabel } from '../../domain/ids.ts';
import type { Blasts } from '../../ports.ts';
import { parseRow } from './row.ts';
import { openTable, pageOf, type TableConnection } from './table.ts';

/**
 * Blasts, how far each of their shards has come, and the ledger of deliveries.
 *
 * When the answer to a write is lost after it took effect, the caller gets `StoreUnavailable`, and whoever
 * repeats it finds:
 * - `claim`: `taken`. This is the one that matters. Only the caller who was told `claimed` may send; nobody was
 *   told, so nobody sends, and the delivery stays `claimed` until it is held for a person. The other choice
 *   would be a second mail.
 * - `settle`: false, and what stands is what we wrote, or a later word of SES.
 * - `saveShard`: `conflict`. The lease runs out, the cursor has moved or has not; the ledger decides who is mailed.
 * - `advance`: false. The state is the one that was asked for, and the tick goes on from it.
 * - `create`, `createShard`: `exists`, and it is ours.
 */
export const dynamoBlasts = (connection: TableConnection): Blasts => {
  const table = openTable(connection);

  const readShard = (row: unknown, key: { pk: string; sk: string }): ShardProgress =>
    parseRow(ShardProgress, row, nameOf(key));

  return {
    get: async (blastId) => {
      const key = blastKey(blastId);
      const row = await table.get(key);
      return row === undefined ? undefined : parseRow(Blast, row, nameOf(key));
    },

    create: async (blast) => {
      const row = { ...blastKey(blast.blastId), ...blast, ...openIn(blast.state).set };
      return (await table.put(row, absent)) ? 'created' : 'exists';
    },

    advance: async (blastId, from, to, at) => {
      if (from.length === 0) return false;
      const index = openIn(to);
      const names = from.map((_, i) => `:from${i}`);
      return table.update(
        blastKey(blastId),
        {
          set: { state: to, completedAt: to === 'complete' ? at : null, ...index.set },
          remove: index.remove,
        },
        {
          when: `#state IN (${names.join(', ')})`,
          values: Object.fromEntries(names.map((name, i) => [name, from[i]])),
        },
      );
    },

    pageOfOpen: async ({ after, limit }) => {
      const answer = await table.query({
        index: 'open',
        where: '#openPartition = :open',
        values: { ':open': OPEN },
        after: after === undefined ? undefined : openCursor.read(after),
        limit,
      });
      const page = pageOf(answer, (row) => parseRow(OpenRow, row, 'of index open'), openCursor.write);
      const rows = await table.getMany(page.items.map(({ pk, sk }) => ({ pk, sk })));
      const byKey = new Map(rows.map((row) => [row.pk, row]));
      const blasts = page.items.map(({ pk }) => parseRow(Blast, byKey.get(pk), pk));
      // The index may lag behind a blast that has just been completed.
      return { ...page, items: blasts.filter(({ state }) => state !== 'complete') };
    },

    shards: async (blastId) => {
      const { rows } = await table.query({
        where: '#pk = :pk AND begins_with(#sk, :shard)',
        values: { ':pk': blastKey(blastId).pk, ':shard': 'shard#' },
      });
      return rows.map((row) => readShard(row, { pk: String(row.pk), sk: String(row.sk) }));
    },

    shard: async (blastId, shard) => {
      const key = shardKey(blastId, shard);
      const row = await table.get(key);
      return row === undefined ? undefined : readShard(row, key);
    },

    createShard: async (progress) => {
      await table.put({ ...shardKey(progress.blastId, progress.shard), ...progress }, absent);
    },

    saveShard: async (next) => {
      const stored: ShardProgress = { ...next, revision: next.revision + 1 };
      const written = await table.update(
        shardKey(next.blastId, next.shard),
        { set: stored },
        { when: '#revision = :was', values: { ':was': next.revision } },
      );
      return written ? stored : 'conflict';
    },

    claim: async (delivery) => {
      const claimed = await table.put(
        { ...ledgerKey(delivery), ...delivery },
        { when: 'attribute_not_exists(#pk) OR #state = :released', values: { ':released': 'released' } },
      );
      return claimed ? 'claimed' : 'taken';
    },

    // A claim that was released and claimed again is another claim, which a late settlement must not end.
    settle: ({ state, reason, messageId, settledAt, ...delivery }) =>
      table.update(
        ledgerKey(delivery),
        { set: { state, reason, messageId, settledAt } },
        {
          when: '#state = :claimed AND #claimedAt = :since',
          values: { ':claimed': 'claimed', ':since': delivery.claimedAt },
        },
      ),

    deliveries: async ({ blastId, shard, from, to, after, limit }) => {
      const pk = ledgerOf(blastId, shard);
      const answer = await table.query({
        where: '#pk = :pk AND #sk BETWEEN :first AND :last',
        values: {
          ':pk': pk,
          ':first': from === undefined ? LOWEST : `${from}#`,
          ':last': to === undefined ? HIGHEST : `${to}#${HIGHEST}`,
        },
        after: after === undefined ? undefined : { pk, sk: after },
        limit,
      });
      return pageOf(
        answer,
        (row) => parseRow(Delivery, row, `${pk} ${String(row.sk)}`),
        ({ orderId, address }) => deliveryKey(orderId, address),
      );
    },
  };
};

type DoubleKey = { pk: string; sk: string };

const absent = { when: 'attribute_not_exists(#pk)' };
const nameOf = ({ pk, sk }: DoubleKey): string => `${pk} ${sk}`;

const blastKey = (blastId: string): DoubleKey => ({ pk: `blast#${blastId}`, sk: 'blast' });
const shardKey = (blastId: string, shard: number): DoubleKey => ({
  pk: `blast#${blastId}`,
  sk: `shard#${shardLabel(shard)}`,
});

const ledgerOf = (blastId: string, shard: number): string => `blast#${blastId}#${shardLabel(shard)}`;
const ledgerKey = ({
  blastId,
  shard,
  orderId,
  address,
}: Pick<Delivery, 'blastId' | 'shard' | 'orderId' | 'address'>): DoubleKey => ({
  pk: ledgerOf(blastId, shard),
  sk: deliveryKey(orderId, address),
});

/** Below and above every character of an id; `#`, which ends an order id, sorts below them as well. */
const LOWEST = '!';
const HIGHEST = '~';

const OPEN = 'open';
const openIn = (state: Blast['state']): { set: Record<string, string>; remove: string[] } =>
  state === 'complete'
    ? { set: {}, remove: ['openPartition'] }
    : { set: { openPartition: OPEN }, remove: [] };

const OpenRow = v.object({ openPartition: v.string(), startsAt: Instant, pk: v.string(), sk: v.string() });
type OpenRow = v.InferOutput<typeof OpenRow>;

const openCursor = {
  write: ({ startsAt, pk }: OpenRow): string => `${startsAt} ${pk}`,
  read: (cursor: string): OpenRow => {
    const [startsAt, pk] = cursor.split(' ');
    return parseRow(OpenRow, { openPartition: OPEN, startsAt, pk, sk: 'blast' }, `of cursor ${cursor}`);
  },
};
