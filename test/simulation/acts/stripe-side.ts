import { type Club, SITE } from '../club.ts';
import { DAY } from '../plan.ts';
import { NOBODYS_ORDER, orderIdOf } from './families.ts';

/** What happens at Stripe without us: a volunteer in its dashboard, a payer's bank, somebody else's system. */

const paymentOf = (club: Club, orderId: string) =>
  [...club.account.payments()].find(
    ({ state, metadata }) => state === 'succeeded' && metadata.order_id === orderId,
  );

type Refund = { part: number; ends: 'succeeded' | 'failed' };

export const refundAtStripe = (club: Club, { order, ...refund }: Refund & { order: number }): void =>
  refundPaymentOf(club, orderIdOf(order), refund);

export const refundPaymentOf = (club: Club, orderId: string, { part, ends }: Refund): void => {
  const { account, timeline } = club;
  const payment = paymentOf(club, orderId);
  if (payment === undefined) return;
  const given = [...account.refunds()]
    .filter(({ paymentId, state }) => paymentId === payment.id && state !== 'failed' && state !== 'canceled')
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const disputed = [...account.disputes()].some(({ paymentId }) => paymentId === payment.id);
  const amountMinor = Math.min(Math.round((payment.amountMinor * part) / 100), payment.amountMinor - given);
  if (amountMinor <= 0 || disputed) return;
  const refundId = account.dashboard.refund(payment.id, amountMinor);
  club.note('dashboard', `gives ${amountMinor} of ${payment.id} back: ${refundId}`, orderId);
  if (ends === 'succeeded') return;
  timeline.at(timeline.nowMs() + 2 * DAY, () => {
    if (account.dashboard.settleRefund(refundId, 'failed')) {
      club.note('bank', `${refundId} could not be given back`, orderId);
    }
  });
};

export const dispute = (
  club: Club,
  { order, ends, takesMs }: { order: number; ends: 'won' | 'lost' | null; takesMs: number },
): void => {
  const { account, timeline } = club;
  const payment = paymentOf(club, orderIdOf(order));
  const disputeId = payment === undefined ? undefined : account.dashboard.dispute(payment.id);
  if (disputeId === undefined) return;
  club.note('bank', `the payer disputes ${payment?.id}: ${disputeId}`, orderIdOf(order));
  if (ends === null) return;
  timeline.at(timeline.nowMs() + takesMs, () => {
    account.dashboard.closeDispute(disputeId, ends);
    club.note('bank', `${disputeId} is ${ends}`, orderIdOf(order));
  });
};

/** Links that a person has deactivated in Stripe's dashboard, by the account: everybody has a club of their own. */
export const closedByHand = new WeakMap<Club['account'], Set<string>>();

export const deactivateAtStripe = (club: Club, order: number): void => {
  const orderId = orderIdOf(order);
  const link = [...club.account.links()].findLast(
    ({ active, metadata }) => active && metadata.order_id === orderId,
  );
  if (link === undefined) return;
  club.account.dashboard.deactivate(link.id);
  const known = closedByHand.get(club.account) ?? new Set();
  closedByHand.set(club.account, known.add(link.id));
  club.note('dashboard', `deactivates ${link.id}`, orderId);
};

/** Somebody takes a link for the wrong one, and lets it be paid on again. */
export const activateAtStripe = (club: Club, order: number): void => {
  const orderId = orderIdOf(order);
  const link = [...club.account.links()].find(
    ({ active, metadata }) => !active && metadata.system === SITE.system && metadata.order_id === orderId,
  );
  if (link === undefined) return;
  club.account.dashboard.activate(link.id);
  club.note('dashboard', `activates ${link.id}`, orderId);
};

/**
 * What was asked for when the order was another takes effect only now, and nobody is told of it.
 * @param behind so many generations
 */
export const lateLink = (club: Club, { order, behind }: { order: number; behind: number }): void => {
  const orderId = orderIdOf(order);
  const known = club.watched.of(orderId);
  if (known === undefined) return;
  const generation = String(Math.max(1, known.generation - behind));
  const metadata = { system: SITE.system, order_id: orderId, generation };
  const { amountMinor } = known.originalAmount;
  const { id } = club.account.dashboard.makeLink({ amountMinor, metadata, limit: 1 });
  club.note('Stripe', `makes ${id} of generation ${generation}, late`, orderId);
};

/** A link of ours for an order that is not there: it was made by a stage whose tables are gone. */
export const strayLink = (club: Club): void => {
  const metadata = { system: SITE.system, order_id: NOBODYS_ORDER, generation: '1' };
  const { id } = club.account.dashboard.makeLink({ amountMinor: 2_500, metadata, limit: 1 });
  club.note('Stripe', `has the link ${id} of an order that is not there`);
};

/** Of another system in the same account; `marked`: as ours, for an order that is not there. */
export const somebodyElsesPayment = (club: Club, marked: boolean): void => {
  const metadata = marked
    ? { system: SITE.system, order_id: NOBODYS_ORDER, generation: '1' }
    : { system: 'club-shop' };
  const paymentId = club.account.dashboard.payWithoutOrder({ amountMinor: 2_500, metadata });
  club.note(
    'Stripe',
    `somebody pays ${paymentId} ${marked ? 'for an order that is not there' : 'in a shop'}`,
  );
};
