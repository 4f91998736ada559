import { describe, expect, test } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { DAY_MS, HOUR_MS, linkParams, refusalOf, simulate } from './harness.ts';

describe('a card payment on a link', () => {
  test('marks everything that belongs to it', async () => {
    const { stripe, simulator } = await simulate();
    const link = await stripe.paymentLinks.create(
      linkParams({
        payment_intent_data: { metadata: { system: 'club-payments/test' }, description: 'Utah' },
        after_completion: {
          type: 'redirect',
          redirect: { url: 'https://club.example/pay/token?session={CHECKOUT_SESSION_ID}' },
        },
      }),
    );
    const paid = await visitor.pay(link.url, { email: 'parent@example.com', name: 'Pat Parent' });
    const [session] = (
      await stripe.checkout.sessions.list({
        payment_link: link.id,
        expand: ['data.payment_intent.latest_charge', 'data.line_items'],
      })
    ).data;

    expect(paid.leavesTo).toBe(`https://club.example/pay/token?session=${session?.id}`);
    expect(session).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      customer: null,
      customer_details: { email: 'parent@example.com', name: 'Pat Parent' },
      metadata: { order_id: 'ord_1' },
      line_items: { data: [{ amount_total: 5_000 }] },
      payment_intent: {
        status: 'succeeded',
        amount_received: 5_000,
        description: 'Utah',
        metadata: { system: 'club-payments/test' },
        latest_charge: {
          status: 'succeeded',
          paid: true,
          payment_method_details: { card: { last4: '4242' } },
        },
      },
    });
    expect(simulator.objects.balance).toEqual({ usd: { availableMinor: 0, pendingMinor: 5_000 - 175 } });
  });

  test('deactivates the link at its limit, and other sessions that are open can no longer be paid', async () => {
    const { stripe, simulator } = await simulate();
    const link = await stripe.paymentLinks.create(linkParams());
    const [first, second] = [await visitor.open(link.url), await visitor.open(link.url)];
    await visitor.payOn(first);
    const late = await visitor.payOn(second);

    expect(late.status).toBe(410);
    expect(await stripe.paymentLinks.retrieve(link.id)).toMatchObject({
      active: false,
      restrictions: { completed_sessions: { count: 1, limit: 1 } },
    });
    expect((await visitor.open(link.url)).status).toBe(410);
    expect(simulator.objects.charges).toHaveLength(1);
  });

  test('is taken twice when limits are ignored: Stripe promises nothing about two open sessions', async () => {
    const { stripe, simulator } = await simulate({ enforceLinkLimit: false });
    const link = await stripe.paymentLinks.create(linkParams());
    const [first, second] = [await visitor.open(link.url), await visitor.open(link.url)];
    await visitor.payOn(first);
    await visitor.payOn(second);

    expect(simulator.objects.charges).toHaveLength(2);
    expect(await stripe.paymentLinks.retrieve(link.id)).toMatchObject({
      active: true,
      restrictions: { completed_sessions: { count: 2 } },
    });
    simulator.settings.enforceLinkLimit = true;
    expect((await visitor.open(link.url)).status).toBe(410);
  });

  test.each([
    ['4000 0000 0000 0002', 'Your card was declined.', 'card_declined', 'generic_decline'],
    ['4000 0000 0000 9995', 'Your card has insufficient funds.', 'card_declined', 'insufficient_funds'],
    ['4000 0000 0000 0069', 'Your card has expired.', 'expired_card', 'expired_card'],
  ])(
    'with card %s is declined, and the page can be tried again',
    async (cardNumber, message, code, declineCode) => {
      const { stripe, simulator } = await simulate();
      const link = await stripe.paymentLinks.create(linkParams());
      const open = await visitor.open(link.url);
      const declined = await visitor.payOn(open, { cardNumber });

      expect(declined.status).toBe(402);
      expect(declined.text).toContain(message);
      expect(simulator.objects.checkoutSessions).toMatchObject([
        { status: 'open', payment_status: 'unpaid' },
      ]);
      expect(simulator.objects.paymentIntents).toMatchObject([
        { status: 'requires_payment_method', last_payment_error: { code, decline_code: declineCode } },
      ]);
      expect((await visitor.payOn(open)).text).toContain('Payment complete');
      // The second attempt belongs to the same payment.
      expect(simulator.objects.paymentIntents).toMatchObject([
        { status: 'succeeded', last_payment_error: null },
      ]);
      expect(simulator.objects.charges.map(({ status }) => status)).toEqual(['failed', 'succeeded']);
    },
  );

  test('with a wrong number or no e-mail changes nothing', async () => {
    const { stripe, simulator } = await simulate();
    const link = await stripe.paymentLinks.create(linkParams());
    const open = await visitor.open(link.url);

    expect((await visitor.payOn(open, { cardNumber: '1234' })).text).toContain('Your card number is invalid');
    expect((await visitor.payOn(open, { email: 'nobody' })).text).toContain('Your email is incomplete');
    expect(simulator.objects.paymentIntents).toHaveLength(0);
  });

  test('waits for the bank when it wants to be asked', async () => {
    const { stripe, simulator } = await simulate();
    const link = await stripe.paymentLinks.create(linkParams());
    const open = await visitor.open(link.url);
    const asked = await visitor.payOn(open, { cardNumber: '4000002500003155' });
    expect(asked.url).toMatch(/\/authenticate$/);
    expect(simulator.objects.paymentIntents).toMatchObject([{ status: 'requires_action' }]);

    const failed = await visitor.payOn(open, { cardNumber: '4000002500003155', authentication: 'fail' });
    expect(failed.text).toContain('unable to authenticate');
    expect(simulator.objects.checkoutSessions).toMatchObject([{ status: 'open' }]);

    const approved = await visitor.payOn(open, { cardNumber: '4000002500003155', authentication: 'approve' });
    expect(approved.text).toContain('Payment complete');
  });
});

