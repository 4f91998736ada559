import * as v from 'valibot';
import { readDeliveryTag } from '../../domain/blast.ts';
import { NotFound, StripeRefused } from '../../domain/errors.ts';
import { instantAfter } from '../../domain/ids.ts';
import { Currency, money } from '../../domain/money.ts';
import { dueOf, type Order, type Surface, statusOf } from '../../domain/order.ts';
import {
  closeSurface,
  passTime,
  recordStray,
  recordSurface,
  surfaceStillActive,
} from '../../domain/order-changes.ts';
import type { PaymentNotice } from '../../domain/payment-notice.ts';
import {
  type Finding,
  type FindingKind,
  isNews,
  isYoung,
  type LinkStanding,
  linkStanding,
  linkToCheck,
  mayAdopt,
  OVERDUE_MS,
} from '../../domain/reconciliation.ts';
import type { LinkAtStripe, LinkInFull, MoneyAtStripe } from '../../ports.ts';
import { changeOrder } from '../change-order.ts';
import { applyNotice, isBookable } from '../fulfil-payment.ts';
import { workForStripe } from '../work-for-stripe.ts';
import type { ReconcileDeps } from './deps.ts';

/** `told`: nothing can be repaired, and a person has been told of it. */
export type Settled = { outcome: 'repaired' | 'told' | 'known'; detail: string };

export type Kind = {
  /** Whether it is so now: the order read first, and what Stripe says after it. */
  stands(finding: Finding, deps: ReconcileDeps): Promise<boolean>;
  /** Finds out once more whether it is so, and if it is, puts it right. */
  settle(finding: Finding, deps: ReconcileDeps): Promise<Settled>;
};

/** @param confirm resolves to what it is repaired with, or to undefined when it is not so, or not any more */
const kind = <E>(
  confirm: (finding: Finding, deps: ReconcileDeps) => Promise<E | undefined>,
  repair?: (
    finding: Finding,
    evidence: E,
    deps: ReconcileDeps,
  ) => Promise<Omit<Settled, 'outcome'> | Settled>,
): Kind => ({
  stands: async (finding, deps) => (await confirm(finding, deps)) !== undefined,
  settle: async (finding, deps) => {
    const evidence = await confirm(finding, deps);
    if (evidence === undefined) {
      // By somebody who may not have lived to do the rest of it.
      if (finding.orderId !== null) await workForStripe({ orderId: finding.orderId }, deps);
      return { outcome: 'known', detail: 'it has been settled meanwhile' };
    }
    if (repair === undefined) return { outcome: 'told', detail: 'it is for a person' };
    return { outcome: 'repaired', ...(await repair(finding, evidence, deps)) };
  },
});

type MoneyKind = 'payment' | 'refund' | 'dispute';
/** What Stripe tells something of. */
export type Told<K extends MoneyKind = MoneyKind> = MoneyAtStripe<K> & {
  notice: NonNullable<MoneyAtStripe<K>['notice']>;
};

/** Money that moved at Stripe without the order's knowing: told to it on the way of a webhook. */
const lost = <K extends MoneyKind>(
  read: (finding: Finding, deps: ReconcileDeps) => Promise<MoneyAtStripe<K> | undefined>,
): Kind =>
  kind<PaymentNotice>(
    async (finding, deps) => {
      const order = await orderOf(finding, deps);
      if (order === undefined) return undefined;
      const found = await read(finding, deps);
      if (found === undefined || found.notice === null || isYoung(found.at, deps.clock.now()))
        return undefined;
      if (!isBookable(found.notice, deps)) return undefined;
      return isNews(order, factIn(found.notice)) ? found.notice : undefined;
    },
    async (finding, notice, deps) => {
      await applyNotice(notice, deps);
      return { detail: `the order is ${statusOf(await doWork(finding, deps))} now` };
    },
  );

/** What a notice says of which fact. */
export const factIn = (notice: Told['notice']): { kind: MoneyKind; id: string; state: string } => {
  const id =
    notice.kind === 'payment'
      ? notice.paymentId
      : notice.kind === 'refund'
        ? notice.refundId
        : notice.disputeId;
  return { kind: notice.kind, id, state: notice.state };
};

