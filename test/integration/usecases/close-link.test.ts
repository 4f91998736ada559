import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { money } from '../../../lib/domain/money.ts';
import { decisionsOf, type Order, statusOf } from '../../../lib/domain/order.ts';
import { recordSurface, surfaceRetired } from '../../../lib/domain/order-changes.ts';
import { storyOf } from '../../../lib/domain/story.ts';
import { changeOrder } from '../../../lib/usecases/change-order.ts';
import {
  type CloseLinkDeps,
  type CloseLinkPlan,
  closeLink,
  lookAtLink,
} from '../../../lib/usecases/close-link.ts';
import { decideOrder } from '../../../lib/usecases/decide-order.ts';
import { mintLink } from '../../../lib/usecases/mint-link.ts';
import { type Death, mortal } from '../../support/mortal.ts';
import { aSurface } from '../../support/orders.ts';
import { foundBy, look } from '../../support/reconcile.ts';
import { stripeAt } from '../../support/stripe-client.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const KIM = { actor: 'Kim', reason: 'nobody uses it' };
const stripe = (at: World = world): Stripe => {
  return stripeAt(at.simulator);
};
const isActive = (id: string, at: World = world) =>
  at.simulator.objects.paymentLinks.find((link) => link.id === id)?.active;
const openPages = (id: string, at: World = world) =>
  at.simulator.objects.checkoutSessions.filter(
    ({ payment_link, status }) => payment_link === id && status === 'open',
  ).length;

