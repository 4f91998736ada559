import type Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { DAY_MS, HOUR_MS, linkParams, refusalOf, STARTS_AT, sessionParams, simulate } from './harness.ts';

const DAY = 24 * 60 * 60;
const HALF_HOUR = 30 * 60;

describe('the life of a checkout session', () => {
  test('is a day when it does not say otherwise', async () => {
    const { stripe } = await simulate();
    expect((await stripe.checkout.sessions.create(sessionParams())).expires_at).toBe(STARTS_AT + DAY);
  });

  test.each([DAY - 1, DAY, HALF_HOUR, HALF_HOUR + 1])('may be %i seconds', async (seconds) => {
    const { stripe } = await simulate();
    const session = await stripe.checkout.sessions.create(sessionParams({ expires_at: STARTS_AT + seconds }));
    expect(session.expires_at).toBe(STARTS_AT + seconds);
  });

  test.each([DAY + 1, 30 * DAY])(
    'cannot be %i seconds: that is the incident of April 2026',
    async (seconds) => {
      const { stripe, simulator } = await simulate();
      const error = await refusalOf(
        stripe.checkout.sessions.create(sessionParams({ expires_at: STARTS_AT + seconds })),
      );
      expect(error).toMatchObject({
        statusCode: 400,
        type: 'StripeInvalidRequestError',
        param: 'expires_at',
        message: 'The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.',
      });
      expect(simulator.objects.checkoutSessions).toHaveLength(0);
    },
  );

  test('cannot be shorter than half an hour', async () => {
    const { stripe } = await simulate();
    const error = await refusalOf(
      stripe.checkout.sessions.create(sessionParams({ expires_at: STARTS_AT + HALF_HOUR - 1 })),
    );
    expect(error).toMatchObject({ statusCode: 400, param: 'expires_at' });
  });

  test('ends on the second, and a visitor who comes later finds nothing to pay', async () => {
    const { stripe, simulator, advance, moveClock } = await simulate();
    const session = await stripe.checkout.sessions.create(sessionParams());
    const url = session.url ?? '';

    await advance(DAY_MS - 1_000);
    expect((await visitor.open(url)).status).toBe(200);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');

    // Without a tick: whoever looks sees what is true now.
    moveClock(1_000);
    const late = await visitor.pay(url);
    expect(late.status).toBe(410);
    expect(late.text).toContain('This checkout session has expired');
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'expired',
      url: null,
    });
    expect(simulator.objects.events.filter(({ type }) => type === 'checkout.session.expired')).toMatchObject([
      { created: session.expires_at },
    ]);
    expect(simulator.objects.paymentIntents).toHaveLength(0);
  });

  test('can be ended by request, once', async () => {
    const { stripe, simulator } = await simulate();
    const session = await stripe.checkout.sessions.create(sessionParams());

    expect(await stripe.checkout.sessions.expire(session.id)).toMatchObject({ status: 'expired', url: null });
    const again = await refusalOf(stripe.checkout.sessions.expire(session.id));
    expect(again).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
    expect(again.message).toContain('status in ["open"]');
    expect(simulator.objects.events.filter(({ type }) => type === 'checkout.session.expired')).toHaveLength(
      1,
    );
  });

  test('ends its unfinished payment with it', async () => {
    const { stripe, simulator, advance } = await simulate();
    const session = await stripe.checkout.sessions.create(sessionParams());
    await visitor.pay(session.url ?? '', { cardNumber: '4000 0000 0000 0002' });
    await advance(DAY_MS);

    expect(simulator.objects.paymentIntents).toMatchObject([{ status: 'canceled' }]);
  });
});

