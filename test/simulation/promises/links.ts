import { policyOf } from '../../../lib/domain/category.ts';
import {
  contractHasEnded,
  currentSurface,
  dueOf,
  type Order,
  payability,
} from '../../../lib/domain/order.ts';
import type { Club } from '../club.ts';
import { SITE } from '../club.ts';

/** Nothing can be paid on that should not be, and what can be is for the right amount. */
export const checkLinks = (club: Club): void => {
  const now = club.timeline.instant(0);
  const open = new Map<string, { id: string; amountMinor: number; generation: number }[]>();
  const add = (orderId: string | undefined, id: string, amountMinor: number, generation: number): void => {
    if (orderId === undefined) return;
    const known = open.get(orderId);
    if (known === undefined) open.set(orderId, [{ id, amountMinor, generation }]);
    else known.push({ id, amountMinor, generation });
  };
  const ours = (metadata: Readonly<Record<string, string>>): string | undefined =>
    metadata.system === SITE.system ? metadata.order_id : undefined;
  for (const { id, active, metadata, amountMinor } of club.account.links()) {
    if (active) add(ours(metadata), id, amountMinor, Number(metadata.generation));
  }
  for (const { id, state, linkId, metadata, amountMinor } of club.account.sessions()) {
    if (state === 'open' && linkId === null)
      add(ours(metadata), id, amountMinor, Number(metadata.generation));
  }
  for (const order of club.watched.now()) {
    checkOpen(club, order, now, (open.get(order.orderId) ?? []).filter(isToBeKnown(club, order)));
    checkPages(club, order);
  }
};

/**
 * A link that was made while the order could not be written was told to nobody. The next click goes on with it, and the
 * comparison of the day finds it: where there is neither, it stays.
 */
const isToBeKnown =
  ({ plan }: Club, order: Order) =>
  ({ id }: { id: string }): boolean =>
    plan.compares || order.surfaces.some(({ stripeId }) => stripeId === id);

const checkOpen = (
  club: Club,
  order: Order,
  now: string,
  open: readonly { id: string; amountMinor: number; generation: number }[],
): void => {
  const { orderId } = order;
  const standing = payability(order, now);
  // By what was told, too: an order that has not heard of it does not close its page.
  const toldEnded =
    policyOf(order.category).contractCheckedOnClick && club.contracts.of(order.playerId) === 'ended';
  const isPayable = standing === 'payable' && !contractHasEnded(order) && !toldEnded;
  const wrong = (detail: string): void =>
    club.violated({ promise: 'nobody is charged twice silently', detail, orderId });
  if (!isPayable && open.length > 0) {
    wrong(`it is ${standing}, and ${open.map(({ id }) => id).join(', ')} can still be paid on`);
  }
  if (isPayable && open.length > 1) wrong(`${open.map(({ id }) => id).join(' and ')} can be paid on at once`);
  const [one] = open;
  if (!isPayable || one === undefined) return;
  if (one.amountMinor !== dueOf(order).amountMinor) {
    club.violated({
      promise: 'the amount charged is the amount owed',
      detail: `${one.id} asks for ${one.amountMinor}, and ${dueOf(order).amountMinor} is due`,
      orderId,
    });
  }
  if (currentSurface(order)?.stripeId !== one.id)
    wrong(`${one.id} can be paid on, and the order does not know it`);
};

/**
 * Once an order has written down that a link is closed, nobody can pay on it, nor on a page that was opened from it. One
 * of an older system that does not say for which order it is may be another's: it is left as it is, and found by the
 * comparison of the day.
 */
export const checkRetired = (
  { account, violated }: Pick<Club, 'account' | 'violated'>,
  before: Order | undefined,
  { orderId, surfaces }: Order,
): void => {
  for (const { stripeId, kind, retiredAt, imported } of surfaces) {
    if (kind !== 'payment_link' || retiredAt === null) continue;
    const isIts = ({ metadata }: { metadata: Readonly<Record<string, string>> }): boolean =>
      !imported || metadata.order_id === orderId;
    if (before?.surfaces.some((known) => known.stripeId === stripeId && known.retiredAt !== null)) continue;
    const open = [
      ...[...account.links()].filter((link) => link.id === stripeId && link.active && isIts(link)),
      ...[...account.sessions()].filter(
        (page) => page.linkId === stripeId && page.state === 'open' && isIts(page),
      ),
    ];
    for (const { id } of open) {
      violated({
        promise: 'nobody is charged twice silently',
        detail: `${stripeId} is written down as closed, and ${id} can be paid on`,
        orderId,
      });
    }
  }
};

/** Pages that were opened from a link which was closed since. */
const checkPages = (club: Club, order: Order): void => {
  if (!policyOf(order.category).deactivateLinkWhenPaid) return;
  const current = currentSurface(order)?.stripeId;
  for (const { id, state, linkId, metadata } of club.account.sessions()) {
    if (state !== 'open' || linkId === null || metadata.order_id !== order.orderId || linkId === current)
      continue;
    club.violated({
      promise: 'nobody is charged twice silently',
      detail: `the page ${id} of the closed ${linkId} can still be paid on`,
      orderId: order.orderId,
    });
  }
};
