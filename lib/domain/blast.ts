import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { BlastId, Instant, OrderId, ProductId } from './ids.ts';

/** Who is mailed: every order of a product, or exactly the orders that a recovery plan repaired. */
export const Audience = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('product'), productId: ProductId }),
  z.object({ kind: z.literal('plan'), planHash: z.string() }),
]);
export type Audience = z.infer<typeof Audience>;

/** One mailing of one template to an audience of orders. */
export const Blast = z.object({
  blastId: BlastId,
  audience: Audience,
  productId: ProductId,
  template: z.enum(['payment-request', 'monthly-fee']),
  /** Says that it replaces a link which stopped working. */
  replacesDeadLink: z.boolean(),
  state: z.enum(['planned', 'sending', 'complete']),
  startsAt: Instant,
  createdAt: Instant,
  createdBy: z.string(),
  completedAt: z.nullable(Instant),
});
export type Blast = z.infer<typeof Blast>;

/**
 * How far one shard of a blast has come. The cursor is the last order id whose deliveries are all in the
 * ledger; it moves only after them. A worker holds the shard by a lease, so that two tickets for it are harmless.
 */
export const ShardProgress = z.object({
  blastId: BlastId,
  shard: z.int(),
  cursor: z.nullable(OrderId),
  /** 1 is the mailing itself, each later one the closing pass that looks for whoever was missed. */
  pass: z.int(),
  /** Deliveries that this pass has added to the ledger. */
  addedInPass: z.int(),
  done: z.boolean(),
  lease: z.nullable(z.object({ owner: z.string(), until: Instant })),
  revision: z.int(),
});
export type ShardProgress = z.infer<typeof ShardProgress>;

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
export const Delivery = z.object({
  blastId: BlastId,
  shard: z.int(),
  orderId: OrderId,
  /** Normalised; empty when the family has none. */
  address: z.string(),
  /** Travels as a message tag and comes back in SES's events; says nothing about the person. */
  deliveryTag: z.string(),
  state: z.enum(deliveryStates),
  /** Why it was skipped, failed or held. */
  reason: z.nullable(z.string()),
  messageId: z.nullable(z.string()),
  claimedAt: Instant,
  settledAt: z.nullable(Instant),
});
export type Delivery = z.infer<typeof Delivery>;

/** Opaque and the same for each repetition, so that SES's events find the row. */
export const deliveryTagOf = (blastId: string, orderId: string, address: string): string =>
  createHash('sha256').update(`${blastId}\n${orderId}\n${address}`).digest('hex').slice(0, 32);

/** Orders and addresses that a page of the ledger already knows. */
export const deliveryKey = (orderId: string, address: string): string =>
  `${orderId}#${createHash('sha256').update(address).digest('hex').slice(0, 32)}`;
