import { stripeBooks } from '../../../lib/adapters/stripe/books.ts';
import { stripeGateway } from '../../../lib/adapters/stripe/gateway.ts';
import { epochMs } from '../../../lib/domain/ids.ts';
import type { Order } from '../../../lib/domain/order.ts';
import type { Roster } from '../../../lib/ports.ts';
import { PLACES_PER_SECOND } from '../../../lib/usecases/paced-stripe.ts';
import { itemsOf } from '../../../lib/usecases/pages.ts';
import { reconcile } from '../../../lib/usecases/reconcile/reconcile.ts';
import { approveFindings, startLook } from '../../../lib/usecases/reconcile/runs.ts';
import { memoryBlasts } from '../../support/memory/blasts.ts';
import { settableClock } from '../../support/memory/clock.ts';
import { countedIds } from '../../support/memory/ids.ts';
import { memoryOrders } from '../../support/memory/orders.ts';
import { memoryPace } from '../../support/memory/pace.ts';
import { memoryRuns } from '../../support/memory/runs.ts';
import { clubOf, NOW, PRODUCT, SYSTEM } from './club.ts';

/**
 * A process of its own: looks, repairs what it found, looks again. Orders are made when they are asked for, and only
 * those that were changed are kept; time passes by waiting for the pace, and by nothing else.
 */

const [total = 0, perKind = 0, seed = 0] = process.argv.slice(2, 5).map(Number);
const [, , , , , url = '', apiKey = ''] = process.argv;
const club = clubOf(total, perKind, seed);
const clock = settableClock(NOW);

let peak = 0;
const orderNow = (orderId: string): Order | undefined => {
  const index = club.indexOf(orderId);
  return changed.get(orderId) ?? (index < total ? club.order(index) : undefined);
};
const changed = new Map<string, Order>();
const nothing = memoryOrders();
const orders: typeof nothing = {
  ...nothing,
  get: async (orderId) => orderNow(orderId),
  getMany: async (ids) => ids.map(orderNow).filter((order) => order !== undefined),
  save: async (next) => {
    const now = orderNow(next.orderId);
    if (now?.revision !== next.revision) return 'conflict';
    const stored = { ...next, revision: next.revision + 1 };
    changed.set(next.orderId, stored);
    return stored;
  },
  pageOfShard: async ({ shard, after, limit }) => {
    peak = Math.max(peak, process.memoryUsage.rss());
    const ids = club.orderIdsOf(shard, after, limit);
    const items = ids.map((orderId) => {
      const { familyId, playerId, period, createdAt } = club.order(club.indexOf(orderId));
      return { orderId, familyId, playerId, period, createdAt };
    });
    const next = ids.length === limit ? ids.at(-1) : undefined;
    return next === undefined ? { items } : { items, next };
  },
};
const product = {
  productId: PRODUCT,
  category: 'tournament' as const,
  name: 'Utah Invitational',
  description: null,
  stripeProductId: null,
  laterCharges: null,
  price: null,
};

const connection = { apiKey, endpointUrl: url, timeoutMs: 60_000, maxRetries: 0 };
const runs = memoryRuns();
const deps = {
  clock,
  log: () => undefined,
  newId: countedIds(),
  orders,
  roster: { products: async () => [product] } as unknown as Roster,
  blasts: memoryBlasts(),
  runs,
  pace: memoryPace(),
  stripe: stripeGateway(connection),
  books: stripeBooks(connection),
  retireQueue: { send: async () => undefined },
  site: { baseUrl: 'https://pay.club.example', system: SYSTEM, livemode: false },
};

const toItsEnd = async (runId: string) => {
  for (;;) {
    const run = await reconcile({ runId, worker: 'bench', budgetMs: 45_000 }, deps);
    peak = Math.max(peak, process.memoryUsage.rss());
    if (run?.phase === 'done') return run;
  }
};

const startedMs = epochMs(clock.now());
const looked = await toItsEnd(await startLook({}, deps));
const virtualSeconds = (epochMs(clock.now()) - startedMs) / 1_000;
const found: string[] = [];
for await (const { kind, about } of itemsOf((after) =>
  runs.pageOfFindings({ runId: looked.runId, limit: 500, ...after }),
)) {
  found.push(`${kind} ${about}`);
}
const planted = new Set(club.planted());
const falseAlarms = found.filter((each) => !planted.has(each));
const missed = [...planted].filter((each) => !found.includes(each));

const repaired = await toItsEnd(await approveFindings({ hash: looked.hash ?? '', actor: 'bench' }, deps));
club.webhooksArrive();
const again = await toItsEnd(await startLook({}, deps));

console.log(
  JSON.stringify({
    orders: total,
    planted: Object.fromEntries(
      Object.keys(looked.found).map((kind) => [
        kind,
        [...planted].filter((each) => each.startsWith(`${kind} `)).length,
      ]),
    ),
    found: Object.fromEntries(Object.entries(looked.found).map(([kind, { count }]) => [kind, count])),
    missed: missed.length,
    falseAlarms: falseAlarms.length,
    examples: [...falseAlarms, ...missed].slice(0, 5),
    looked: looked.looked,
    requests: looked.requests,
    seconds: Math.round(looked.requests / PLACES_PER_SECOND),
    virtualSeconds: Math.round(virtualSeconds),
    repairs: { ...repaired.results, requests: repaired.requests - looked.requests },
    foundAfterwards: Object.values(again.found).reduce((sum, { count }) => sum + count, 0),
    peakMb: Math.round(peak / 2 ** 20),
  }),
);
