import * as v from 'valibot';
import {
  Blast,
  Delivery,
  type DeliveryRef,
  isEnded,
  isOpen,
  MintProgress,
  rankOf,
  ShardProgress,
} from '../../domain/blast.ts';
import { ShardTotals } from '../../domain/blast-report.ts';
import { Instant, shardLabel } from '../../domain/ids.ts';
import type { Blasts, Page } from '../../ports.ts';
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
 * - `settle`, `settleHeld`, `report`: false, and what stands is what we wrote, or a later word of SES.
 * - `saveShard`: `conflict`. The lease runs out, the cursor has moved or has not; the ledger decides who is mailed.
 * - `advance`: false. The state is the one that was asked for, and the tick goes on from it.
 * - `create`, `createShard`: `exists`, and it is ours.
 * - `saveTotals`: nothing to be done; it is kept, or what was counted later is.
 */
export const dynamoBlasts = (connection: TableConnection): Blasts => {
  const table = openTable(connection);

  const readShard = (row: unknown, key: { pk: string; sk: string }): ShardProgress =>
    parseRow(ShardProgress, row, nameOf(key));

  /** The rows behind entries of an index, in their sequence. */
  const rowsOf = async (keys: readonly DoubleKey[]): Promise<{ row: unknown; key: string }[]> => {
    const rows = await table.getMany(keys.map(({ pk, sk }) => ({ pk, sk })));
    const byKey = new Map(rows.map((row) => [nameOf({ pk: String(row.pk), sk: String(row.sk) }), row]));
    return keys.map((key) => ({ row: byKey.get(nameOf(key)), key: nameOf(key) }));
  };

  const pageOfListing = async <T>(
    listing: Listing,
    { after, limit }: { after?: string; limit: number },
    read: (row: unknown, key: string) => T,
  ): Promise<Page<T>> => {
    const answer = await table.query({
      index: 'listed',
      where: '#listing = :listing',
      values: { ':listing': listing },
      backwards: listing === 'ended',
      after: after === undefined ? undefined : listedCursor.read(listing, after),
      limit,
    });
    const page = pageOf(answer, (row) => parseRow(ListedRow, row, 'of index listed'), listedCursor.write);
    return { ...page, items: (await rowsOf(page.items)).map(({ row, key }) => read(row, key)) };
  };

  const pageOfBlasts = async (
    listing: 'open' | 'ended',
    q: { after?: string; limit: number },
  ): Promise<Page<Blast>> => {
    const page = await pageOfListing(listing, q, (row, key) => parseRow(Blast, row, key));
    // The index may lag behind a blast that has just come to its end.
    return { ...page, items: page.items.filter((blast) => listingOf(blast) === listing) };
  };

  const delivery = async (ref: DeliveryRef): Promise<Delivery | undefined> => {
    const key = ledgerKey(ref);
    const row = await table.get(key);
    return row === undefined ? undefined : readDelivery(row, nameOf(key));
  };

  return {
    get: async (blastId) => {
      const key = blastKey(blastId);
      const row = await table.get(key);
      return row === undefined ? undefined : parseRow(Blast, row, nameOf(key));
    },

    create: async (blast) => {
      const row = { ...blastKey(blast.blastId), ...blast, listing: listingOf(blast) };
      return (await table.put(row, absent)) ? 'created' : 'exists';
    },

    advance: async (blastId, from, { state, waiting }, at) => {
      if (from.length === 0) return false;
      const names = from.map((_, i) => `:from${i}`);
      return table.update(
        blastKey(blastId),
        {
          set: {
            state,
            waiting,
            endedAt: isEnded(state) ? at : null,
            listing: listingOf({ state, waiting }),
          },
        },
        {
          when: `#state IN (${names.join(', ')})`,
          values: Object.fromEntries(names.map((name, i) => [name, from[i]])),
        },
      );
    },

    pageOfOpen: (page) => pageOfBlasts('open', page),

    pageOfEnded: (page) => pageOfBlasts('ended', page),

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

    claim: async (claimed) => {
      const done = await table.put(
        {
          ...ledgerKey(claimed),
          ...claimed,
          rank: rankOf(claimed),
          sentAt: claimed.sentAt ?? undefined,
        },
        { when: 'attribute_not_exists(#pk) OR #state = :released', values: { ':released': 'released' } },
      );
      return done ? 'claimed' : 'taken';
    },

    // A claim that was released and claimed again is another claim, which a late settlement must not end.
    settle: ({ state, reason, messageId, sentAt, settledAt, claimedAt, ...ref }) =>
      table.update(
        ledgerKey(ref),
        {
          set: {
            state,
            rank: rankOf({ state, reason }),
            reason,
            messageId,
            settledAt,
            ...(sentAt !== null && { sentAt }),
            ...(state === 'held' && { listing: HELD, startsAt: claimedAt }),
          },
        },
        {
          when: '#state = :claimed AND #claimedAt = :since',
          values: { ':claimed': 'claimed', ':since': claimedAt },
        },
      ),

    // SES tells only of what it took, so `sentAt` is known from any report, should the worker not have lived to note it.
    report: (ref, { state, reason, messageId, at, mailedAt }) => {
      const rank = rankOf({ state, reason });
      return table.update(
        ledgerKey(ref),
        {
          set: { state, rank, reason, messageId, settledAt: at },
          setOnce: { sentAt: mailedAt },
          remove: LISTED,
        },
        { when: 'attribute_exists(#pk) AND #rank < :later', values: { ':later': rank } },
      );
    },

    settleHeld: async (ref, { state, reason, at }) => {
      const known = await delivery(ref);
      if (known?.state !== 'held') return false;
      return table.update(
        ledgerKey(ref),
        {
          // SES was called right after the claim, if it was.
          set: {
            state,
            rank: rankOf({ state, reason }),
            reason,
            settledAt: at,
            ...(state === 'sent' && { sentAt: known.claimedAt }),
          },
          remove: LISTED,
        },
        {
          when: '#state = :held AND #claimedAt = :since',
          values: { ':held': 'held', ':since': known.claimedAt },
        },
      );
    },

    delivery,

    forgetAddress: async (ref) => {
      await table.update(ledgerKey(ref), { set: { address: '' } }, { when: 'attribute_exists(#pk)' });
    },

    deliveriesOf: async (orderId) => {
      const { rows } = await table.query({
        index: 'byOrder',
        where: '#orderId = :orderId',
        values: { ':orderId': orderId },
      });
      const keys = rows.map((row) => ({ pk: String(row.pk), sk: String(row.sk) }));
      return (await rowsOf(keys)).map(({ row, key }) => readDelivery(row, key));
    },

    pageOfHeld: async (q) => {
      const page = await pageOfListing('held', q, readDelivery);
      // As for blasts: one that was settled a moment ago may still be listed.
      return { ...page, items: page.items.filter(({ state }) => state === 'held') };
    },

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
        (row) => readDelivery(row, `${pk} ${String(row.sk)}`),
        (found) => ledgerKey(found).sk,
      );
    },

    mintProgress: async (blastId) => {
      const key = mintKey(blastId);
      const row = await table.get(key);
      return row === undefined ? { shard: 0, cursor: null } : parseRow(MintProgress, row, nameOf(key));
    },

    saveMintProgress: async (blastId, progress) => {
      await table.put({ ...mintKey(blastId), ...progress });
    },

    saveTotals: async (counted) => {
      await table.put(
        { ...totalsKey(counted.blastId, counted.shard), ...counted },
        {
          when: 'attribute_not_exists(#pk) OR #countedAt < :countedAt',
          values: { ':countedAt': counted.countedAt },
        },
      );
    },

    totals: async (blastId) => {
      const { rows } = await table.query({
        where: '#pk = :pk AND begins_with(#sk, :totals)',
        values: { ':pk': blastKey(blastId).pk, ':totals': TOTALS },
      });
      // Kept for speed alone: what another version has counted is as good as not there, and is counted anew.
      return rows.flatMap((row) => {
        const counted = v.safeParse(ShardTotals, row);
        return counted.success ? [counted.output] : [];
      });
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

const mintKey = (blastId: string): DoubleKey => ({ pk: blastKey(blastId).pk, sk: 'mint' });

const TOTALS = 'totals#';
const totalsKey = (blastId: string, shard: number): DoubleKey => ({
  pk: blastKey(blastId).pk,
  sk: TOTALS + shardLabel(shard),
});

const ledgerOf = (blastId: string, shard: number): string => `blast#${blastId}#${shardLabel(shard)}`;
const ledgerKey = ({ blastId, shard, orderId, addressKey }: DeliveryRef): DoubleKey => ({
  pk: ledgerOf(blastId, shard),
  sk: `${orderId}#${addressKey}`,
});

/**
 * Beside the delivery its row has `rank`, the place of its state among all, so that one condition tells whether
 * a report is later. And it lacks `sentAt` until there is one, so that the first one stands.
 */
const DeliveryRow = v.object({ ...Delivery.entries, sentAt: v.nullish(Instant, null) });
const readDelivery = (row: unknown, key: string): Delivery => parseRow(DeliveryRow, row, key);

/** Below and above every character of an id; `#`, which ends an order id, sorts below them as well. */
const LOWEST = '!';
const HIGHEST = '~';

/** The partitions of the index: every blast is in one of two, a delivery only while it is held. */
const HELD = 'held';
type Listing = 'open' | 'ended' | typeof HELD;
const listingOf = (blast: Pick<Blast, 'state' | 'waiting'>): 'open' | 'ended' =>
  isOpen(blast) ? 'open' : 'ended';
/** What puts a delivery there. */
const LISTED = ['listing', 'startsAt'];

const ListedRow = v.object({ listing: v.string(), startsAt: Instant, pk: v.string(), sk: v.string() });
type ListedRow = v.InferOutput<typeof ListedRow>;

const listedCursor = {
  write: ({ startsAt, pk, sk }: ListedRow): string => `${startsAt} ${pk} ${sk}`,
  read: (listing: Listing, cursor: string): ListedRow => {
    const [startsAt, pk, sk] = cursor.split(' ');
    return parseRow(ListedRow, { listing, startsAt, pk, sk }, `of cursor ${cursor}`);
  },
};
