import type Stripe from 'stripe';
import { type StripeSimulator, startStripeSimulator } from '../../infra/local/stripe/simulator.ts';
import { visitor } from '../../infra/local/stripe/visitor.ts';
import { stripeBooks } from '../../lib/adapters/stripe/books.ts';
import { attempt, connectStripe } from '../../lib/adapters/stripe/connection.ts';
import { readStripeEvent } from '../../lib/adapters/stripe/events.ts';
import { stripeGateway } from '../../lib/adapters/stripe/gateway.ts';
import { epochMs } from '../../lib/domain/ids.ts';
import { handledEventTypes, type PaymentNotice } from '../../lib/domain/payment-notice.ts';
import type { Books, Stripe as StripePort } from '../../lib/ports.ts';
import { type SettableClock, settableClock } from '../support/memory/clock.ts';
import {
  elsewhere,
  type StripeAccount,
  stripeAccount,
  type Visit,
} from '../support/memory/stripe-account.ts';

/** Stripe behind our ports. */
export type StripeBackend = {
  stripe: StripePort;
  books: Books;
  /** What no message may tell; null where there is none. */
  secret: string | null;
  /** Stripe's own library on the same account; null where there is nothing on the other side of a wire. */
  client: Stripe | null;
  /** Unlike test mode, one that begins empty, whose time is ours, and which people come to. */
  people: People | null;
  stop(): Promise<void>;
};

/** What happens at Stripe without us; each as the account in memory says. */
export type People = {
  clock: SettableClock;
  settings: { enforceLinkLimit: boolean };
  visit(url: string): Promise<Visit>;
  pay: Later<StripeAccount['payer']['pay']>;
  settle: Later<StripeAccount['payer']['settle']>;
  dashboard: { [K in keyof StripeAccount['dashboard']]: Later<StripeAccount['dashboard'][K]> };
  /** Of all that happened since the last call, what the service is told. */
  notices(): Promise<PaymentNotice[]>;
  /** Sums of what succeeded, was given back, and was lost. */
  balanceMinor(): number;
};
type Later<F> = F extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never;

/** `pendingRefunds`: refunds of cards, too, take two days. */
export type Circumstances = { enforceLinkLimit?: boolean; pendingRefunds?: boolean };

type Named = { name: string; connect: (circumstances?: Circumstances) => Promise<StripeBackend> };

const STARTS_AT = '2026-04-14T15:00:00.000Z';

const memory: Named = {
  name: 'the account in memory',
  connect: async (circumstances = {}) => {
    const clock = settableClock(STARTS_AT);
    const account = stripeAccount({ clock, banksAnswer: true, ...circumstances });
    const { stripe, books, payer } = account;
    const people: People = {
      clock,
      settings: account.settings,
      visit: async (url) => payer.visit(url),
      pay: async (...args) => payer.pay(...args),
      settle: async (...args) => payer.settle(...args),
      dashboard: later(account.dashboard),
      notices: async () => {
        account.pass();
        return account.takeEvents().map((event) => account.readEvent(account.bodyOf(event)));
      },
      balanceMinor: account.balanceMinor,
    };
    return { stripe, books, secret: null, client: null, people, stop: async () => {} };
  },
};

const later = (dashboard: StripeAccount['dashboard']): People['dashboard'] => ({
  payWithoutOrder: async (...args) => dashboard.payWithoutOrder(...args),
  makeLink: async (...args) => dashboard.makeLink(...args),
  makeSession: async (...args) => dashboard.makeSession(...args),
  makeProduct: async (...args) => dashboard.makeProduct(...args),
  refund: async (...args) => dashboard.refund(...args),
  settleRefund: async (...args) => dashboard.settleRefund(...args),
  dispute: async (...args) => dashboard.dispute(...args),
  closeDispute: async (...args) => dashboard.closeDispute(...args),
  annotate: async (...args) => dashboard.annotate(...args),
  activate: async (...args) => dashboard.activate(...args),
  deactivate: async (...args) => dashboard.deactivate(...args),
});

const simulated: Named = {
  name: 'the simulator',
  connect: async ({ enforceLinkLimit = true, pendingRefunds = false } = {}) => {
    const clock = settableClock(STARTS_AT);
    const simulator = await startStripeSimulator({ enforceLinkLimit, now: () => epochMs(clock.now()) });
    const { apiKey, url } = simulator;
    const connection = { apiKey, endpointUrl: url, timeoutMs: 5_000, maxRetries: 0 };
    const client = connectStripe(connection);
    return {
      stripe: stripeGateway(connection),
      books: stripeBooks(connection),
      secret: apiKey,
      client,
      people: peopleAt(simulator, client, clock, pendingRefunds),
      stop: () => simulator.stop(),
    };
  },
};

