import type { DueWork } from '../domain/due-work.ts';
import { StripeRefused } from '../domain/errors.ts';
import type { Fact, PaymentFact, RefundFact } from '../domain/facts.ts';
import type { Order, Surface } from '../domain/order.ts';
import { passTime, recordFact, surfaceRetired } from '../domain/order-changes.ts';
import type { RetireMessage } from '../ports.ts';
import { changeOrder } from './change-order.ts';
import type { Deps } from './deps.ts';
import { refundFactOf } from './refund-fact.ts';

export type SweepDeps = Pick<Deps, 'orders' | 'retireQueue' | 'clock' | 'log'>;
export type WorkDeps = SweepDeps & Pick<Deps, 'stripe' | 'site'>;

/**
 * Does what an order owes Stripe: makes each closed surface unpayable, asks which card was kept, and gives money back
 * that somebody decided to give. Everything in it may be repeated; the order forgets a piece of work only after Stripe
 * has confirmed it, in one write. One that fails keeps no other from being done; the first failure is thrown last.
 */
export const workForStripe = async ({ orderId }: RetireMessage, deps: WorkDeps): Promise<void> => {
  const order = await deps.orders.get(orderId);
  if (order === undefined) {
    deps.log('retire.order_missing', { orderId });
    return;
  }
  const retired: string[] = [];
  const facts: Fact[] = [];
  const failures: unknown[] = [];
  for (const work of Object.values(order.dueWork)) {
    try {
      if (work.kind === 'retire') {
        const surface = order.surfaces.find(({ stripeId }) => stripeId === work.about);
        if (surface !== undefined) await retire(surface, order, deps);
        retired.push(work.about);
      }
      const fact = await factFor(work, order, deps);
      if (fact !== undefined) facts.push(fact);
    } catch (error) {
      failures.push(error);
    }
  }
  if (retired.length + facts.length > 0) {
    await changeOrder(
      {
        orderId,
        read: order,
        change: (current) => {
          const now = deps.clock.now();
          const told = facts.reduce((next, fact) => recordFact(next, fact, now), current);
          return retired.reduce((next, stripeId) => surfaceRetired(next, stripeId, now), told);
        },
      },
      deps,
    );
    const of = (kind: Fact['kind']): number => facts.filter((fact) => fact.kind === kind).length;
    deps.log('retire.done', {
      orderId,
      surfaces: retired.length,
      cards: of('payment'),
      refunds: of('refund'),
    });
  }
  if (failures.length > 0) throw failures[0];
};

/** What Stripe was asked, or asked for, that the order then knows. */
const factFor = (work: DueWork, order: Order, deps: WorkDeps): Promise<Fact | undefined> | undefined => {
  if (work.kind === 'keep_card') return keptCard(order, work.about, deps);
  if (work.kind === 'refund') return refunded(order, work.about, deps);
  return undefined;
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

/**
 * Exactly one refund for a decision, however often this is done and wherever it stops:
 *
 *   look for a refund that names the decision   for Stripe forgets a key after a day
 *   create it, under a key of the decision      no answer, or two at once: the same key gives the same refund
 *
 * All that is sent follows from the decision alone, so that one key never meets other parameters. Stripe repeats a
 * failure of its own (5xx) under that key for a day, and there is no other key: money that may have moved is not
 * sent again under a new one. What Stripe refuses is refused for good, and becomes an item for a person.
 */
const refunded = async (
  order: Order,
  decisionId: string,
  deps: WorkDeps,
): Promise<RefundFact | undefined> => {
  const decided = order.facts[`decision:${decisionId}`];
  if (decided?.kind !== 'decision' || decided.amount === undefined || decided.about === undefined) {
    return undefined;
  }
  const { orderId } = order;
  const { amount } = decided;
  const paymentId = decided.about.replace(/^payment:/, '');
  const named = (await deps.stripe.refundsOf(paymentId)).find(({ decision }) => decision === decisionId);
  if (named !== undefined) return refundFactOf(named, paymentId);
  const { system } = deps.site;
  const metadata = { system, order_id: orderId, decision: decisionId };
  try {
    const made = await deps.stripe.createRefund(
      { paymentId, amountMinor: amount.amountMinor, metadata },
      [system, orderId, 'refund', decisionId].join('/'),
    );
    deps.log('refund.made', { orderId, paymentId, refundId: made.id, state: made.state });
    return refundFactOf(made, paymentId);
  } catch (error) {
    if (!(error instanceof StripeRefused)) throw error;
    const why = String(error.evidence.code ?? error.evidence.status ?? error.code);
    deps.log('refund.refused', { orderId, paymentId, decisionId, why });
    return {
      kind: 'refund',
      id: `none_${decisionId}`,
      state: 'failed',
      amount,
      paymentId,
      decision: decisionId,
      why,
      at: deps.clock.now(),
      source: 'ops',
    };
  }
};

/** For the sweep: lets time pass for an order, which queues whatever it owes Stripe. Resolves to the order as it was. */
export const sweepOrder = async (orderId: string, deps: SweepDeps): Promise<Order> => {
  const change = (order: Order): Order => passTime(order, deps.clock.now());
  return (await changeOrder({ orderId, change }, deps)).before;
};
