import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClubPaymentsError, InvalidInput } from '../../lib/domain/errors.ts';
import { epochMs, instant, instantAfter } from '../../lib/domain/ids.ts';
import { money } from '../../lib/domain/money.ts';
import type { SurfaceRequest } from '../../lib/ports.ts';
import { settableClock } from '../support/memory/clock.ts';
import type { Instrument } from '../support/memory/stripe/payments.ts';
import {
  type StripeAccount,
  type StripeAccountOptions,
  stripeAccount,
} from '../support/memory/stripe-account.ts';
import { type Circumstances, peopled } from './stripe-backends.ts';

/**
 * Scripts drawn by chance, played at the simulator over HTTP and in the account in memory: each step, each notice, and
 * all that can be looked up afterwards is the same. What the many histories of the simulation see of Stripe is then what
 * the real adapters would have seen.
 */
type Backend = Awaited<ReturnType<(typeof peopled)[number]['connect']>>;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const kinds = ['payment_link', 'checkout_session'] as const;
const nth = fc.nat(30);
const amountMinor = fc.constantFrom(50, 2_500, 5_500);

/** One step of a script; `of` picks among what there is. */
const Step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('mint' as const),
      kind: fc.constantFrom(...kinds),
      key: fc.nat(6),
      // One of them is less than Stripe charges.
      amountMinor: fc.constantFrom(49, 2_500, 5_500, 5_500),
      saveCard: fc.boolean(),
      currency: fc.constantFrom('usd', 'usd', 'usd', 'eur' as const),
    }),
  },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('visit' as const), of: nth }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      of: nth,
      how: fc.constantFrom<Instrument>('card', 'card', 'declined_card', 'bank_debit'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      of: nth,
      as: fc.constantFrom('succeeded', 'failed' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('deactivate', 'switch_off', 'switch_on'), of: nth }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), of: nth }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('refund', 'refund_by_hand'),
      of: nth,
      key: fc.nat(3),
      amountMinor: fc.constantFrom(1, 500, 5_500),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('settle_refund' as const),
      of: nth,
      as: fc.constantFrom('succeeded', 'failed', 'canceled', 'requires_action' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('dispute', 'annotate'), of: nth }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('close_dispute' as const),
      of: nth,
      as: fc.constantFrom('won', 'lost' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('other_link', 'other_payment'), amountMinor }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('limits' as const), on: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 1_001, 20 * MINUTE_MS, 9 * HOUR_MS, DAY_MS, 2 * DAY_MS),
    }),
  },
);
type Step = typeof Step extends fc.Arbitrary<infer S> ? S : never;

const circumstances: fc.Arbitrary<Circumstances> = fc.record({
  enforceLinkLimit: fc.boolean(),
  pendingRefunds: fc.boolean(),
});

