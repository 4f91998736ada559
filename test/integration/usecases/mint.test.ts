import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NotPayable, StripeUnavailable } from '../../../lib/domain/errors.ts';
import { money } from '../../../lib/domain/money.ts';
import { type Order, openSurface } from '../../../lib/domain/order.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import type { Orders, Stripe } from '../../../lib/ports.ts';
import { decideOrder } from '../../../lib/usecases/decide-order.ts';
import { mintLink } from '../../../lib/usecases/mint-link.ts';
import { decision, payment } from '../../support/orders.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const LINKS = 'POST /v1/payment_links';
/** The SDK itself repeats a connection that was closed, once: both answers are lost. */
const LOST = { status: 'reset', times: 2 } as const;
const links = () => world.simulator.objects.paymentLinks;
const HOUR = 60 * 60 * 1000;

/** Counts what passes a port; `on` may act between the calls of two people. */
const watched = <T extends object>(
  port: T,
  on: (name: string, moment: 'before' | 'after') => Promise<void> | void,
): T =>
  new Proxy(port, {
    get:
      (target, name: string) =>
      async (...args: unknown[]) => {
        await on(name, 'before');
        const result = await (target as unknown as Record<string, (...a: unknown[]) => unknown>)[name]?.(
          ...args,
        );
        await on(name, 'after');
        return result;
      },
  });

