import type { Order } from '../../lib/domain/order.ts';
import type { Club } from './club.ts';
import { SITE } from './club.ts';

/**
 * What is true of an order, found from Stripe's account and from what was decided: by other means than the order's own,
 * in the plainest way, so that both can be held against each other.
 */
export type Truth = {
  payments: {
    id: string;
    state: 'processing' | 'failed' | 'succeeded';
    amountMinor: number;
    keptMinor: number;
  }[];
  dueMinor: number;
  netMinor: number;
  ended: 'canceled' | 'waived' | null;
  status: 'pending' | 'processing' | 'paid' | 'review' | 'refunded' | 'canceled' | 'waived';
};

/** Whose each payment is, by what its page was marked with, or by a page of an older system, or by a person's word. */
export const ownersOf = (club: Club): Map<string, string> => {
  const owners = new Map<string, string>();
  const older = new Map<string, string>();
  const assigned = new Map<string, string>();
  const known = new Set<string>();
  for (const order of club.watched.now()) {
    known.add(order.orderId);
    for (const surface of order.surfaces) if (surface.imported) older.set(surface.stripeId, order.orderId);
  }
  for (const [stripeId, { orderId, isDone }] of club.assigned) {
    const isTaken = club.watched.of(orderId)?.facts[`payment:${stripeId}`] !== undefined;
    if (isDone || isTaken) assigned.set(stripeId, orderId);
  }
  for (const { id, surfaceId, sessionId, metadata } of club.account.payments()) {
    const marked = metadata.system === SITE.system ? metadata.order_id : undefined;
    const owner =
      (marked !== undefined && known.has(marked) ? marked : undefined) ??
      assigned.get(id) ??
      (metadata.system === undefined ? (older.get(surfaceId) ?? older.get(sessionId)) : undefined);
    if (owner !== undefined) owners.set(id, owner);
  }
  return owners;
};

export const truthOf = (club: Club, order: Order, owners: ReadonlyMap<string, string>): Truth => {
  const { account } = club;
  const payments = [...account.payments()]
    .filter(({ id, sessionId }) => owners.get(id) === order.orderId && wasCompleted(club, sessionId))
    .map(({ id, state, amountMinor }) => {
      const back = [...account.refunds(), ...account.disputes()]
        .filter((one) => one.paymentId === id && (one.state === 'succeeded' || one.state === 'lost'))
        .reduce((sum, one) => sum + one.amountMinor, 0);
      return { id, state, amountMinor, keptMinor: state === 'succeeded' ? amountMinor - back : 0 };
    });
  const decisions = Object.values(order.facts)
    .filter((fact) => fact.kind === 'decision')
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  let dueMinor = order.originalAmount.amountMinor;
  let standing: string | null = null;
  let reopenedAt = '';
  for (const { decision, amount, at } of decisions) {
    if (decision === 'amend' && amount !== undefined) dueMinor = amount.amountMinor;
    if (decision === 'cancel' || decision === 'waive' || decision === 'reopen') standing = decision;
    if (decision === 'reopen') reopenedAt = at;
  }
  const ended = standing === 'cancel' ? 'canceled' : standing === 'waive' || dueMinor === 0 ? 'waived' : null;
  const netMinor = payments.reduce((sum, { keptMinor }) => sum + keptMinor, 0);
  return { payments, dueMinor, netMinor, ended, status: status() };

  function status(): Truth['status'] {
    if (netMinor !== 0) return netMinor === dueMinor && ended === null ? 'paid' : 'review';
    if (payments.some(({ state }) => state === 'processing')) return 'processing';
    if (ended !== null) return ended;
    if (!payments.some(({ state }) => state === 'succeeded')) return 'pending';
    // All of it went back. Whether it is owed again is for a person to say, after the last of that.
    const last = Object.values(order.facts)
      .flatMap((fact) =>
        (fact.kind === 'refund' && fact.state === 'succeeded') ||
        (fact.kind === 'dispute' && fact.state === 'lost')
          ? [fact.at]
          : [],
      )
      .sort()
      .at(-1);
    return standing === 'reopen' && last !== undefined && reopenedAt >= last ? 'pending' : 'refunded';
  }
};

/** Somebody who was declined and went away has made a payment at Stripe, of which nothing was told. */
const wasCompleted = (club: Club, sessionId: string): boolean =>
  [...club.account.sessions()].some(({ id, state }) => id === sessionId && state === 'complete');