/** A link that anybody may pay on, as often as they like. */
const aLink = async (metadata: Record<string, string>, at: World = world) => {
  const { id, url } = await stripe(at).paymentLinks.create({
    line_items: [
      {
        quantity: 1,
        price_data: { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Spring fee' } },
      },
    ],
    metadata,
    payment_intent_data: { metadata },
  });
  return { linkId: id, url };
};
const forNobody = (at: World = world) =>
  aLink({ system: at.site.system, order_id: 'ord_nobody', generation: '1' }, at);

/** A link of the older system, that its order carries and that does not carry the order's id. */
const older = async (at: World = world) => {
  const { orderId } = await at.order();
  const link = await aLink({}, at);
  await at.orders.point({ kind: 'stripe', id: link.linkId }, orderId);
  const surface = aSurface({ stripeId: link.linkId, url: null, imported: true, mintedAt: at.clock.now() });
  const record = (order: Order): Order => recordSurface(order, surface, at.clock.now());
  await changeOrder({ orderId, change: record }, at.deps);
  return { ...link, orderId };
};
const cancel = (orderId: string, at: World = world) =>
  decideOrder({ orderId, decision: 'cancel', actor: 'Kim', reason: 'moved away' }, at.deps);
/** The same, on an order that has ended: the sweep leaves it as it is. */
const olderOnEnded = async (at: World = world) => {
  const link = await older(at);
  await cancel(link.orderId, at);
  at.retireQueue.receive();
  const retired = (order: Order): Order => surfaceRetired(order, link.linkId, at.clock.now());
  await changeOrder({ orderId: link.orderId, change: retired }, at.deps);
  return link;
};

const planned = async (linkId: string, deps = world.deps): Promise<CloseLinkPlan> => {
  const seen = await lookAtLink({ linkId }, deps);
  if (seen.doneBefore) throw new Error(`${linkId} is closed.`);
  return seen.plan;
};
const close = async (linkId: string, shown: string, deps = world.deps) =>
  closeLink({ linkId, shown, ...KIM }, deps);
const refusal = (linkId: string, deps: CloseLinkDeps = world.deps) =>
  expect(lookAtLink({ linkId }, deps)).rejects;

describe('a look at a link', () => {
  it('tells what it is, which order it names, and who has paid or is about to; and changes nothing', async () => {
    const { linkId, url } = await forNobody();
    expect(await planned(linkId)).toMatchObject({
      linkId,
      active: true,
      amount: { amountMinor: 5_500, currency: 'usd' },
      productNames: ['Spring fee'],
      namesOrderId: 'ord_nobody',
      order: null,
      paid: [],
      paidMore: false,
      open: 0,
    });
    await visitor.pay(url);
    await visitor.open(url);
    world.stripeCalls();
    const plan = await planned(linkId);
    expect(plan).toMatchObject({
      paid: [
        {
          paymentId: world.simulator.objects.paymentIntents.at(-1)?.id,
          state: 'succeeded',
          amount: { amountMinor: 5_500, currency: 'usd' },
        },
      ],
      open: 1,
    });
    expect(world.stripeCalls().filter((call) => !call.startsWith('GET'))).toEqual([]);
    expect(isActive(linkId)).toBe(true);
  });

  it('tells of the order that carries it how it stands', async () => {
    const { linkId, orderId } = await olderOnEnded();
    const { familyId, productId, createdAt } = await world.mustGet(orderId);
    const standing = { status: 'canceled', due: money(5_500), net: money(0) };
    const order = { orderId, familyId, productId, standing, madeAt: createdAt };
    expect(await planned(linkId)).toMatchObject({ namesOrderId: null, order });
  });

  it('refuses a link that an order is to be paid by, with the commands for that order', async () => {
    const { linkId, orderId } = await older();
    const ours = await world.order();
    const { stripeId } = await mintLink({ orderId: ours.orderId }, world.deps);
    for (const [link, order] of [
      [linkId, orderId],
      [stripeId, ours.orderId],
    ] as const) {
      await refusal(link).toMatchObject({
        code: 'invalid_input',
        message: expect.stringMatching(
          new RegExp(`order ${order} is owed.*"regenerate ${order}".*"cancel ${order}".*"amend ${order}"`),
        ),
      });
      await expect(close(link, '0'.repeat(26))).rejects.toMatchObject({ code: 'stale_plan' });
      expect(isActive(link)).toBe(true);
    }
  });

  it('refuses a link that was made for an order which does not know it yet: the next mint may get it', async () => {
    const { orderId } = await world.order();
    const { linkId } = await aLink({ system: world.site.system, order_id: orderId, generation: '1' });
    await refusal(linkId).toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining(
        `was made for order ${orderId}, which does not know it yet. "reconcile"`,
      ),
    });
  });

  it('refuses what is no link, no link of this account and mode, or no link of this system', async () => {
    await refusal('cs_test_1').toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('"cs_test_1" is not the id of a Payment Link'),
    });
    const missing = {
      code: 'not_found',
      message: expect.stringMatching(/does not know plink_\w+ in the account and mode .*"check stripe"/),
    };
    await refusal('plink_none').toMatchObject(missing);
    const { linkId } = await forNobody();
    await refusal(linkId, { ...world.deps, site: { ...world.site, livemode: true } }).toMatchObject(missing);
    await refusal((await aLink({ system: 'club-payments/other' })).linkId).toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('belongs to club-payments/other, and this is club-payments/test'),
    });
    await refusal((await aLink({ order_id: 'theirs' })).linkId).toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('is no link of this system'),
    });
  });

  it('finds nothing to do for a link that is switched off, unless somebody still has it open', async () => {
    const { linkId, url } = await forNobody();
    await visitor.open(url);
    await stripe().paymentLinks.update(linkId, { active: false });
    const plan = await planned(linkId);
    expect(plan).toMatchObject({ active: false, open: 1 });
    expect(await close(linkId, plan.hash)).toMatchObject({ doneBefore: false, ended: 1 });
    expect(await lookAtLink({ linkId }, world.deps)).toEqual({ linkId, doneBefore: true, orderId: null });
    expect(await close(linkId, plan.hash)).toMatchObject({ doneBefore: true, ended: 0 });
  });
});