describe('a bank debit', () => {
  const payByDebit = async (accountNumber = '000123456789') => {
    const harness = await simulate();
    const link = await harness.stripe.paymentLinks.create(linkParams());
    const page = await visitor.pay(link.url, { method: 'us_bank_account', accountNumber });
    const types = () => harness.simulator.objects.events.map(({ type }) => type);
    return { ...harness, link, page, types };
  };

  test('completes the session unpaid, counts against the limit, and is paid after four days', async () => {
    const { stripe, simulator, page, link, types, advance } = await payByDebit();
    expect(page.text).toContain('Payment on its way');
    expect(simulator.objects.checkoutSessions).toMatchObject([
      { status: 'complete', payment_status: 'unpaid' },
    ]);
    expect(simulator.objects.paymentIntents).toMatchObject([{ status: 'processing', amount_received: 0 }]);
    expect((await stripe.paymentLinks.retrieve(link.id)).active).toBe(false);

    await advance(4 * DAY_MS - 1);
    expect(types()).not.toContain('checkout.session.async_payment_succeeded');
    await advance(1);
    expect(types().slice(-3)).toEqual([
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.async_payment_succeeded',
    ]);
    expect(simulator.objects.checkoutSessions).toMatchObject([{ payment_status: 'paid' }]);
    expect(simulator.objects.charges).toMatchObject([{ status: 'succeeded', paid: true }]);
  });

  test('of an account without money fails', async () => {
    const { simulator, types, advance } = await payByDebit('000222222227');
    await advance(4 * DAY_MS);

    expect(types().slice(-3)).toEqual([
      'charge.failed',
      'payment_intent.payment_failed',
      'checkout.session.async_payment_failed',
    ]);
    expect(simulator.objects.checkoutSessions).toMatchObject([
      { status: 'complete', payment_status: 'unpaid' },
    ]);
    expect(simulator.objects.balance).toEqual({});
  });

  test('can be settled by hand, once', async () => {
    const { simulator, types, advance } = await payByDebit();
    const id = simulator.objects.paymentIntents[0]?.id ?? '';
    simulator.settleDebit(id, 'failed');
    await advance(5 * DAY_MS);

    expect(types()).not.toContain('checkout.session.async_payment_succeeded');
    expect(() => simulator.settleDebit(id, 'succeeded')).toThrow('no debit to settle');
  });
});

