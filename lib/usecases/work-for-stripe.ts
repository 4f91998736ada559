import type { PaymentFact } from '../domain/facts.ts';
import type { Order, Surface } from '../domain/order.ts';
import { passTime, recordFact, surfaceRetired } from '../domain/order-changes.ts';
import type { RetireMessage } from '../ports.ts';
import { changeOrder } from './change-order.ts';
import type { Deps } from './deps.ts';

export type SweepDeps = Pick<Deps, 'orders' | 'retireQueue' | 'clock' | 'log'>;
export type WorkDeps = SweepDeps & Pick<Deps, 'stripe'>;

/**
 * Does what an order owes Stripe: makes each closed surface unpayable, and asks which card was kept. Everything
 * in it may be repeated; the order forgets a piece of work only after Stripe has confirmed it, in one write.
 */
export const workForStripe = async ({ orderId }: RetireMessage, deps: WorkDeps): Promise<void> => {
  const order = await deps.orders.get(orderId);
  if (order === undefined) {
    deps.log('retire.order_missing', { orderId });
    return;
  }
  const retired: string[] = [];
  const cards: PaymentFact[] = [];
  for (const work of Object.values(order.dueWork)) {
    if (work.kind === 'retire') {
      const surface = order.surfaces.find(({ stripeId }) => stripeId === work.about);
      if (surface !== undefined) await retire(surface, order, deps);
      retired.push(work.about);
    }
    if (work.kind === 'keep_card') {
      const card = await keptCard(order, work.about, deps);
      if (card !== undefined) cards.push(card);
    }
  }
  if (retired.length + cards.length === 0) return;
  await changeOrder(
    {
      orderId,
      read: order,
      change: (current) => {
        const now = deps.clock.now();
        const withCards = cards.reduce((next, card) => recordFact(next, card, now), current);
        return retired.reduce((next, stripeId) => surfaceRetired(next, stripeId, now), withCards);
      },
    },
    deps,
  );
  deps.log('retire.done', { orderId, surfaces: retired.length, cards: cards.length });
};

/** The link first, so that it opens no new session; then the sessions that it had opened before. */
const retire = async (surface: Surface, order: Order, deps: WorkDeps): Promise<void> => {
  if (surface.imported && !(await isOurs(surface, order, deps))) return;
  if (surface.kind === 'checkout_session') {
    await deps.stripe.expireSession(surface.stripeId);
    return;
  }
  await deps.stripe.deactivateLink(surface.stripeId);
  for (const session of await deps.stripe.openSessionsOf(surface.stripeId)) {
    await deps.stripe.expireSession(session);
  }
};

/** An object of an older system is only touched if it carries this order's id. */
const isOurs = async (surface: Surface, order: Order, deps: WorkDeps): Promise<boolean> => {
  const atStripe = await deps.stripe.lookUpSurface(surface.stripeId);
  if (atStripe.state === 'missing') return false;
  if (atStripe.orderId === order.orderId) return true;
  if (atStripe.state === 'open') {
    deps.log('retire.not_ours', { orderId: order.orderId, surfaceId: surface.stripeId });
  }
  return false;
};

const keptCard = async (
  order: Order,
  paymentId: string,
  deps: WorkDeps,
): Promise<PaymentFact | undefined> => {
  const known = order.facts[`payment:${paymentId}`];
  const intent = await deps.stripe.paymentIntent(paymentId);
  if (known?.kind !== 'payment' || intent === undefined) return undefined;
  return {
    ...known,
    ...(intent.customerId === null ? {} : { customerId: intent.customerId }),
    paymentMethodId: intent.paymentMethodId,
  };
};

/** For the sweep: lets time pass for an order, which queues whatever it owes Stripe. Resolves to the order as it was. */
export const sweepOrder = async (orderId: string, deps: SweepDeps): Promise<Order> => {
  const change = (order: Order): Order => passTime(order, deps.clock.now());
  return (await changeOrder({ orderId, change }, deps)).before;
};
