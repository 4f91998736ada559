import { readDeliveryTag } from '../lib/domain/blast.ts';
import type { Finding, FindingKind } from '../lib/domain/reconciliation.ts';
import { mayBeAssigned } from '../lib/domain/unmatched.ts';

type Words = {
  /** `3 payments that the orders don't know: …` */
  title: (count: number) => string;
  /** What repairing it comes to; of what only a person can settle, what it means for families. */
  means: string;
  /** The command that settles it, without `npm run ops --`. */
  settle?: (finding: Finding) => string;
};

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

/** What each kind of finding is called, and what settles those that a person has to settle. */
export const findingWords: Record<FindingKind, Words> = {
  lost_payment: {
    title: (count) => `${plural(count, 'payment', 'payments')} at Stripe that the order does not know`,
    means: 'booked as its webhook would have been',
  },
  lost_refund: {
    title: (count) => `${plural(count, 'refund', 'refunds')} at Stripe that the order does not know`,
    means: 'booked as its webhook would have been',
  },
  lost_dispute: {
    title: (count) => `${plural(count, 'dispute', 'disputes')} at Stripe that the order does not know`,
    means: 'booked, and shown with its deadline',
  },
  active_on_closed: {
    title: (count) => `${plural(count, 'link', 'links')} that can be paid though the order is not to be`,
    means: 'deactivated',
  },
  orphan_link: {
    title: (count) => `${plural(count, 'link', 'links')} that no order knows`,
    means: 'taken up by its order where it fits, otherwise deactivated',
  },
  inactive_surface: {
    title: (count) => `${plural(count, 'order', 'orders')} whose link is switched off at Stripe`,
    means: 'the next click on the mailed link makes a new one',
  },
  overdue_work: {
    title: (count) => `${plural(count, 'order', 'orders')} with work at Stripe that is long overdue`,
    means: 'tried once more',
    settle: () => 'reconcile',
  },
  unmatched: {
    title: (count) => `${plural(count, 'payment', 'payments')} of ours without an order`,
    means: 'a family has paid, and no order shows it',
    settle: (found) =>
      mayBeAssigned(found) ? `unmatched assign ${found.about} <order>` : `unmatched settle ${found.about}`,
  },
  orphan_without_order: {
    title: (count) => `${plural(count, 'link', 'links')} for an order that is not there`,
    means: 'whoever has it can pay, and no order will show it',
    settle: ({ about }) => `close-link ${about}`,
  },
  active_not_ours: {
    title: (count) =>
      `${plural(count, 'link', 'links')} of the older system that can be paid though the order is not to be`,
    means: "it does not carry the order's id, so another family may pay by it",
    settle: ({ about }) => `close-link ${about}`,
  },
  held_delivery: {
    title: (count) => `${plural(count, 'mail', 'mails')} of which nobody knows whether it left`,
    means: 'held back so that nobody is written to twice',
    settle: ({ about }) => {
      const { blastId, orderId, addressKey } = readDeliveryTag(about) ?? {};
      return `blast settle ${blastId} ${orderId} --address ${addressKey} --sent --reason "they have it"`;
    },
  },
  stuck_blast: {
    title: (count) => `${plural(count, 'mailing', 'mailings')} that does not move`,
    means: 'families of it are not written to',
    settle: ({ about }) => `blast-report ${about}`,
  },
};
