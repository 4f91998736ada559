import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { deliveryTagOf } from '../../../lib/domain/blast.ts';
import { epochMs, instantAfter } from '../../../lib/domain/ids.ts';
import { money } from '../../../lib/domain/money.ts';
import { currentSurface, type Order, openSurface, statusOf } from '../../../lib/domain/order.ts';
import { recordSurface, surfaceRetired } from '../../../lib/domain/order-changes.ts';
import type { FindingKind } from '../../../lib/domain/reconciliation.ts';
import { changeOrder } from '../../../lib/usecases/change-order.ts';
import { decideOrder } from '../../../lib/usecases/decide-order.ts';
import { mintLink } from '../../../lib/usecases/mint-link.ts';
import { tellOf } from '../../../lib/usecases/reconcile/runs.ts';
import { assignUnmatched, lookAtAssignment } from '../../../lib/usecases/settle-unmatched.ts';
import { aLedgerRow, aMailing } from '../../support/ledger.ts';
import { aSurface } from '../../support/orders.ts';
import { apply, look } from '../../support/reconcile.ts';
import { stripeAt } from '../../support/stripe-client.ts';
import { startWorld, type World } from '../../support/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const stripe = (): Stripe => {
  return stripeAt(world.simulator);
};
const deactivate = (id: string) => stripe().paymentLinks.update(id, { active: false });
const activate = (id: string) => stripe().paymentLinks.update(id, { active: true });
const isActive = (id: string) => world.simulator.objects.paymentLinks.find((link) => link.id === id)?.active;

const minted = async (over: Parameters<World['order']>[0] = {}) => {
  const order = await world.order(over);
  const surface = await mintLink({ orderId: order.orderId }, world.deps);
  return { orderId: order.orderId, url: surface.url, linkId: surface.stripeId };
};

const intentOf = (linkId: string): string => {
  const { checkoutSessions } = world.simulator.objects;
  const paid = checkoutSessions.find((session) => session.payment_link === linkId && session.payment_intent);
  return paid?.payment_intent ?? '';
};

/** Paid, and known to be. */
const paid = async () => {
  const order = await minted();
  await visitor.pay(order.url);
  await world.deliverEvents();
  await world.doWorkForStripe();
  return { ...order, paymentId: intentOf(order.linkId) };
};

/** A link at Stripe as we make them, that no order knows. */
const strayLink = async (
  order: Pick<Order, 'orderId'>,
  generation: number,
  amount = 5_500,
  currency = 'usd',
) => {
  const metadata = {
    system: world.site.system,
    order_id: order.orderId,
    player_id: 'ply',
    product_id: 'tournament',
    generation: String(generation),
  };
  const link = await stripe().paymentLinks.create({
    line_items: [
      { quantity: 1, price_data: { currency, unit_amount: amount, product_data: { name: 'Fee' } } },
    ],
    metadata,
    payment_intent_data: { metadata },
  });
  return link.id;
};

/** Mailed by the older system as a session, two days ago. */
const strandOnSession = async (orderId: string) => {
  const surface = aSurface({
    kind: 'checkout_session',
    stripeId: 'cs_test_old',
    url: null,
    imported: true,
    mintedAt: instantAfter(world.clock.now(), -2 * DAY),
  });
  const now = world.clock.now();
  await changeOrder({ orderId, change: (order) => recordSurface(order, surface, now) }, world.deps);
};

const cancel = (orderId: string) =>
  decideOrder({ orderId, decision: 'cancel', actor: 'Kim', reason: 'moved away' }, world.deps);

type Planted = { about: string; orderId: string };
type Fault = {
  kind: FindingKind;
  plant(): Promise<Planted>;
  /** How long after it was planted it is still left alone; absent: it is judged at once. */
  graceMs?: number;
  /** It is settled between the look and the repair. */
  moves(planted: Planted): Promise<unknown>;
  /** What has become of it after the repair. */
  repaired(planted: Planted): Promise<void>;
};

