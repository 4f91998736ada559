import type { AmountAtStripe, PaymentNotice, StripeMetadata } from '../../../lib/domain/payment-notice.ts';
import type { Books, Stripe } from '../../../lib/ports.ts';
import { books } from './stripe/books.ts';
import type { AccountEvent } from './stripe/events.ts';
import { gateway } from './stripe/gateway.ts';
import { type Ledger, ledger, type Settings, type StripeAccountOptions } from './stripe/ledger.ts';
import { closeDispute, makeDispute, makeRefund, settleRefund } from './stripe/money-back.ts';
import { type Instrument, pay, settleDebit } from './stripe/payments.ts';
import type {
  DisputeRecord,
  LinkRecord,
  PaymentRecord,
  RefundRecord,
  SessionRecord,
} from './stripe/records.ts';
import {
  canBeVisited,
  isPayable,
  makeLink,
  makeSession,
  named,
  type Offer,
  visitLink,
} from './stripe/surfaces.ts';
import { amountOf, toldOfDispute, toldOfRefund } from './stripe/told.ts';

export type { AccountEvent } from './stripe/events.ts';
export type { StripeAccountOptions } from './stripe/ledger.ts';

/** What a payer has in front of them. */
export type Visit =
  | { kind: 'page'; sessionId: string; amount: AmountAtStripe; returnUrl: string }
  | { kind: 'closed'; why: 'inactive' | 'completed' | 'expired' | 'unknown' };

/** What another system of the club makes in the same account. */
type Foreign = { id?: string; amountMinor: number; currency?: string; metadata?: StripeMetadata };

/**
 * One account at Stripe, in memory, behind our ports: what `infra/local/stripe` is over HTTP, for whoever lives through
 * it a million times. Nothing happens at a time of its own but what `pass` lets happen, which every call does first.
 */
export type StripeAccount = {
  stripe: Stripe;
  books: Books;
  readonly settings: Settings;
  /** `deps.readEvent` for the bodies that `bodyOf` makes. @throws {InvalidInput} */
  readEvent(body: string): PaymentNotice;
  bodyOf(event: AccountEvent): string;
  /** Everything that happened since the last call, in sequence. */
  takeEvents(): AccountEvent[];
  payer: {
    /** Opens a link's URL, which makes a new session of it, or a session's. */
    visit(url: string): Visit;
    pay(sessionId: string, how: Instrument): 'paid' | 'processing' | 'declined' | 'closed';
    /** A bank debit that is under way ends. False: none is. */
    settle(paymentId: string, as: 'succeeded' | 'failed'): boolean;
    /** The payments under way, the oldest first. */
    processing(): readonly string[];
  };
  /** What happens outside our code: a person uses Stripe's dashboard, a payer complains, another system works. */
  dashboard: {
    /** A payment on a page of another system's. Resolves to its payment intent. */
    payWithoutOrder(o: Omit<Foreign, 'id'>): string;
    /** A link of another system's, without a limit unless it has one. */
    makeLink(o: Foreign & { limit?: number }): { id: string; url: string };
    makeSession(o: Foreign): { id: string; url: string };
    /** Something to sell, by whose id a surface can be asked for. */
    makeProduct(name: string): string;
    /** @throws {StripeRefused} there is not so much left to give back */
    refund(paymentId: string, amountMinor: number): string;
    /** What becomes of a refund; one that had succeeded can still fail. False: it can't become that. */
    settleRefund(refundId: string, as: Exclude<RefundRecord['state'], 'pending'>): boolean;
    /** Of all that is left of a payment. Undefined: nothing is, or it was disputed before. */
    dispute(paymentId: string): string | undefined;
    closeDispute(disputeId: string, as: 'won' | 'lost'): boolean;
    /** A note on a refund or a dispute: an event that says nothing new. */
    annotate(id: string): void;
    activate(linkId: string): void;
    deactivate(linkId: string): void;
  };
  /** Lets happen what time does: sessions end after 24 h, each with its event. */
  pass(): void;
  /** Epoch milliseconds of the next thing that happens by itself; Infinity: nothing. */
  nextAtMs(): number;
  /** What there is, in sequence of its making, as it is now. */
  payments(): Iterable<Readonly<PaymentRecord>>;
  refunds(): Iterable<Readonly<RefundRecord>>;
  disputes(): Iterable<Readonly<DisputeRecord>>;
  links(): Iterable<Readonly<LinkRecord>>;
  sessions(): Iterable<Readonly<SessionRecord>>;
  /** Succeeded payments, less succeeded refunds and lost disputes. */
  balanceMinor(): number;
  sessionsMade(): number;
};

