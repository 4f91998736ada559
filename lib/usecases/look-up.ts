import { accountOf, type OrderAccount, sumsOf } from '../domain/account.ts';
import { NotFound } from '../domain/errors.ts';
import { SHARDS, shardNumbers } from '../domain/ids.ts';
import type {
  FamilyStatement,
  NamedAccount,
  NearestIds,
  NearKind,
  OrderStory,
  UnpaidPage,
} from '../domain/look-up.ts';
import { type Nearest, nearestTo } from '../domain/nearest.ts';
import { type Order, type OrderStatus, statusOf } from '../domain/order.ts';
import { contractMissing, type Family, type Player, type Product } from '../domain/roster.ts';
import { storyOf } from '../domain/story.ts';
import type { Deps } from './deps.ts';
import { itemsOf, pagesOf } from './pages.ts';
import { payUrl } from './surface-request.ts';
import { visibleKeys } from './visible.ts';

export type LookUpDeps = Pick<Deps, 'orders' | 'roster' | 'blasts' | 'tokens' | 'clock' | 'club' | 'site'>;
type BooksDeps = Pick<Deps, 'orders' | 'roster' | 'clock' | 'club'>;

/** Everything that happened to one order, and what it comes to. Changes nothing. @throws {NotFound} */
export const tellStory = async ({ orderId }: { orderId: string }, deps: LookUpDeps): Promise<OrderStory> => {
  const order = await deps.orders.get(orderId);
  if (order === undefined) throw new NotFound(`There is no order ${orderId}.`, { orderId });
  const deliveries = await deps.blasts.deliveriesOf(orderId);
  const [product, player, family] = await Promise.all([
    deps.roster.product(order.productId),
    deps.roster.player(order.playerId),
    deps.roster.family(order.familyId),
  ]);
  const now = deps.clock.now();
  return {
    account: withNames(accountOf(order, now), product, player),
    contractMissing: contractMissing(order, player?.contract),
    parents: parentsOf(family),
    payUrl: payUrl(order, await deps.tokens.keys(), deps.site),
    story: storyOf(order, deliveries, now),
    timeZone: deps.club.timeZone,
  };
};

/** How many orders are read at a time. */
const PAGE = 100;

/** What a family owes, paid and was given back, over all its children. Changes nothing. @throws {NotFound} */
export const stateFamily = async (
  { familyId }: { familyId: string },
  deps: BooksDeps,
): Promise<FamilyStatement> => {
  const accounts: NamedAccount[] = [];
  const products = new Map<string, Product | undefined>();
  const read = (after: { after?: string }) => deps.orders.pageOfFamily({ familyId, limit: PAGE, ...after });
  for await (const keys of pagesOf(read)) {
    const orders = await ordersOf(keys, deps);
    for (const productId of unique(orders.map((order) => order.productId))) {
      if (!products.has(productId)) products.set(productId, await deps.roster.product(productId));
    }
    accounts.push(...(await accountsOf(orders, products, deps)));
  }
  const family = await deps.roster.family(familyId);
  if (family === undefined && accounts.length === 0) {
    throw new NotFound(`There is no family ${familyId}.`, { familyId });
  }
  return {
    familyId,
    language: family?.language ?? null,
    parents: parentsOf(family),
    accounts: accounts.sort(byChild),
    sums: sumsOf(accounts),
    timeZone: deps.club.timeZone,
  };
};

const byChild = (a: NamedAccount, b: NamedAccount): number =>
  compare(a.playerName ?? a.playerId, b.playerName ?? b.playerId) ||
  compare(a.period ?? '', b.period ?? '') ||
  compare(a.orderId, b.orderId);
const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** So many orders are looked at in one go; some more, where a page of them goes beyond it. */
const LOOKS_AT_MOST = 2_000;

const NOT_PAID: ReadonlySet<OrderStatus> = new Set(['pending', 'processing', 'review']);