/** A link that can be paid on, whose order makes this of it. */
const linkThat = (
  standing: LinkStanding,
  repair?: (finding: Finding, link: LinkInFull, deps: ReconcileDeps) => Promise<{ detail: string }>,
): Kind =>
  kind(async (finding, deps) => {
    const order = await orderOf(finding, deps);
    if (order === undefined) return undefined;
    const link = await deps.books.link(finding.about);
    if (link === undefined || !link.active) return undefined;
    return linkStanding(order, link, deps.clock.now()) === standing ? link : undefined;
  }, repair);

export const kinds: Record<FindingKind, Kind> = {
  lost_payment: lost((finding, deps) => deps.books.payment(finding.via ?? '')),
  lost_refund: lost((finding, deps) => deps.books.refund(finding.about)),
  lost_dispute: lost((finding, deps) => deps.books.dispute(finding.about)),

  active_on_closed: linkThat('to_be_closed', async (finding, link, deps) => {
    await change(finding, deps, (order) => surfaceStillActive(order, link.id, deps.clock.now()));
    await doWork(finding, deps);
    return { detail: 'the link was deactivated' };
  }),

  active_not_ours: linkThat('not_shown_to_be_ours'),

  orphan_link: linkThat('unknown_to_order', async (finding, link, deps) => {
    const after = await change(finding, deps, (order) => takeUp(order, link, deps));
    await doWork(finding, deps);
    const adopted = after.surfaces.some(
      ({ stripeId, generation }) => stripeId === link.id && generation === after.generation,
    );
    return { detail: adopted ? 'the order has taken it up' : 'the link was deactivated' };
  }),

  orphan_without_order: kind(async (finding, deps) => {
    if ((await orderOf(finding, deps)) !== undefined) return undefined;
    const link = await deps.books.link(finding.about);
    return link?.active === true ? link : undefined;
  }),

  inactive_surface: kind(
    async (finding, deps) => {
      const { orderId, about } = finding;
      const seen = await linkAsItIs({ orderId: orderId ?? '', linkId: about }, deps);
      return seen.state === 'inactive' ? seen : undefined;
    },
    async (finding, _seen, deps) => {
      await change(finding, deps, (order) => closeSurface(order, finding.about, deps.clock.now()));
      await doWork(finding, deps);
      return { detail: 'the next click makes a new one' };
    },
  ),

  overdue_work: kind(overdueOrder, async (finding, _order, deps) => {
    await change(finding, deps, (order) => passTime(order, deps.clock.now()));
    await doWork(finding, deps);
    const still = await overdueOrder(finding, deps);
    if (still !== undefined) {
      throw new StripeRefused(`Still to be done: ${Object.keys(overdueIn(still, deps)).join(', ')}.`);
    }
    return { detail: 'it was done' };
  }),

  unmatched: kind<PaymentNotice | null>(
    async (finding, deps) => {
      if (finding.via === null) return null;
      const order = await orderOf(finding, deps);
      if ((await deps.orders.unmatched(finding.about)) !== undefined) return undefined;
      const notice = await readVia(finding.via, deps);
      return order !== undefined && notice !== undefined && isBookable(notice, deps) ? undefined : notice;
    },
    async (_finding, notice, deps) => {
      if (notice !== null) await applyNotice(notice, deps);
      return { outcome: 'told', detail: 'it is kept for a person' };
    },
  ),

  held_delivery: kind(async (finding, deps) => {
    const place = readDeliveryTag(finding.about);
    const delivery = place === undefined ? undefined : await deps.blasts.delivery(place);
    return delivery?.state === 'held' ? delivery : undefined;
  }),

  // Its mailing was looked at a moment ago, and nothing at Stripe has a say in it.
  stuck_blast: kind(async (finding, deps) => deps.blasts.get(finding.about)),
};

/** What there is about the link that a click on an order leads to, and that was not among the active ones. */
export type LinkSeen =
  /** Paid on, it closed itself: what the order does not know of that. */
  | { state: 'paid'; payments: Told<'payment'>[] }
  | { state: 'inactive' }
  /** Links are never deleted: the key is of another account. */
  | { state: 'missing' }
  /** As it should be, or as it was not any more when the order was read once more. */
  | { state: 'fits' };

