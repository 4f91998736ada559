import type Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { DAY_MS, FIFTY_DOLLARS, linkParams, refusalOf, STARTS_AT, simulate } from './harness.ts';

describe('a payment link', () => {
  test('is created from an inline price, which is kept out of the catalogue', async () => {
    const { stripe } = await simulate();
    const link = await stripe.paymentLinks.create(linkParams());
    const items = await stripe.paymentLinks.listLineItems(link.id);
    const price = await stripe.prices.retrieve(items.data[0]?.price?.id ?? '');

    expect(link).toMatchObject({ object: 'payment_link', active: true, currency: 'usd', livemode: false });
    expect(link.id).toMatch(/^plink_/);
    expect(items.data).toMatchObject([
      { amount_total: 5_000, description: 'Utah Invitational', quantity: 1 },
    ]);
    expect(price).toMatchObject({ unit_amount: 5_000, active: false, type: 'one_time' });
    expect(String(price.unit_amount_decimal)).toBe('5000');
  });

  test('opens a new session with a copy of its metadata at every visit', async () => {
    const { stripe } = await simulate();
    const link = await stripe.paymentLinks.create(linkParams());
    await visitor.open(link.url);
    await visitor.open(link.url);
    const sessions = await stripe.checkout.sessions.list({ payment_link: link.id });

    expect(sessions.data).toHaveLength(2);
    for (const session of sessions.data) {
      expect(session).toMatchObject({
        payment_link: link.id,
        status: 'open',
        payment_status: 'unpaid',
        payment_intent: null,
        metadata: { order_id: 'ord_1' },
        amount_total: 5_000,
        expires_at: STARTS_AT + 24 * 60 * 60,
      });
    }
  });

  test('opens no session for a HEAD request, as mail scanners send them', async () => {
    const { stripe, simulator } = await simulate();
    const link = await stripe.paymentLinks.create(linkParams());
    const response = await fetch(link.url, { method: 'HEAD', redirect: 'manual' });

    expect(response.status).toBe(200);
    expect(simulator.objects.checkoutSessions).toHaveLength(0);
  });

  test('outlives its sessions: they expire after a day, the link does not', async () => {
    const { stripe, simulator, advance } = await simulate();
    const link = await stripe.paymentLinks.create(linkParams());
    await visitor.open(link.url);
    await advance(30 * DAY_MS);

    expect(simulator.objects.checkoutSessions[0]?.status).toBe('expired');
    expect((await stripe.paymentLinks.retrieve(link.id)).active).toBe(true);
    expect((await visitor.pay(link.url)).text).toContain('Payment complete');
  });

  test('shows its own words when it is inactive, and opens nothing', async () => {
    const { stripe, simulator } = await simulate();
    const link = await stripe.paymentLinks.create(
      linkParams({ inactive_message: 'This fee is settled. Thank you!' }),
    );
    await stripe.paymentLinks.update(link.id, { active: false });
    const page = await visitor.open(link.url);

    expect(page).toMatchObject({ status: 410, sessionId: null });
    expect(page.text).toContain('This fee is settled. Thank you!');
    expect(simulator.objects.checkoutSessions).toHaveLength(0);
    await stripe.paymentLinks.update(link.id, { active: true });
    expect((await visitor.open(link.url)).status).toBe(200);
  });

  test('leaves a session that is already open payable when it is deactivated', async () => {
    const { stripe } = await simulate();
    const link = await stripe.paymentLinks.create(linkParams());
    const open = await visitor.open(link.url);
    await stripe.paymentLinks.update(link.id, { active: false });

    expect((await visitor.payOn(open)).text).toContain('Payment complete');
  });

  test('takes e-mail and reference from the visitor, who may write anything there', async () => {
    const { stripe, simulator } = await simulate();
    const link = await stripe.paymentLinks.create(linkParams());
    const query = new URLSearchParams({
      locked_prefilled_email: 'locked@example.com',
      client_reference_id: 'somebody_else',
    });
    const page = await visitor.open(`${link.url}?${query}`);
    const suggested = await visitor.open(`${link.url}?prefilled_email=free%40example.com`);

    expect(page.text).toContain('locked@example.com');
    expect(simulator.objects.checkoutSessions[0]).toMatchObject({
      customer_email: 'locked@example.com',
      client_reference_id: 'somebody_else',
      metadata: { order_id: 'ord_1' },
    });
    expect(suggested.text).toContain('free@example.com');
    expect(simulator.objects.checkoutSessions[1]?.customer_email).toBeNull();
  });

  test('escapes what its owner wrote', async () => {
    const { stripe } = await simulate();
    const link = await stripe.paymentLinks.create(
      linkParams({
        line_items: [
          {
            price_data: { currency: 'usd', unit_amount: 5_000, product_data: { name: '<script>x</script>' } },
            quantity: 1,
          },
        ],
        custom_text: { submit: { message: 'Later fees & <b>dates</b>' } },
      }),
    );
    const { text } = await visitor.open(link.url);

    expect(text).not.toContain('<script>x');
    expect(text).toContain('Later fees &amp; &lt;b&gt;dates&lt;/b&gt;');
  });

  test('merges metadata key by key and removes a key that is set to nothing', async () => {
    const { stripe } = await simulate();
    const link = await stripe.paymentLinks.create(linkParams({ metadata: { a: '1', b: '2' } }));

    expect((await stripe.paymentLinks.update(link.id, { metadata: { b: '', c: '3' } })).metadata).toEqual({
      a: '1',
      c: '3',
    });
    const intentData = await stripe.paymentLinks.update(link.id, {
      payment_intent_data: { metadata: { system: 'x' }, setup_future_usage: 'off_session' },
    });
    expect(intentData.payment_intent_data).toMatchObject({
      metadata: { system: 'x' },
      setup_future_usage: 'off_session',
    });
  });
});

