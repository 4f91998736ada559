import type { Finding, LeftAlone, LeftAloneReason, RecoveryRow } from '../lib/domain/recovery-plan.ts';

/** What recovery is told of in, on the command line and on the front desk. */

const foundWords: Record<Finding, string> = {
  session_expired: 'expired session',
  link_inactive: 'link that is closed',
  surface_missing: 'nothing: it is gone',
  asked_for: '–',
};

export const foundAtStripe = ({ finding, stripeId, old }: RecoveryRow): string => {
  if (finding !== 'asked_for') return foundWords[finding];
  if (stripeId === null) return 'no link yet';
  return old === 'leave' ? "an object that can't be shown to be its own" : 'link that works';
};

/** What an apply does with one order. */
export const willBeDone = ({ old, mail, stripeId }: RecoveryRow): string =>
  [
    stripeId !== null && old === 'retire' ? 'close the old one' : '',
    stripeId !== null && old === 'leave' ? 'leave the old one' : '',
    'new link',
    mail === 'again' ? 'mail' : 'no mail',
  ]
    .filter((part) => part !== '')
    .join(', ');

export const leftAloneWords: Record<LeftAloneReason, string> = {
  test_order: "the club's own test order",
  unknown_prefix: 'its id is that of neither a session nor a link: look it up by hand',
  other_mode: "its id is of Stripe's other mode, live or test",
  no_order_id: "the object carries no order id at Stripe, so it can't be shown to be this order's",
  other_order: 'the object belongs to another order at Stripe',
  other_account: 'made with the key of another Stripe account',
  completed_at_stripe: 'paid at Stripe, or being paid: the event about it is under way, or was lost',
  contract_unsigned: 'the contract is not signed: a link would only ask to sign it first',
};

export const whyLeftAlone = ({ reason, stripeId, belongsTo }: LeftAlone): string => {
  if (belongsTo !== null) return `${stripeId} belongs to order ${belongsTo} at Stripe`;
  const about = reason === 'test_order' || reason === 'contract_unsigned' ? '' : `${stripeId}: `;
  return about + leftAloneWords[reason];
};

/** What an order is that is neither stranded nor left alone. */
const otherWords: Readonly<Record<string, string>> = {
  payable: 'has a link that works, or gets one by a click',
  still_open_at_stripe: "can be paid on the older system's page still",
  paid: 'paid',
  processing: 'paying by bank debit',
  review: 'paid something that is to be looked at',
  refunded: 'refunded',
  canceled: 'canceled',
  waived: 'waived',
  closed: 'past the pay-by date',
};
export const otherWord = (reason: string): string => otherWords[reason] ?? reason;
