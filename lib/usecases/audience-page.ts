import {
  addressKeyOf,
  type Blast,
  type Delivery,
  type ShardProgress,
  type UnclearClaim,
} from '../domain/blast.ts';
import { belongsTo } from '../domain/eligibility.ts';
import { addressesOf, type Product } from '../domain/roster.ts';
import type { OrderKey, Page } from '../ports.ts';
import { type Addressee, NO_ADDRESS } from './deliver.ts';
import type { Deps } from './deps.ts';
import { itemsOf } from './pages.ts';
import { visibleKeys } from './visible.ts';

export type AudienceDeps = Pick<Deps, 'blasts' | 'orders' | 'roster' | 'plans' | 'clock'>;

/** How many orders are looked at together. */
export const ORDERS_OF_A_PAGE = 50;

/** Some orders of a blast's audience, held against what the ledger says of them. */
export type AudiencePage = {
  /** Whom nobody has written to yet. */
  due: Addressee[];
  /** Claims of others, whose end nobody has recorded. */
  claimed: UnclearClaim[];
  /** Deliveries that would be claimed again, but for an address that the family has no more. */
  orphaned: Delivery[];
  /** The cursor behind this page; absent where the shard ends. */
  next?: string;
};

export const readAudiencePage = async (
  {
    blast,
    product,
    progress,
    limit,
  }: { blast: Blast; product: Product; progress: ShardProgress; limit: number },
  deps: AudienceDeps,
): Promise<AudiencePage> => {
  const page = await ordersOf(blast, progress, limit, deps);
  const next = page.next === undefined ? {} : { next: page.next };
  const rows = await rowsOf(blast, progress.shard, page.items, deps);
  const orders = await withoutMailed(blast, page.items, rows, deps);
  const addressees = await addresseesOf({ blast, product, shard: progress.shard, orders }, deps);

  // One that was released has to be written to, in a closing pass too.
  const settled = new Set(rows.filter(({ state }) => state !== 'released').map(keyOf));
  const known = new Set(addressees.map(keyOf));
  return {
    due: await withStanding(
      addressees.filter((to) => !settled.has(keyOf(to))),
      deps,
    ),
    claimed: rows
      .filter(({ state }) => state === 'claimed')
      .map(({ orderId, addressKey, claimedAt }) => ({ orderId, addressKey, claimedAt })),
    orphaned: rows.filter((row) => row.state === 'released' && !known.has(keyOf(row))),
    ...next,
  };
};

const keyOf = ({ orderId, addressKey }: Pick<Delivery, 'orderId' | 'addressKey'>): string =>
  `${orderId}#${addressKey}`;

const ordersOf = async (
  { audience }: Blast,
  { shard, cursor }: ShardProgress,
  limit: number,
  deps: AudienceDeps,
): Promise<Page<OrderKey>> => {
  const where = { shard, limit, ...(cursor === null ? {} : { after: cursor }) };
  switch (audience.kind) {
    case 'plan':
      return deps.plans.pageOfRecovered({
        planId: audience.planId,
        productId: audience.productId,
        ...where,
      });
    case 'first_mailed':
      return deps.orders.pageOfFirstMailed({ productId: audience.productId, on: audience.on, ...where });
    case 'product': {
      const page = await deps.orders.pageOfShard({ productId: audience.productId, ...where });
      // Where the next page begins is not decided by who belongs to this one.
      return {
        ...page,
        items: (await visibleKeys(page.items, deps)).filter((order) => belongsTo(audience, order)),
      };
    }
  }
};

/** The ledger's rows about these orders. */
const rowsOf = async (
  { blastId }: Blast,
  shard: number,
  orders: readonly OrderKey[],
  deps: AudienceDeps,
): Promise<Delivery[]> => {
  const [first, last] = [orders.at(0), orders.at(-1)];
  if (first === undefined || last === undefined) return [];
  const range = { blastId, shard, from: first.orderId, to: last.orderId, limit: 200 };
  return Array.fromAsync(itemsOf((after) => deps.blasts.deliveries({ ...range, ...after })));
};

/** Where only families are mailed who came later: without those whom another blast has mailed. */
const withoutMailed = async (
  { audience }: Blast,
  keys: readonly OrderKey[],
  rows: readonly Delivery[],
  deps: AudienceDeps,
): Promise<readonly OrderKey[]> => {
  if (audience.kind !== 'product' || !audience.filter.onlyNeverMailed) return keys;
  const orders = await deps.orders.getMany(keys.map(({ orderId }) => orderId));
  const mailed = new Set(
    orders.filter((order) => order.firstMailedOn !== null).map(({ orderId }) => orderId),
  );
  // With a row of this blast it was mailed by this one, perhaps not yet at all of its addresses.
  const ours = new Set(rows.map(({ orderId }) => orderId));
  return keys.filter(({ orderId }) => ours.has(orderId) || !mailed.has(orderId));
};

/** Each address of each order's family; the one that stands for none, where there is none. */
const addresseesOf = async (
  {
    blast,
    product,
    shard,
    orders,
  }: { blast: Blast; product: Product; shard: number; orders: readonly OrderKey[] },
  deps: AudienceDeps,
): Promise<Omit<Addressee, 'standing'>[]> => {
  if (orders.length === 0) return [];
  const readAt = deps.clock.now();
  const [families, players] = await Promise.all([
    deps.roster.families(orders.map(({ familyId }) => familyId)),
    deps.roster.players(orders.map(({ playerId }) => playerId)),
  ]);
  return orders.flatMap(({ orderId, familyId, playerId }) => {
    const family = families.get(familyId);
    const player = players.get(playerId);
    const addresses = family === undefined ? [] : addressesOf(family);
    return (addresses.length === 0 ? [NO_ADDRESS] : addresses).map((address) => ({
      ...{ blast, shard, product, orderId, family, player, readAt },
      address,
      addressKey: addressKeyOf(address),
    }));
  });
};

const withStanding = async (
  addressees: readonly Omit<Addressee, 'standing'>[],
  deps: AudienceDeps,
): Promise<Addressee[]> => {
  if (addressees.length === 0) return [];
  const addresses = addressees.map(({ address }) => address).filter((address) => address !== NO_ADDRESS);
  const standings = await deps.roster.addresses(addresses);
  return addressees.map((to) => ({ ...to, standing: standings.get(to.address) }));
};
