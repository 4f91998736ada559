import { SHARDS, shardOf } from '../../lib/domain/ids.ts';
import { money } from '../../lib/domain/money.ts';
import type { Order } from '../../lib/domain/order.ts';
import { newOrder } from '../../lib/domain/order-changes.ts';
import { parseTokenKeys } from '../../lib/domain/pay-token.ts';
import type { Orders, Roster } from '../../lib/ports.ts';
import { approvePreview } from '../../lib/usecases/approve-preview.ts';
import { previewBlast } from '../../lib/usecases/preview-blast.ts';
import { memoryBlasts } from '../support/memory/blasts.ts';
import { memoryPreviews } from '../support/memory/previews.ts';

/**
 * A process of its own: previews and plans a blast of so many orders, and prints its peak memory. The orders and their
 * families are made when they are asked for and kept nowhere, and the tickets are thrown away.
 */

const total = Number(process.argv[2]);
const NOW = '2026-04-14T15:00:00.000Z';
const perShard = Math.ceil(total / SHARDS);

const idOf = (shard: number, index: number): string =>
  `ord_${String(shard).padStart(2, '0')}_${String(index).padStart(8, '0')}`;
const keyOf = (orderId: string) => ({ orderId, familyId: `fam_${orderId}`, playerId: `ply_${orderId}` });

const orderOf = (orderId: string): Order => ({
  ...newOrder(
    {
      ...keyOf(orderId),
      productId: 'utah',
      category: 'tournament',
      period: null,
      amount: money(5_500),
      payBy: null,
      closesAt: null,
      test: false,
    },
    NOW,
  ),
  shard: Number(orderId.slice(4, 6)) || shardOf(orderId),
});

let peak = 0;
const orders: Pick<Orders, 'pageOfShard' | 'getMany'> = {
  pageOfShard: async ({ shard, after, limit }) => {
    // Asked for here: what the system says of a process begins with the memory of the one that started it.
    peak = Math.max(peak, process.memoryUsage.rss());
    const first = after === undefined ? 0 : Number(after.slice(7)) + 1;
    const last = Math.min(first + limit, perShard, total - shard * perShard);
    const items = Array.from({ length: Math.max(0, last - first) }, (_, i) => ({
      ...keyOf(idOf(shard, first + i)),
      period: null,
      createdAt: NOW,
    }));
    const next = items.length === limit ? items.at(-1)?.orderId : undefined;
    return next === undefined ? { items } : { items, next };
  },
  getMany: async (ids) => ids.map(orderOf),
};

const roster: Pick<Roster, 'product' | 'families' | 'players' | 'addresses'> = {
  product: async (productId) => ({
    productId,
    category: 'tournament',
    name: 'Utah Invitational',
    description: null,
    stripeProductId: null,
    laterCharges: null,
    price: null,
  }),
  families: async (ids) =>
    new Map(
      ids.map((familyId) => [
        familyId,
        {
          familyId,
          language: 'en' as const,
          parents: [{ parentId: '1', name: 'Alex Alvarez', addresses: [`${familyId}@family.example`] }],
        },
      ]),
    ),
  players: async (ids) =>
    new Map(
      ids.map((playerId) => [
        playerId,
        {
          playerId,
          familyId: 'fam',
          name: 'Maya Alvarez',
          contract: { state: 'signed' as const, signUrl: null },
        },
      ]),
    ),
  addresses: async (all) =>
    new Map(all.map((address) => [address, { address, suppressed: null, unsubscribedAt: null }])),
};

const keys = parseTokenKeys(JSON.stringify({ signWith: 'k1', k1: 'k'.repeat(64) }));
const deps = {
  clock: { now: () => NOW, sleep: async () => undefined },
  log: () => undefined,
  orders: orders as Orders,
  roster: roster as Roster,
  blasts: memoryBlasts(),
  previews: memoryPreviews(),
  blastQueue: { send: async () => undefined },
  tokens: { keys: async () => keys },
  club: { name: 'Riverside', contact: 'office@club.example', timeZone: 'America/Denver' },
  site: { baseUrl: 'https://pay.club.example', system: 'club-payments/bench', livemode: false },
};

const startedAt = performance.now();
const preview = await previewBlast({ productId: 'utah' }, deps);
if (preview.deliveries !== total) throw new Error(`${preview.deliveries} of ${total} orders were found.`);
await approvePreview({ hash: preview.hash, createdBy: 'bench' }, deps);
const seconds = (performance.now() - startedAt) / 1_000;
console.log(JSON.stringify({ orders: total, peakMb: peak / 2 ** 20, seconds }));