/** Plays at one backend. What is picked, is picked in the sequence in which it was met. */
const player = ({ stripe, books, people }: Backend) => {
  const urls: string[] = [];
  const links: string[] = [];
  const pages: string[] = [];
  const payments: string[] = [];
  const refunds: string[] = [];
  const disputes: string[] = [];
  const pick = (some: readonly string[], of: number, none: string): string => some[of % some.length] ?? none;
  const meet = (some: string[], id: string | null | undefined): void => {
    if (id !== null && id !== undefined && !some.includes(id)) some.push(id);
  };
  const link = (of: number) => pick(links, of, 'plink_none');
  const payment = (of: number) => pick(payments, of, 'pi_none');

  const act = async (step: Step): Promise<unknown> => {
    switch (step.do) {
      case 'mint': {
        const made = await stripe.createSurface(requestOf(step), `mint/${step.kind}/${step.key}`);
        meet(urls, made.url);
        meet(made.stripeId.startsWith('plink_') ? links : pages, made.stripeId);
        return made;
      }
      case 'visit': {
        if (urls.length === 0) return null;
        const visit = await people.visit(pick(urls, step.of, ''));
        if (visit.kind === 'page') meet(pages, visit.sessionId);
        return visit;
      }
      case 'pay':
        return people.pay(pick(pages, step.of, 'cs_test_none'), step.how);
      case 'settle':
        return people.settle(payment(step.of), step.as);
      case 'deactivate':
        return stripe.deactivateLink(link(step.of));
      case 'switch_off':
        return links.length > 0 && people.dashboard.deactivate(link(step.of));
      case 'switch_on':
        return links.length > 0 && people.dashboard.activate(link(step.of));
      case 'expire':
        return stripe.expireSession(pick(pages, step.of, 'cs_test_none'));
      case 'refund': {
        const metadata = { system: 's', order_id: 'ord_1', decision: `dec_${step.key}` };
        const asked = { paymentId: payment(step.of), amountMinor: step.amountMinor, metadata };
        return stripe.createRefund(asked, `refund/${step.key}`);
      }
      case 'refund_by_hand':
        return people.dashboard.refund(payment(step.of), step.amountMinor);
      case 'settle_refund':
        return people.dashboard.settleRefund(pick(refunds, step.of, 're_none'), step.as);
      case 'dispute':
        return people.dashboard.dispute(payment(step.of));
      case 'annotate':
        return people.dashboard.annotate(pick([...refunds, ...disputes], step.of, 're_none'));
      case 'close_dispute':
        return people.dashboard.closeDispute(pick(disputes, step.of, 'du_none'), step.as);
      case 'other_link': {
        const made = await people.dashboard.makeLink({ amountMinor: step.amountMinor });
        meet(urls, made.url);
        meet(links, made.id);
        return made.id;
      }
      case 'other_payment':
        return people.dashboard.payWithoutOrder({
          amountMinor: step.amountMinor,
          metadata: { other: 'yes' },
        });
      case 'limits':
        people.settings.enforceLinkLimit = step.on;
        return null;
      case 'wait':
        return people.clock.advance(step.ms);
    }
  };

  return {
    async play(step: Step): Promise<unknown> {
      const done = await act(step).catch(failure);
      const notices = await people.notices();
      for (const notice of notices) {
        if (notice.kind === 'payment') meet(payments, notice.paymentId);
        if (notice.kind === 'refund') meet(refunds, notice.refundId);
        if (notice.kind === 'dispute') meet(disputes, notice.disputeId);
      }
      return { done, notices };
    },
    /** All that our ports can tell. */
    async seen(): Promise<unknown> {
      const range = { from: instantAfter(people.clock.now(), -60 * DAY_MS), to: people.clock.now() };
      return {
        payments: await books.payments(range),
        refunds: await books.refunds(range),
        disputes: await books.disputes(range),
        activeLinks: await books.activeLinks({}),
        balanceMinor: people.balanceMinor(),
        links: await Promise.all(
          links.map(async (id) => [
            await stripe.lookUpSurface(id),
            await stripe.openSessionsOf(id),
            await stripe.hasCompletedSession(id),
            await books.paymentsOn(id),
            await books.link(id),
          ]),
        ),
        pages: await Promise.all(
          pages.map(async (id) => [await stripe.lookUpSurface(id), await books.payment(id)]),
        ),
        moved: await Promise.all(
          payments.map(async (id) => [await stripe.paymentIntent(id), await stripe.refundsOf(id)]),
        ),
        refunded: await Promise.all(refunds.map((id) => books.refund(id))),
        disputed: await Promise.all(disputes.map((id) => books.dispute(id))),
      };
    },
  };
};

const requestOf = (step: Extract<Step, { do: 'mint' }>): SurfaceRequest => ({
  kind: step.kind,
  amount: money(step.amountMinor, step.currency),
  product: { name: 'Utah Invitational', description: null, stripeProductId: null },
  saveCard: step.saveCard,
  customText: null,
  inactiveMessage: 'Closed.',
  returnUrl: 'https://pay.club.example/pay/token?session={CHECKOUT_SESSION_ID}',
  cancelUrl: step.kind === 'payment_link' ? null : 'https://club.example/shop',
  metadata: {
    system: 's',
    order_id: 'ord_1',
    player_id: 'ply_1',
    product_id: 'prd_1',
    generation: `${step.key}`,
  },
});

/** What a use case can see of it. */
const failure = (error: unknown): unknown => {
  if (!(error instanceof ClubPaymentsError)) throw error;
  const { name, message, retryable, evidence } = error;
  const { requestId: _, ...rest } = evidence;
  return { name, message, retryable, evidence: rest };
};

/** With every id and address of Stripe's by the number at which it was met: `plink_2`. */
const renamer = (): ((value: unknown) => unknown) => {
  const names = new Map<string, string>();
  const nameOf = (text: string, kind: string): string => {
    const name = names.get(text) ?? `${kind}_${names.size + 1}`;
    names.set(text, name);
    return name;
  };
  const rename = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, inner]) => [key, rename(inner)]),
      );
    }
    if (typeof value !== 'string') return value;
    if (/^https?:\/\/(127\.0\.0\.1|buy\.stripe\.com|checkout\.stripe\.com)/.test(value)) {
      return nameOf(value, 'url');
    }
    return value.replaceAll(/(plink|cs_test|pi|re|du|evt|cus|pm)_[A-Za-z0-9]+/g, nameOf);
  };
  return rename;
};

const connect = (circumstances: Circumstances) =>
  Promise.all(peopled.map((backend) => backend.connect(circumstances)));