export const stripeAccount = (options: StripeAccountOptions): StripeAccount => {
  const account = ledger(options);
  const pass = (): void => account.agenda.runDue();

  return {
    stripe: gateway(account),
    books: books(account),
    settings: account.settings,
    readEvent: account.events.read,
    bodyOf: ({ id }) => id,
    takeEvents: account.events.take,
    payer: {
      visit: (url) => {
        pass();
        return visit(account, url);
      },
      pay: (sessionId, how) => {
        pass();
        const session = account.sessions.get(sessionId);
        return session === undefined ? 'closed' : pay(account, session, how);
      },
      settle: (paymentId, as) => {
        pass();
        return settleDebit(account, paymentId, as);
      },
      processing: () => [...account.processing],
    },
    dashboard: dashboard(account),
    pass,
    nextAtMs: account.agenda.nextAtMs,
    payments: () => account.payments.all,
    refunds: () => account.refunds.all,
    disputes: () => account.disputes.all,
    links: () => account.links.all,
    sessions: () => account.sessions.all,
    balanceMinor: () =>
      sumOf(account.payments.all, 'succeeded') -
      sumOf(account.refunds.all, 'succeeded') -
      sumOf(account.disputes.all, 'lost'),
    sessionsMade: () => account.sessions.all.length,
  };
};

const visit = (account: Ledger, url: string): Visit => {
  const { linkId, sessionId } = named(url);
  const link = linkId === undefined ? undefined : account.links.get(linkId);
  if (link !== undefined) {
    return canBeVisited(account, link)
      ? pageOf(visitLink(account, link))
      : { kind: 'closed', why: 'inactive' };
  }
  const session = sessionId === undefined ? undefined : account.sessions.get(sessionId);
  if (session === undefined) return { kind: 'closed', why: 'unknown' };
  if (isPayable(account, session)) return pageOf(session);
  if (session.state === 'open') return { kind: 'closed', why: 'inactive' };
  return { kind: 'closed', why: session.state === 'complete' ? 'completed' : 'expired' };
};

const pageOf = (session: SessionRecord): Visit => ({
  kind: 'page',
  sessionId: session.id,
  amount: amountOf(session),
  returnUrl: (session.returnUrl ?? session.url).replaceAll('{CHECKOUT_SESSION_ID}', session.id),
});

const dashboard = (account: Ledger): StripeAccount['dashboard'] => {
  const setActive = (linkId: string, active: boolean): void => {
    const link = account.links.get(linkId);
    if (link === undefined) throw new Error(`There is no link ${linkId}.`);
    link.active = active;
  };
  const makeForeignSession = ({ id, ...what }: Foreign): SessionRecord =>
    makeSession(
      account,
      { ...foreignOffer(what), returnUrl: elsewhere.returnUrl },
      id === undefined ? {} : { id },
    );

  return {
    payWithoutOrder: (what) => {
      account.agenda.runDue();
      const session = makeForeignSession(what);
      pay(account, session, 'card');
      if (session.paymentId === null) throw new Error(`Nothing was paid on ${session.id}.`);
      return session.paymentId;
    },
    makeLink: ({ id, limit = null, ...what }) =>
      makeLink(account, foreignOffer(what), id === undefined ? { limit } : { id, limit }),
    makeSession: makeForeignSession,
    makeProduct: (name) => {
      const id = account.newId('prod_');
      account.products.set(id, name);
      return id;
    },
    refund: (paymentId, amountMinor) => {
      account.agenda.runDue();
      return makeRefund(account, { paymentId, amountMinor, metadata: NO_METADATA }, 'create refund').id;
    },
    settleRefund: (refundId, as) => {
      account.agenda.runDue();
      return settleRefund(account, refundId, as);
    },
    dispute: (paymentId) => {
      account.agenda.runDue();
      return makeDispute(account, paymentId)?.id;
    },
    closeDispute: (disputeId, as) => {
      account.agenda.runDue();
      return closeDispute(account, disputeId, as);
    },
    annotate: (id) => {
      account.agenda.runDue();
      const refund = account.refunds.get(id);
      if (refund !== undefined) account.events.emit('refund.updated', toldOfRefund(refund));
      const dispute = account.disputes.get(id);
      if (dispute !== undefined) account.events.emit('charge.dispute.updated', toldOfDispute(dispute));
    },
    activate: (linkId) => setActive(linkId, true),
    deactivate: (linkId) => setActive(linkId, false),
  };
};

/** How another system's things look. */
export const elsewhere = { productName: 'Something else', returnUrl: 'https://elsewhere.example/' };

const NO_METADATA: StripeMetadata = Object.freeze({});

const foreignOffer = ({
  amountMinor,
  currency = 'usd',
  metadata = NO_METADATA,
}: Omit<Foreign, 'id'>): Offer => ({
  amountMinor,
  currency,
  metadata: Object.freeze({ ...metadata }),
  productName: elsewhere.productName,
  returnUrl: null,
  saveCard: false,
});

const sumOf = <S extends string>(all: readonly { state: S; amountMinor: number }[], state: S): number => {
  let sum = 0;
  for (const one of all) if (one.state === state) sum += one.amountMinor;
  return sum;
};
