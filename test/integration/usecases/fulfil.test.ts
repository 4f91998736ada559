import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import type { ProductCategory } from '../../../lib/domain/category.ts';
import { money } from '../../../lib/domain/money.ts';
import { type Order, openSurface, statusOf } from '../../../lib/domain/order.ts';
import { decideOrder } from '../../../lib/usecases/decide-order.ts';
import { fulfilPayment } from '../../../lib/usecases/fulfil-payment.ts';
import { mintLink } from '../../../lib/usecases/mint-link.ts';
import { messageOf, startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  // Stripe promises nothing about two sessions of one link that are open at once: the harder case.
  world = await startWorld({ enforceLinkLimit: false });
});
afterEach(() => world.stop());

const DAY = 24 * 60 * 60 * 1000;
const minted = async (over: { category?: ProductCategory; orderId?: string } = {}) => {
  const order = await world.order(over);
  const surface = await mintLink({ orderId: order.orderId }, world.deps);
  world.stripeCalls();
  return { order, surface };
};
const status = async (order: Order) => statusOf(await world.mustGet(order.orderId));
const attention = async (order: Order) =>
  Object.keys((await world.mustGet(order.orderId)).dueWork).filter((key) => key.startsWith('attention'));

describe('a payment', () => {
  it('marks the order paid, and retires its link: exactly one deactivation, of the right link', async () => {
    const { order, surface } = await minted();
    await visitor.pay(surface.url);
    await world.deliverEvents();
    expect(await status(order)).toBe('paid');
    await world.doWorkForStripe();
    expect(world.stripeCalls().filter((call) => call.startsWith('POST'))).toEqual([
      `POST /v1/payment_links/${surface.stripeId}`,
    ]);
    expect(world.simulator.objects.paymentLinks[0]?.active).toBe(false);
    expect((await world.mustGet(order.orderId)).dueWork).toEqual({});
  });

  it.each(['jersey', 'tryout', 'generic'] as const)('of a %s deactivates no link', async (category) => {
    const { order, surface } = await minted({ category });
    await visitor.pay(surface.url);
    await world.deliverEvents();
    await world.doWorkForStripe();
    expect(await status(order)).toBe('paid');
    expect(world.stripeCalls().filter((call) => call.includes('payment_links'))).toEqual([]);
    expect((await world.mustGet(order.orderId)).dueWork).toEqual({});
  });

  it('of a monthly fee deactivates the link, and keeps customer and card with the fact', async () => {
    const { order, surface } = await minted({ category: 'monthly' });
    await visitor.pay(surface.url);
    await world.deliverEvents();
    await world.doWorkForStripe();
    const intent = world.simulator.objects.paymentIntents[0];
    expect((await world.mustGet(order.orderId)).facts[`payment:${intent?.id}`]).toMatchObject({
      customerId: intent?.customer,
      paymentMethodId: intent?.payment_method,
    });
    expect(intent?.customer).toMatch(/^cus_/);
    expect(world.simulator.objects.paymentLinks[0]?.active).toBe(false);
    expect((await world.mustGet(order.orderId)).dueWork).toEqual({});
  });

  it('ends the page that a second guardian has open already', async () => {
    const { surface } = await minted();
    const other = await visitor.open(surface.url);
    await visitor.pay(surface.url);
    await world.deliverEvents();
    await world.doWorkForStripe();
    const refused = await visitor.payOn(other);
    expect(refused.status).toBe(410);
    expect(
      world.simulator.objects.paymentIntents.filter(({ status }) => status === 'succeeded'),
    ).toHaveLength(1);
  });

  it('that meets another one becomes an attention item, and refunding it leaves the order paid', async () => {
    const { order, surface } = await minted();
    const other = await visitor.open(surface.url);
    await visitor.pay(surface.url);
    await visitor.payOn(other);
    await world.deliverEvents();
    expect(await status(order)).toBe('review');
    const [item] = await attention(order);
    expect(item).toMatch(/^attention:second_payment:pi_/);
    world.simulator.dashboardRefund(item?.split(':').at(-1) ?? '');
    await world.deliverEvents();
    expect(await status(order)).toBe('paid');
    expect(await attention(order)).toEqual([]);
  });

  it('comes to the same whatever the sequence and repetition of its events', async () => {
    const arrangements: (<T>(events: T[]) => T[])[] = [
      (events) => events.reverse(),
      (events) => events.flatMap((event) => [event, event]),
      (events) => [...events, ...[...events].reverse()],
    ];
    for (const arrange of arrangements) {
      const { order, surface } = await minted();
      await visitor.pay(surface.url, { method: 'us_bank_account' });
      const intent = world.simulator.objects.paymentIntents.at(-1);
      world.simulator.settleDebit(intent?.id ?? '', 'succeeded');
      const refund = world.simulator.dashboardRefund(intent?.id ?? '', { amountMinor: 500 });
      if (refund.status !== 'succeeded') world.simulator.settleRefund(refund.id, 'succeeded');
      await world.deliverEvents(arrange);
      expect(await status(order)).toBe('review');
      expect((await world.mustGet(order.orderId)).facts).toMatchObject({
        [`payment:${intent?.id}`]: { state: 'succeeded' },
      });
    }
  });

  it('by debit is under way for days, and a failed one is followed by a new link that can be paid', async () => {
    const { order, surface } = await minted();
    await visitor.pay(surface.url, { method: 'us_bank_account' });
    await world.deliverEvents();
    expect(await status(order)).toBe('processing');
    world.simulator.settleDebit(world.simulator.objects.paymentIntents[0]?.id ?? '', 'failed');
    await world.deliverEvents();
    expect(await status(order)).toBe('pending');
    const next = await mintLink({ orderId: order.orderId }, world.deps);
    expect(next.stripeId).not.toBe(surface.stripeId);
    await world.doWorkForStripe();
    expect(world.simulator.objects.paymentLinks.map(({ active }) => active)).toEqual([false, true]);
    await visitor.pay(next.url);
    await world.deliverEvents();
    expect(await status(order)).toBe('paid');
  });

  it('by debit that settles after days marks the order paid', async () => {
    const { order, surface } = await minted();
    await visitor.pay(surface.url, { method: 'us_bank_account' });
    await world.deliverEvents();
    world.clock.advance(5 * DAY);
    await world.deliverEvents();
    expect(await status(order)).toBe('paid');
  });

  it('that arrives with the old amount after an amendment is reviewed, never called paid', async () => {
    const { order, surface } = await minted();
    const opened = await visitor.open(surface.url);
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
    await visitor.payOn(opened);
    await world.deliverEvents();
    expect(await status(order)).toBe('review');
    expect((await attention(order))[0]).toMatch(/^attention:wrong_amount:/);
  });

  it('costs one read and one write, then one message', async () => {
    const { order, surface } = await minted();
    await visitor.pay(surface.url);
    const calls: string[] = [];
    const orders = new Proxy(world.orders, {
      get: (target, name: keyof typeof world.orders) => {
        calls.push(name);
        return target[name];
      },
    });
    const completed = world.simulator.objects.events.find(
      ({ type }) => type === 'checkout.session.completed',
    );
    if (completed === undefined) throw new Error('no such event');
    world.stripeCalls();
    await fulfilPayment(messageOf(completed), { ...world.deps, orders });
    expect(calls).toEqual(['get', 'save']);
    expect(world.retireQueue.receive()).toEqual([{ orderId: order.orderId }]);
    expect(world.stripeCalls()).toEqual([]);
  });
});