/** The order first, then what Stripe says, then the order again: whoever closed it in between closed its link as well. */
export const linkAsItIs = async (
  { orderId, linkId }: { orderId: string; linkId: string },
  deps: ReconcileDeps,
): Promise<LinkSeen> => {
  const isItsLink = (order: Order | undefined): order is Order => {
    const now = deps.clock.now();
    return order !== undefined && linkToCheck(order, now, now) === linkId;
  };
  const before = await deps.orders.get(orderId);
  if (!isItsLink(before)) return { state: 'fits' };
  const payments: Told<'payment'>[] = [];
  for (const { notice, ...payment } of await deps.books.paymentsOn(linkId)) {
    if (notice === null || !isNews(before, factIn(notice))) continue;
    // While it waits for a person, the family is not to be led to pay again.
    const isSettled = async () => (await deps.orders.unmatched(notice.paymentId))?.settled != null;
    if (isBookable(notice, deps) || !(await isSettled())) payments.push({ ...payment, notice });
  }
  if (payments.length > 0) return { state: 'paid', payments };
  const link = await deps.books.link(linkId);
  if (link === undefined) return { state: 'missing' };
  if (link.active || !isItsLink(await deps.orders.get(orderId))) return { state: 'fits' };
  return { state: 'inactive' };
};

/** What a session, a refund or a dispute tells, by the prefix of its id. */
const readVia = async (id: string, { books }: ReconcileDeps): Promise<Told['notice'] | undefined> => {
  const read = id.startsWith('cs_') ? books.payment : /^(re|pyr)_/.test(id) ? books.refund : books.dispute;
  return (await read(id))?.notice ?? undefined;
};

const orderOf = async ({ orderId }: Finding, deps: ReconcileDeps): Promise<Order | undefined> =>
  orderId === null ? undefined : deps.orders.get(orderId);

const change = async (
  { orderId }: Finding,
  deps: ReconcileDeps,
  to: (order: Order) => Order,
): Promise<Order> => (await changeOrder({ orderId: orderId ?? '', change: to }, deps)).after;

/** What the order owes Stripe by now, right away. */
const doWork = async ({ orderId }: Finding, deps: ReconcileDeps): Promise<Order> => {
  await workForStripe({ orderId: orderId ?? '' }, deps);
  const order = await deps.orders.get(orderId ?? '');
  if (order === undefined) throw new NotFound('There is no such order.', { orderId });
  return order;
};

/** Adopted where the order has room for it; else kept as one to be closed. */
const takeUp = (order: Order, link: LinkInFull, deps: ReconcileDeps): Order => {
  const now = deps.clock.now();
  if (linkStanding(order, link, now) !== 'unknown_to_order') return order;
  const generation = generationOf(link);
  const currency = v.safeParse(Currency, link.amount?.currency);
  const surface: Surface = {
    kind: 'payment_link',
    stripeId: link.id,
    url: link.url,
    generation,
    amount:
      link.amount !== null && currency.success
        ? money(link.amount.amountMinor, currency.output)
        : dueOf(order),
    mintedAt: now,
    expiresAt: null,
    retiredAt: null,
    imported: false,
  };
  return mayAdopt(order, { generation, amount: link.amount }, now)
    ? recordSurface(order, surface, now)
    : recordStray(order, surface, now);
};

const generationOf = ({ metadata }: LinkAtStripe): number => {
  const told = Number(metadata.generation);
  return Number.isInteger(told) && told >= 0 ? told : 0;
};

async function overdueOrder(finding: Finding, deps: ReconcileDeps): Promise<Order | undefined> {
  const order = await orderOf(finding, deps);
  return order !== undefined && Object.keys(overdueIn(order, deps)).length > 0 ? order : undefined;
}

const overdueIn = ({ dueWork }: Order, { clock }: ReconcileDeps): Order['dueWork'] => {
  const before = instantAfter(clock.now(), -OVERDUE_MS);
  return Object.fromEntries(
    Object.entries(dueWork).filter(([, work]) => work.kind !== 'attention' && work.dueAt < before),
  );
};
