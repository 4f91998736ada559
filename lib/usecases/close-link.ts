import { InvalidInput, NotFound } from '../domain/errors.ts';
import type { DecisionFact, PaymentFact } from '../domain/facts.ts';
import type { Instant } from '../domain/ids.ts';
import { currentSurface, type Order, payability } from '../domain/order.ts';
import { decidedAt, recordFact, surfaceRetired } from '../domain/order-changes.ts';
import type { AmountAtStripe } from '../domain/payment-notice.ts';
import type { FindingKind, FindingResult } from '../domain/reconciliation.ts';
import type { LinkInFull, MoneyAtStripe } from '../ports.ts';
import { changeOrder } from './change-order.ts';
import type { Deps } from './deps.ts';
import {
  assertSigned,
  decisionIdOf,
  hashOf,
  isDecided,
  madeAgain,
  type Standing,
  standingOf,
} from './state-bound.ts';

export type CloseLinkDeps = Pick<
  Deps,
  'orders' | 'runs' | 'stripe' | 'books' | 'retireQueue' | 'site' | 'clock' | 'log'
>;

/** What the order says that a link names, or that carries it. */
export type OrderOfLink = {
  orderId: string;
  familyId: string;
  productId: string;
  standing: Standing;
  /** When the link was made, as the order knows it; null: it does not know the link. */
  madeAt: Instant | null;
};

/** Something that was completed on the link: paid, or a debit that may still fail. */
export type PaidOnLink = {
  sessionId: string;
  paymentId: string | null;
  state: PaymentFact['state'] | null;
  amount: AmountAtStripe | null;
  at: Instant;
};

/** What a link at Stripe is now, before somebody has it closed. */
export type CloseLinkPlan = {
  hash: string;
  linkId: string;
  active: boolean;
  amount: AmountAtStripe | null;
  productNames: readonly string[];
  /** What stands on the link itself; of an older system that may be no order of ours. */
  namesOrderId: string | null;
  /** Null: there is none, and what is paid by the link is kept without an order. */
  order: OrderOfLink | null;
  /** The latest first. */
  paid: PaidOnLink[];
  /** There are more than are told. */
  paidMore: boolean;
  /** Pages of it that somebody has opened within a day, and could still pay on. */
  open: number;
};

export type CloseLinkLook =
  /** It can't be paid any more; or this very decision stands, and the rest of it is still to be done. */
  | { linkId: string; doneBefore: true; orderId: string | null }
  | { linkId: string; doneBefore: false; plan: CloseLinkPlan };

export type LinkClosed = {
  linkId: string;
  orderId: string | null;
  /** It could not be paid any more. */
  doneBefore: boolean;
  /** Pages that were open, and were ended. */
  ended: number;
};

type CloseLinkInput = { linkId: string };

/**
 * Shows what a link is now at Stripe and here, and what closing it would end. Writes nothing.
 * @throws {InvalidInput} it is not for this command, and why @throws {NotFound} Stripe does not know it
 * @throws {StalePlan} @throws {StripeUnavailable}
 */
export const lookAtLink = async (
  { linkId, shown }: CloseLinkInput & { shown?: string },
  deps: CloseLinkDeps,
): Promise<CloseLinkLook> => {
  const seen = await readLink(linkId, deps);
  const { order } = seen;
  if (isClosed(seen) || (order !== undefined && isDecided(order, shown, isAbout(linkId)))) {
    return { linkId, doneBefore: true, orderId: order?.orderId ?? null };
  }
  return { linkId, doneBefore: false, plan: madeAgain(() => planOf(seen, order, deps), shown) };
};