describe('a checkout session', () => {
  test('returns the payer to its own address, and offers the way back', async () => {
    const { stripe } = await simulate();
    const session = await stripe.checkout.sessions.create(
      sessionParams({
        success_url: 'https://club.example/thanks?session={CHECKOUT_SESSION_ID}',
        cancel_url: 'https://club.example/basket',
      }),
    );
    expect((await visitor.open(session.url ?? '')).text).toContain('href="https://club.example/basket"');
    const paid = await visitor.pay(session.url ?? '');

    expect(paid.leavesTo).toBe(`https://club.example/thanks?session=${session.id}`);
    expect((await visitor.open(session.url ?? '')).text).toContain('Payment complete');
    const over = await refusalOf(stripe.checkout.sessions.expire(session.id));
    expect(over.statusCode).toBe(400);
  });

  test('cannot be paid twice on two open pages', async () => {
    const { stripe, simulator } = await simulate();
    const session = await stripe.checkout.sessions.create(sessionParams());
    const page = await visitor.open(session.url ?? '');
    await visitor.payOn(page);
    await visitor.payOn(page);

    expect(simulator.objects.charges).toHaveLength(1);
  });

  test('is found by what it belongs to', async () => {
    const { stripe, moveClock } = await simulate();
    const first = await stripe.checkout.sessions.create(sessionParams());
    moveClock(HOUR_MS);
    const second = await stripe.checkout.sessions.create(sessionParams());
    await visitor.pay(second.url ?? '', { email: 'payer@example.com' });
    const paid = await stripe.checkout.sessions.retrieve(second.id);
    const link = await stripe.paymentLinks.create(linkParams());
    const visit = await visitor.open(link.url);
    const idsOf = async (query: Stripe.Checkout.SessionListParams) =>
      (await stripe.checkout.sessions.list(query)).data.map(({ id }) => id);

    expect(await idsOf({})).toEqual([visit.sessionId, second.id, first.id]);
    expect(await idsOf({ payment_link: link.id })).toEqual([visit.sessionId]);
    expect(await idsOf({ status: 'open' })).toEqual([visit.sessionId, first.id]);
    expect(await idsOf({ payment_intent: String(paid.payment_intent) })).toEqual([second.id]);
    expect(await idsOf({ created: { gt: STARTS_AT } })).toEqual([visit.sessionId, second.id]);
    expect(await idsOf({ created: STARTS_AT })).toEqual([first.id]);
    expect(await idsOf({ customer_details: { email: 'payer@example.com' } })).toEqual([second.id]);
  });

  test.each([
    ['without a return address', { success_url: undefined }, 'parameter_missing', 'success_url'],
    ['as a subscription, which is not simulated', { mode: 'subscription' }, 'not_simulated', 'mode'],
    ['with a customer nobody knows', { customer: 'cus_x' }, 'resource_missing', 'customer'],
    [
      'with a customer and an e-mail',
      { customer: 'cus_x', customer_email: 'a@b.c' },
      undefined,
      'customer_email',
    ],
    // Left the API with version 2026-09-30; `allowed_payment_method_types` took its place.
    [
      'with payment_method_types',
      { payment_method_types: ['card'] },
      'parameter_unknown',
      'payment_method_types',
    ],
    ['with text as its expiry', { expires_at: 'tomorrow' }, 'parameter_invalid_integer', 'expires_at'],
  ])('is refused %s', async (_, more, code, param) => {
    const { stripe } = await simulate();
    const untyped: object = { ...sessionParams(), ...more };
    const error = await refusalOf(stripe.checkout.sessions.create(untyped));
    expect(error).toMatchObject({ statusCode: 400, param });
    expect(error.code).toBe(code);
  });

  test('offers only the payment methods that it allows', async () => {
    const { stripe } = await simulate();
    const session = await stripe.checkout.sessions.create(
      sessionParams({ allowed_payment_method_types: ['card'] }),
    );
    expect(session.payment_method_types).toEqual(['card']);
    const page = await visitor.open(session.url ?? '');
    expect(page.text).not.toContain('US bank account');
    expect((await visitor.payOn(page, { method: 'us_bank_account' })).status).toBe(402);
  });
});
