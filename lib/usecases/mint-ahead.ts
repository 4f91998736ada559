import type { Blast, MintProgress } from '../domain/blast.ts';
import { policyOf } from '../domain/category.ts';
import { belongsTo } from '../domain/eligibility.ts';
import {
  type ClubPaymentsError,
  Contention,
  CorruptRow,
  NotFound,
  NotPayable,
  StripeRefused,
  StripeUnavailable,
} from '../domain/errors.ts';
import { epochMs, SHARDS } from '../domain/ids.ts';
import { openSurface, payability } from '../domain/order.ts';
import type { Deps } from './deps.ts';
import { type MintDeps, mintLink } from './mint-link.ts';
import { visibleKeys } from './visible.ts';

export type MintAheadDeps = MintDeps & Pick<Deps, 'blasts' | 'pace'>;

/** Stripe takes 25 of one kind of call a second; clicks mint too. */
const PER_SECOND = 15;
const LANES = 5;
const PAGE = 50;

/** It says nothing of the others: such an order may have been paid since it was read. */
const isOfOneOrder = (error: unknown): error is ClubPaymentsError =>
  [NotPayable, NotFound, Contention, CorruptRow, StripeRefused].some((kind) => error instanceof kind);

/**
 * Makes the links of a blast's orders before anybody clicks, as far as the time allows; the next call goes on from
 * there. Nobody waits for it: a click on an order without a link makes one. Two at once make none twice.
 * Resolves to how many were made.
 */
export const mintAhead = async (
  { blast, untilMs }: { blast: Blast; untilMs: number },
  deps: MintAheadDeps,
): Promise<number> => {
  const { audience } = blast;
  if (audience.kind !== 'product') return 0;
  const { productId } = audience;
  const product = await deps.roster.product(productId);
  // Sessions end after a day: made ahead they would be made for nothing.
  if (product === undefined || policyOf(product.category).surface !== 'payment_link') return 0;

  let made = 0;
  let progress = await deps.blasts.mintProgress(blast.blastId);
  while (progress.shard < SHARDS && epochMs(deps.clock.now()) < untilMs) {
    const { shard, cursor } = progress;
    const page = await deps.orders.pageOfShard({
      productId,
      shard,
      limit: PAGE,
      ...(cursor !== null && { after: cursor }),
    });
    const visible = await visibleKeys(page.items, deps);
    const minted = await mintPage(
      visible.filter((order) => belongsTo(audience, order)).map(({ orderId }) => orderId),
      untilMs,
      deps,
    );
    made += minted.made;
    if (minted.stopped) break;
    const next: MintProgress =
      page.next === undefined ? { shard: shard + 1, cursor: null } : { shard, cursor: page.next };
    await deps.blasts.saveMintProgress(blast.blastId, next);
    progress = next;
  }
  if (made > 0) deps.log('mint.ahead', { blastId: blast.blastId, made });
  return made;
};

/** `stopped`: time or Stripe ran out before the end of the page. */
const mintPage = async (
  orderIds: readonly string[],
  untilMs: number,
  deps: MintAheadDeps,
): Promise<{ made: number; stopped: boolean }> => {
  const queue = [...orderIds];
  const result = { made: 0, stopped: false };
  const lane = async (): Promise<void> => {
    for (let orderId = queue.shift(); orderId !== undefined; orderId = queue.shift()) {
      if (result.stopped || epochMs(deps.clock.now()) >= untilMs) {
        result.stopped = true;
        return;
      }
      try {
        if (await mintIfNeeded(orderId, deps)) result.made += 1;
      } catch (error) {
        if (!(isOfOneOrder(error) || error instanceof StripeUnavailable)) throw error;
        deps.log('mint.not_ahead', { orderId, code: error.code });
        // When Stripe itself has trouble, the next tick tries.
        if (error instanceof StripeUnavailable) result.stopped = true;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
  return result;
};

const mintIfNeeded = async (orderId: string, deps: MintAheadDeps): Promise<boolean> => {
  const order = await deps.orders.get(orderId);
  const now = deps.clock.now();
  if (order === undefined || order.test || payability(order, now) !== 'payable') return false;
  if (openSurface(order, now) !== undefined) return false;
  if (policyOf(order.category).contractCheckedOnClick) {
    // A click would only be answered with the page that asks to sign first.
    const player = await deps.roster.player(order.playerId);
    if (player?.contract.state !== 'signed') return false;
  }
  const nowMs = epochMs(now);
  const at = await deps.pace.reserve({ lane: 'mint', count: 1, perSecond: PER_SECOND, nowMs });
  if (at > nowMs) await deps.clock.sleep(at - nowMs);
  await mintLink({ orderId, read: order }, deps);
  return true;
};