const statusIs = async ({ orderId }: Planted, status: string) =>
  expect(statusOf(await world.mustGet(orderId))).toBe(status);
const nothingOwed = async ({ orderId }: Planted) =>
  expect(
    Object.keys((await world.mustGet(orderId)).dueWork).filter((key) => !key.startsWith('attention')),
  ).toEqual([]);

const faults: Record<string, Fault> = {
  'a payment whose webhook was lost': {
    kind: 'lost_payment',
    graceMs: 30 * MINUTE,
    plant: async () => {
      const { orderId, url, linkId } = await minted();
      await visitor.pay(url);
      await world.loseEvents();
      return { orderId, about: intentOf(linkId) };
    },
    moves: async ({ about }) => {
      const event = world.simulator.objects.events.find(
        ({ type, data }) =>
          type === 'checkout.session.completed' &&
          (data.object as { payment_intent?: unknown }).payment_intent === about,
      );
      await world.deliver(event);
    },
    repaired: async (planted) => {
      await statusIs(planted, 'paid');
      await nothingOwed(planted);
    },
  },
  'a refund whose webhooks were lost': {
    kind: 'lost_refund',
    graceMs: 30 * MINUTE,
    plant: async () => {
      const { orderId, paymentId } = await paid();
      const { id } = world.simulator.dashboardRefund(paymentId);
      await world.loseEvents();
      return { orderId, about: id };
    },
    moves: async ({ about }) => {
      const event = world.simulator.objects.events.find(
        ({ type, data }) => type === 'refund.created' && (data.object as { id: string }).id === about,
      );
      await world.deliver(event);
    },
    repaired: (planted) => statusIs(planted, 'refunded'),
  },
  'a dispute whose webhook was lost': {
    kind: 'lost_dispute',
    graceMs: 30 * MINUTE,
    plant: async () => {
      const { orderId, paymentId } = await paid();
      const { id } = world.simulator.createDispute(paymentId);
      await world.loseEvents();
      return { orderId, about: id };
    },
    moves: async ({ about }) => {
      const event = world.simulator.objects.events.find(
        ({ type, data }) => type === 'charge.dispute.created' && (data.object as { id: string }).id === about,
      );
      await world.deliver(event);
    },
    repaired: async ({ orderId, about }) =>
      expect(Object.keys((await world.mustGet(orderId)).dueWork)).toEqual([`attention:dispute:${about}`]),
  },
  'a link that somebody switched on again after the order was paid': {
    kind: 'active_on_closed',
    plant: async () => {
      const { orderId, linkId } = await paid();
      await activate(linkId);
      return { orderId, about: linkId };
    },
    moves: ({ about }) => deactivate(about),
    repaired: async (planted) => {
      expect(isActive(planted.about)).toBe(false);
      await nothingOwed(planted);
    },
  },
  'a link of an older amount that was marked as closed and is not': {
    kind: 'active_on_closed',
    plant: async () => {
      const { orderId, linkId } = await minted();
      await decideOrder(
        { orderId, decision: 'amend', amount: money(4_000), actor: 'Kim', reason: 'sibling' },
        world.deps,
      );
      // Taken off its list without having been done.
      await changeOrder(
        { orderId, change: (order) => surfaceRetired(order, linkId, world.clock.now()) },
        world.deps,
      );
      world.retireQueue.receive();
      return { orderId, about: linkId };
    },
    moves: ({ about }) => deactivate(about),
    repaired: async (planted) => {
      expect(isActive(planted.about)).toBe(false);
      await nothingOwed(planted);
    },
  },
  'a link that was made, and not kept': {
    kind: 'orphan_link',
    plant: async () => {
      const order = await world.order();
      return { orderId: order.orderId, about: await strayLink(order, 1) };
    },
    moves: ({ about }) => deactivate(about),
    repaired: async ({ orderId, about }) => {
      const order = await world.mustGet(orderId);
      expect(openSurface(order, world.clock.now())?.stripeId).toBe(about);
      expect(isActive(about)).toBe(true);
    },
  },
  'a link of another amount that no order knows': {
    kind: 'orphan_link',
    plant: async () => {
      const order = await world.order();
      return { orderId: order.orderId, about: await strayLink(order, 1, 9_900) };
    },
    moves: ({ about }) => deactivate(about),
    repaired: async ({ orderId, about }) => {
      const order = await world.mustGet(orderId);
      expect([currentSurface(order), order.generation, isActive(about)]).toEqual([undefined, 2, false]);
      // What a click makes then is another one.
      const { stripeId } = await mintLink({ orderId }, world.deps);
      expect(stripeId).not.toBe(about);
    },
  },
  'a second link beside the one that the order has': {
    kind: 'orphan_link',
    plant: async () => {
      const { orderId } = await minted();
      return { orderId, about: await strayLink({ orderId }, 1) };
    },
    moves: ({ about }) => deactivate(about),
    repaired: async ({ orderId, about }) => {
      const order = await world.mustGet(orderId);
      const open = openSurface(order, world.clock.now());
      expect([isActive(about), isActive(open?.stripeId ?? '')]).toEqual([false, true]);
    },
  },
  'a link that somebody switched off': {
    kind: 'inactive_surface',
    plant: async () => {
      const { orderId, linkId } = await minted();
      await deactivate(linkId);
      return { orderId, about: linkId };
    },
    moves: ({ about }) => activate(about),
    repaired: async (planted) => {
      const { orderId, about } = planted;
      expect(openSurface(await world.mustGet(orderId), world.clock.now())).toBeUndefined();
      await nothingOwed(planted);
      const { url } = await mintLink({ orderId }, world.deps);
      await visitor.pay(url);
      await world.deliverEvents();
      await statusIs(planted, 'paid');
      expect(isActive(about)).toBe(false);
    },
  },
  'work whose message was lost, and that no sweep does': {
    kind: 'overdue_work',
    // Due after five minutes, and overdue an hour later.
    graceMs: 65 * MINUTE,
    plant: async () => {
      const { orderId } = await minted();
      await cancel(orderId);
      world.retireQueue.receive();
      return { orderId, about: orderId };
    },
    moves: async ({ orderId }) => {
      await world.deps.retireQueue.send([{ orderId }]);
      await world.doWorkForStripe();
    },
    repaired: nothingOwed,
  },
};

