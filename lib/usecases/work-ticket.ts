import {
  type Blast,
  type Delivery,
  deliveryKey,
  deliveryTagOf,
  type ShardProgress,
  type SkipReason,
} from '../domain/blast.ts';
import { MailRefused, MailUnclear } from '../domain/errors.ts';
import { epochMs, type Instant, instantAfter } from '../domain/ids.ts';
import { dueOf, type Order, payability } from '../domain/order.ts';
import {
  type AddressStanding,
  addressesOf,
  type Family,
  normalizeAddress,
  type Parent,
  type Player,
  type Product,
} from '../domain/roster.ts';
import { type MailContent, renderMail } from '../email/render.ts';
import type { BlastTicket, OrderKey, Page } from '../ports.ts';
import type { Deps } from './deps.ts';
import { payUrl } from './surface-request.ts';

export type TicketDeps = Pick<
  Deps,
  | 'blasts'
  | 'plans'
  | 'orders'
  | 'roster'
  | 'mailer'
  | 'tokens'
  | 'blastQueue'
  | 'clock'
  | 'log'
  | 'club'
  | 'site'
>;

export type TicketInput = BlastTicket & {
  /** Names the worker that holds the shard's lease. */
  worker: string;
  /** How long this worker may go on, in milliseconds; then it passes a ticket on. */
  budgetMs: number;
  /** Mails per second that this worker may send. */
  ratePerSecond: number;
};

const PAGE = 25;
/** Longer than a worker's budget, so that a worker that is still at it is never joined by a second one. */
const LEASE_MS = 15 * 60 * 1000;
const BACK_OFF_SECONDS: Record<Stop, number> = { budget: 0, rate: 5, daily_quota: 900, sender: 900 };

/**
 * Works on one shard of a blast for as long as the budget lasts, then passes the ticket on. A page of orders
 * is mailed, then the cursor moves: a crash repeats at most a page, and the ledger keeps that from mailing
 * anybody twice. At the end the shard is read once more from the start (the closing pass) for whoever was not
 * there yet when the cursor went by; it is done when such a pass finds nobody.
 */
export const workTicket = async (input: TicketInput, deps: TicketDeps): Promise<void> => {
  const until = epochMs(deps.clock.now()) + input.budgetMs;
  const blast = await deps.blasts.get(input.blastId);
  if (blast === undefined || blast.state !== 'sending') {
    deps.log('blast.ticket_dropped', { blastId: input.blastId, state: blast?.state ?? null });
    return;
  }
  const leased = await lease(input, deps);
  if (leased === undefined) return;
  const product = await deps.roster.product(blast.productId);
  if (product === undefined) {
    deps.log('blast.product_missing', { blastId: blast.blastId, productId: blast.productId });
    return;
  }

  let progress = leased;
  while (!progress.done) {
    const page = await audiencePage(blast, progress, deps);
    const { added, stopped } = await mailPage({ blast, product, progress, page, input, until }, deps);
    if (stopped !== null) {
      return await passOn(
        { ...progress, addedInPass: progress.addedInPass + added },
        BACK_OFF_SECONDS[stopped],
        deps,
      );
    }
    const saved = await deps.blasts.saveShard(advanced(progress, page, added));
    // Somebody else has the shard: the lease ran out while this worker was held up. The ledger kept us apart.
    if (saved === 'conflict') return;
    progress = saved;
  }
  await completeIfLast(blast, deps);
};

const lease = async (input: TicketInput, deps: TicketDeps): Promise<ShardProgress | undefined> => {
  const progress = await deps.blasts.shard(input.blastId, input.shard);
  const now = deps.clock.now();
  if (progress === undefined || progress.done) return undefined;
  if (progress.lease !== null && progress.lease.until > now && progress.lease.owner !== input.worker) {
    return undefined;
  }
  const until = instantAfter(now, LEASE_MS);
  const saved = await deps.blasts.saveShard({ ...progress, lease: { owner: input.worker, until } });
  return saved === 'conflict' ? undefined : saved;
};