describe('what is given back', () => {
  const paid = async () => {
    const { order, surface } = await minted();
    await visitor.pay(surface.url);
    await world.deliverEvents();
    return { order, paymentId: world.simulator.objects.paymentIntents.at(-1)?.id ?? '' };
  };

  it('a full refund made in the dashboard shows as refunded', async () => {
    const { order, paymentId } = await paid();
    world.simulator.dashboardRefund(paymentId);
    await world.deliverEvents();
    expect(await status(order)).toBe('refunded');
  });

  it('a refund that fails later leaves the order paid, and is shown', async () => {
    const { order, paymentId } = await paid();
    const refund = world.simulator.dashboardRefund(paymentId);
    await world.deliverEvents();
    world.simulator.settleRefund(refund.id, 'failed');
    await world.deliverEvents();
    expect(await status(order)).toBe('paid');
    expect(await attention(order)).toEqual([`attention:refund_failed:${refund.id}`]);
  });

  it('a dispute is shown while it is open; lost, it takes the payment away', async () => {
    const { order, paymentId } = await paid();
    const dispute = world.simulator.createDispute(paymentId);
    await world.deliverEvents();
    expect(await attention(order)).toEqual([`attention:dispute:${dispute.id}`]);
    world.simulator.closeDispute(dispute.id, 'lost');
    await world.deliverEvents();
    expect(await status(order)).toBe('refunded');
    expect(await attention(order)).toEqual([]);
  });
});

