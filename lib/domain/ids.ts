import * as v from 'valibot';

/**
 * Ids are `prefix_` plus 26 characters that sort by time of creation (a ULID), or an id kept from an import.
 * The characters are limited to what is safe in a URL, a Stripe metadata value and a database key.
 */
const id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, _ and - only, 64 at most'));

export const OrderId = id;
export const ProductId = id;
export const PlayerId = id;
export const FamilyId = id;
export const ParentId = id;
export const BlastId = id;
export const ImportId = id;

/** What names an object of Stripe's, and may become part of a key. */
export const StripeId = v.pipe(v.string(), v.regex(/^\w{1,255}$/, 'is not an id at Stripe'));

export type IdPrefix = 'ord' | 'bls' | 'dec' | 'fam' | 'ply' | 'prd';

/** A UTC instant as `2026-04-01T09:00:00.000Z`: sorts as text. */
export const Instant = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'a UTC instant'),
);
export type Instant = v.InferOutput<typeof Instant>;

/** A day in the club's own calendar, `2026-04-30`. */
export const CalendarDate = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/, 'a date as YYYY-MM-DD'));

export { epochMs, instant, instantAfter } from './instant.ts';

/** Orders of one product are spread over this many shards; an order's shard is stored and never changes. */
export const SHARDS = 16;
export const shardNumbers: readonly number[] = Array.from({ length: SHARDS }, (_, shard) => shard);

/**
 * Due work of all products is spread over this many partitions: little of it is due at any moment, and each sweep asks
 * every one of them.
 */
export const DUE_SHARDS = 4;
export const dueShardNumbers: readonly number[] = Array.from({ length: DUE_SHARDS }, (_, shard) => shard);
/** @param shard the order's */
export const dueShardOf = (shard: number): number => shard % DUE_SHARDS;

export const shardLabel = (shard: number): string => String(shard).padStart(2, '0');

/** FNV-1a over the id: spreads evenly, needs no dependency, and is never asked for a second time. */
export const shardOf = (orderId: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < orderId.length; i++) {
    hash = Math.imul(hash ^ orderId.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % SHARDS;
};