const audiencePage = (blast: Blast, progress: ShardProgress, deps: TicketDeps): Promise<Page<OrderKey>> => {
  const where = {
    shard: progress.shard,
    limit: PAGE,
    ...(progress.cursor === null ? {} : { after: progress.cursor }),
  };
  return blast.audience.kind === 'product'
    ? deps.orders.pageOfShard({ productId: blast.audience.productId, ...where })
    : deps.plans.pageOfRecovered({ hash: blast.audience.planHash, ...where });
};

const advanced = (progress: ShardProgress, page: Page<OrderKey>, added: number): ShardProgress => {
  const addedInPass = progress.addedInPass + added;
  const last = page.items.at(-1);
  if (page.next !== undefined && last !== undefined) {
    return { ...progress, cursor: last.orderId, addedInPass };
  }
  // The end of the shard: finished if this was a closing pass that found nobody, else look once more.
  return progress.pass > 1 && addedInPass === 0
    ? { ...progress, done: true, addedInPass, lease: null }
    : { ...progress, pass: progress.pass + 1, cursor: null, addedInPass: 0 };
};

const passOn = async (progress: ShardProgress, delaySeconds: number, deps: TicketDeps): Promise<void> => {
  await deps.blasts.saveShard({ ...progress, lease: null });
  await deps.blastQueue.send([{ blastId: progress.blastId, shard: progress.shard }], delaySeconds);
};

const completeIfLast = async (blast: Blast, deps: TicketDeps): Promise<void> => {
  const shards = await deps.blasts.shards(blast.blastId);
  if (!shards.every((shard) => shard.done)) return;
  await deps.blasts.advance(blast.blastId, ['sending'], 'complete', deps.clock.now());
  deps.log('blast.complete', { blastId: blast.blastId });
};

type Job = {
  blast: Blast;
  product: Product;
  progress: ShardProgress;
  page: Page<OrderKey>;
  input: TicketInput;
  /** Epoch milliseconds after which no further mail is begun. */
  until: number;
};

/** Why a page was left before its end: no time, or SES takes nothing from us for a while. */
type Stop = 'budget' | Exclude<MailRefused['scope'], 'message'>;

/** Resolves to how many deliveries the ledger gained, and why the page was left, if it was. */
const mailPage = async (job: Job, deps: TicketDeps): Promise<{ added: number; stopped: Stop | null }> => {
  const known = await knownDeliveries(job, deps);
  let added = 0;
  for (const key of job.page.items) {
    // The cursor moved on only when all of an order's addresses were in the ledger: one is enough to know it by.
    if (job.progress.pass > 1 && known.orders.has(key.orderId)) continue;
    const [family, player] = await Promise.all([
      deps.roster.family(key.familyId),
      deps.roster.player(key.playerId),
    ]);
    const addresses = family === undefined ? [] : addressesOf(family);
    for (const address of addresses.length === 0 ? [NO_ADDRESS] : addresses) {
      if (known.deliveries.has(deliveryKey(key.orderId, address))) continue;
      if (epochMs(deps.clock.now()) >= job.until) return { added, stopped: 'budget' };
      const outcome = await deliver({ ...job, key, address, family, player }, deps);
      if (outcome === 'added') added += 1;
      else if (outcome !== 'taken') return { added, stopped: outcome };
    }
  }
  return { added, stopped: null };
};

/** Stands in the ledger for an order that nobody can be written to about. */
const NO_ADDRESS = '';

const knownDeliveries = async (
  { blast, progress, page }: Job,
  deps: TicketDeps,
): Promise<{ orders: Set<string>; deliveries: Set<string> }> => {
  const known = { orders: new Set<string>(), deliveries: new Set<string>() };
  const [first, last] = [page.items.at(0), page.items.at(-1)];
  if (first === undefined || last === undefined) return known;
  const range = { blastId: blast.blastId, shard: progress.shard, from: first.orderId, to: last.orderId };
  let after: string | undefined;
  do {
    const rows = await deps.blasts.deliveries({
      ...range,
      limit: 200,
      ...(after === undefined ? {} : { after }),
    });
    for (const { orderId, address, state } of rows.items) {
      if (state === 'released') continue;
      known.orders.add(orderId);
      known.deliveries.add(deliveryKey(orderId, address));
    }
    after = rows.next;
  } while (after !== undefined);
  return known;
};

