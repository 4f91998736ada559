import * as v from 'valibot';
import { contradicts, type Fact, factKey } from '../domain/facts.ts';
import { OrderId } from '../domain/ids.ts';
import { Currency, type Money, money } from '../domain/money.ts';
import { type Order, type Surface, statusOf } from '../domain/order.ts';
import { closeSurface, recordFact } from '../domain/order-changes.ts';
import type { AmountAtStripe, NoticeOf, PaymentNotice, StripeMetadata } from '../domain/payment-notice.ts';
import type { Unmatched } from '../domain/unmatched.ts';
import type { StripeEventMessage } from '../ports.ts';
import { changeOrder } from './change-order.ts';
import type { Deps } from './deps.ts';

export type FulfilDeps = Pick<
  Deps,
  'orders' | 'stripe' | 'readEvent' | 'retireQueue' | 'clock' | 'log' | 'site'
>;
export type NoticeDeps = Omit<FulfilDeps, 'readEvent'>;

/** Applies one Stripe event to its order: in any sequence, any number of times, with the same result. */
export const fulfilPayment = async (message: StripeEventMessage, deps: FulfilDeps): Promise<void> =>
  applyNotice(deps.readEvent(message.body), deps);

/** The same for what an event told, or would have told had it come. */
export const applyNotice = async (notice: PaymentNotice, deps: NoticeDeps): Promise<void> => {
  const handle = handlers[notice.kind] as (notice: PaymentNotice, deps: NoticeDeps) => Promise<void>;
  await handle(notice, deps);
};

const handlers: { [K in PaymentNotice['kind']]: (notice: NoticeOf<K>, deps: NoticeDeps) => Promise<void> } = {
  payment: async (notice, deps) => {
    const order = await ownerOf(notice, [notice.surfaceId, notice.paymentId], notice.metadata, deps);
    if (order === undefined) return;
    await record(notice, order, deps, (amount) => ({
      kind: 'payment',
      id: notice.paymentId,
      state: notice.state,
      amount,
      generation: generationIn(order, notice),
      sessionId: notice.sessionId,
      surfaceId: notice.surfaceId,
      ...(notice.customerId === null ? {} : { customerId: notice.customerId }),
      at: notice.at,
      source: notice.source,
    }));
  },

  session_expired: async (notice, deps) => {
    const order = await ownerOf(notice, [notice.linkId ?? notice.sessionId], notice.metadata, deps);
    if (order === undefined) return;
    deps.log('visit.expired', {
      orderId: order.orderId,
      sessionId: notice.sessionId,
      linkId: notice.linkId,
      category: order.category,
      paid: statusOf(order) === 'paid',
    });
    const isOurSurface = (surface: Surface): boolean =>
      surface.stripeId === notice.sessionId && !surface.imported;
    // A visit to a link leaves the link as it was. A session that is the surface itself has ended.
    if (notice.linkId !== null || !order.surfaces.some(isOurSurface)) return;
    const close = (current: Order): Order => closeSurface(current, notice.sessionId, deps.clock.now());
    await changeOrder({ orderId: order.orderId, read: order, change: close }, deps);
  },

  refund: async (notice, deps) => {
    if (notice.paymentId === null) return unhandled(notice, deps);
    const { paymentId } = notice;
    const order = await ownerOfPayment(notice, paymentId, deps);
    if (order === undefined) return;
    await record(notice, order, deps, (amount) => ({
      kind: 'refund',
      id: notice.refundId,
      state: notice.state,
      amount,
      paymentId,
      ...(notice.decision === null ? {} : { decision: notice.decision }),
      at: notice.at,
      source: notice.source,
    }));
  },

  refunds_changed: async (notice, deps) => {
    if (notice.paymentId === null) return unhandled(notice, deps);
    const { paymentId } = notice;
    let order = await ownerOfPayment(notice, paymentId, deps);
    if (order === undefined) return;
    for (const refund of await deps.stripe.refundsOf(paymentId)) {
      order = await record({ ...notice, amount: refund.amount }, order, deps, (amount) => ({
        kind: 'refund',
        id: refund.id,
        state: refund.state,
        amount,
        paymentId,
        ...(refund.decision === null ? {} : { decision: refund.decision }),
        at: refund.createdAt,
        source: 'stripe_read',
      }));
    }
  },

  dispute: async (notice, deps) => {
    if (notice.paymentId === null) return unhandled(notice, deps);
    const { paymentId } = notice;
    const order = await ownerOfPayment(notice, paymentId, deps);
    if (order === undefined) return;
    await record(notice, order, deps, (amount) => ({
      kind: 'dispute',
      id: notice.disputeId,
      state: notice.state,
      amount,
      paymentId,
      respondBy: notice.respondBy,
      respondByToldAt: notice.at,
      at: notice.at,
      source: notice.source,
    }));
  },

  unhandled: (notice, deps) => unhandled(notice, deps),
};

const unhandled = async (notice: PaymentNotice, deps: Pick<Deps, 'log'>): Promise<void> => {
  deps.log('event.left_alone', { eventId: notice.eventId, type: notice.eventType, why: 'not_handled' });
};

/**
 * The order that an event is about. `undefined`: not ours (counted, left alone), or ours but without an order
 * (kept for a person).
 */