/**
 * Closes a link as it was shown, and gives nothing back: whatever is paid meanwhile is told by its event.
 *
 *   the decision, on its order, if there is one   1 write; a repetition finds it
 *   the link is deactivated                       harmless when it is already, so that a repetition goes on here
 *   its open pages are ended                      listed after that, so that none is opened behind the list
 *   the order knows that it is closed             1 write
 *   findings about it are settled                 last, so that they are shown until all of it is done
 *
 * The hash does not say whether the link is active: who repeats it after a crash finds it deactivated, and its pages open.
 * @throws {InvalidInput} @throws {NotFound} @throws {StalePlan} nothing was done @throws {Contention}
 * @throws {StripeUnavailable}
 */
export const closeLink = async (
  input: CloseLinkInput & { shown: string; actor: string; reason: string },
  deps: CloseLinkDeps,
): Promise<LinkClosed> => {
  assertSigned(input);
  const { linkId, shown, actor, reason } = input;
  const seen = await readLink(linkId, deps);
  const { order } = seen;
  const decided = order !== undefined && isDecided(order, shown, isAbout(linkId));
  const doneBefore = isClosed(seen);
  if (!doneBefore && !decided) {
    const decide = (current: Order): Order => {
      if (isDecided(current, shown, isAbout(linkId))) return current;
      madeAgain(() => planOf(seen, current, deps), shown);
      return recordFact(current, decisionOf(input, current, deps), deps.clock.now());
    };
    if (order === undefined) madeAgain(() => planOf(seen, order, deps), shown);
    else await changeOrder({ orderId: order.orderId, read: order, change: decide }, deps);
  }

  let ended = 0;
  if (!doneBefore) {
    await deps.stripe.deactivateLink(linkId);
    for (const session of await deps.stripe.openSessionsOf(linkId)) {
      if ((await deps.stripe.expireSession(session)) === 'expired') ended += 1;
    }
  }
  if (order !== undefined && (decided || !doneBefore)) {
    const retired = (current: Order): Order => surfaceRetired(current, linkId, deps.clock.now());
    await changeOrder({ orderId: order.orderId, change: retired }, deps);
  }
  const orderId = order?.orderId ?? null;
  deps.log('link.closed_by_hand', { linkId, orderId, ended, doneBefore });
  await settleFindings(
    linkId,
    doneBefore
      ? { outcome: 'known', detail: 'it can not be paid any more', at: deps.clock.now() }
      : { outcome: 'repaired', detail: `closed by ${actor}: ${reason}`, at: deps.clock.now() },
    deps,
  );
  return { linkId, orderId, doneBefore, ended };
};

const isAbout =
  (linkId: string) =>
  ({ decision, about }: DecisionFact): boolean =>
    decision === 'close_link' && about === linkId;

const decisionOf = (
  { linkId, shown, actor, reason }: CloseLinkInput & { shown: string; actor: string; reason: string },
  order: Order,
  { clock }: Pick<Deps, 'clock'>,
): DecisionFact => ({
  kind: 'decision',
  id: decisionIdOf(shown),
  decision: 'close_link',
  about: linkId,
  actor,
  reason,
  at: decidedAt(order, clock.now()),
  source: 'ops',
});

/** Nobody can pay on it any more. */
const isClosed = ({ link, open }: Seen): boolean => !link.active && open.length === 0;

type Seen = {
  link: LinkInFull;
  order: Order | undefined;
  paid: readonly MoneyAtStripe<'payment'>[];
  open: readonly string[];
};

const readLink = async (linkId: string, deps: CloseLinkDeps): Promise<Seen> => {
  if (!/^plink_\w+$/.test(linkId)) {
    throw new InvalidInput(`"${linkId}" is not the id of a Payment Link: those begin with plink_.`);
  }
  const link = await deps.books.link(linkId);
  if (link === undefined || link.livemode !== deps.site.livemode) {
    throw new NotFound(
      `Stripe does not know ${linkId} in the account and mode (test or live) of the stored key. "check stripe" tells which those are.`,
      { linkId },
    );
  }
  const order = await orderOf(link, deps);
  const paid = await deps.books.paymentsOn(linkId);
  return { link, order, paid, open: await deps.stripe.openSessionsOf(linkId) };
};