describe('creating a payment link is refused', () => {
  const withAmount = (unitAmount: number, currency = 'usd'): Stripe.PaymentLinkCreateParams =>
    linkParams({
      line_items: [
        { price_data: { currency, unit_amount: unitAmount, product_data: { name: 'Fee' } }, quantity: 1 },
      ],
    });

  test.each([
    ['usd', 49, 'amount_too_small'],
    ['usd', 100_000_000, 'amount_too_large'],
    ['jpy', 49, 'amount_too_small'],
    ['gbp', 29, 'amount_too_small'],
  ])('for %s %i', async (currency, amount, code) => {
    const { stripe, simulator } = await simulate();
    const error = await refusalOf(stripe.paymentLinks.create(withAmount(amount, currency)));

    expect(error).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError', code });
    expect(simulator.objects.prices).toHaveLength(0);
  });

  test.each([
    ['usd', 50],
    ['usd', 99_999_999],
    ['jpy', 50],
    ['gbp', 30],
  ])('but not for %s %i', async (currency, amount) => {
    const { stripe } = await simulate();
    await expect(stripe.paymentLinks.create(withAmount(amount, currency))).resolves.toMatchObject({
      currency,
    });
  });

  /** Parameters that the SDK's types forbid, as an untyped caller would send them. */
  const untyped = (more: object): Stripe.PaymentLinkCreateParams => ({ ...linkParams(), ...more });

  test.each([
    [
      'an expiry, which links do not have',
      { expires_at: STARTS_AT + 3600 },
      'parameter_unknown',
      'expires_at',
    ],
    ['a customer, which links do not take', { customer: 'cus_1' }, 'parameter_unknown', 'customer'],
    [
      'an unknown nested parameter',
      { restrictions: { completed_sessions: { limit: 1, per_day: 2 } } },
      'parameter_unknown',
      'restrictions[completed_sessions][per_day]',
    ],
    ['a fraction', withAmount(50.5), 'parameter_invalid_integer', 'line_items[0][price_data][unit_amount]'],
    [
      'a parameter that is not simulated',
      { tax_id_collection: { enabled: true } },
      'not_simulated',
      'tax_id_collection',
    ],
    [
      "an unknown product, without making the other item's",
      {
        line_items: [
          FIFTY_DOLLARS,
          { price_data: { currency: 'usd', unit_amount: 500, product: 'prod_x' }, quantity: 1 },
        ],
      },
      'resource_missing',
      'line_items[1][price_data][product]',
    ],
    [
      'an unknown price',
      { line_items: [{ price: 'price_x', quantity: 1 }] },
      'resource_missing',
      'line_items[0][price]',
    ],
    ['no items', { line_items: [] }, 'parameter_missing', 'line_items'],
    [
      'an item without a quantity',
      { line_items: [{ price: 'price_x' }] },
      'parameter_missing',
      'line_items[0][quantity]',
    ],
    [
      'two currencies',
      { line_items: [FIFTY_DOLLARS, ...(withAmount(5_000, 'eur').line_items ?? [])] },
      undefined,
      'line_items',
    ],
    ['an unknown currency', withAmount(5_000, 'xyz'), undefined, 'line_items[0][price_data][currency]'],
    ['21 items', { line_items: Array.from({ length: 21 }, () => FIFTY_DOLLARS) }, undefined, 'line_items'],
    ['a long inactive message', { inactive_message: 'x'.repeat(501) }, undefined, 'inactive_message'],
    [
      'a long custom text',
      { custom_text: { submit: { message: 'x'.repeat(1_201) } } },
      undefined,
      'custom_text[submit][message]',
    ],
    ['a value out of an enumeration', { customer_creation: 'sometimes' }, undefined, 'customer_creation'],
    [
      'an empty string where a value must be',
      { inactive_message: '' },
      'parameter_invalid_empty',
      'inactive_message',
    ],
    [
      'a return to another machine without https',
      { after_completion: { type: 'redirect', redirect: { url: 'http://club.example/' } } },
      'url_invalid',
      'after_completion[redirect][url]',
    ],
    [
      'a return that is no URL',
      { after_completion: { type: 'redirect', redirect: { url: 'club.example' } } },
      'url_invalid',
      'after_completion[redirect][url]',
    ],
    [
      '51 metadata keys',
      { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v'])) },
      undefined,
      'metadata',
    ],
    ['a metadata key of 41 characters', { metadata: { ['k'.repeat(41)]: 'v' } }, undefined, 'metadata'],
    ['a metadata value of 501 characters', { metadata: { k: 'v'.repeat(501) } }, undefined, 'metadata[k]'],
  ])('for %s', async (_, more, code, param) => {
    const { stripe, simulator } = await simulate();
    const error = await refusalOf(stripe.paymentLinks.create(untyped(more)));

    expect(error).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError', param });
    expect(error.code).toBe(code);
    expect(error.requestId).toMatch(/^req_/);
    expect(simulator.objects.paymentLinks).toHaveLength(0);
    expect(simulator.objects.products).toHaveLength(0);
  });

  test('but not right at the limits of its texts and metadata', async () => {
    const { stripe } = await simulate();
    const metadata = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [String(i).padStart(40, 'k'), 'v'.repeat(500)]),
    );
    const link = await stripe.paymentLinks.create(
      linkParams({
        metadata,
        inactive_message: 'x'.repeat(500),
        custom_text: { submit: { message: 'x'.repeat(1_200) } },
        after_completion: {
          type: 'redirect',
          redirect: { url: 'http://localhost:3000/pay/t?session={CHECKOUT_SESSION_ID}' },
        },
      }),
    );

    expect(Object.keys(link.metadata)).toHaveLength(50);
    const oneMore = await refusalOf(stripe.paymentLinks.update(link.id, { metadata: { extra: '1' } }));
    expect(oneMore).toMatchObject({ statusCode: 400, param: 'metadata' });
  });
});