const ownerOf = async (
  notice: PaymentNotice,
  stripeIds: readonly string[],
  metadata: StripeMetadata,
  deps: NoticeDeps,
): Promise<Order | undefined> => {
  const orderId =
    metadata.system === deps.site.system
      ? (metadata.order_id ?? '')
      : metadata.system === undefined
        ? await importedOwner(stripeIds, deps)
        : undefined;
  if (orderId === undefined) {
    deps.log('event.left_alone', { eventId: notice.eventId, type: notice.eventType, why: 'another_system' });
    return undefined;
  }
  if (notice.livemode !== deps.site.livemode) {
    await keepUnmatched(notice, 'wrong_mode', orderId, deps);
    return undefined;
  }
  const order = v.is(OrderId, orderId) ? await deps.orders.get(orderId) : undefined;
  if (order !== undefined) return order;
  // A person may have said whose it is.
  const assigned = await importedOwner(stripeIds, deps);
  if (assigned !== undefined && assigned !== orderId) return deps.orders.get(assigned);
  await keepUnmatched(notice, 'unknown_order', orderId, deps);
  return undefined;
};

/** Refunds and disputes carry no metadata of ours: their payment intent does. */
const ownerOfPayment = async (
  notice: PaymentNotice,
  paymentId: string,
  deps: NoticeDeps,
): Promise<Order | undefined> => {
  const intent = await deps.stripe.paymentIntent(paymentId);
  return ownerOf(notice, [paymentId], intent?.metadata ?? {}, deps);
};

/** By the Stripe ids that an import brought along, or that a person has assigned; the older system marked its objects in its own way, or not at all. */
const importedOwner = async (
  stripeIds: readonly string[],
  deps: Pick<Deps, 'orders'>,
): Promise<string | undefined> => {
  for (const id of stripeIds) {
    const orderId = await deps.orders.find({ kind: 'stripe', id });
    if (orderId !== undefined) return orderId;
  }
  return undefined;
};

/** Whether an order can know of it: its money is of a kind that we take, and real where ours is. */
export const isBookable = (
  { amount, livemode }: { amount: AmountAtStripe; livemode: boolean },
  { site }: Pick<Deps, 'site'>,
): boolean => livemode === site.livemode && v.is(Currency, amount.currency);

/** Under which id it is kept for a person if no order can know of it. */
export const unmatchedIdOf = (notice: PaymentNotice, paymentId: string): string =>
  notice.kind === 'dispute' ? notice.disputeId : paymentId;

const keepUnmatched = async (
  notice: PaymentNotice,
  reason: Unmatched['reason'],
  orderId: string,
  deps: NoticeDeps,
): Promise<void> => {
  // A visit that lapsed moved no money: there is nothing for a person to do.
  if (!('paymentId' in notice) || notice.paymentId === null) return;
  const { paymentId } = notice;
  const stripeId = unmatchedIdOf(notice, paymentId);
  deps.log('attention.unmatched', { eventId: notice.eventId, stripeId, reason });
  await deps.orders.keepUnmatched({
    stripeId,
    paymentId,
    eventId: notice.eventId,
    eventType: notice.eventType,
    reason,
    orderId: orderId === '' ? null : orderId,
    amount: 'amount' in notice ? notice.amount : null,
    dispute: notice.kind === 'dispute' ? { state: notice.state, respondBy: notice.respondBy } : null,
    at: deps.clock.now(),
  });
};

/** Adds the fact to its order; resolves to the order as it is then. */
const record = async (
  notice: PaymentNotice & { amount: AmountAtStripe },
  order: Order,
  deps: NoticeDeps,
  factOf: (amount: Money) => Fact,
): Promise<Order> => {
  const currency = v.safeParse(Currency, notice.amount.currency);
  if (!currency.success) {
    await keepUnmatched(notice, 'unreadable', order.orderId, deps);
    return order;
  }
  const told = factOf(money(notice.amount.amountMinor, currency.output));
  const fact = await believed(told, order, deps);
  const add = (current: Order): Order => recordFact(current, fact, deps.clock.now());
  const { before, after } = await changeOrder({ orderId: order.orderId, read: order, change: add }, deps);
  deps.log('order.fact', {
    orderId: order.orderId,
    fact: factKey(fact),
    news: before !== after,
    status: statusOf(after),
    eventId: notice.eventId,
  });
  return after;
};

/** Two reports that can't both be right: what Stripe's object says now decides. */
const believed = async (fact: Fact, order: Order, deps: NoticeDeps): Promise<Fact> => {
  if (fact.kind !== 'payment' || !contradicts(order.facts[factKey(fact)], fact)) return fact;
  const intent = await deps.stripe.paymentIntent(fact.id);
  deps.log('event.contradiction', {
    orderId: order.orderId,
    paymentId: fact.id,
    state: intent?.state ?? null,
  });
  if (intent === undefined) return fact;
  return { ...fact, state: intent.state === 'open' ? 'failed' : intent.state, source: 'stripe_read' };
};

/** Of the surface that was paid on: told by our metadata, or known from the import. */
const generationIn = (order: Order, notice: NoticeOf<'payment'>): number | null => {
  // Whoever may edit metadata at Stripe may write anything there.
  const { generation = '' } = notice.metadata;
  if (/^[1-9]\d{0,8}$/.test(generation)) return Number(generation);
  return order.surfaces.find(({ stripeId }) => stripeId === notice.surfaceId)?.generation ?? null;
};
