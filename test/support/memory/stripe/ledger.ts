import { createClock, type Clock as StripeClock } from '../../../../infra/local/stripe/clock.ts';
import { epochMs, type Instant, instant } from '../../../../lib/domain/ids.ts';
import type { Clock } from '../../../../lib/ports.ts';
import { type Agenda, agenda } from './agenda.ts';
import { type Events, events } from './events.ts';
import { idempotencyKeys, type Keys, type Replays } from './keys.ts';
import type { DisputeRecord, LinkRecord, PaymentRecord, RefundRecord, SessionRecord } from './records.ts';
import { type Shelf, shelf } from './shelf.ts';

export type StripeAccountOptions = {
  clock: Clock;
  /** False: a link's limit is ignored altogether, as Stripe promises nothing about two sessions open at once. Default: true. */
  enforceLinkLimit?: boolean;
  /** Refunds of cards, too, are pending until they are settled. Those of bank debits always are. */
  pendingRefunds?: boolean;
  /** A debit that nobody settles succeeds after four days, a pending refund after two. Default: they wait. */
  banksAnswer?: boolean;
  /** False: nobody asks for events. */
  keepsEvents?: boolean;
  replays?: Replays;
};

/** May be switched at any time. */
export type Settings = { enforceLinkLimit: boolean; pendingRefunds: boolean; banksAnswer: boolean };

/** Everything that is stored. */
export type Ledger = {
  readonly settings: Settings;
  readonly time: StripeClock;
  readonly agenda: Agenda;
  readonly events: Events;
  readonly keyed: Keys;
  readonly links: Shelf<LinkRecord>;
  readonly sessions: Shelf<SessionRecord>;
  readonly payments: Shelf<PaymentRecord>;
  readonly refunds: Shelf<RefundRecord>;
  readonly disputes: Shelf<DisputeRecord>;
  /** Names of products by id, of those that a price can be asked for. */
  readonly products: Map<string, string>;
  /** Payments under way. */
  readonly processing: Set<string>;
  /** The instant of a whole second since the epoch. */
  atSecond(second: number): Instant;
  /** `plink_1`, `plink_2`, `cs_test_3`. */
  newId(prefix: string): string;
};

export const ledger = (options: StripeAccountOptions): Ledger => {
  const {
    enforceLinkLimit = true,
    pendingRefunds = false,
    banksAnswer = false,
    keepsEvents = true,
  } = options;
  const time = createClock(inMilliseconds(options.clock));
  const atSecond = instants();
  let made = 0;
  return {
    settings: { enforceLinkLimit, pendingRefunds, banksAnswer },
    time,
    agenda: agenda(time),
    events: events(time.nowMs, atSecond, keepsEvents),
    keyed: idempotencyKeys(time.nowMs, options.replays),
    links: shelf(),
    sessions: shelf(),
    payments: shelf(),
    refunds: shelf(),
    disputes: shelf(),
    products: new Map(),
    processing: new Set(),
    atSecond,
    newId: (prefix) => `${prefix}${++made}`,
  };
};

/** To write an instant takes longer than most of what is done here, and one object is told many times. */
const instants = (): ((second: number) => Instant) => {
  const known = new Map<number, Instant>();
  return (second) => {
    const text = known.get(second) ?? instant(second * 1000);
    known.set(second, text);
    return text;
  };
};

/** To read one takes longer than most of what is done here, and few pass between two of them. */
const inMilliseconds = (clock: Clock): (() => number) => {
  let text = '';
  let ms = 0;
  return () => {
    const now = clock.now();
    if (now !== text) {
      text = now;
      ms = epochMs(now);
    }
    return ms;
  };
};
