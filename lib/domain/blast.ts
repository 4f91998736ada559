import { hash } from 'node:crypto';
import * as v from 'valibot';
import { BlastId, CalendarDate, Instant, OrderId, ProductId } from './ids.ts';
import { Integer } from './integer.ts';
import { Money } from './money.ts';

/** Which orders of a product a notice is for. */
export const AudienceFilter = v.object({
  /** Only orders of this period, where the product has periods; null: whatever their period. */
  period: v.nullable(v.string()),
  /** Only orders that no mail has been sent about yet: families who came later. */
  onlyNeverMailed: v.boolean(),
  /** Only orders that were made later: the others are another mailing's. */
  createdAfter: v.exactOptional(Instant),
});
export type AudienceFilter = v.InferOutput<typeof AudienceFilter>;

/**
 * Whom a blast is for: a set of orders that is decided when the blast is made, so that paging through it a second
 * time finds nobody new. What has become of an order by then decides only what its delivery ends as.
 */
export const Audience = v.variant('kind', [
  /** The orders of a product that were there at `asOf`. */
  v.object({ kind: v.literal('product'), productId: ProductId, filter: AudienceFilter, asOf: Instant }),
  /** Exactly the orders of a product that a recovery plan repaired, and that are to hear of it. */
  v.object({ kind: v.literal('plan'), planId: v.string(), productId: ProductId }),
  /** The orders of a product whose own first mail left on this day of the club's calendar: for reminders. */
  v.object({ kind: v.literal('first_mailed'), productId: ProductId, on: CalendarDate }),
]);
export type Audience = v.InferOutput<typeof Audience>;

export const blastStates = ['planned', 'sending', 'paused', 'complete', 'canceled'] as const;
export type BlastState = (typeof blastStates)[number];
/** Nothing is sent any more, and nothing starts it again. Of one just canceled some mails may still be unclear. */
export const isEnded = (state: BlastState): boolean => state === 'complete' || state === 'canceled';

/** Why a blast that is not at its end sends nothing just now. */
export const Waiting = v.object({
  reason: v.picklist([
    /** A person has paused it. */
    'asked',
    /** SES found that mails came too fast: nothing leaves for some seconds. */
    'rate',
    /** SES takes no more until mails of the last 24 hours are older than that. */
    'daily_quota',
    /** Of several mails in a row nobody knows whether SES took them: it, or the way to it, is down. */
    'no_answer',
    /** SES does not know the sender, or has paused the account: paused until a person has put that right. */
    'sender_refused',
    /** SES refused many mails in a row, each for itself: paused until a person has found out why. */
    'mails_refused',
    /** Canceled, and of its last mails it is not known yet whether they left. */
    'last_mails',
  ]),
  since: Instant,
  /** When it goes on by itself; null when only a person can see to that. */
  until: v.nullable(Instant),
  /** Who paused it. */
  by: v.exactOptional(v.string()),
});
export type Waiting = v.InferOutput<typeof Waiting>;

/** One mailing of one template to an audience of orders. */
export const Blast = v.object({
  blastId: BlastId,
  /** A notice asks for a fee; a reminder repeats it, and can be unsubscribed from. */
  purpose: v.picklist(['notice', 'reminder']),
  audience: Audience,
  productId: ProductId,
  template: v.picklist(['payment-request', 'monthly-fee']),
  /** Says that it replaces a link which stopped working. */
  replacesDeadLink: v.boolean(),
  state: v.picklist(blastStates),
  waiting: v.nullable(Waiting),
  /** What a person saw and approved before it left: the preview's hash and its numbers. */
  approved: v.nullable(
    v.object({
      hash: v.string(),
      orders: Integer,
      deliveries: Integer,
      /** Deliveries that were left out then, whatever the reason. */
      leftOut: Integer,
      amount: v.nullable(Money),
    }),
  ),
  startsAt: Instant,
  createdAt: Instant,
  createdBy: v.string(),
  endedAt: v.nullable(Instant),
});
export type Blast = v.InferOutput<typeof Blast>;

/** Whether the tick has something to do with it. */
export const isOpen = ({ state, waiting }: Pick<Blast, 'state' | 'waiting'>): boolean =>
  !isEnded(state) || waiting !== null;

/** A claim whose end the worker did not live to record: SES's own event settles it, or it is held. */
export const UnclearClaim = v.object({ orderId: OrderId, addressKey: v.string(), claimedAt: Instant });
export type UnclearClaim = v.InferOutput<typeof UnclearClaim>;

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
  /** A closing pass has found nobody: only what is unclear keeps it from being done. */
  swept: v.boolean(),
  done: v.boolean(),
  /** Nothing is to be done here before; null: at once. */
  wakeAt: v.nullable(Instant),
  unclear: v.array(UnclearClaim),
  lease: v.nullable(v.object({ owner: v.string(), until: Instant })),
  revision: Integer,
});
export type ShardProgress = v.InferOutput<typeof ShardProgress>;

