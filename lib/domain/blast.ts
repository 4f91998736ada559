import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { BlastId, Instant, OrderId, ProductId } from './ids.ts';
import { Integer } from './integer.ts';

/** Who is mailed: every order of a product, or exactly the orders that a recovery plan repaired. */
export const Audience = v.variant('kind', [
  v.object({ kind: v.literal('product'), productId: ProductId }),
  v.object({ kind: v.literal('plan'), planHash: v.string() }),
]);
export type Audience = v.InferOutput<typeof Audience>;

/** One mailing of one template to an audience of orders. */
export const Blast = v.object({
  blastId: BlastId,
  audience: Audience,
  productId: ProductId,
  template: v.picklist(['payment-request', 'monthly-fee']),
  /** Says that it replaces a link which stopped working. */
  replacesDeadLink: v.boolean(),
  state: v.picklist(['planned', 'sending', 'complete']),
  startsAt: Instant,
  createdAt: Instant,
  createdBy: v.string(),
  completedAt: v.nullable(Instant),
});
export type Blast = v.InferOutput<typeof Blast>;

/**
 * How far one shard of a blast has come. The cursor is the last order id whose deliveries are all in the
 * ledger; it moves only after them. A worker holds the shard by a lease, so that two tickets for it are harmless.
 */
export const ShardProgress = v.object({
  blastId: BlastId,
  shard: Integer,
  cursor: v.nullable(OrderId),
  /** 1 is the mailing itself, each later one the closing pass that looks for whoever was missed. */
  pass: Integer,
  /** Deliveries that this pass has added to the ledger. */
  addedInPass: Integer,
  done: v.boolean(),
  lease: v.nullable(v.object({ owner: v.string(), until: Instant })),
  revision: Integer,
});
export type ShardProgress = v.InferOutput<typeof ShardProgress>;

export const skipReasons = [
  'paid',
  'processing',
  'review',
  'refunded',
  'canceled',
  'waived',
  'closed',
  'test_order',
  'suppressed',
  'no_address',
] as const;
export type SkipReason = (typeof skipReasons)[number];

/** In the order in which they can follow one another. A `released` delivery may be claimed again: SES refused it for now. */
export const deliveryStates = [
  'claimed',
  'released',
  'skipped',
  'failed',
  'held',
  'sent',
  'delivered',
  'bounced',
  'complained',
] as const;

/** One e-mail of a blast to one address about one order. The row is written before SES is called. */
export const Delivery = v.object({
  blastId: BlastId,
  shard: Integer,
  orderId: OrderId,
  /** Normalised; empty when the family has none. */
  address: v.string(),
  /** Travels as a message tag and comes back in SES's events; says nothing about the person. */
  deliveryTag: v.string(),
  state: v.picklist(deliveryStates),
  /** Why it was skipped, failed or held. */
  reason: v.nullable(v.string()),
  messageId: v.nullable(v.string()),
  claimedAt: Instant,
  settledAt: v.nullable(Instant),
});
export type Delivery = v.InferOutput<typeof Delivery>;

/** Opaque and the same for each repetition, so that SES's events find the row. */
export const deliveryTagOf = (blastId: string, orderId: string, address: string): string =>
  createHash('sha256').update(`${blastId}\n${orderId}\n${address}`).digest('hex').slice(0, 32);

/** Orders and addresses that a page of the ledger already knows. */
export const deliveryKey = (orderId: string, address: string): string =>
  `${orderId}#${createHash('sha256').update(address).digest('hex').slice(0, 32)}`;