describe.each(Object.entries(faults))('%s', (_name, { kind, plant, graceMs, moves, repaired }) => {
  const planted = async (): Promise<Planted> => {
    // Among others with which nothing is wrong.
    await minted();
    await world.order();
    const fault = await plant();
    world.clock.advance(graceMs ?? 0);
    return fault;
  };

  it('is found, repaired when that was approved, and not found again', async () => {
    const fault = await planted();
    world.clock.advance(MINUTE);
    const before = await world.mustGet(fault.orderId);
    const seen = await look(world.deps);
    expect(seen.named).toEqual([`${kind} ${fault.about}`]);
    expect(seen.findings).toMatchObject([{ orderId: fault.orderId, result: null }]);
    expect(await world.mustGet(fault.orderId)).toEqual(before);

    const done = await apply(seen.run.hash, world.deps);
    expect(done.findings).toMatchObject([{ kind, about: fault.about, result: { outcome: 'repaired' } }]);
    expect(done.run).toMatchObject({ hash: seen.run.hash, results: { repaired: 1 } });
    await repaired(fault);

    const after = await world.mustGet(fault.orderId);
    expect((await apply(seen.run.hash, world.deps)).run.results).toEqual({ repaired: 1 });
    expect((await look(world.deps)).named).toEqual([]);
    expect(await world.mustGet(fault.orderId)).toEqual(after);
  });

  it('that has been settled by the time of the repair is left as it is', async () => {
    const fault = await planted();
    world.clock.advance(MINUTE);
    const { run } = await look(world.deps);
    await moves(fault);
    await world.doWorkForStripe();
    const before = await world.mustGet(fault.orderId);
    const done = await apply(run.hash, world.deps);
    expect(done.findings).toMatchObject([{ kind, about: fault.about, result: { outcome: 'known' } }]);
    expect(await world.mustGet(fault.orderId)).toEqual(before);
  });

  if (graceMs !== undefined) {
    it('is left alone while it may still be on its way', async () => {
      await planted();
      world.clock.advance(-5_000);
      expect((await look(world.deps)).named).toEqual([]);
    });
  }
});