const CARDS = {
  pays: '4242 4242 4242 4242',
  refundsLater: '4000 0000 0000 7726',
  declined: '4000 0000 0000 0002',
};

/** People at the simulator's pages and in its dashboard. Time has passed wherever one of them comes. */
const peopleAt = (
  simulator: StripeSimulator,
  client: Stripe,
  clock: SettableClock,
  pendingRefunds: boolean,
): People => {
  const { objects } = simulator;
  const session = (id: string) => objects.checkoutSessions.find((one) => one.id === id);
  const did = async (work: () => unknown): Promise<boolean> => {
    await simulator.tick();
    try {
      await work();
      return true;
    } catch {
      return false;
    }
  };
  const makeSession = ({ id, amountMinor, currency = 'usd', metadata = {} }: Foreign) =>
    client.checkout.sessions.create({
      mode: 'payment',
      line_items: [lineOf(amountMinor, currency)],
      metadata: { ...metadata },
      payment_intent_data: { metadata: { ...metadata } },
      success_url: elsewhere.returnUrl,
      ...chosen(id),
    });
  let told = 0;

  const pay: People['pay'] = async (sessionId, how) => {
    await simulator.tick();
    const before = session(sessionId);
    const url = `${simulator.url}/c/pay/${sessionId}`;
    const { status, leavesTo } = await visitor.payOn(
      { url, status: 200, text: '', leavesTo: null, sessionId },
      {
        method: how === 'bank_debit' ? 'us_bank_account' : 'card',
        cardNumber:
          how === 'declined_card' ? CARDS.declined : pendingRefunds ? CARDS.refundsLater : CARDS.pays,
      },
    );
    const after = session(sessionId);
    if (before?.status === 'open' && after?.status === 'complete') {
      if (leavesTo !== null && leavesTo !== returnUrlOf(after)) throw new Error(`It led to ${leavesTo}.`);
      return after.payment_status === 'paid' ? 'paid' : 'processing';
    }
    return status === 402 ? 'declined' : 'closed';
  };

  return {
    clock,
    settings: simulator.settings,
    visit: async (url) => {
      const { status, sessionId } = await visitor.open(url);
      if (sessionId === null) return { kind: 'closed', why: status === 404 ? 'unknown' : 'inactive' };
      const found = session(sessionId);
      if (found === undefined) return { kind: 'closed', why: 'unknown' };
      if (found.status === 'complete') return { kind: 'closed', why: 'completed' };
      if (found.status === 'expired') return { kind: 'closed', why: 'expired' };
      if (status !== 200) return { kind: 'closed', why: 'inactive' };
      const amount = { amountMinor: found.amount_total ?? 0, currency: found.currency ?? '' };
      return { kind: 'page', sessionId, amount, returnUrl: returnUrlOf(found) ?? found.url ?? '' };
    },
    pay,
    settle: (paymentId, as) => did(() => simulator.settleDebit(paymentId, as)),
    dashboard: {
      payWithoutOrder: async (what) => {
        const { id } = await makeSession(what);
        await pay(id, 'card');
        return String(session(id)?.payment_intent);
      },
      makeLink: async ({ id, limit, amountMinor, currency = 'usd', metadata = {} }) =>
        client.paymentLinks.create({
          line_items: [lineOf(amountMinor, currency)],
          metadata: { ...metadata },
          payment_intent_data: { metadata: { ...metadata } },
          ...(limit !== undefined && { restrictions: { completed_sessions: { limit } } }),
          ...chosen(id),
        }),
      makeSession: async (what) => {
        const { id, url } = await makeSession(what);
        return { id, url: url ?? '' };
      },
      makeProduct: async (name) => (await client.products.create({ name })).id,
      refund: (paymentId, amountMinor) =>
        attempt('create refund', async () => {
          const made = await client.refunds.create({ payment_intent: paymentId, amount: amountMinor });
          return made.id;
        }),
      settleRefund: (refundId, as) => did(() => simulator.settleRefund(refundId, as)),
      dispute: async (paymentId) => {
        const before = objects.disputes.length;
        await did(() => simulator.createDispute(paymentId));
        return objects.disputes[before]?.id;
      },
      closeDispute: (disputeId, as) => did(() => simulator.closeDispute(disputeId, as)),
      annotate: async (id) => {
        const note = { metadata: { note: 'Called the family.' } };
        await did(() =>
          id.startsWith('re_') ? client.refunds.update(id, note) : client.disputes.update(id, note),
        );
      },
      activate: async (linkId) => void (await client.paymentLinks.update(linkId, { active: true })),
      deactivate: async (linkId) => void (await client.paymentLinks.update(linkId, { active: false })),
    },
    notices: async () => {
      await simulator.tick();
      const news = objects.events.slice(told);
      told += news.length;
      const handled: readonly string[] = handledEventTypes;
      return news
        .filter(({ type }) => handled.includes(type))
        .map((event) => readStripeEvent(JSON.stringify(event)));
    },
    balanceMinor: () =>
      sumOf(objects.paymentIntents, 'succeeded') -
      sumOf(objects.refunds, 'succeeded') -
      sumOf(objects.disputes, 'lost'),
  };
};