/** A part of the orders of a product that are not paid, and where to go on. Changes nothing. @throws {NotFound} */
export const listUnpaid = async (
  { productId, after }: { productId: string; after?: string },
  deps: BooksDeps,
): Promise<UnpaidPage> => {
  const product = await deps.roster.product(productId);
  if (product === undefined) throw new NotFound(`There is no product ${productId}.`, { productId });
  const orders: UnpaidPage['orders'] = [];
  let looked = 0;
  let place: Place | null = after === undefined ? { shard: 0 } : placeFrom(after);
  while (place !== null && looked < LOOKS_AT_MOST) {
    const page = await deps.orders.pageOfShard({ productId, limit: PAGE, ...place });
    looked += page.items.length;
    const keys = await visibleKeys(page.items, deps);
    const open = (await ordersOf(keys, deps)).filter((order) => NOT_PAID.has(statusOf(order)));
    const families = await deps.roster.families(unique(open.map(({ familyId }) => familyId)));
    for (const account of await accountsOf(open, new Map([[productId, product]]), deps)) {
      const parents = families.get(account.familyId)?.parents ?? [];
      orders.push({ ...account, parents: parents.map(({ name }) => name) });
    }
    place = placeAfter(place, page.next);
  }
  return { productName: product.name, orders, looked, next: place === null ? null : textOf(place) };
};

/** Which shard, and after which of its orders. */
type Place = { shard: number; after?: string };
const placeAfter = ({ shard }: Place, next: string | undefined): Place | null => {
  if (next !== undefined) return { shard, after: next };
  return shard + 1 < SHARDS ? { shard: shard + 1 } : null;
};
const textOf = ({ shard, after }: Place): string => [shard, after ?? []].flat().join(' ');
const placeFrom = (text: string): Place => {
  const [shard, after] = text.split(' ');
  return { shard: Number(shard), ...(after !== undefined && { after }) };
};

/**
 * Ids that are near to one that there is not. It goes through every order there is, so it is asked only after an id
 * was not found.
 */
export const findNearest = async (
  { kind, id }: { kind: NearKind; id: string },
  deps: Pick<Deps, 'orders' | 'roster'>,
): Promise<NearestIds> => {
  const nearest = nearestTo(id);
  const products = await deps.roster.products();
  for (const product of products) await offer(kind, product, nearest, deps);
  return { ids: nearest.found() };
};

/** Keys are small: as many as DynamoDB answers at once. */
const KEYS = 2_000;

const offer = async (
  kind: NearKind,
  { productId, name }: Product,
  nearest: Nearest,
  { orders }: Pick<Deps, 'orders'>,
): Promise<void> => {
  if (kind === 'product') {
    nearest.offer(productId, name);
    return;
  }
  const walk = async (shard: number): Promise<void> => {
    for await (const key of itemsOf((after) =>
      orders.pageOfShard({ productId, shard, limit: KEYS, ...after }),
    )) {
      nearest.offer(kind === 'order' ? key.orderId : key.familyId);
    }
  };
  await Promise.all(shardNumbers.map(walk));
};

const ordersOf = async (
  keys: readonly { orderId: string }[],
  { orders }: Pick<Deps, 'orders'>,
): Promise<Order[]> => (keys.length === 0 ? [] : orders.getMany(keys.map(({ orderId }) => orderId)));

/** In the sequence of the orders. */
const accountsOf = async (
  orders: readonly Order[],
  products: ReadonlyMap<string, Product | undefined>,
  { roster, clock }: Pick<Deps, 'roster' | 'clock'>,
): Promise<NamedAccount[]> => {
  const players = await roster.players(unique(orders.map(({ playerId }) => playerId)));
  const now = clock.now();
  return orders.map((order) =>
    withNames(accountOf(order, now), products.get(order.productId), players.get(order.playerId)),
  );
};

const withNames = (
  account: OrderAccount,
  product: Product | undefined,
  player: Player | undefined,
): NamedAccount => ({ ...account, productName: product?.name ?? null, playerName: player?.name ?? null });

const parentsOf = (family: Family | undefined): OrderStory['parents'] =>
  (family?.parents ?? []).map(({ name, addresses }) => ({ name, addresses }));

const unique = (ids: readonly string[]): string[] => [...new Set(ids)];
