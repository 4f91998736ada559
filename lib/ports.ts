import type {
  Blast,
  Delivery,
  DeliveryRef,
  DeliveryState,
  MintProgress,
  Preview,
  ShardProgress,
} from './domain/blast.ts';
import type { ShardTotals } from './domain/blast-report.ts';
import type { Instant } from './domain/ids.ts';
import type { ImportHead, ImportResult, StagedRow } from './domain/import-head.ts';
import type { Money } from './domain/money.ts';
import type { Order } from './domain/order.ts';
import type { TokenKeys } from './domain/pay-token.ts';
import type { AmountAtStripe, NoticeOf } from './domain/payment-notice.ts';
import type { Finding, FindingResult, KeptFinding, Run } from './domain/reconciliation.ts';
import type { PlanDraft, Planned, RecoveryPlan, RowResult, SurfaceAtStripe } from './domain/recovery-plan.ts';
import type { AddressStanding, Contract, Family, Player, Product } from './domain/roster.ts';
import type { Schedule } from './domain/schedule.ts';
import type { SettledUnmatched, Unmatched } from './domain/unmatched.ts';

/**
 * What the use cases need from outside. Every method may throw `StoreUnavailable` (nothing is known of the
 * effect); what else it may throw is said beside it. All writes are conditional on one item.
 */

export type Clock = {
  now(): Instant;
  sleep(ms: number): Promise<void>;
};

export type NewId = (prefix: 'ord' | 'bls' | 'dec' | 'run' | 'pln') => string;

/** One line of structured log. Ids only: never a name, an address, a token or a secret. */
export type Log = (
  event: string,
  fields?: Record<string, string | number | boolean | null | undefined>,
) => void;

export type Page<T> = { items: T[] /** Pass as `after` to go on; absent at the end. */; next?: string };

/** What the audience index knows of an order, enough to look up whom to write to. */
export type OrderKey = { orderId: string; familyId: string; playerId: string };
/** An order among those of its product: what decides whether it belongs to an audience. */
export type ProductOrderKey = OrderKey & {
  period: string | null;
  createdAt: Instant;
  /** Whoever pages through an audience asks `visibleKeys` first: orders of an import may not count yet. */
  importId?: string;
};

/** By what an order can be found besides its id. */
export type Pointer =
  | { kind: 'stripe'; id: string }
  | { kind: 'natural'; key: string }
  | { kind: 'legacy_token'; hash: string }
  | { kind: 'client_request'; id: string };