describe('a link that is closed', () => {
  it('can not be paid any more, nor can the pages that were open; who had it closed is logged', async () => {
    const { linkId, url } = await forNobody();
    await visitor.open(url);
    const { hash } = await planned(linkId);
    expect(await close(linkId, hash)).toEqual({ linkId, orderId: null, doneBefore: false, ended: 1 });
    expect([isActive(linkId), openPages(linkId)]).toEqual([false, 0]);
    expect(world.logged.find(({ event }) => event === 'link.closed_by_hand')?.fields).toEqual({
      linkId,
      orderId: null,
      ended: 1,
      doneBefore: false,
    });
  });

  it('is a decision on the order that carries it, once, and changes nothing of what is owed', async () => {
    const { linkId, orderId } = await olderOnEnded();
    const { hash } = await planned(linkId);
    expect(await close(linkId, hash)).toMatchObject({ orderId, doneBefore: false });
    expect(await close(linkId, hash)).toMatchObject({ orderId, doneBefore: true });
    const order = await world.mustGet(orderId);
    expect(decisionsOf(order).map(({ decision, about, actor }) => [decision, about, actor])).toEqual([
      ['cancel', undefined, 'Kim'],
      ['close_link', linkId, 'Kim'],
    ]);
    expect([isActive(linkId), statusOf(order), order.dueWork]).toEqual([false, 'canceled', {}]);
    const line = storyOf(order, [], world.clock.now()).findLast(({ what }) => what === 'fact');
    expect(line).toMatchObject({ ids: [expect.stringMatching(/^dec_/), linkId] });
  });

  it('is not what was shown, once somebody has paid, opened it, or the order has moved', async () => {
    const { linkId, url } = await forNobody();
    const moved = async (hash: string, link = linkId) => {
      await expect(lookAtLink({ linkId: link, shown: hash }, world.deps)).rejects.toMatchObject({
        code: 'stale_plan',
      });
      await expect(close(link, hash)).rejects.toMatchObject({ code: 'stale_plan' });
      expect(isActive(link)).toBe(true);
    };
    const unseen = await planned(linkId);
    const page = await visitor.open(url);
    await visitor.open(url);
    await moved(unseen.hash);
    const opened = await planned(linkId);
    await visitor.payOn(page);
    await moved(opened.hash);
    expect(await lookAtLink({ linkId, shown: (await planned(linkId)).hash }, world.deps)).toMatchObject({
      doneBefore: false,
    });

    const carried = await olderOnEnded();
    const { hash } = await planned(carried.linkId);
    await decideOrder({ orderId: carried.orderId, decision: 'reopen', ...KIM }, world.deps);
    await moved(hash, carried.linkId);
    await moved('0'.repeat(26), carried.linkId);
  });

  it('is looked at first: it is no decision that is made unseen', async () => {
    const { linkId, orderId } = await olderOnEnded();
    const unseen = decideOrder({ orderId, decision: 'close_link', about: linkId, ...KIM }, world.deps);
    await expect(unseen).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('needs who and why', async () => {
    const { linkId } = await forNobody();
    const { hash } = await planned(linkId);
    const input = { linkId, shown: hash, actor: 'Kim', reason: ' ' };
    await expect(closeLink(input, world.deps)).rejects.toMatchObject({ code: 'invalid_input' });
    expect(isActive(linkId)).toBe(true);
  });

  it('gives nothing back: a payment that lands meanwhile is told by its event', async () => {
    const { linkId, url, orderId } = await olderOnEnded();
    const page = await visitor.open(url);
    const { hash } = await planned(linkId);
    const pays = {
      ...world.deps.stripe,
      deactivateLink: async (id: string) => {
        await visitor.payOn(page);
        await world.deps.stripe.deactivateLink(id);
      },
    };
    expect(await close(linkId, hash, { ...world.deps, stripe: pays })).toMatchObject({ ended: 0 });
    await world.deliverEvents();
    expect(isActive(linkId)).toBe(false);
    expect(world.simulator.objects.refunds).toHaveLength(0);
    expect(world.simulator.objects.paymentIntents.map(({ status }) => status)).toEqual(['succeeded']);
    expect(statusOf(await world.mustGet(orderId))).toBe('review');
  });

  it('is no finding any more: not of the look that showed it, nor of the next', async () => {
    const [stray, carried] = [await forNobody(), await olderOnEnded()];
    const seen = await look(world.deps);
    await world.runs.noteLast('daily', seen.run.runId);
    expect(seen.named).toEqual([`active_not_ours ${carried.linkId}`, `orphan_without_order ${stray.linkId}`]);
    for (const { linkId } of [stray, carried]) await close(linkId, (await planned(linkId)).hash);
    const { findings } = await foundBy(seen.run.runId, world.deps);
    expect(findings.map(({ result }) => [result?.outcome, result?.detail])).toEqual([
      ['repaired', 'closed by Kim: nobody uses it'],
      ['repaired', 'closed by Kim: nobody uses it'],
    ]);
    expect((await look(world.deps)).named).toEqual([]);
  });
});

const PORTS = ['orders', 'runs', 'books', 'stripe'] as const;
/** Canceled a moment ago, and still on its way to being closed. */
const underWay = async (at: World) => {
  const { orderId } = await at.order();
  const { stripeId, url } = await mintLink({ orderId }, at.deps);
  await cancel(orderId, at);
  return { linkId: stripeId, url };
};
type Made = { linkId: string; url: string };
const links: Record<string, (at: World) => Promise<Made>> = {
  'of no order': forNobody,
  'of an order that has ended': olderOnEnded,
  'on its way to being closed': underWay,
};

/** Two have it open; who closes it dies, and gives the same command again. Resolves to what came of it. */
const closed = async (make: (at: World) => Promise<Made>, death?: Death) => {
  const at = await startWorld();
  try {
    const { linkId, url } = await make(at);
    await visitor.open(url);
    await visitor.open(url);
    const { run } = await look(at.deps);
    const { hash } = await planned(linkId, at.deps);
    const process = mortal(at.deps, PORTS, death);
    await Promise.race([close(linkId, hash, process.deps), process.died]);
    if (death !== undefined) await close(linkId, hash, at.deps);
    const [finding] = (await foundBy(run.runId, at.deps)).findings;
    const [carrier] = await at.orders.getMany([`ord_${'1'.padStart(26, '0')}`]);
    return {
      calls: process.calls(),
      is: {
        active: isActive(linkId, at),
        open: openPages(linkId, at),
        finding: finding === undefined ? 'none' : finding.result === null ? 'open' : 'settled',
        decisions: carrier === undefined ? [] : decisionsOf(carrier).map(({ decision }) => decision),
        dueWork: carrier?.dueWork,
        logged: at.logged.some(({ event }) => event === 'link.closed_by_hand'),
      },
    };
  } finally {
    await at.stop();
  }
};

describe('whoever closes a link and dies', () => {
  it.each(Object.entries(links))(
    'finishes it by the same command, wherever that was: %s',
    async (_, make) => {
      const whole = await closed(make);
      expect(whole.is).toMatchObject({ active: false, open: 0, logged: true });
      expect(['none', 'settled']).toContain(whole.is.finding);
      expect(whole.is.dueWork ?? {}).toEqual({});
      for (let at = 1; at <= whole.calls; at++) {
        for (const moment of ['before', 'after'] as const) {
          const { is } = await closed(make, { at, moment });
          expect({ at, moment, is }).toEqual({ at, moment, is: whole.is });
        }
      }
    },
  );

  it('does it once with another who does it at the same moment', async () => {
    const { linkId, orderId } = await olderOnEnded();
    const { hash } = await planned(linkId);
    await Promise.all([close(linkId, hash), close(linkId, hash)]);
    expect(decisionsOf(await world.mustGet(orderId)).map(({ decision }) => decision)).toEqual([
      'cancel',
      'close_link',
    ]);
    expect(isActive(linkId)).toBe(false);
  });
});