describe('a saved card', () => {
  const subscribe = async (cardNumber: string) => {
    const harness = await simulate();
    const link = await harness.stripe.paymentLinks.create(
      linkParams({
        customer_creation: 'always',
        payment_intent_data: { setup_future_usage: 'off_session' },
      }),
    );
    await visitor.pay(link.url, { cardNumber, authentication: 'approve', email: 'monthly@example.com' });
    const [session] = (await harness.stripe.checkout.sessions.list({ expand: ['data.payment_intent'] })).data;
    const intent = session?.payment_intent;
    if (typeof intent !== 'object' || intent === null) throw new Error('not expanded');
    const charge = (amount = 12_500) =>
      harness.stripe.paymentIntents.create({
        amount,
        currency: 'usd',
        customer: String(session?.customer),
        payment_method: String(intent.payment_method),
        off_session: true,
        confirm: true,
      });
    return {
      ...harness,
      customer: String(session?.customer),
      paymentMethod: String(intent.payment_method),
      charge,
    };
  };

  test('belongs to a customer of its own and can be charged later', async () => {
    const { stripe, customer, paymentMethod, charge } = await subscribe('4242424242424242');

    expect(await stripe.customers.retrieve(customer)).toMatchObject({ email: 'monthly@example.com' });
    expect(await stripe.paymentMethods.retrieve(paymentMethod)).toMatchObject({ customer });
    expect(await charge()).toMatchObject({ status: 'succeeded', amount_received: 12_500 });
  });

  test.each([
    ['4000000000000341', 'card_declined', 'generic_decline'],
    ['4000002760003184', 'authentication_required', 'authentication_required'],
  ])('with number %s is refused later with %s', async (number, code, declineCode) => {
    const { simulator, charge } = await subscribe(number);
    const error = await refusalOf(charge());

    expect(error).toMatchObject({
      statusCode: 402,
      type: 'StripeCardError',
      code,
      decline_code: declineCode,
    });
    expect(error.payment_intent).toMatchObject({ status: 'requires_payment_method' });
    expect(simulator.objects.paymentIntents).toHaveLength(2);
  });

  test('of another customer, or of a guest, cannot be charged', async () => {
    const { stripe, simulator, paymentMethod } = await subscribe('4242424242424242');
    const stranger = await stripe.customers.create({ email: 'other@example.com' });
    const params = { amount: 500, currency: 'usd', off_session: true, confirm: true };

    const strangers = await refusalOf(
      stripe.paymentIntents.create({ ...params, customer: stranger.id, payment_method: paymentMethod }),
    );
    expect(strangers).toMatchObject({ statusCode: 400, param: 'payment_method' });

    const link = await stripe.paymentLinks.create(linkParams());
    await visitor.pay(link.url);
    const guestMethod = simulator.objects.paymentMethods.at(-1);
    expect(guestMethod?.customer).toBeNull();
    const guests = await refusalOf(
      stripe.paymentIntents.create({ ...params, payment_method: guestMethod?.id ?? '' }),
    );
    expect(guests.message).toContain('It may not be used again');
  });

  test('can be replaced by a ready-made one of Stripe', async () => {
    const { stripe } = await simulate();
    const params = { amount: 500, currency: 'usd', confirm: true };
    await expect(
      stripe.paymentIntents.create({ ...params, payment_method: 'pm_card_visa' }),
    ).resolves.toMatchObject({ status: 'succeeded' });
    const declined = await refusalOf(
      stripe.paymentIntents.create({ ...params, payment_method: 'pm_card_chargeDeclined' }),
    );
    expect(declined).toMatchObject({ statusCode: 402, code: 'card_declined' });
  });
});

describe('a payment intent', () => {
  test('keeps merged metadata and can be canceled only while nothing is collected', async () => {
    const { stripe, moveClock } = await simulate();
    const open = await stripe.paymentIntents.create({ amount: 500, currency: 'usd', metadata: { a: '1' } });
    moveClock(HOUR_MS);
    expect((await stripe.paymentIntents.update(open.id, { metadata: { b: '2' } })).metadata).toEqual({
      a: '1',
      b: '2',
    });
    expect((await stripe.paymentIntents.cancel(open.id)).status).toBe('canceled');

    const paid = await stripe.paymentIntents.create({
      amount: 500,
      currency: 'usd',
      confirm: true,
      payment_method: 'pm_card_visa',
    });
    expect(await refusalOf(stripe.paymentIntents.cancel(paid.id))).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
    });
    expect((await stripe.paymentIntents.list()).data.map(({ id }) => id)).toEqual([paid.id, open.id]);
  });
});
