import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { categoryPolicy, ProductCategory } from '../../../lib/domain/category.ts';
import { money } from '../../../lib/domain/money.ts';
import { answerClick } from '../../../lib/usecases/answer-click.ts';
import { mintLink } from '../../../lib/usecases/mint-link.ts';
import { startCheckout } from '../../../lib/usecases/start-checkout.ts';
import { stripeAt } from '../../support/stripe-client.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const onSite = { successUrl: 'https://club.example/thanks', cancelUrl: 'https://club.example/shop' };

/** Every way in which an object comes to be at Stripe. Recovery mints through `mintLink`. */
const places = {
  'mint-link': async (category: ProductCategory) => {
    const order = await world.order({ category, orderId: 'o1' });
    await mintLink({ orderId: order.orderId }, world.deps);
  },
  'first-payment': async (category: ProductCategory) => {
    const order = await world.order({ category, orderId: 'o1' });
    const client = { method: 'GET', userAgent: 'Mozilla/5.0' };
    await answerClick({ token: world.tokenOf(order), backFromStripe: false, client }, world.deps);
  },
  'start-checkout': async (category: ProductCategory) => {
    await world.product({ category, price: money(5_500) });
    await world.roster.putPlayer({
      playerId: 'p1',
      familyId: 'f1',
      name: 'Maya',
      contract: { state: 'signed', signUrl: null },
    });
    await startCheckout(
      { productId: category, playerId: 'p1', period: null, clientRequestId: 'request-1', ...onSite },
      { ...world.deps, newId: () => 'o1' },
    );
  },
};

const rows = Object.keys(places).flatMap((place) =>
  ProductCategory.options.map((category) => ({ place: place as keyof typeof places, category })),
);

describe('what is created at Stripe', () => {
  it.each(rows)('by $place for a $category', async ({ place, category }) => {
    await places[place](category);
    const created = world.simulator.requests.filter(
      ({ method, path }) => method === 'POST' && /links|sessions/.test(path),
    );
    expect(created).toHaveLength(1);
    expect(JSON.stringify(created[0]?.params)).not.toContain('expires_at');

    const stripe = stripeAt(world.simulator);
    const policy = categoryPolicy[category];
    const { data: links } = await stripe.paymentLinks.list();
    const { data: sessions } = await stripe.checkout.sessions.list();
    expect([links.length, sessions.length]).toEqual(policy.surface === 'payment_link' ? [1, 0] : [0, 1]);

    const metadata = {
      system: 'club-payments/test',
      order_id: 'o1',
      player_id: place === 'start-checkout' ? 'p1' : 'ply_o1',
      product_id: category,
      generation: '1',
    };
    expect((links[0] ?? sessions[0])?.metadata).toEqual(metadata);
    const params = created[0]?.params as {
      payment_intent_data: { metadata: unknown; setup_future_usage?: string };
    };
    expect(params.payment_intent_data.metadata).toEqual(metadata);
    expect(params.payment_intent_data.setup_future_usage).toBe(policy.saveCard ? 'off_session' : undefined);
  });
});

describe('starting a checkout on the site', () => {
  const start = (over: Partial<Parameters<typeof startCheckout>[0]> = {}) =>
    startCheckout(
      { productId: 'jersey', playerId: 'p1', period: null, clientRequestId: 'request-1', ...onSite, ...over },
      world.deps,
    );
  beforeEach(async () => {
    await world.product({ category: 'jersey', price: money(3_000) });
    await world.roster.putPlayer({
      playerId: 'p1',
      familyId: 'f1',
      name: 'Maya',
      contract: { state: 'signed', signUrl: null },
    });
  });

  it('twice with one request id is one order and one session', async () => {
    expect(await start()).toEqual(await start());
    expect(world.simulator.objects.checkoutSessions).toHaveLength(1);
  });

  it('again with another request id finds the pending order of the same debt', async () => {
    const first = await start();
    expect(await start({ clientRequestId: 'request-2' })).toEqual(first);
  });

  it('by two at once is one order', async () => {
    const settled = await Promise.allSettled([start(), start({ clientRequestId: 'request-2' })]);
    const ids = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value.orderId] : []));
    expect(new Set(ids).size).toBe(1);
    expect(world.simulator.objects.checkoutSessions).toHaveLength(1);
  });

  it('goes back to where the site wants', async () => {
    await start();
    expect(world.simulator.objects.checkoutSessions[0]).toMatchObject({
      success_url: onSite.successUrl,
      cancel_url: onSite.cancelUrl,
    });
  });

  it('with a request id of another order is refused', async () => {
    await start();
    await expect(start({ period: '2027' })).rejects.toThrow('Use a new one');
  });

  it.each([
    [{ productId: 'nothing' }, 'no such product'],
    [{ playerId: 'nobody' }, 'no such player'],
  ])('of %o is refused, and leaves nothing behind', async (over, message) => {
    await expect(start(over)).rejects.toThrow(message);
    expect(await world.orders.find({ kind: 'client_request', id: 'request-1' })).toBeUndefined();
  });

  it('of a product whose amounts are set family by family needs the order first', async () => {
    await world.product({ category: 'jersey', price: null });
    await expect(start()).rejects.toThrow('Create the order first');
  });
});
