import type { Instant } from '../domain/ids.ts';
import type { Money } from '../domain/money.ts';

/** What a parent is told when a click leads to no payment, and about reminders. */
export type PageContent =
  | { kind: 'not_found' }
  /** Signed by a key that was revoked; nothing of the order is shown. */
  | { kind: 'replaced' }
  /** Says so, and tries again by itself. */
  | { kind: 'unavailable' }
  /** `signUrl` is offered only if it is a web address. */
  | { kind: 'sign_contract'; playerName: string | null; signUrl: string | null }
  /** Back from Stripe before any event of it; looks again by itself. */
  | { kind: 'on_its_way'; amount: Money }
  | { kind: 'processing'; amount: Money }
  | { kind: 'paid'; amount: Money; at: Instant | null }
  | { kind: 'review'; received: Money }
  | { kind: 'canceled' }
  | { kind: 'waived' }
  | { kind: 'refunded'; amount: Money }
  /** `payBy` is a day of the club's calendar, `2026-04-30`. */
  | { kind: 'closed'; payBy: string | null }
  /** Offers to stop reminders. */
  | { kind: 'unsubscribe' }
  | { kind: 'unsubscribed' }
  | { kind: 'unsubscribe_not_found' }
  /** Signed by a key that was revoked. */
  | { kind: 'unsubscribe_replaced' }
  | { kind: 'unsubscribe_unavailable' };
