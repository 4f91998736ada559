import { addressesOf } from '../../../lib/domain/roster.ts';
import type { ClubAtHand } from '../club/club.ts';
import * as incident from '../seed/incident.ts';
import { type MailedSession, mailSessions, openSession } from '../seed/older-system.ts';
import { openSessionUrl, pay, type Visit } from './parent.ts';

const HOUR_MS = 60 * 60 * 1000;

export type Incident = {
  /** What the older system knew, for the import. */
  mailed: MailedSession[];
  canceledTries: MailedSession[];
  /** What happened to each family that opened the mail. */
  visits: { sessionUrl: string; visit: Visit; paid: boolean }[];
};

/** April 2026: Stripe sessions in the mail, and parents who open their mail when they do. */
export const incidentHappens = async (club: ClubAtHand): Promise<Incident> => {
  const orders = [...incident.tournamentOrders, ...incident.monthlyOrders];
  const { families, products } = incident;
  const mailed = await mailSessions({ orders, families, products, from: club.older.mailFrom }, club.older);

  const visits: Incident['visits'] = [];
  const canceledTries: MailedSession[] = [];
  const sentAt = club.clock.now();
  for (const { order, url } of mailed.toSorted(
    (a, b) => a.order.openedAfterHours - b.order.openedAfterHours,
  )) {
    await club.clock.advance(Math.max(0, sentAt + order.openedAfterHours * HOUR_MS - club.clock.now()));
    const visit = await openSessionUrl(url);
    const email = emailOf(order.familyId);
    const { accepted } = await pay(visit, { email });
    visits.push({ sessionUrl: url, visit, paid: accepted });
    for (const retry of incident.canceledRetries.filter(({ playerId }) => playerId === order.playerId)) {
      if (order.productId === retry.productId) canceledTries.push(await tryInVain(retry, club));
    }
  }
  // The tries lapse as well.
  await club.clock.advance(25 * HOUR_MS);
  return { mailed, canceledTries, visits };
};

/** The older site made a new order and session for each try; the parent gave up at a form. */
const tryInVain = async (order: incident.SeedOrder, club: ClubAtHand): Promise<MailedSession> => {
  const product = incident.products.find(({ productId }) => productId === order.productId);
  if (product === undefined) throw new Error(`The seed data have no product ${order.productId}.`);
  return { order, ...(await openSession(order, product, club.older.stripe)) };
};

export const emailOf = (familyId: string): string => {
  const family = incident.families.find((one) => one.familyId === familyId);
  return (family === undefined ? [] : addressesOf(family))[0] ?? '';
};