describe('what only a person can settle', () => {
  it('is a payment of ours whose order is not there: kept, and shown as long as it is kept', async () => {
    const link = await strayLink({ orderId: 'ord_nobody' }, 1);
    await visitor.pay((await stripe().paymentLinks.retrieve(link)).url);
    await world.loseEvents();
    await deactivate(link);
    world.clock.advance(HOUR);
    const seen = await look(world.deps);
    expect(seen.named).toEqual([`unmatched ${intentOf(link)}`]);
    expect((await world.orders.pageOfUnmatched({ limit: 9 })).items).toEqual([]);
    const done = await apply(seen.run.hash, world.deps);
    expect(done.run.results).toEqual({ person: 1 });
    expect((await world.orders.pageOfUnmatched({ limit: 9 })).items).toMatchObject([
      { stripeId: intentOf(link), orderId: 'ord_nobody', amount: { amountMinor: 5_500, currency: 'usd' } },
    ]);
    expect((await look(world.deps)).named).toEqual(seen.named);
  });

  it.each(['told', 'lost'])(
    'is a payment in a currency that no order can be in, its webhook %s',
    async (webhook) => {
      const { orderId } = await world.order();
      const link = await strayLink({ orderId }, 1, 5_500, 'sek');
      await visitor.pay((await stripe().paymentLinks.retrieve(link)).url);
      await deactivate(link);
      const listed = async () => (await world.orders.pageOfUnmatched({ limit: 9 })).items;
      await (webhook === 'told' ? world.deliverEvents() : world.loseEvents());
      world.clock.advance(HOUR);
      const paymentId = intentOf(link);
      const named = [`unmatched ${paymentId}`];
      const seen = await look(world.deps);
      expect(seen.named).toEqual(named);
      expect((await apply(seen.run.hash, world.deps)).run.results).toEqual({ person: 1 });
      expect(await listed()).toMatchObject([{ stripeId: paymentId, orderId, reason: 'unreadable' }]);
      world.clock.advance(DAY);
      expect((await look(world.deps)).named).toEqual(named);
      expect(statusOf(await world.mustGet(orderId))).toBe('pending');

      // Given back at Stripe, and put aside: it is not heard of again.
      world.simulator.dashboardRefund(paymentId);
      await (webhook === 'told' ? world.deliverEvents() : world.loseEvents());
      const settled = { orderId: null, actor: 'Kim', reason: 'given back', at: world.clock.now() };
      await world.orders.settleUnmatched(paymentId, { as: 'settled', ...settled });
      world.clock.advance(HOUR);
      expect((await look(world.deps)).named).toEqual([]);
    },
  );

  it("is such a payment on the order's own link: no other link is made while it waits for a person", async () => {
    const { orderId, linkId, url } = await minted();
    await visitor.pay(url);
    for (const each of world.simulator.objects.checkoutSessions) each.currency = 'sek';
    await world.loseEvents();
    const paymentId = intentOf(linkId);
    // Older than what is listed: it is noticed by its link, which closed itself.
    world.clock.advance(50 * DAY);
    for (let days = 0; days < 2; days++) {
      const seen = await look(world.deps);
      expect(seen.named).toEqual([`unmatched ${paymentId}`]);
      expect((await apply(seen.run.hash, world.deps)).run.results).toEqual({ person: 1 });
      world.clock.advance(DAY);
    }
    expect(openSurface(await world.mustGet(orderId), world.clock.now())?.stripeId).toBe(linkId);
    const settled = { orderId: null, actor: 'Kim', reason: 'given back', at: world.clock.now() };
    await world.orders.settleUnmatched(paymentId, { as: 'settled', ...settled });
    expect((await look(world.deps)).named).toEqual([`inactive_surface ${linkId}`]);
  });

  it('is a link of ours for an order that is not there', async () => {
    const link = await strayLink({ orderId: 'ord_nobody' }, 1);
    const seen = await look(world.deps);
    expect(seen.named).toEqual([`orphan_without_order ${link}`]);
    expect((await apply(seen.run.hash, world.deps)).run.results).toEqual({ person: 1 });
    expect(isActive(link)).toBe(true);
  });

  it('is a link of the older system on a paid order, unless it shows whose it is', async () => {
    const older = async (metadata: Record<string, string>) => {
      const order = await world.order();
      const link = await stripe().paymentLinks.create({
        line_items: [
          { quantity: 1, price_data: { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Fee' } } },
        ],
        metadata: { ...metadata, ...(metadata.order_id === undefined ? {} : { order_id: order.orderId }) },
      });
      await world.orders.point({ kind: 'stripe', id: link.id }, order.orderId);
      const surface = aSurface({ stripeId: link.id, url: null, imported: true, mintedAt: world.clock.now() });
      await changeOrder(
        { orderId: order.orderId, change: (current) => recordSurface(current, surface, world.clock.now()) },
        world.deps,
      );
      expect((await look(world.deps)).named).toEqual([]);
      await cancel(order.orderId);
      const [message] = world.retireQueue.receive();
      expect(message).toEqual({ orderId: order.orderId });
      await changeOrder(
        {
          orderId: order.orderId,
          change: (current) => surfaceRetired(current, link.id, world.clock.now()),
        },
        world.deps,
      );
      return link.id;
    };
    const unmarked = await older({});
    const seen = await look(world.deps);
    expect(seen.named).toEqual([`active_not_ours ${unmarked}`]);
    expect((await apply(seen.run.hash, world.deps)).run.results).toEqual({ person: 1 });
    expect(isActive(unmarked)).toBe(true);
    await deactivate(unmarked);

    const marked = await older({ order_id: 'its own' });
    const again = await look(world.deps);
    expect(again.named).toEqual([`active_on_closed ${marked}`]);
    await apply(again.run.hash, world.deps);
    expect(isActive(marked)).toBe(false);
  });

  it('is a mail that is held, and a mailing that does not move', async () => {
    const { orderId, shard } = await world.order();
    const row = aLedgerRow({ blastId: 'bls_1', orderId, shard, state: 'claimed' });
    await world.blasts.claim(row);
    await world.blasts.settle({ ...row, state: 'held', reason: 'no_answer' });
    await world.blasts.create(aMailing({ blastId: 'bls_1', startsAt: world.clock.now() }));
    const waiting = { reason: 'sender_refused', since: world.clock.now(), until: null } as const;
    await world.blasts.create(aMailing({ blastId: 'bls_2', state: 'paused', waiting }));
    const asked = { ...waiting, reason: 'asked' } as const;
    await world.blasts.create(aMailing({ blastId: 'bls_3', state: 'paused', waiting: asked }));
    expect((await look(world.deps)).named).toEqual([`held_delivery ${deliveryTagOf(row)}`]);
    world.clock.advance(2 * HOUR);
    const seen = await look(world.deps);
    expect(seen.named).toEqual([`held_delivery ${deliveryTagOf(row)}`, 'stuck_blast bls_2']);
    await world.blasts.settleHeld(row, { state: 'sent', reason: 'asked', at: world.clock.now() });
    expect((await apply(seen.run.hash, world.deps)).run.results).toEqual({ known: 1, person: 1 });
  });

  it('is work that Stripe refuses to let be done: tried again, told, and tried the next time', async () => {
    const { orderId, linkId } = await minted();
    await cancel(orderId);
    world.retireQueue.receive();
    world.clock.advance(2 * HOUR);
    world.simulator.faults.before(`POST /v1/payment_links/${linkId}`, { status: 402 });
    const seen = await look(world.deps);
    const done = await apply(seen.run.hash, world.deps);
    expect(done.findings).toMatchObject([{ kind: 'overdue_work', result: { outcome: 'failed' } }]);
    expect(done.run.results).toEqual({ person: 1 });
    await apply((await look(world.deps)).run.hash, world.deps);
    expect(isActive(linkId)).toBe(false);
  });
});

describe('a world in which nothing is wrong', () => {
  it('has no finding, whatever its orders have lived through, and Stripe is asked for little more than its lists', async () => {
    await world.order();
    await minted();
    await paid();
    const refunded = await paid();
    world.simulator.dashboardRefund(refunded.paymentId, { amountMinor: 500 });
    const disputed = await paid();
    world.simulator.createDispute(disputed.paymentId);
    const canceled = await minted();
    await cancel(canceled.orderId);
    const amended = await minted();
    await decideOrder(
      { orderId: amended.orderId, decision: 'amend', amount: money(4_000), actor: 'Kim', reason: 'sibling' },
      world.deps,
    );
    await mintLink({ orderId: amended.orderId }, world.deps);
    const debit = await minted();
    await visitor.pay(debit.url, { method: 'us_bank_account' });
    const shop = await minted({ category: 'jersey', productId: 'shirts' });
    await visitor.pay(shop.url);
    await visitor.open((await minted()).url);
    await stripe().paymentLinks.create({
      line_items: [
        {
          quantity: 1,
          price_data: { currency: 'usd', unit_amount: 900, product_data: { name: 'Bake sale' } },
        },
      ],
      metadata: { system: 'another' },
    });
    await world.deliverEvents();
    await world.doWorkForStripe();
    world.clock.advance(2 * HOUR);
    world.stripeCalls();
    const { run, named } = await look(world.deps);
    expect(named).toEqual([]);
    expect(run).toMatchObject({ found: {}, problems: [], stranded: { sessions: 0, links: 0 } });
    expect(run.looked).toMatchObject({ links: 4, orders: 10, refunds: 1, disputes: 1 });
    expect(world.stripeCalls()).toHaveLength(run.requests);
    expect(run.requests).toBeLessThanOrEqual(9);
  });

  it('has no finding for what is told or done between the list and the closer look', async () => {
    const paid = await minted();
    await visitor.pay(paid.url);
    const stray = await strayLink(await world.order(), 1);
    world.clock.advance(HOUR);
    let late = false;
    const orders = {
      ...world.orders,
      // The webhook comes when the orders beside the list have just been read; somebody closes the stray link.
      getMany: async (ids: readonly string[]) => {
        const read = await world.orders.getMany(ids);
        if (!late) {
          late = true;
          await world.deliverEvents();
          await deactivate(stray);
        }
        return read;
      },
    };
    expect((await look({ ...world.deps, orders })).named).toEqual([]);
    expect([late, statusOf(await world.mustGet(paid.orderId))]).toEqual([true, 'paid']);
  });

  it('a family whose only page was a session of the older system is counted as stranded', async () => {
    await strandOnSession((await world.order()).orderId);
    expect((await look(world.deps)).run).toMatchObject({ stranded: { sessions: 1, links: 0 }, found: {} });
  });
});

describe('a payment', () => {
  it('forty days old is found, and one that is older when it is asked for', async () => {
    const { orderId, url, linkId } = await minted();
    await visitor.pay(url);
    await world.loseEvents();
    world.clock.advance(40 * DAY);
    expect((await look(world.deps)).named).toEqual([`lost_payment ${intentOf(linkId)}`]);
    world.clock.advance(60 * DAY);
    // Its link closed itself, and that is noticed whatever the age.
    expect((await look(world.deps)).named).toEqual([`lost_payment ${intentOf(linkId)}`]);
    const since = instantAfter(world.clock.now(), -101 * DAY);
    const seen = await look(world.deps, { since });
    expect(seen.named).toEqual([`lost_payment ${intentOf(linkId)}`]);
    await apply(seen.run.hash, world.deps);
    expect(statusOf(await world.mustGet(orderId))).toBe('paid');
  });

  it('by debit that failed long after is found, though it is older than what is listed', async () => {
    const { orderId, url, linkId } = await minted();
    await visitor.pay(url, { method: 'us_bank_account' });
    await world.deliverEvents();
    await world.doWorkForStripe();
    world.simulator.settleDebit(intentOf(linkId), 'failed');
    await world.loseEvents();
    world.clock.advance(90 * DAY);
    const seen = await look(world.deps);
    expect(seen.named).toEqual([`lost_payment ${intentOf(linkId)}`]);
    await apply(seen.run.hash, world.deps);
    expect(statusOf(await world.mustGet(orderId))).toBe('pending');
  });
});

describe('a payment that a person has assigned', () => {
  it.each(['refund', 'dispute'] as const)('is followed by its order: a lost %s is booked', async (what) => {
    const link = await strayLink({ orderId: 'ord_nobody' }, 1);
    await visitor.pay((await stripe().paymentLinks.retrieve(link)).url);
    await deactivate(link);
    await world.deliverEvents();
    const stripeId = intentOf(link);
    const { orderId } = await world.order();
    const assignment = await lookAtAssignment({ stripeId, orderId }, world.deps);
    const shown = assignment.doneBefore ? '' : assignment.plan.hash;
    const input = { stripeId, orderId, shown, actor: 'Kim', reason: 'asked the family' };
    await assignUnmatched(input, world.deps);
    world.clock.advance(HOUR);
    expect((await look(world.deps)).named).toEqual([]);

    const { id } =
      what === 'refund' ? world.simulator.dashboardRefund(stripeId) : world.simulator.createDispute(stripeId);
    await world.loseEvents();
    world.clock.advance(HOUR);
    const seen = await look(world.deps);
    expect(seen.findings).toMatchObject([{ kind: `lost_${what}`, about: id, orderId }]);
    expect((await apply(seen.run.hash, world.deps)).run.results).toEqual({ repaired: 1 });
    expect((await world.mustGet(orderId)).facts).toHaveProperty(`${what}:${id}`);
    expect((await look(world.deps)).named).toEqual([]);
  });
});

describe('a run', () => {
  it('asks Stripe no more than twenty times a second, and counts how often', async () => {
    for (let i = 0; i < 30; i++) await deactivate((await minted()).linkId);
    world.simulator.clearRequests();
    const began = epochMs(world.clock.now());
    const { run } = await look(world.deps);
    expect(run.found).toMatchObject({ inactive_surface: { count: 30, sums: { usd: 30 * 5_500 } } });
    expect(world.simulator.requests).toHaveLength(run.requests);
    expect(epochMs(world.clock.now()) - began).toBeGreaterThanOrEqual((run.requests - 1) * 50);
  });

  it('that has time for one page after the other comes to the same', async () => {
    for (let i = 0; i < 5; i++) await deactivate((await minted()).linkId);
    const whole = await look(world.deps);
    const sliced = await look(world.deps, { budgetMs: 1 });
    expect(sliced.named).toEqual(whole.named);
    expect([sliced.run.hash, sliced.run.looked]).toEqual([whole.run.hash, whole.run.looked]);
  });

  it('begins the list of links anew when Stripe does not go on from a link that is not active any more', async () => {
    for (let i = 0; i < 12; i++) await deactivate((await minted()).linkId);
    const listed = (request: { params: unknown }) =>
      (request.params as { starting_after?: string }).starting_after !== undefined;
    for (let i = 0; i < 120; i++) await strayLink({ orderId: 'ord_nobody' }, 1);
    world.simulator.faults.before('GET /v1/payment_links', { status: 400, when: listed });
    const { run } = await look(world.deps);
    expect(run.restarts).toBe(1);
    expect(run.looked).toMatchObject({ links: 120 });
    expect(run.found).toMatchObject({
      inactive_surface: { count: 12 },
      orphan_without_order: { count: 120 },
    });
  });

  it('that could not compare the links counts who is stranded on an ended session, and ends no alarm', async () => {
    const done = () => world.logged.filter(({ event }) => event === 'reconcile.done').at(-1)?.fields;
    world.simulator.faults.before('GET /v1/payment_links', { status: 403, times: 2 });
    await look(world.deps);
    expect(done(), 'nobody knows').not.toHaveProperty('stranded');
    await strandOnSession((await world.order()).orderId);
    const { run } = await look(world.deps);
    expect(tellOf(run).stranded).toEqual({ sessions: 1, links: null });
    expect(done(), 'at least').toHaveProperty('stranded', 1);
    world.clock.advance(HOUR);
    expect(tellOf((await look(world.deps)).run).stranded).toEqual({ sessions: 1, links: 0 });
    expect(done()).toHaveProperty('stranded', 1);
  });

  it('names the permission that Stripe refused when it looked closer at an order, and goes on with the others', async () => {
    const [, off] = [await minted(), await minted()];
    await deactivate(off.linkId);
    await strandOnSession((await world.order()).orderId);
    world.simulator.faults.before(`GET /v1/payment_links/${off.linkId}`, { status: 403 });
    const { run, named } = await look(world.deps);
    expect(named).toEqual([]);
    expect(run.problems).toEqual([
      expect.stringContaining('read Payment Links: some orders were not compared.'),
    ]);
    expect(run).toMatchObject({ looked: { orders: 3 }, stranded: { sessions: 1 } });
  });

  it('says what the key may not read, and compares the rest', async () => {
    await deactivate((await minted()).linkId);
    world.simulator.faults.before('GET /v1/disputes', { status: 403, times: Number.POSITIVE_INFINITY });
    const { run } = await look(world.deps);
    expect(run.problems).toEqual([expect.stringContaining('does not let the stored key read Disputes')]);
    expect(run.found).toMatchObject({ inactive_surface: { count: 1 } });
    const { fields } = world.logged.findLast(({ event }) => event === 'reconcile.done') ?? {};
    expect(fields, 'nobody knows that no webhook was lost').toHaveProperty('whole', false);
  });

  it('with a key of another account says so, and does not ask for every link', async () => {
    for (let i = 0; i < 12; i++) await minted();
    const other = await startWorld();
    const { run, named } = await look({ ...world.deps, books: other.books, stripe: other.stripe });
    await other.stop();
    expect(named).toEqual([]);
    expect(run.problems).toEqual([expect.stringContaining('the stored key is of another account')]);
    // The lists, and two for the first of the links, by each who is at work.
    expect(run.requests).toBeLessThanOrEqual(4 + 2 * 4);
  });

  it('is refused to be applied when it was never shown, or too long ago', async () => {
    await expect(apply('none', world.deps)).rejects.toMatchObject({ code: 'stale_plan' });
    await deactivate((await minted()).linkId);
    const { run } = await look(world.deps);
    world.clock.advance(DAY + MINUTE);
    await expect(apply(run.hash, world.deps)).rejects.toMatchObject({ code: 'stale_plan' });
  });
});
