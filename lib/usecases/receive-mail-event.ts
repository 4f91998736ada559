import { addressKeyOf, type DeliveryRef } from '../domain/blast.ts';
import { clubDayOf } from '../domain/calendar.ts';
import { type MailEvent, readMailEvent } from '../domain/mail-event.ts';
import { normalizeAddress } from '../domain/roster.ts';
import type { MailEventMessage } from '../ports.ts';
import type { Deps } from './deps.ts';
import { noteMailed } from './note-first-mail.ts';

export type MailEventDeps = Pick<Deps, 'blasts' | 'roster' | 'orders' | 'club' | 'log'>;

/**
 * Takes in what SES tells of one mail: in any sequence, any number of times, with the same result.
 *
 *   suppress   the address, before anything else: no other row may stand in the way of that
 *   report     to the ledger, where the later state stands
 *   note       on the order that its first mail has left
 *
 * A failure of any of them leaves the message to be told again, from the beginning.
 * @throws {InvalidInput} when it can't be read
 */
export const receiveMailEvent = async (message: MailEventMessage, deps: MailEventDeps): Promise<void> => {
  const event = readMailEvent(message.body);
  if (event.kind === 'other') {
    deps.log('mail.left_alone', { told: event.told });
    return;
  }
  await suppress(event, deps);
  const { delivery, told, messageId, news } = event;
  if (delivery === undefined) {
    deps.log('mail.event', { told, messageId, why: 'of_no_blast' });
    return;
  }
  const isNews = await deps.blasts.report(delivery, { ...news, messageId, mailedAt: event.mailedAt });
  if (news.state === 'sent' || news.state === 'delivered') await noteLeft(delivery, event, deps);
  const { blastId, orderId } = delivery;
  deps.log('mail.event', { told, reason: news.reason, messageId, blastId, orderId, news: isNews });
};

/** An address is one and the same for siblings, co-parents and every order: so is its suppression. */
const suppress = async (event: MailEvent, deps: MailEventDeps): Promise<void> => {
  const { suppresses, delivery, news } = event;
  if (suppresses === null) return;
  const addresses = new Set(suppresses.addresses.map(normalizeAddress));
  // A mailbox that forwards is named by where it forwards to: ours is in the ledger.
  const named = [...addresses].map(addressKeyOf);
  if (delivery !== undefined && !named.includes(delivery.addressKey)) {
    const row = await deps.blasts.delivery(delivery);
    if (row !== undefined && row.address !== '') addresses.add(row.address);
  }
  for (const address of addresses) {
    await deps.roster.suppress(address, { reason: suppresses.reason, at: news.at });
  }
  deps.log('address.suppressed', {
    reason: suppresses.reason,
    addresses: addresses.size,
    messageId: event.messageId,
  });
};

/** Of an order that was mailed before, this costs one read. */
const noteLeft = async (delivery: DeliveryRef, event: MailEvent, deps: MailEventDeps): Promise<void> => {
  const order = await deps.orders.get(delivery.orderId);
  if (order === undefined || order.firstMailedOn !== null) return;
  // A tag alone proves no mail of ours: the row was written before the mail left.
  if ((await deps.blasts.delivery(delivery)) === undefined) return;
  const on = clubDayOf(event.mailedAt, deps.club.timeZone);
  await noteMailed({ orderId: order.orderId, on, read: order }, deps);
};