describe('an event that is not what it should be', () => {
  const paidEvent = async (
    change: (object: Record<string, unknown>, event: Record<string, unknown>) => void,
  ) => {
    const { order, surface } = await minted();
    await visitor.pay(surface.url);
    const event = structuredClone(
      world.simulator.objects.events.find(({ type }) => type === 'checkout.session.completed'),
    );
    if (event === undefined) throw new Error('no such event');
    change(
      event.data.object as unknown as Record<string, unknown>,
      event as unknown as Record<string, unknown>,
    );
    await fulfilPayment(messageOf(event), world.deps);
    return order;
  };
  const unmatched = async () => (await world.orders.pageOfUnmatched({ limit: 10 })).items;

  it('of another system is counted and left alone', async () => {
    const order = await paidEvent((session) => {
      session.metadata = { system: 'shop', order_id: 'ord_9' };
    });
    expect(await status(order)).toBe('pending');
    expect(await unmatched()).toEqual([]);
    expect(world.logged.map(({ event }) => event)).toContain('event.left_alone');
  });

  it('of another stage of ours is left alone', async () => {
    await paidEvent((session) => {
      session.metadata = { ...(session.metadata as object), system: 'club-payments/other' };
    });
    expect(await unmatched()).toEqual([]);
  });

  it('ours, of an order that is not there, is kept for a person, once', async () => {
    const strange = (session: Record<string, unknown>) => {
      session.metadata = { ...(session.metadata as object), order_id: 'ord_none' };
    };
    await paidEvent(strange);
    expect(await unmatched()).toMatchObject([
      { reason: 'unknown_order', orderId: 'ord_none', amount: { amountMinor: 5_500 } },
    ]);
  });

  it('ours, of the other mode, is kept for a person and marks nothing paid', async () => {
    const order = await paidEvent((_, event) => {
      event.livemode = true;
    });
    expect(await status(order)).toBe('pending');
    expect(await unmatched()).toMatchObject([{ reason: 'wrong_mode' }]);
  });

  it('ours, of a wrong amount, is reviewed', async () => {
    const order = await paidEvent((session) => {
      session.amount_total = 100;
    });
    expect(await status(order)).toBe('review');
    expect((await attention(order))[0]).toMatch(/^attention:wrong_amount/);
  });

  it('ours, of a wrong currency, is reviewed', async () => {
    const order = await paidEvent((session) => {
      session.currency = 'eur';
    });
    expect(await status(order)).toBe('review');
    expect((await attention(order))[0]).toMatch(/^attention:wrong_currency/);
  });

  it('ours, in a currency that the service does not know, is kept for a person', async () => {
    const order = await paidEvent((session) => {
      session.currency = 'isk';
    });
    expect(await status(order)).toBe('pending');
    expect(await unmatched()).toMatchObject([{ reason: 'unreadable', amount: { currency: 'isk' } }]);
  });

  it('a visit that expired leaves the link as it was', async () => {
    const { order, surface } = await minted();
    await visitor.open(surface.url);
    world.clock.advance(DAY);
    await world.deliverEvents();
    expect(openSurface(await world.mustGet(order.orderId), world.clock.now())?.stripeId).toBe(
      surface.stripeId,
    );
    expect(world.logged).toContainEqual({
      event: 'visit.expired',
      fields: expect.objectContaining({ orderId: order.orderId, category: 'tournament', paid: false }),
    });
  });

  it('a visit that expired after the order was paid is told apart from one that brought nothing', async () => {
    const { order, surface } = await minted();
    await visitor.open(surface.url);
    await visitor.pay(surface.url);
    world.clock.advance(DAY);
    await world.deliverEvents();
    const visits = world.logged.filter(({ event }) => event === 'visit.expired');
    expect(visits.map(({ fields }) => fields)).toMatchObject([{ orderId: order.orderId, paid: true }]);
  });

  it('a session that is itself the surface ends with its expiry', async () => {
    const { order } = await minted({ category: 'jersey' });
    world.clock.advance(DAY);
    await world.deliverEvents();
    const after = await world.mustGet(order.orderId);
    expect(after.generation).toBe(2);
    await world.doWorkForStripe();
    expect((await world.mustGet(order.orderId)).dueWork).toEqual({});
  });
});

describe('retiring', () => {
  it('that fails before or after it took effect is repeated until Stripe has confirmed it', async () => {
    for (const moment of ['before', 'after'] as const) {
      const { order, surface } = await minted();
      await visitor.pay(surface.url);
      await world.deliverEvents();
      // The SDK itself repeats a connection that was closed, once.
      world.simulator.faults[moment]('POST /v1/payment_links/:id', { status: 'reset', times: 2 });
      await expect(world.doWorkForStripe()).rejects.toThrow();
      expect((await world.mustGet(order.orderId)).dueWork).toHaveProperty(`retire:${surface.stripeId}`);
      await world.retireQueue.send([{ orderId: order.orderId }]);
      await world.doWorkForStripe();
      expect((await world.mustGet(order.orderId)).dueWork).toEqual({});
      expect(world.simulator.objects.paymentLinks.at(-1)?.active).toBe(false);
    }
  });

  it('whose message could not be queued is found by the sweep', async () => {
    const { order, surface } = await minted();
    await visitor.pay(surface.url);
    const deaf = { send: async () => Promise.reject(new Error('queue down')) };
    const completed = world.simulator.objects.events.find(
      ({ type }) => type === 'checkout.session.completed',
    );
    if (completed === undefined) throw new Error('no such event');
    await fulfilPayment(messageOf(completed), { ...world.deps, retireQueue: deaf });
    expect(await status(order)).toBe('paid');
    expect(world.retireQueue.size).toBe(0);
    const { tick } = await import('../../../lib/usecases/tick.ts');
    await tick(world.deps);
    expect(world.retireQueue.size).toBe(0);
    world.clock.advance(6 * 60 * 1000);
    await tick(world.deps);
    await world.doWorkForStripe();
    expect((await world.mustGet(order.orderId)).dueWork).toEqual({});
  });
});
