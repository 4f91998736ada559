import type { Told } from '../../../../lib/adapters/stripe/told.ts';
import { epochMs } from '../../../../lib/domain/ids.ts';
import type { NoticeOf } from '../../../../lib/domain/payment-notice.ts';
import type { Books, LinkAtStripe, Listing, MoneyAtStripe, Page } from '../../../../lib/ports.ts';
import { wholeSeconds } from './events.ts';
import type { Ledger } from './ledger.ts';
import type { DisputeRecord, LinkRecord, RefundRecord, SessionRecord } from './records.ts';
import { missing } from './refusals.ts';
import { PAGE, type Shelf } from './shelf.ts';
import { amountOf, toldOfDispute, toldOfPayment, toldOfRefund } from './told.ts';

/** The port `Books`, as the adapter keeps it over HTTP. */
export const books = (ledger: Ledger): Books => {
  const payment = (session: SessionRecord): MoneyAtStripe<'payment'> => {
    const paid = session.paymentId === null ? undefined : ledger.payments.get(session.paymentId);
    const at = ledger.atSecond(paid?.triedAt ?? session.createdAt);
    const notice = paid && noticeOf('checkout.session', session.id, at, toldOfPayment(session, paid));
    return { id: session.id, notice: notice ?? null, metadata: session.metadata, at };
  };
  const refund = (one: RefundRecord): MoneyAtStripe<'refund'> => {
    const at = ledger.atSecond(one.createdAt);
    const notice = noticeOf('refund', one.id, at, toldOfRefund(one));
    return { id: one.id, notice, metadata: metadataOf(one.paymentId), at };
  };
  const dispute = (one: DisputeRecord): MoneyAtStripe<'dispute'> => {
    const at = ledger.atSecond(one.createdAt);
    const notice = noticeOf('dispute', one.id, at, toldOfDispute(one));
    return { id: one.id, notice, metadata: metadataOf(one.paymentId), at };
  };
  const metadataOf = (paymentId: string) => ledger.payments.get(paymentId)?.metadata ?? {};

  return {
    payments: async (q) => {
      ledger.agenda.runDue();
      const isIn = madeIn(q);
      const matches = (session: SessionRecord) => session.state === 'complete' && isIn(session.createdAt);
      return page(ledger.sessions, q.after, matches, payment, 'list sessions');
    },
    refunds: async (q) => {
      ledger.agenda.runDue();
      const isIn = madeIn(q);
      return page(ledger.refunds, q.after, ({ createdAt }) => isIn(createdAt), refund, 'list refunds');
    },
    disputes: async (q) => {
      ledger.agenda.runDue();
      const isIn = madeIn(q);
      return page(ledger.disputes, q.after, ({ createdAt }) => isIn(createdAt), dispute, 'list disputes');
    },
    activeLinks: async ({ after }) => {
      ledger.agenda.runDue();
      return page(ledger.links, after, ({ active }) => active, linkAtStripe, 'list payment links');
    },
    payment: async (sessionId) => {
      ledger.agenda.runDue();
      const session = ledger.sessions.get(sessionId);
      return session && payment(session);
    },
    refund: async (refundId) => {
      ledger.agenda.runDue();
      const one = ledger.refunds.get(refundId);
      return one && refund(one);
    },
    dispute: async (disputeId) => {
      ledger.agenda.runDue();
      const one = ledger.disputes.get(disputeId);
      return one && dispute(one);
    },
    link: async (linkId) => {
      ledger.agenda.runDue();
      const link = ledger.links.get(linkId);
      return link && { ...linkAtStripe(link), amount: amountOf(link), productNames: [link.productName] };
    },
    paymentsOn: async (linkId) => {
      ledger.agenda.runDue();
      const link = ledger.links.get(linkId);
      if (link === undefined || link.completed === 0) return [];
      const paid = link.sessions.filter(({ state }) => state === 'complete').reverse();
      return paid.slice(0, PAGE).map(payment);
    },
  };
};

const noticeOf = <K extends 'payment' | 'refund' | 'dispute'>(
  eventType: string,
  id: string,
  at: string,
  told: Told<K>,
): NoticeOf<K> =>
  ({
    eventId: `read_${id}`,
    eventType,
    source: 'stripe_read',
    livemode: false,
    at,
    ...told,
  }) as unknown as NoticeOf<K>;

const linkAtStripe = ({ id, url, active, metadata }: LinkRecord): LinkAtStripe => ({
  id,
  url,
  active,
  metadata,
  livemode: false,
});

/** By whole seconds, from the first on and before the second. */
const madeIn = ({ from, to }: Listing): ((createdAt: number) => boolean) => {
  const first = wholeSeconds(epochMs(from));
  const end = wholeSeconds(epochMs(to));
  return (createdAt) => createdAt >= first && createdAt < end;
};

const page = <T extends { readonly id: string }, R>(
  all: Shelf<T>,
  after: string | undefined,
  matches: (record: T) => boolean,
  read: (record: T) => R,
  operation: string,
): Page<R> => {
  const found = all.page(after, matches, read);
  if (found === undefined) throw missing(operation, 'starting_after');
  return found;
};