export const newShard = (blastId: string, shard: number): ShardProgress => ({
  blastId,
  shard,
  cursor: null,
  pass: 1,
  addedInPass: 0,
  swept: false,
  done: false,
  wakeAt: null,
  unclear: [],
  lease: null,
  revision: 0,
});

/** How far the making of a blast's links has come: they are made one shard after the other. */
export const MintProgress = v.object({
  /** All are made when it is past the last one. */
  shard: Integer,
  cursor: v.nullable(OrderId),
});
export type MintProgress = v.InferOutput<typeof MintProgress>;

export const skipReasons = [
  'paid',
  'processing',
  'review',
  'refunded',
  'canceled',
  'waived',
  'closed',
  'suppressed',
  'unsubscribed',
  'contract_unsigned',
  'no_address',
  'test_order',
] as const;
export type SkipReason = (typeof skipReasons)[number];

/**
 * In the order in which they can follow one another: of two reports the later state stands. A `released`
 * delivery may be claimed again: SES refused it for now, or a person wants it sent again.
 */
export const deliveryStates = [
  'released',
  'claimed',
  'held',
  'sent',
  'delivered',
  'skipped',
  'failed',
  'bounced',
  'complained',
] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** The reason of a bounce that says nothing of the mail's end: a full mailbox, or an answer that somebody is away. */
export const TRANSIENT = 'transient';

/** Kept in each row beside its state, so a state's rank never changes. */
export const rankOf = ({ state, reason }: Pick<Delivery, 'state' | 'reason'>): number =>
  // Whoever is away has the mail: SES tells of the delivery and of the answer, in either sequence.
  state === 'bounced' && reason === TRANSIENT
    ? deliveryStates.indexOf('delivered') - 0.5
    : deliveryStates.indexOf(state);

/** Names one delivery: one e-mail of a blast to one address about one order. */
export type DeliveryRef = { blastId: string; shard: number; orderId: string; addressKey: string };

/** The row is written before SES is called. */
export const Delivery = v.object({
  blastId: BlastId,
  shard: Integer,
  orderId: OrderId,
  addressKey: v.string(),
  /** Normalised; empty when the family has none, or was forgotten. */
  address: v.string(),
  state: v.picklist(deliveryStates),
  /** Why it was skipped, failed, bounced or held, or by whom it was settled. */
  reason: v.nullable(v.string()),
  messageId: v.nullable(v.string()),
  claimedAt: Instant,
  /** When SES took it; null unless it did. */
  sentAt: v.nullable(Instant),
  /** Since when it is in its state. */
  settledAt: v.nullable(Instant),
});
export type Delivery = v.InferOutput<typeof Delivery>;

/** The same for two spellings of an address; says nothing about the person. */
export const addressKeyOf = (address: string): string => hash('sha256', address, 'hex').slice(0, 32);

/**
 * Travels as a message tag and comes back in SES's events. The ids of the delivery, so that an event finds its row
 * without a search; in the characters, and within the length, that a tag may have.
 * @see https://docs.aws.amazon.com/ses/latest/APIReference/API_MessageTag.html
 */
export const deliveryTagOf = ({ blastId, shard, orderId, addressKey }: DeliveryRef): string =>
  Buffer.from([blastId, shard, orderId, addressKey].join('/')).toString('base64url');

/** `undefined` for a tag that is not ours: a test mail's, for example. */
export const readDeliveryTag = (tag: string): DeliveryRef | undefined => {
  const text = Buffer.from(tag, 'base64url').toString('utf8');
  const [, blastId, shard, orderId, addressKey] =
    /^([\w-]{1,64})\/(\d{1,2})\/([\w-]{1,64})\/([0-9a-f]{32})$/.exec(text) ?? [];
  if (blastId === undefined || orderId === undefined || addressKey === undefined) return undefined;
  return { blastId, shard: Number(shard), orderId, addressKey };
};

/** What is known of a product's audience before anything leaves. Counts of deliveries, but for `orders`. */
export const Preview = v.object({
  /** Over the product, the template's version, the filter and the time of the snapshot. */
  hash: v.string(),
  productId: ProductId,
  template: Blast.entries.template,
  templateVersion: v.string(),
  filter: AudienceFilter,
  asOf: Instant,
  /** Orders that would be asked for now. */
  orders: Integer,
  deliveries: Integer,
  families: Integer,
  /** What those orders owe; null when there are none. */
  amount: v.nullable(Money),
  /** Deliveries that would be skipped, by reason. */
  leftOut: v.record(v.string(), Integer),
});
export type Preview = v.InferOutput<typeof Preview>;
