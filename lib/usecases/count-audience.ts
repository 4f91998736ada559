import type { AudienceFilter, SkipReason } from '../domain/blast.ts';
import { distinctCounter } from '../domain/distinct.ts';
import { belongsTo, skipReasonOf } from '../domain/eligibility.ts';
import { type Instant, shardNumbers } from '../domain/ids.ts';
import { type Currency, type Money, money } from '../domain/money.ts';
import { dueOf, type Order } from '../domain/order.ts';
import { type AddressStanding, addressesOf, type Family, type Player } from '../domain/roster.ts';
import type { Deps } from './deps.ts';
import { pagesOf } from './pages.ts';
import { visibleKeys } from './visible.ts';

export type CountDeps = Pick<Deps, 'orders' | 'roster' | 'clock'>;

export type AudienceToCount = { productId: string; filter: AudienceFilter; asOf: Instant };

/** A mail that would leave, for showing what all of them look like. */
export type Sample = {
  order: Order;
  address: string;
  family: Family | undefined;
  player: Player | undefined;
};

export type AudienceCount = {
  /** Orders that would be asked for. */
  orders: number;
  /** Mails that would leave: one to each address of each order's family. */
  deliveries: number;
  families: number;
  /** What those orders owe, a sum per currency. */
  amounts: Money[];
  /** Mails that would not leave, by the reason. */
  leftOut: Partial<Record<SkipReason, number>>;
  /** Orders that the filter leaves out: not part of the audience. */
  filteredOut: { otherPeriod: number; mailedBefore: number };
  /** The first of each shard, in their sequence. */
  samples: Sample[];
};

const PAGE = 100;

/**
 * Looks at every order of the audience as its mail would be looked at before it leaves, all shards side by side.
 * However many there are, it holds a page of each shard and a few numbers.
 */
export const countAudience = async (audience: AudienceToCount, deps: CountDeps): Promise<AudienceCount> => {
  const families = distinctCounter();
  const shards = await Promise.all(
    shardNumbers.map((shard) => countShard({ ...audience, shard }, families, deps)),
  );
  const total = emptyCount();
  for (const shard of shards) {
    total.orders += shard.orders;
    total.deliveries += shard.deliveries;
    total.otherPeriod += shard.otherPeriod;
    total.mailedBefore += shard.mailedBefore;
    for (const [reason, count] of shard.leftOut) increase(total.leftOut, reason, count);
    for (const [currency, sum] of shard.amounts) increase(total.amounts, currency, sum);
    total.samples.push(...shard.samples);
  }
  return {
    orders: total.orders,
    deliveries: total.deliveries,
    families: families.count,
    amounts: [...total.amounts].map(([currency, sum]) => money(sum, currency)),
    leftOut: Object.fromEntries(total.leftOut),
    filteredOut: { otherPeriod: total.otherPeriod, mailedBefore: total.mailedBefore },
    samples: total.samples,
  };
};

/** The same samples as a count would find; each is looked for when it is asked for. */
export async function* samplesOf(audience: AudienceToCount, deps: CountDeps): AsyncGenerator<Sample> {
  for (const shard of shardNumbers) {
    for await (const seen of ordersOf({ ...audience, shard }, deps)) {
      const sample = seen.kind === 'order' ? sampleOf(seen) : null;
      if (sample === null) continue;
      yield sample;
      break;
    }
  }
}

const emptyCount = () => ({
  orders: 0,
  deliveries: 0,
  otherPeriod: 0,
  mailedBefore: 0,
  leftOut: new Map<SkipReason, number>(),
  amounts: new Map<Currency, number>(),
  samples: [] as Sample[],
});

const increase = <K>(counts: Map<K, number>, key: K, by: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + by);

const countShard = async (
  of: AudienceToCount & { shard: number },
  families: ReturnType<typeof distinctCounter>,
  deps: CountDeps,
): Promise<ReturnType<typeof emptyCount>> => {
  const count = emptyCount();
  for await (const seen of ordersOf(of, deps)) {
    if (seen.kind !== 'order') {
      count[seen.kind] += 1;
      continue;
    }
    const mails = seen.mails.filter(({ reason }) => reason === null).length;
    for (const { reason } of seen.mails) if (reason !== null) increase(count.leftOut, reason, 1);
    if (mails === 0) continue;
    const due = dueOf(seen.order);
    count.orders += 1;
    count.deliveries += mails;
    increase(count.amounts, due.currency, due.amountMinor);
    families.add(seen.order.familyId);
    const sample = count.samples.length === 0 ? sampleOf(seen) : null;
    if (sample !== null) count.samples.push(sample);
  }
  return count;
};

type SeenOrder = {
  kind: 'order';
  order: Order;
  family: Family | undefined;
  player: Player | undefined;
  /** A family without an address has one, which is left out for that. */
  mails: { address: string; reason: SkipReason | null }[];
};
type Seen = SeenOrder | { kind: 'otherPeriod' | 'mailedBefore' };

const sampleOf = ({ order, family, player, mails }: SeenOrder): Sample | null => {
  const mail = mails.find(({ reason }) => reason === null);
  return mail === undefined ? null : { order, address: mail.address, family, player };
};

async function* ordersOf(
  { productId, filter, asOf, shard }: AudienceToCount & { shard: number },
  deps: CountDeps,
): AsyncGenerator<Seen> {
  const now = deps.clock.now();
  const pages = pagesOf((after) => deps.orders.pageOfShard({ productId, shard, limit: PAGE, ...after }));
  for await (const keys of pages) {
    const wanted: string[] = [];
    for (const key of await visibleKeys(keys, deps)) {
      if (belongsTo({ filter, asOf }, key)) wanted.push(key.orderId);
      else if (key.visibleSince <= asOf) yield { kind: 'otherPeriod' };
    }
    if (wanted.length === 0) continue;
    const orders = (await deps.orders.getMany(wanted)).sort((a, b) => (a.orderId < b.orderId ? -1 : 1));
    const people = await peopleOf(orders, deps);
    for (const order of orders) yield look(order, filter, now, people);
  }
}

const look = (
  order: Order,
  filter: AudienceFilter,
  now: Instant,
  { families, players, standings }: Awaited<ReturnType<typeof peopleOf>>,
): Seen => {
  if (filter.onlyNeverMailed && order.firstMailedOn !== null) return { kind: 'mailedBefore' };
  const [family, player] = [families.get(order.familyId), players.get(order.playerId)];
  const reasonFor = (standing: AddressStanding | undefined): SkipReason | null =>
    skipReasonOf({ order, standing, purpose: 'notice', contract: player?.contract, now });
  const addresses = family === undefined ? [] : addressesOf(family);
  const mails = addresses.map((address) => ({ address, reason: reasonFor(standings.get(address)) }));
  return {
    kind: 'order',
    order,
    family,
    player,
    mails: mails.length === 0 ? [{ address: '', reason: reasonFor(undefined) }] : mails,
  };
};

/** Whom a page of orders is about: in three calls, however many they are. */
const peopleOf = async (orders: readonly Order[], { roster }: CountDeps) => {
  const different = (ids: readonly string[]): string[] => [...new Set(ids)];
  const [families, players] = await Promise.all([
    roster.families(different(orders.map(({ familyId }) => familyId))),
    roster.players(different(orders.map(({ playerId }) => playerId))),
  ]);
  const standings = await roster.addresses(
    different([...families.values()].flatMap((family) => addressesOf(family))),
  );
  return { families, players, standings };
};
