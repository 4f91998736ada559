import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStripeSimulator } from '../../infra/local/stripe/simulator.ts';
import { stripeGateway } from '../../lib/adapters/stripe/gateway.ts';
import { StripeRefused } from '../../lib/domain/errors.ts';
import { money } from '../../lib/domain/money.ts';
import type { SurfaceRequest } from '../../lib/ports.ts';

/**
 * What we believe of Stripe, asked of Stripe: always of the simulator, and of Stripe's own test mode when
 * `STRIPE_TEST_API_KEY` is set. What it makes there is deactivated or archived in the end.
 */
const testKey = process.env.STRIPE_TEST_API_KEY;
if (testKey !== undefined && !/^(sk|rk)_test_/.test(testKey)) {
  throw new Error(
    'STRIPE_TEST_API_KEY must begin with sk_test_ or rk_test_: this suite creates payment links.',
  );
}

const servers = [
  {
    name: 'the simulator',
    connect: async () => {
      const simulator = await startStripeSimulator();
      return { apiKey: simulator.apiKey, endpointUrl: simulator.url, stop: () => simulator.stop() };
    },
  },
  ...(testKey === undefined
    ? []
    : [
        {
          name: 'Stripe test mode',
          connect: async () => ({ apiKey: testKey, endpointUrl: undefined, stop: async () => {} }),
        },
      ]),
];

const request = (over: Partial<SurfaceRequest> = {}): SurfaceRequest => ({
  kind: 'payment_link',
  amount: money(5_500),
  product: { name: 'Utah Invitational', description: 'June 12 to 14', stripeProductId: null },
  saveCard: false,
  customText: null,
  inactiveMessage: 'This page was closed. Ask the office.',
  returnUrl: 'https://pay.club.example/pay/token?session={CHECKOUT_SESSION_ID}',
  cancelUrl: null,
  metadata: {
    system: 'club-payments/contract',
    order_id: 'ord_contract',
    player_id: 'ply_1',
    product_id: 'prd_1',
    generation: '1',
  },
  ...over,
});

const monthly = request({
  saveCard: true,
  customText: 'Your card is kept for later fees.',
  amount: money(12_000),
});
/** A key per run: Stripe remembers it for a day. */
const key = (name: string): string => `contract/${process.pid}/${Date.now()}/${name}`;