/** As reconciliation tells whose a link is. @throws {InvalidInput} it is none of ours */
const orderOf = async (link: LinkInFull, { orders, site }: CloseLinkDeps): Promise<Order | undefined> => {
  const { system, order_id: named = '' } = link.metadata;
  if (system !== undefined && system !== site.system) {
    throw new InvalidInput(
      `${link.id} belongs to ${system}, and this is ${site.system}: it is not closed here.`,
    );
  }
  const orderId = system === undefined ? await orders.find({ kind: 'stripe', id: link.id }) : named;
  if (orderId === undefined) {
    throw new InvalidInput(
      `${link.id} is no link of this system: it is not marked as one, and no imported order carries it. If it is to be closed, do that in Stripe's dashboard.`,
    );
  }
  return orderId === '' ? undefined : orders.get(orderId);
};

/** @throws {InvalidInput} there is another command for it */
const assertForClosing = (link: LinkInFull, order: Order, now: Instant, { site }: CloseLinkDeps): void => {
  const { orderId } = order;
  const known = order.surfaces.some(({ stripeId }) => stripeId === link.id);
  if (currentSurface(order)?.stripeId === link.id && payability(order, now) === 'payable') {
    throw new InvalidInput(
      `${link.id} is what order ${orderId} is paid by, and order ${orderId} is owed. To give its family another page: "regenerate ${orderId}"; if nothing is owed: "cancel ${orderId}" or "waive ${orderId}"; if the amount is wrong: "amend ${orderId}".`,
      { orderId },
    );
  }
  // A mint that is under way, or is taken up again with its key, would be given this link.
  if (!known && link.metadata.system === site.system) {
    throw new InvalidInput(
      `${link.id} was made for order ${orderId}, which does not know it yet. "reconcile" settles that: the order takes it up if it fits, otherwise it is closed.`,
      { orderId },
    );
  }
};

const planOf = (seen: Seen, order: Order | undefined, deps: CloseLinkDeps): CloseLinkPlan => {
  const { link, paid, open } = seen;
  const now = deps.clock.now();
  if (order !== undefined) assertForClosing(link, order, now, deps);
  const payments = paid.map(paidOnLink);
  const namesOrderId = link.metadata.order_id ?? null;
  const does = [
    link.id,
    namesOrderId,
    payments.map(({ sessionId, state }) => [sessionId, state]),
    open.length > 0,
  ];
  return {
    hash: hashOf({ order, command: 'close-link', does }, deps),
    linkId: link.id,
    active: link.active,
    amount: link.amount,
    productNames: link.productNames,
    namesOrderId,
    order:
      order === undefined
        ? null
        : {
            orderId: order.orderId,
            familyId: order.familyId,
            productId: order.productId,
            standing: standingOf(order),
            madeAt: order.surfaces.find(({ stripeId }) => stripeId === link.id)?.mintedAt ?? null,
          },
    paid: payments,
    paidMore: payments.length >= PAGE,
    open: open.length,
  };
};

/** As many as `Books.paymentsOn` tells. */
const PAGE = 100;

const paidOnLink = ({ id, notice, at }: MoneyAtStripe<'payment'>): PaidOnLink => ({
  sessionId: id,
  paymentId: notice?.paymentId ?? null,
  state: notice?.state ?? null,
  amount: notice?.amount ?? null,
  at,
});

const KINDS: readonly FindingKind[] = ['active_on_closed', 'active_not_ours', 'orphan_without_order'];

/** Of the reconciliations that are shown: one that is made after this does not find it any more. */
const settleFindings = async (
  about: string,
  result: FindingResult,
  { runs }: Pick<Deps, 'runs'>,
): Promise<void> => {
  for (const which of ['daily', 'asked'] as const) {
    const runId = await runs.last(which);
    if (runId === undefined) continue;
    for (const kind of KINDS) await runs.recordResult(runId, { kind, about }, result);
  }
};