describe('minting', () => {
  it('costs one call to Stripe and two writes', async () => {
    const order = await world.order();
    const calls: string[] = [];
    const count = (name: string, moment: string) => void (moment === 'before' && calls.push(name));
    const orders = watched<Orders>(world.orders, count);
    await mintLink({ orderId: order.orderId, read: order }, { ...world.deps, orders });
    expect(calls).toEqual(['save', 'save']);
    expect(world.stripeCalls()).toEqual([LINKS]);
  });

  it('by many at once makes one link', async () => {
    const order = await world.order();
    const settled = await Promise.allSettled(
      Array.from({ length: 8 }, () => mintLink({ orderId: order.orderId }, world.deps)),
    );
    const urls = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value.url] : []));
    expect(urls.length).toBeGreaterThan(0);
    expect(new Set(urls).size).toBe(1);
    for (const one of settled) {
      // Stripe tells whoever comes while the same key is being worked on to wait.
      if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(StripeUnavailable);
    }
    expect(links()).toHaveLength(1);
  });

  it('whose answer was lost finds its own link by its key', async () => {
    const order = await world.order();
    world.simulator.faults.after(LINKS, LOST);
    await expect(mintLink({ orderId: order.orderId }, world.deps)).rejects.toBeInstanceOf(StripeUnavailable);
    const surface = await mintLink({ orderId: order.orderId }, world.deps);
    expect(links().map(({ id }) => id)).toEqual([surface.stripeId]);
  });

  it('whose answer was lost more than 20 hours ago begins again under a new key', async () => {
    const order = await world.order();
    world.simulator.faults.after(LINKS, LOST);
    await expect(mintLink({ orderId: order.orderId }, world.deps)).rejects.toThrow();
    world.clock.advance(20 * HOUR);
    await mintLink({ orderId: order.orderId }, world.deps);
    const keys = world.simulator.requests.map(({ idempotencyKey }) => idempotencyKey);
    expect(new Set(keys).size).toBe(2);
  });

  it('that Stripe failed for good starts a new attempt at once, since the old key would repeat the failure', async () => {
    const order = await world.order();
    world.simulator.faults.before(LINKS, { status: 500, saved: true });
    const surface = await mintLink({ orderId: order.orderId }, world.deps);
    expect(openSurface(await world.mustGet(order.orderId), world.clock.now())?.stripeId).toBe(
      surface.stripeId,
    );
    expect(world.simulator.requests.map(({ status, replayed }) => [status, replayed])).toEqual([
      [500, false],
      [200, false],
    ]);
  });

  it('that Stripe failed for two at once starts one new attempt, and both get what it makes', async () => {
    const { orderId } = await world.order();
    world.simulator.faults.before(LINKS, { status: 500, saved: true });
    const second = Promise.withResolvers<void>();
    let asked = 0;
    let begun: Order | undefined;
    const slow = watched<Stripe>(world.stripe, async (name, moment) => {
      if (name !== 'createSurface' || moment !== 'before') return;
      asked += 1;
      if (asked === 1) begun = await world.mustGet(orderId);
      if (asked === 2) await second.promise;
    });
    const slowly = mintLink({ orderId }, { ...world.deps, stripe: slow });
    await vi.waitFor(() => expect(asked).toBe(2), { timeout: 20_000 });
    // The other has read the order before that, and is told of the same failure.
    const { stripeId } = await mintLink({ orderId, ...(begun && { read: begun }) }, world.deps);
    second.resolve();
    expect((await slowly).stripeId).toBe(stripeId);
    expect(links().map(({ id }) => id)).toEqual([stripeId]);
  });

  it('under a rate limit keeps its key for the next try', async () => {
    const order = await world.order();
    world.simulator.faults.before(LINKS, { status: 429 });
    await expect(mintLink({ orderId: order.orderId }, world.deps)).rejects.toMatchObject({
      rateLimited: true,
    });
    await mintLink({ orderId: order.orderId }, world.deps);
    expect(new Set(world.simulator.requests.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });

  it('that crashed between Stripe and the order is finished by the next click', async () => {
    const order = await world.order();
    let saves = 0;
    const crashing = watched<Orders>(world.orders, (name, moment) => {
      if (name === 'save' && moment === 'before' && ++saves === 2) throw new Error('the function was killed');
    });
    await expect(mintLink({ orderId: order.orderId }, { ...world.deps, orders: crashing })).rejects.toThrow(
      'killed',
    );
    await mintLink({ orderId: order.orderId }, world.deps);
    expect(links()).toHaveLength(1);
  });

  it.each([
    ['paid', () => payment({ generation: null })],
    ['canceled', () => decision()],
  ])('of an order that is %s while Stripe is working leaves no open link behind', async (_, fact) => {
    const order = await world.order();
    const stripe = watched<Stripe>(world.stripe, async (name, moment) => {
      if (name !== 'createSurface' || moment !== 'after') return;
      const now = await world.mustGet(order.orderId);
      await world.orders.save(recordFact(now, fact(), world.clock.now()));
    });
    await expect(mintLink({ orderId: order.orderId }, { ...world.deps, stripe })).rejects.toBeInstanceOf(
      NotPayable,
    );
    await world.doWorkForStripe();
    expect(links().map(({ active }) => active)).toEqual([false]);
    expect((await world.mustGet(order.orderId)).dueWork).not.toHaveProperty('retire');
  });

  it('of an order that is amended while Stripe is working never opens the old amount', async () => {
    const order = await world.order();
    let amended = false;
    const stripe = watched<Stripe>(world.stripe, async (name, moment) => {
      if (name !== 'createSurface' || moment !== 'after' || amended) return;
      amended = true;
      await decideOrder(
        {
          orderId: order.orderId,
          decision: 'amend',
          amount: money(4_000),
          actor: 'office',
          reason: 'scholarship',
        },
        world.deps,
      );
    });
    await expect(mintLink({ orderId: order.orderId }, { ...world.deps, stripe })).rejects.toThrow();
    const surface = await mintLink({ orderId: order.orderId }, { ...world.deps, stripe });
    expect(surface.amount).toEqual(money(4_000));
    await world.doWorkForStripe();
    expect(
      links()
        .filter(({ active }) => active)
        .map(({ id }) => id),
    ).toEqual([surface.stripeId]);
  });

  it('for a product that Stripe has in its catalogue names it there', async () => {
    const catalogued = await new (await import('stripe')).default(world.simulator.apiKey, {
      host: world.simulator.host,
      port: world.simulator.port,
      protocol: 'http',
    }).products.create({ name: 'Spring Cup' });
    await world.product({ category: 'tournament', productId: 'spring', stripeProductId: catalogued.id });
    const order = await world.order({ productId: 'spring' });
    await mintLink({ orderId: order.orderId }, world.deps);
    expect(world.simulator.objects.products.map(({ id }) => id)).toEqual([catalogued.id]);
  });
});
