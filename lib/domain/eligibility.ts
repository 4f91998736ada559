import type { AudienceFilter, Blast, SkipReason } from './blast.ts';
import type { Instant } from './ids.ts';
import { type Order, payability } from './order.ts';
import { type AddressStanding, type Contract, contractMissing } from './roster.ts';

/** All that decides whether a mail about an order may leave to an address now. */
export type MailInQuestion = {
  /** Undefined when it is no longer there. */
  order: Order | undefined;
  /** Of the address that would be written to; undefined when the family has none. */
  standing: AddressStanding | undefined;
  purpose: Blast['purpose'];
  /** Of the order's player; undefined when nothing is known of them. */
  contract: Contract | undefined;
  now: Instant;
};

/**
 * Why this mail must not leave now, or null. The one rule for the preview that a person approves and for the
 * sender's look at the order immediately before each mail. What holds for the whole order comes before what
 * holds for the address only, so that all rows of an order that nobody is to be asked for name the same reason.
 */
export const skipReasonOf = ({
  order,
  standing,
  purpose,
  contract,
  now,
}: MailInQuestion): SkipReason | null => {
  if (order === undefined) return 'no_address';
  if (order.test) return 'test_order';
  const payable = payability(order, now);
  if (payable !== 'payable') return payable;
  // The link would only answer with the page that asks to sign first.
  if (contractMissing(order, contract)) return 'contract_unsigned';
  if (standing === undefined) return 'no_address';
  if (standing.suppressed !== null) return 'suppressed';
  return purpose === 'reminder' && standing.unsubscribedAt !== null ? 'unsubscribed' : null;
};

/**
 * Whether an order of the product is among those that a notice is for. `onlyNeverMailed` is not asked here: only the
 * order itself knows it (`firstMailedOn`), not the index, and the notice's own mail changes it.
 */
export const belongsTo = (
  { filter, asOf }: { filter: AudienceFilter; asOf: Instant },
  order: Pick<Order, 'period'> & {
    /** Since when it counts for audiences: since it was made, or since its import was committed. */
    visibleSince: Instant;
  },
): boolean =>
  order.visibleSince <= asOf &&
  (filter.createdAfter === undefined || order.visibleSince > filter.createdAfter) &&
  (filter.period === null || order.period === filter.period);