describe.each(servers)('the gateway and $name', ({ connect }) => {
  let server: Awaited<ReturnType<(typeof servers)[number]['connect']>>;
  let gateway: ReturnType<typeof stripeGateway>;
  let stripe: Stripe;
  const made: string[] = [];

  beforeAll(async () => {
    server = await connect();
    gateway = stripeGateway({ ...server, timeoutMs: 20_000, maxRetries: 1 });
    const url = server.endpointUrl === undefined ? undefined : new URL(server.endpointUrl);
    stripe = new Stripe(
      server.apiKey,
      url === undefined ? {} : { host: url.hostname, port: url.port, protocol: 'http' },
    );
  });

  afterAll(async () => {
    for (const id of made) {
      const items = await stripe.paymentLinks.listLineItems(id);
      await stripe.paymentLinks.update(id, { active: false });
      for (const { price } of items.data) {
        if (price === null) continue;
        await stripe.prices.update(price.id, { active: false });
        await stripe.products.update(String(price.product), { active: false });
      }
    }
    await server.stop();
  });

  const create = async (wanted: SurfaceRequest, idempotencyKey: string) => {
    const surface = await gateway.createSurface(wanted, idempotencyKey);
    if (surface.stripeId.startsWith('plink_') && !made.includes(surface.stripeId))
      made.push(surface.stripeId);
    return surface;
  };

  it.each([
    ['tournament', request(), null],
    ['monthly', monthly, 'off_session'],
  ] as const)('a %s link, retrieved, is what was asked for', async (name, wanted, usage) => {
    const { stripeId, url, expiresAt } = await create(wanted, key(name));
    const link = await stripe.paymentLinks.retrieve(stripeId, { expand: ['line_items'] });
    expect(link).not.toHaveProperty('expires_at');
    expect(expiresAt).toBeNull();
    expect(link.url).toBe(url);
    expect(link.active).toBe(true);
    expect(link.metadata).toEqual(wanted.metadata);
    expect(link.payment_intent_data?.metadata).toEqual(wanted.metadata);
    expect(link.payment_intent_data?.setup_future_usage ?? null).toBe(usage);
    expect(link.customer_creation).toBe(usage === null ? 'if_required' : 'always');
    expect(link.restrictions?.completed_sessions.limit).toBe(1);
    expect(link.inactive_message).toBe(wanted.inactiveMessage);
    expect(link.after_completion.redirect?.url).toBe(wanted.returnUrl);
    expect(link.custom_text.submit?.message ?? null).toBe(wanted.customText);
    expect(link.line_items?.data.map((item) => [item.amount_total, item.currency])).toEqual([
      [wanted.amount.amountMinor, 'usd'],
    ]);
  });

  it('the same key gives the same link', async () => {
    const same = key('same');
    expect((await create(request(), same)).stripeId).toBe((await create(request(), same)).stripeId);
  });

  it('gives nothing back of what it does not know, for good', async () => {
    const metadata = { system: 'club-payments/contract', order_id: 'ord_contract', decision: 'dec_contract' };
    const wanted = { paymentId: 'pi_club_payments_contract', amountMinor: 100, metadata };
    await expect(gateway.createRefund(wanted, key('refund'))).rejects.toBeInstanceOf(StripeRefused);
  });

  it('the same key with other parameters is refused, for good', async () => {
    const same = key('other');
    await create(request(), same);
    await expect(create(request({ amount: money(9_900) }), same)).rejects.toBeInstanceOf(StripeRefused);
  });

  it('a deactivated link, retrieved, is inactive; deactivating it again is harmless', async () => {
    const { stripeId } = await create(request(), key('deactivate'));
    expect(await gateway.lookUpSurface(stripeId)).toEqual({ state: 'open', orderId: 'ord_contract' });
    await gateway.deactivateLink(stripeId);
    await gateway.deactivateLink(stripeId);
    expect((await stripe.paymentLinks.retrieve(stripeId)).active).toBe(false);
    expect(await gateway.lookUpSurface(stripeId)).toEqual({ state: 'inactive', orderId: 'ord_contract' });
    expect(await gateway.openSessionsOf(stripeId)).toEqual([]);
    expect(await gateway.hasCompletedSession(stripeId)).toBe(false);
  });

  it('a session ends by itself a day after it was made, and expiring it twice is harmless', async () => {
    const wanted = request({ kind: 'checkout_session', cancelUrl: 'https://club.example/shop' });
    const { stripeId, expiresAt } = await create(wanted, key('session'));
    const session = await stripe.checkout.sessions.retrieve(stripeId);
    expect(session.expires_at - session.created).toBe(24 * 60 * 60);
    expect(expiresAt).toBe(new Date(session.expires_at * 1000).toISOString());
    expect(session.metadata).toEqual(wanted.metadata);
    expect(await gateway.lookUpSurface(stripeId)).toEqual({ state: 'open', orderId: 'ord_contract' });
    expect(await gateway.expireSession(stripeId)).toBe('expired');
    expect(await gateway.expireSession(stripeId)).toBe('not_open');
    expect(await gateway.lookUpSurface(stripeId)).toEqual({ state: 'expired', orderId: 'ord_contract' });
  });

  it('a longer life of a session is refused by Stripe: what broke in April 2026', async () => {
    const inThirtyDays = Math.floor(Date.now() / 1000) + 30 * 24 * 60 * 60;
    await expect(
      stripe.checkout.sessions.create({
        mode: 'payment',
        line_items: [
          { quantity: 1, price_data: { currency: 'usd', unit_amount: 5_500, product_data: { name: 'x' } } },
        ],
        success_url: 'https://club.example/thanks',
        expires_at: inThirtyDays,
      }),
    ).rejects.toMatchObject({ statusCode: 400, param: 'expires_at' });
  });

  it('what Stripe does not know is missing', async () => {
    expect(await gateway.lookUpSurface('plink_none')).toEqual({ state: 'missing', orderId: null });
    expect(await gateway.lookUpSurface('cs_test_none')).toEqual({ state: 'missing', orderId: null });
    expect(await gateway.paymentIntent('pi_none')).toBeUndefined();
  });

  it('an amount that Stripe can not charge is refused for good, naming the parameter and no secret', async () => {
    const refused = gateway.createSurface(request({ amount: money(10) }), key('small'));
    await expect(refused).rejects.toBeInstanceOf(StripeRefused);
    await expect(refused).rejects.toMatchObject({ retryable: false });
    await refused.catch((error) =>
      expect(JSON.stringify([error, error.message])).not.toContain(server.apiKey),
    );
  });
});