type OneMail = Job & {
  key: OrderKey;
  address: string;
  family: Family | undefined;
  player: Player | undefined;
};

/**
 *   claim      crash after it: nobody sends this mail again; a person settles it, for it may have left
 *   re-read    the order, so that nobody who has paid is asked to pay
 *   send       refused: recorded as failed, or released when SES takes nothing now; no answer: held
 *   record
 */
const deliver = async (mail: OneMail, deps: TicketDeps): Promise<'added' | 'taken' | Stop> => {
  const delivery: Delivery = {
    blastId: mail.blast.blastId,
    shard: mail.progress.shard,
    orderId: mail.key.orderId,
    address: mail.address,
    deliveryTag: deliveryTagOf(mail.blast.blastId, mail.key.orderId, mail.address),
    state: 'claimed',
    reason: null,
    messageId: null,
    claimedAt: deps.clock.now(),
    settledAt: null,
  };
  const settle = (outcome: Pick<Delivery, 'state'> & Partial<Pick<Delivery, 'reason' | 'messageId'>>) =>
    deps.blasts.settle({ ...delivery, ...outcome, settledAt: deps.clock.now() });

  const standing = mail.address === NO_ADDRESS ? undefined : await deps.roster.address(mail.address);
  if ((await deps.blasts.claim(delivery)) === 'taken') return 'taken';

  await deps.clock.sleep(1000 / mail.input.ratePerSecond);
  const order = await deps.orders.get(mail.key.orderId);
  const skip = skipReason(order, standing, deps.clock.now());
  if (order === undefined || skip !== null) {
    await settle({ state: 'skipped', reason: skip });
    return 'added';
  }
  try {
    const { messageId } = await deps.mailer.send({
      to: mail.address,
      deliveryTag: delivery.deliveryTag,
      ...renderMail(await contentOf(mail, order, deps)),
    });
    await settle({ state: 'sent', messageId });
    return 'added';
  } catch (error) {
    const failed = outcomeOf(error);
    if (failed === undefined) throw error;
    deps.log('blast.mail_not_sent', { ...ids(mail), deliveryTag: delivery.deliveryTag, ...failed });
    await settle({ state: failed.state, reason: failed.reason });
    return failed.stop ?? 'added';
  }
};

type Failure = { state: 'held' | 'failed' | 'released'; reason: string; stop: Stop | null };

/** Only a received refusal proves that SES did not take a mail; everything else may have left. */
const outcomeOf = (error: unknown): Failure | undefined => {
  if (error instanceof MailUnclear) return { state: 'held', reason: error.code, stop: null };
  if (!(error instanceof MailRefused)) return undefined;
  return error.scope === 'message'
    ? { state: 'failed', reason: error.code, stop: null }
    : { state: 'released', reason: error.scope, stop: error.scope };
};

const ids = ({ blast, key }: OneMail) => ({ blastId: blast.blastId, orderId: key.orderId });

const skipReason = (
  order: Order | undefined,
  standing: AddressStanding | undefined,
  now: Instant,
): SkipReason | null => {
  if (standing === undefined || order === undefined) return 'no_address';
  if (order.test) return 'test_order';
  const payable = payability(order, now);
  if (payable !== 'payable') return payable;
  return standing.suppressed === null ? null : 'suppressed';
};

const contentOf = async (mail: OneMail, order: Order, deps: TicketDeps): Promise<MailContent> => ({
  template: mail.blast.template,
  replacesDeadLink: mail.blast.replacesDeadLink,
  language: mail.family?.language ?? 'en',
  club: deps.club,
  parentName: parentWith(mail.address, mail.family)?.name ?? null,
  playerName: mail.player?.name ?? '',
  productName: mail.product.name,
  period: order.period,
  amount: dueOf(order),
  payBy: order.payBy,
  payUrl: payUrl(order, await deps.tokens.keys(), deps.site),
});

const parentWith = (address: string, family: Family | undefined): Parent | undefined =>
  family?.parents.find((parent) => parent.addresses.some((own) => normalizeAddress(own) === address));
