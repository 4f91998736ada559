import type { PaymentNotice } from '../domain/payment-notice.ts';
import type {
  Blasts,
  BlastTicket,
  Books,
  Clock,
  Club,
  Imports,
  Log,
  Mailer,
  NewId,
  Orders,
  Pace,
  Plans,
  Previews,
  Queue,
  RetireMessage,
  Roster,
  Runs,
  Schedules,
  Site,
  Stripe,
  StripeEventMessage,
  Tokens,
} from '../ports.ts';

/**
 * All that use cases can ask for. Each names the part it uses, as `Pick<Deps, …>`, so that a function is wired
 * with no more than it needs.
 */
export type Deps = {
  clock: Clock;
  log: Log;
  newId: NewId;
  orders: Orders;
  roster: Roster;
  blasts: Blasts;
  plans: Plans;
  runs: Runs;
  imports: Imports;
  previews: Previews;
  schedules: Schedules;
  pace: Pace;
  stripe: Stripe;
  /** The same for work at a pace of its own: it repeats nothing by itself. */
  opsStripe: Stripe;
  books: Books;
  readEvent: (body: string) => PaymentNotice;
  verifySignature: (signed: { rawBody: Uint8Array; signature: string }) => Promise<void>;
  /** Of Stripe's events, as this release reads them. */
  apiVersion: string;
  mailer: Mailer;
  eventQueue: Queue<StripeEventMessage>;
  retireQueue: Queue<RetireMessage>;
  blastQueue: Queue<BlastTicket>;
  tokens: Tokens;
  club: Club;
  site: Site;
  /** Recognises the tokens that an older system mailed; null where there was none. */
  legacyToken: RegExp | null;
};