type Foreign = Parameters<StripeAccount['dashboard']['makeSession']>[0];

const chosen = (id: string | undefined): Record<never, never> => {
  if (id !== undefined) throw new Error(`Nobody chooses an id at Stripe: ${id}.`);
  return {};
};

const lineOf = (amountMinor: number, currency: string) => ({
  quantity: 1,
  price_data: { currency, unit_amount: amountMinor, product_data: { name: elsewhere.productName } },
});

const returnUrlOf = ({ id, success_url }: { id: string; success_url: string | null }): string | undefined =>
  success_url?.replaceAll('{CHECKOUT_SESSION_ID}', id);

const sumOf = (all: readonly { status: string | null; amount: number }[], status: string): number =>
  all.reduce((sum, one) => sum + (one.status === status ? one.amount : 0), 0);

/** Stripe's own test mode, where a key for it is given. Nobody pays there. */
const testMode = (apiKey: string): Named => ({
  name: 'Stripe test mode',
  connect: async () => {
    const connection = { apiKey, timeoutMs: 20_000, maxRetries: 1 };
    const client = connectStripe(connection);
    const gateway = stripeGateway(connection);
    const made = new Set<string>();
    return {
      stripe: {
        ...gateway,
        createSurface: async (...args) => {
          const surface = await gateway.createSurface(...args);
          if (surface.stripeId.startsWith('plink_')) made.add(surface.stripeId);
          return surface;
        },
      },
      books: stripeBooks(connection),
      secret: apiKey,
      client,
      people: null,
      stop: async () => {
        for (const id of made) await forget(id, client);
      },
    };
  },
});

/** Stripe deletes nothing that was sold once: it is deactivated, or archived. */
const forget = async (linkId: string, client: Stripe): Promise<void> => {
  const items = await client.paymentLinks.listLineItems(linkId);
  await client.paymentLinks.update(linkId, { active: false });
  for (const { price } of items.data) {
    if (price === null) continue;
    await client.prices.update(price.id, { active: false });
    await client.products.update(String(price.product), { active: false });
  }
};

const testKey = process.env.STRIPE_TEST_API_KEY;
if (testKey !== undefined && !/^(sk|rk)_test_/.test(testKey)) {
  throw new Error(
    'STRIPE_TEST_API_KEY must begin with sk_test_ or rk_test_: these suites create payment links.',
  );
}

/** What there always is, and people come to. */
export const peopled = [memory, simulated].map(({ name, connect }) => ({
  name,
  connect: async (circumstances?: Circumstances) => {
    const backend = await connect(circumstances);
    if (backend.people === null) throw new Error(`Nobody comes to ${name}.`);
    return { ...backend, people: backend.people };
  },
}));

/** What our adapters reach over the wire. */
export const wired = [simulated, ...(testKey === undefined ? [] : [testMode(testKey)])].map(
  ({ name, connect }) => ({
    name,
    connect: async () => {
      const backend = await connect();
      if (backend.client === null) throw new Error(`There is no wire to ${name}.`);
      return { ...backend, client: backend.client };
    },
  }),
);

export const everyBackend: readonly Named[] = [
  memory,
  simulated,
  ...(testKey === undefined ? [] : [testMode(testKey)]),
];

/** A key per run: test mode remembers it for a day. */
export const idempotencyKey = (name: string): string => `contract/${process.pid}/${Date.now()}/${name}`;