it('the account in memory tells what the simulator tells over HTTP, step by step', async () => {
  await fc.assert(
    fc.asyncProperty(circumstances, fc.array(Step, { maxLength: 60, size: 'max' }), async (how, script) => {
      const backends = await connect(how);
      try {
        const sides = backends.map((backend) => ({ ...player(backend), renamed: renamer() }));
        for (const step of script) {
          const told = await Promise.all(sides.map(async ({ play, renamed }) => renamed(await play(step))));
          expect(told[0]).toEqual(told[1]);
        }
        const seen = await Promise.all(sides.map(async ({ seen, renamed }) => renamed(await seen())));
        expect(seen[0]).toEqual(seen[1]);
      } finally {
        await Promise.all(backends.map(({ stop }) => stop()));
      }
    }),
    { numRuns: 15, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: false },
  );
});

describe('the account in memory', () => {
  const START = '2026-04-14T15:00:00.000Z';
  const open = (options: Partial<StripeAccountOptions> = {}) => {
    const clock = settableClock(START);
    return { clock, ...stripeAccount({ clock, ...options }) };
  };
  const request = requestOf({
    ...{ do: 'mint', kind: 'payment_link', key: 1, amountMinor: 5_500 },
    ...{ saveCard: false, currency: 'usd' },
  });
  const pageOf = ({ payer }: StripeAccount, url: string): string => {
    const visit = payer.visit(url);
    return visit.kind === 'page' ? visit.sessionId : expect.unreachable(`It is ${visit.why}.`);
  };

  it('says when something will happen by itself, and lets it happen at its own time', async () => {
    const account = open();
    expect(account.nextAtMs()).toBe(Number.POSITIVE_INFINITY);
    const { url, stripeId } = await account.stripe.createSurface(request, 'k');
    const page = pageOf(account, url);
    const lapsesAtMs = epochMs(START) + DAY_MS;
    expect(account.nextAtMs()).toBe(lapsesAtMs);
    account.clock.advance(3 * DAY_MS);
    account.pass();
    expect(account.takeEvents()).toMatchObject([
      {
        type: 'checkout.session.expired',
        atMs: lapsesAtMs,
        notice: { kind: 'session_expired', sessionId: page, linkId: stripeId, at: instant(lapsesAtMs) },
      },
    ]);
    expect(account.takeEvents()).toEqual([]);
    expect(account.nextAtMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('has nothing ahead of it once a page was paid, and a debit only where banks answer by themselves', async () => {
    for (const banksAnswer of [false, true]) {
      const account = open({ banksAnswer });
      const { url } = await account.stripe.createSurface(request, 'k');
      expect(account.payer.pay(pageOf(account, url), 'bank_debit')).toBe('processing');
      expect(account.payer.processing()).toEqual([...account.payments()].map(({ id }) => id));
      const settlesAtMs = epochMs(START) + 4 * DAY_MS;
      expect(account.nextAtMs()).toBe(banksAnswer ? settlesAtMs : Number.POSITIVE_INFINITY);
      account.clock.advance(5 * DAY_MS);
      account.pass();
      expect(account.payer.processing()).toHaveLength(banksAnswer ? 0 : 1);
      expect(account.balanceMinor()).toBe(banksAnswer ? 5_500 : 0);
    }
  });

  it.each([
    ['undone', 0],
    ['done', 1],
  ] as const)(
    'repeats a failure of Stripe under its key, %s or not, until the key is forgotten',
    async (fault, links) => {
      const failing = new Set(['bad']);
      const account = open({ replays: (key) => (failing.has(key) ? fault : undefined) });
      const create = (key: string) => account.stripe.createSurface(request, key);
      for (let i = 0; i < 2; i++) {
        await expect(create('bad')).rejects.toMatchObject({ name: 'StripeUnavailable', answered: true });
      }
      failing.clear();
      await expect(create('bad')).rejects.toMatchObject({ name: 'StripeUnavailable', answered: true });
      expect([...account.links()]).toHaveLength(links);
      await create('good');
      account.clock.advance(DAY_MS + 1);
      await create('bad');
      expect([...account.links()]).toHaveLength(links + 2);
    },
  );

  it('tells an event as often as it is asked, always the same, and refuses what is none', async () => {
    const account = open();
    account.dashboard.payWithoutOrder({ amountMinor: 900, metadata: { a: 'b' } });
    const [event = expect.unreachable('Nothing happened.')] = account.takeEvents();
    const body = account.bodyOf(event);
    expect(account.readEvent(body)).toBe(event.notice);
    expect(account.readEvent(body)).toBe(event.notice);
    expect(() => Object.assign(event.notice, { at: 'defaced' })).toThrow(TypeError);
    expect(() => account.readEvent('{}')).toThrow(InvalidInput);
    expect(open({ keepsEvents: false }).takeEvents()).toEqual([]);
  });

  it('holds no more than it was given, whatever its caller does to that afterwards', async () => {
    const account = open();
    const mine = { ...request, metadata: { ...request.metadata } };
    const { stripeId } = await account.stripe.createSurface(mine, 'k');
    mine.metadata.order_id = 'defaced';
    expect(await account.stripe.lookUpSurface(stripeId)).toEqual({ state: 'open', orderId: 'ord_1' });
  });
});
