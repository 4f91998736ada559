import type { DueWork } from '../../../lib/domain/due-work.ts';
import { instant, shardNumbers } from '../../../lib/domain/ids.ts';
import { type Money, money, sum } from '../../../lib/domain/money.ts';
import {
  dueOf,
  netOf,
  type Order,
  type OrderStatus,
  payability,
  statusOf,
} from '../../../lib/domain/order.ts';
import type { Family, Player, Product } from '../../../lib/domain/roster.ts';
import type { Unmatched } from '../../../lib/domain/unmatched.ts';
import { itemsOf } from '../../../lib/usecases/pages.ts';
import type { ClubAtHand } from '../club/club.ts';

/** One line in the club's books: an order with the names that a person knows it by. */
export type Entry = {
  order: Order;
  product: Product;
  player: Player | undefined;
  family: Family | undefined;
  status: OrderStatus;
  due: Money;
  /** What a click on its mailed address meets now. */
  standing: ReturnType<typeof payability>;
  attention: Extract<DueWork, { kind: 'attention' }>[];
};

const PAGE = 100;

/** Every order of a product, in sequence of their numbers. */
export const entriesOf = async (product: Product, club: ClubAtHand): Promise<Entry[]> => {
  const shards = await Promise.all(shardNumbers.map((shard) => orderIdsOf(product.productId, shard, club)));
  const orders = await club.orders.getMany(shards.flat());
  const entries = await Promise.all(orders.map((order) => entryOf(order, product, club)));
  return entries.sort((a, b) => (a.order.orderId < b.order.orderId ? -1 : 1));
};

const orderIdsOf = async (productId: string, shard: number, club: ClubAtHand): Promise<string[]> => {
  const keys = itemsOf((after) => club.orders.pageOfShard({ productId, shard, limit: PAGE, ...after }));
  return Array.fromAsync(keys, ({ orderId }) => orderId);
};

export const findEntry = async (orderId: string, club: ClubAtHand): Promise<Entry | undefined> => {
  const order = await club.orders.get(orderId);
  const product = order === undefined ? undefined : await club.roster.product(order.productId);
  return order === undefined || product === undefined ? undefined : entryOf(order, product, club);
};

const entryOf = async (order: Order, product: Product, club: ClubAtHand): Promise<Entry> => {
  const [player, family] = await Promise.all([
    club.roster.player(order.playerId),
    club.roster.family(order.familyId),
  ]);
  return {
    order,
    product,
    player,
    family,
    status: statusOf(order),
    due: dueOf(order),
    standing: payability(order, instant(club.clock.now())),
    attention: Object.values(order.dueWork).flatMap((work) => (work.kind === 'attention' ? [work] : [])),
  };
};

/** The sums at the head of the books. The club's own test orders are in none of them. */
export const totalsOf = (
  entries: readonly Entry[],
): { owed: Money; owing: number; paid: Money; payers: number } => {
  const real = entries.filter(({ order }) => !order.test);
  const owing = real.filter(({ status }) => status === 'pending' || status === 'processing');
  const payers = real.filter(({ status }) => status === 'paid');
  const currency = real[0]?.due.currency ?? money(0).currency;
  return {
    owed: sum(
      owing.map(({ due }) => due),
      currency,
    ),
    owing: owing.length,
    paid: sum(
      payers.map(({ order }) => netOf(order)),
      currency,
    ),
    payers: payers.length,
  };
};

/** Payments that no order could be found for. */
export const unmatchedOf = async ({ orders }: ClubAtHand): Promise<Unmatched[]> =>
  (await orders.pageOfUnmatched({ limit: PAGE })).items;