export type Orders = {
  /** Strongly consistent. @throws {CorruptRow} */
  get(orderId: string): Promise<Order | undefined>;
  /** Strongly consistent, in any sequence, missing ones left out. */
  getMany(orderIds: readonly string[]): Promise<Order[]>;
  /** `exists`: an order of that id stands, and was not touched. */
  create(order: Order): Promise<'created' | 'exists'>;
  /**
   * Writes `next` (whose revision is still that of the order it was made from) if nobody has written since.
   * Resolves to the order as stored, with its new revision, or to `conflict`.
   */
  save(next: Order): Promise<Order | 'conflict'>;
  /** Points to an order that may be written afterwards. Resolves to the order id that the pointer holds. */
  point(pointer: Pointer, orderId: string): Promise<string>;
  find(pointer: Pointer): Promise<string | undefined>;
  /** The ids of orders by Stripe ids that an import brought along, those that it did. */
  findByStripeIds(stripeIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** In sequence of order id; eventually consistent, so a new order may be missing for a moment. */
  pageOfShard(q: {
    productId: string;
    shard: number;
    after?: string;
    limit: number;
  }): Promise<Page<ProductOrderKey>>;
  /** Those whose first mail left on a day, in sequence of order id; eventually consistent as well. */
  pageOfFirstMailed(q: {
    productId: string;
    on: string;
    shard: number;
    after?: string;
    limit: number;
  }): Promise<Page<OrderKey>>;
  /** From when on the orders of an import count for audiences; null while it is not committed. */
  committedAt(importId: string): Promise<Instant | null>;
  pageOfFamily(q: { familyId: string; after?: string; limit: number }): Promise<Page<OrderKey>>;
  /** Orders with machine work (not attention items) that was due before `before`. */
  pageOfDueWork(q: {
    dueShard: number;
    before: Instant;
    after?: string;
    limit: number;
  }): Promise<Page<string>>;
  /** Order ids with an attention item. */
  pageOfAttention(q: { dueShard: number; after?: string; limit: number }): Promise<Page<string>>;
  /** Kept once per Stripe object, however often it is told. */
  keepUnmatched(item: Unmatched): Promise<void>;
  /** Those that nobody has settled, by the time at which they came. */
  pageOfUnmatched(q: { after?: string; limit: number }): Promise<Page<Unmatched>>;
  unmatched(stripeId: string): Promise<(Unmatched & { settled: SettledUnmatched | null }) | undefined>;
  /** False: it is not there, or was settled before. */
  settleUnmatched(stripeId: string, settled: SettledUnmatched): Promise<boolean>;
};

export type Roster = {
  player(playerId: string): Promise<Player | undefined>;
  family(familyId: string): Promise<Family | undefined>;
  product(productId: string): Promise<Product | undefined>;
  /** All there are, by id. The list may lag behind for a moment, what it names does not. */
  products(): Promise<Product[]>;
  /** By their ids, those that are there; in one call for up to a hundred. */
  players(ids: readonly string[]): Promise<ReadonlyMap<string, Player>>;
  families(ids: readonly string[]): Promise<ReadonlyMap<string, Family>>;
  /** In good standing when there is no row. */
  address(address: string): Promise<AddressStanding>;
  /** The standing of several, by their normal spelling; in one call for up to a hundred. */
  addresses(addresses: readonly string[]): Promise<ReadonlyMap<string, AddressStanding>>;
  /** Nothing is mailed there from now on. The first reason stands, but for a complaint, which outweighs the others. */
  suppress(address: string, suppression: NonNullable<AddressStanding['suppressed']>): Promise<void>;
  /** Stops reminders to the address of this key (`addressKeyOf`). The first time stands. */
  unsubscribe(addressKey: string, at: Instant): Promise<void>;
  putPlayer(player: Player): Promise<void>;
  /** Whose they are and their name; the contract stays, and is unsigned where nothing was known of them. */
  savePlayer(player: Pick<Player, 'playerId' | 'familyId' | 'name'>): Promise<void>;
  /**
   * False, and nothing written: there is no such player, or the contract was changed later than this, or to something else
   * at the same moment; or it is not `read` any more, where that is given; or it tells where a player signs who was forgotten.
   */
  setContract(playerId: string, contract: Contract, read?: Contract): Promise<boolean>;
  /**
   * Leaves nothing of a player that tells who it is: the id stands for the name, and where the contract is signed is gone.
   * False, and nothing written: it is in another family than was read, or its contract is another.
   */
  forgetPlayer(read: Player, at: Instant): Promise<boolean>;
  /** By their ids. The lists may lag behind for a moment, what they name does not. */
  pageOfPlayers(q: { after?: string; limit: number }): Promise<Page<Player>>;
  pageOfFamilies(q: { after?: string; limit: number }): Promise<Page<Family>>;
  /** Whoever has written it before. */
  putFamily(family: Family): Promise<void>;
  putProduct(product: Product): Promise<void>;
  /**
   * Writes it if nobody has since it was read: its revision is still that of what it was made from; one without is saved
   * for the first time. Resolves to it as stored, with its new revision, or to `conflict`.
   */
  saveFamily(next: Family): Promise<Family | 'conflict'>;
  saveProduct(next: Product): Promise<Product | 'conflict'>;
};

export type Blasts = {
  get(blastId: string): Promise<Blast | undefined>;
  create(blast: Blast): Promise<'created' | 'exists'>;
  /** Changes it if its state is one of `from`; ending it sets `endedAt` to `at`. */
  advance(
    blastId: string,
    from: readonly Blast['state'][],
    to: Pick<Blast, 'state' | 'waiting'>,
    at: Instant,
  ): Promise<boolean>;
  /** Blasts that are not at their end, by the time of their start. */
  pageOfOpen(q: { after?: string; limit: number }): Promise<Page<Blast>>;
  /** Blasts that are, the latest first. */
  pageOfEnded(q: { after?: string; limit: number }): Promise<Page<Blast>>;
  shards(blastId: string): Promise<ShardProgress[]>;
  createShard(progress: ShardProgress): Promise<void>;
  /** As `Orders.save`: conditional on the revision that was read. */
  saveShard(next: ShardProgress): Promise<ShardProgress | 'conflict'>;
  shard(blastId: string, shard: number): Promise<ShardProgress | undefined>;
  /** `claimed` exactly once per blast, order and address, until it is settled as `released`. */
  claim(delivery: Delivery): Promise<'claimed' | 'taken'>;
  /** Ends a claim; a delivery that is no longer `claimed`, or claimed anew, is left as it is. */
  settle(delivery: Delivery): Promise<boolean>;
  /** What SES tells of a delivery: the later state stands (`rankOf`), in whatever sequence it is told. False: nothing new. */
  report(
    ref: DeliveryRef,
    news: {
      state: DeliveryState;
      reason: string | null;
      messageId: string;
      at: Instant;
      /** When SES took the mail. */
      mailedAt: Instant;
    },
  ): Promise<boolean>;
  /** What a person decides of one that is held: it was sent, or is to be sent again. False: it is not held. */
  settleHeld(
    ref: DeliveryRef,
    decided: { state: 'sent' | 'released'; reason: string; at: Instant },
  ): Promise<boolean>;
  delivery(ref: DeliveryRef): Promise<Delivery | undefined>;
  /** Takes the address off a delivery. Its key stays, so that nobody is written to twice. */
  forgetAddress(ref: DeliveryRef): Promise<void>;
  /** Every delivery about one order, of any blast, by the time of its claim. A new one may be missing for a moment. */
  deliveriesOf(orderId: string): Promise<Delivery[]>;
  /** Deliveries that wait for a person, of any blast, the longest waiting first. */
  pageOfHeld(q: { after?: string; limit: number }): Promise<Page<Delivery>>;
  /** The first shard's start, where nothing was saved. */
  mintProgress(blastId: string): Promise<MintProgress>;
  /** The last one to save it stands: at worst a few orders are looked at twice. */
  saveMintProgress(blastId: string, progress: MintProgress): Promise<void>;
  /** The ledger of a shard in sequence of order id, between two order ids, both included. */
  deliveries(q: {
    blastId: string;
    shard: number;
    from?: string;
    to?: string;
    after?: string;
    limit: number;
  }): Promise<Page<Delivery>>;
  /** Keeps what a shard came to, unless something counted later is kept already. */
  saveTotals(counted: ShardTotals): Promise<void>;
  /** What was counted last, in sequence of the shards; one that never was is missing. */
  totals(blastId: string): Promise<ShardTotals[]>;
};

/** Previews under their hash: what a person has seen. Kept for a few days. */
export type Previews = {
  put(preview: Preview): Promise<void>;
  get(hash: string): Promise<Preview | undefined>;
};

/** What all workers together may do so often a second, and no more: each takes places in one sequence. */
export type Pace = {
  /**
   * Takes the next `count` places, `1000 / perSecond` ms apart, for whoever asks first. Of those that passed unused,
   * the ones of the last `makeUpMs` are still there; absent: none.
   * Resolves to the time of the first of them, in epoch milliseconds; it may have come already.
   */
  reserve(q: {
    lane: PaceLane;
    count: number;
    perSecond: number;
    nowMs: number;
    makeUpMs?: number;
  }): Promise<number>;
  /** Lets no place begin before. */
  hold(lane: PaceLane, untilMs: number): Promise<void>;
};
export type PaceLane = 'mail' | 'mint' | 'ops';

/** What recurs: few rows, which the tick looks at by the time of their next run. */
export type Schedules = {
  get(scheduleId: string): Promise<Schedule | undefined>;
  /**
   * Writes it if nobody has written since it was read; one of revision 0 if there is none of its id. Resolves to the
   * schedule as stored, with its new revision, or to `conflict`.
   */
  put<S extends Schedule>(next: S): Promise<S | 'conflict'>;
  /** By the time of their next run, the stopped ones last. The list may lag behind, what it names does not. */
  all(): Promise<Schedule[]>;
  /** The active ones whose next run is not after `now`. */
  due(now: Instant): Promise<Schedule[]>;
};

/**
 * Recovery plans. The rows of one are stored under its `planId` while it is made; its header, under its hash, last. So a
 * plan that can be read is whole.
 */
export type Plans = {
  draft(planId: string): Promise<PlanDraft | undefined>;
  /** Conditional on the revision that was read, 0 for a new one. Resolves to the draft as stored, or to `conflict`. */
  saveDraft(next: PlanDraft): Promise<PlanDraft | 'conflict'>;
  /** What was found of some orders; said again, it is replaced by itself, and what has become of a row stays. */
  keep(planId: string, found: readonly Planned[], at: Instant): Promise<void>;
  /** Everything that was found, of one shard in sequence of order id. */
  pageOfPlanned(q: { planId: string; shard: number; after?: string; limit: number }): Promise<Page<Planned>>;
  planned(planId: string, orderId: string): Promise<Planned | undefined>;
  /** Stores a plan's header, or renews the expiry of the same one. Resolves to the plan as it stands. */
  put(plan: RecoveryPlan): Promise<RecoveryPlan>;
  get(hash: string): Promise<RecoveryPlan | undefined>;
  /** Notes that it is carried out; the first time stands. `expired`: it was never begun, and it is too late for that. */
  begin(hash: string, at: Instant): Promise<'begun' | 'expired'>;
  /** Notes that the plan now changes this order; the first time stands. */
  beginRow(planId: string, orderId: string, at: Instant): Promise<void>;
  /** A result stands once it is there, unless it is `failed`: then a later one replaces it. */
  recordResult(planId: string, orderId: string, result: RowResult): Promise<void>;
  /** The recovered orders of one product and shard that are to be mailed, in sequence of order id. */
  pageOfRecovered(q: {
    planId: string;
    productId: string;
    shard: number;
    after?: string;
    limit: number;
  }): Promise<Page<OrderKey>>;
  /** How many of those there were in each shard, over all products, when the mailing was last told; none: never. */
  announced(hash: string): Promise<readonly number[]>;
  saveAnnounced(hash: string, counts: readonly number[]): Promise<void>;
};

/** Reconciliations: how far each has come, the links that it saw, and what it found. Kept for some months. */
export type Runs = {
  get(runId: string): Promise<Run | undefined>;
  create(run: Run): Promise<'created' | 'exists'>;
  /** Conditional on the revision that was read. */
  save(next: Run): Promise<Run | 'conflict'>;
  /** Names the run that was asked for, or was made by day, last. */
  noteLast(which: LastRun, runId: string): Promise<void>;
  last(which: LastRun): Promise<string | undefined>;
  /** Keeps the hashes of links that were seen, of which `first` is the number of the first one; written again, they are replaced. */
  keepLinks(run: RunRef, first: number, hashes: readonly number[]): Promise<void>;
  /** All that were kept, in ascending sequence. */
  links(runId: string): Promise<Float64Array>;
  /** One of the same kind and object stays as it is, and so does its result. */
  keepFinding(runId: string, finding: Finding): Promise<void>;
  /** A result stands once it is there, unless it is `failed`: then a later one replaces it. */
  recordResult(runId: string, finding: Pick<Finding, 'kind' | 'about'>, result: FindingResult): Promise<void>;
  /** In sequence of kind and object. */
  pageOfFindings(q: { runId: string; after?: string; limit: number }): Promise<Page<KeptFinding>>;
  /** What was found under this hash, was found by this run: the latest counts. */
  nameHash(hash: string, run: RunRef): Promise<void>;
  ofHash(hash: string): Promise<string | undefined>;
};
export type LastRun = 'daily' | 'asked';
export type RunRef = Pick<Run, 'runId' | 'startedAt'>;

/** Files of a club on their way in. */
export type Imports = {
  head(importId: string): Promise<ImportHead | undefined>;
  /** As `Orders.save`; one of revision 0 is written if there is none of its id. With `committedAt` it is the commit. */
  saveHead(next: ImportHead): Promise<ImportHead | 'conflict'>;
  /** Replaces rows of these keys, with their results. */
  stage(importId: string, rows: readonly StagedRow[], now: Instant): Promise<void>;
  /** In sequence of their keys. */
  pageOfRows(q: { importId: string; shard: number; after?: string; limit: number }): Promise<Page<StagedRow>>;
  /** Nothing where the row is not there any more. */
  recordResult(importId: string, key: string, result: ImportResult): Promise<void>;
};

/** What a parent is shown at Stripe, and what has to come back from there. */
export type SurfaceRequest = {
  kind: 'payment_link' | 'checkout_session';
  amount: Money;
  product: { name: string; description: string | null; stripeProductId: string | null };
  saveCard: boolean;
  /** Beside a saved card: which later fees are charged, when, and how the amount is set. */
  customText: string | null;
  /** Shown on a link that was deactivated. */
  inactiveMessage: string;
  returnUrl: string;
  cancelUrl: string | null;
  metadata: SurfaceMetadata;
};

/** On the surface and on its payment intent: by it an event finds its order. */
export type SurfaceMetadata = {
  system: string;
  order_id: string;
  player_id: string;
  product_id: string;
  generation: string;
};

export type MintedSurface = { stripeId: string; url: string; expiresAt: Instant | null };

export type PaymentIntentAtStripe = {
  id: string;
  state: 'processing' | 'failed' | 'succeeded' | 'open';
  amount: { amountMinor: number; currency: string };
  metadata: Readonly<Record<string, string>>;
  customerId: string | null;
  paymentMethodId: string | null;
  livemode: boolean;
};

/** What has to be loaded and read before its first call can leave. */
export type Connecting = {
  /** Resolves once a call leaves the moment that it is made; absent: it always does. */
  connected?: () => Promise<void>;
};

/** Every method: @throws {StripeUnavailable} may be tried again, @throws {StripeRefused} may not. */
export type Stripe = Connecting & {
  /** The same key gives the same surface, for a day. */
  createSurface(request: SurfaceRequest, idempotencyKey: string): Promise<MintedSurface>;
  /** Deactivates a link. Harmless when it is inactive already. */
  deactivateLink(stripeId: string): Promise<void>;
  /** The sessions of a link that a parent could still pay on. */
  openSessionsOf(linkId: string): Promise<string[]>;
  /** `not_open`: it had ended, paid or expired, before. */
  expireSession(stripeId: string): Promise<'expired' | 'not_open'>;
  /** Whether somebody has completed a page of this link: paid, or with a payment under way. */
  hasCompletedSession(linkId: string): Promise<boolean>;
  /** What became of a link or session, told apart by the prefix of its id. */
  lookUpSurface(stripeId: string): Promise<SurfaceAtStripe>;
  paymentIntent(id: string): Promise<PaymentIntentAtStripe | undefined>;
  /** The refunds of a payment, as they are now. */
  refundsOf(paymentIntentId: string): Promise<RefundAtStripe[]>;
  /** Gives back a part of a payment, or all of it. The same key gives the same refund, for a day. */
  createRefund(request: RefundRequest, idempotencyKey: string): Promise<RefundAtStripe>;
};

export type RefundRequest = {
  paymentId: string;
  amountMinor: number;
  /** By it the refund is found again when Stripe has forgotten the key. */
  metadata: { system: string; order_id: string; decision: string };
};

export type RefundAtStripe = {
  id: string;
  state: 'pending' | 'requires_action' | 'succeeded' | 'canceled' | 'failed';
  amount: { amountMinor: number; currency: string };
  /** The decision of ours that made it, by its metadata. */
  decision: string | null;
  createdAt: Instant;
};

/**
 * What the account at Stripe holds, list by list. One request per call, and the lists in pages of a hundred, the newest
 * first. Every method: @throws {StripeUnavailable} may be tried again, @throws {StripeRefused} may not.
 */
export type Books = Connecting & {
  /** Checkout Sessions that were opened in this time and have been completed, whatever became of the payment. */
  payments(q: Listing): Promise<Page<MoneyAtStripe<'payment'>>>;
  refunds(q: Listing): Promise<Page<MoneyAtStripe<'refund'>>>;
  disputes(q: Listing): Promise<Page<MoneyAtStripe<'dispute'>>>;
  /** All links that can be paid on now: Stripe knows no date of theirs. */
  activeLinks(q: { after?: string }): Promise<Page<LinkAtStripe>>;
  /** By the id of its session. */
  payment(sessionId: string): Promise<MoneyAtStripe<'payment'> | undefined>;
  refund(refundId: string): Promise<MoneyAtStripe<'refund'> | undefined>;
  dispute(disputeId: string): Promise<MoneyAtStripe<'dispute'> | undefined>;
  link(linkId: string): Promise<LinkInFull | undefined>;
  /** The latest hundred completed on this link, which takes one. */
  paymentsOn(linkId: string): Promise<MoneyAtStripe<'payment'>[]>;
};

/** Of what was made from `from` on and before `to`, by whole seconds. */
export type Listing = { from: Instant; to: Instant; after?: string };

/** A payment, a refund or a dispute as it is now, told as its event would have told it. */
export type MoneyAtStripe<K extends 'payment' | 'refund' | 'dispute'> = {
  /** Of the session, the refund, the dispute. */
  id: string;
  /** Null for what has no payment intent, and is none of ours. */
  notice: NoticeOf<K> | null;
  /** Of the payment intent: by it the order is found. */
  metadata: Readonly<Record<string, string>>;
  /** When the money moved, or began to. */
  at: Instant;
};

export type LinkAtStripe = {
  id: string;
  url: string;
  active: boolean;
  metadata: Readonly<Record<string, string>>;
  livemode: boolean;
};

/** `amount` is null where the payer chooses how many or how much. */
export type LinkInFull = LinkAtStripe & { amount: AmountAtStripe | null; productNames: readonly string[] };

export type Mail = {
  to: string;
  subject: string;
  html: string;
  text: string;
  /** Comes back in SES's events: `deliveryTagOf`. */
  deliveryTag: string;
  /** Where a mailbox's own "unsubscribe" button leads (RFC 8058); absent for mails that nobody can unsubscribe from. */
  unsubscribeUrl?: string;
};

/** What the account may send; a mail to one recipient counts one. */
export type MailQuota = { perSecond: number; per24Hours: number; sentLast24Hours: number };

export type Mailer = {
  /** One attempt. @throws {Unmailable} SES was not asked @throws {MailRefused} SES did not take it @throws {MailUnclear} it may have */
  send(mail: Mail): Promise<{ messageId: string }>;
  /** @throws {MailRefused} of scope `sender` when the account can't even be asked */
  quota(): Promise<MailQuota>;
};

/** Durable once the promise resolves. Every message may arrive twice, late, or out of sequence. A delay ends after 15 minutes, however long it was to be. */
export type Queue<T> = { send(messages: readonly T[], delaySeconds?: number): Promise<void> };

/** A verified Stripe event, as its bytes were. */
export type StripeEventMessage = { eventId: string; type: string; body: string };
export type RetireMessage = { orderId: string };
/** Permission to work on a blast for a while, beginning at one shard. */
export type BlastTicket = {
  blastId: string;
  shard: number;
  /** Nobody else was called: whoever gets it calls the others, should there be more than a little to do. */
  alone?: true;
};
/** A message of SES about one mail, as its bytes were. */
export type MailEventMessage = { body: string };

/** What every deployment is told about its club. */
export type Club = {
  name: string;
  /** Whom a parent may ask: an e-mail address or a telephone number, shown on pages and in mails. */
  contact: string;
  /** IANA: `America/Denver`. */
  timeZone: string;
};

/** Where this deployment is, and under which name it marks what it makes at Stripe. */
export type Site = {
  /** Without a slash at the end: `https://pay.club.example`. */
  baseUrl: string;
  /** `club-payments/<stage>` */
  system: string;
  livemode: boolean;
};

export type Tokens = { keys(): Promise<TokenKeys> };
