import Stripe from 'stripe';
import { expect } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { instant } from '../../../lib/domain/ids.ts';
import { naturalKey, type Order, statusOf } from '../../../lib/domain/order.ts';
import { recordFact, recordSurface } from '../../../lib/domain/order-changes.ts';
import { aSurface, payment } from '../../support/orders.ts';
import type { TestStack } from '../../support/stack.ts';

/**
 * The system shown to a visitor, room by room: each chapter brings its own orders, so that it can be run alone. All
 * of them together need every permission that there is; one that none of them needs is one too many.
 */
export const tour: Readonly<Record<string, (test: TestStack) => Promise<void>>> = {
  'a parent clicks, pays by card, and is given the money back': async (test) => {
    const order = await test.order({ category: 'monthly', productId: 'tour-monthly' });
    const page = await visitor.open(await clicked(test.payUrl(order)));
    await visitor.payOn(page);
    await test.stack.settled();
    const paid = await test.mustGet(order.orderId);
    expect([statusOf(paid), paid.dueWork]).toEqual(['paid', {}]);
    const [, fact] = Object.entries(paid.facts)[0] ?? [];
    test.stack.stripe.dashboardRefund(fact?.id ?? '');
    await test.stack.settled();
    expect(statusOf(await test.mustGet(order.orderId))).toBe('refunded');
  },

  'a mail scanner and a parent open both kinds of pay address': async (test) => {
    for (const category of ['tournament', 'monthly'] as const) {
      const order = await test.order({ category, productId: `tour-scan-${category}` });
      const scanned = await fetch(test.payUrl(order), { method: 'HEAD', redirect: 'manual' });
      expect(scanned.status).toBe(303);
      expect(await clicked(test.payUrl(order))).toBe(scanned.headers.get('location'));
    }
  },

  'a click on an order of the older system retires the page that the family was mailed then': async (
    test,
  ) => {
    const order = await mailedByTheOlderSystem(test, { productId: 'tour-old-click' });
    await clicked(test.payUrl(order));
    await retired(test, order);
  },

  'the club’s own system asks for a link, and the older page is retired': async (test) => {
    const order = await mailedByTheOlderSystem(test, { productId: 'tour-old-mint' });
    const answer = await post(test, `/orders/${order.orderId}/link`, {});
    expect(answer).toMatchObject({ orderId: order.orderId, payUrl: test.payUrl(order) });
    await retired(test, order);
  },

  'a person on the site checks out a new order': async (test) => {
    const other = await test.order({ category: 'jersey', productId: 'tour-jersey' });
    await test.roster.putPlayer({
      playerId: 'ply_shopper',
      familyId: other.familyId,
      name: 'Leo Alvarez',
      contract: { state: 'signed', signUrl: null },
    });
    const { orderId } = await checkout(test, { productId: 'tour-jersey', playerId: 'ply_shopper' });
    expect(statusOf(await test.mustGet(orderId))).toBe('pending');
  },

  'a person on the site checks out an order of the older system, whose page is retired': async (test) => {
    const order = await mailedByTheOlderSystem(test, { category: 'jersey', productId: 'tour-old-jersey' });
    await test.orders.point({ kind: 'natural', key: naturalKey(order) }, order.orderId);
    const { productId, playerId } = order;
    expect((await checkout(test, { productId, playerId })).orderId).toBe(order.orderId);
    await retired(test, order);
  },

  'a payment without an order, and one on a page of the older system, come in': async (test) => {
    await test.order({ productId: 'tour-events' });
    await visitor.pay(await sessionAtStripe(test, { system: 'club-payments/dev', order_id: 'ord_nobody' }));
    await test.stack.settled();
    const { items } = await test.orders.pageOfUnmatched({ limit: 10 });
    expect(items.map(({ orderId }) => orderId)).toContain('ord_nobody');

    const order = await mailedByTheOlderSystem(test, { productId: 'tour-old-paid' });
    await visitor.pay(urlAtStripe(test, order));
    await test.stack.settled();
    expect(statusOf(await test.mustGet(order.orderId))).toBe('paid');
  },

  'Stripe can not tell yet which card was kept, and the question stays': async (test) => {
    const order = await test.order({ category: 'monthly', productId: 'tour-card' });
    await clicked(test.payUrl(order));
    const open = await test.mustGet(order.orderId);
    // Of the two pieces of work that this owes, the link can be retired; the payment is not known at Stripe.
    const paid = recordFact(open, payment({ id: 'pi_unknown' }), instant(test.stack.clock.now()));
    await test.orders.save(paid);
    await test.stack.clock.advance(TEN_MINUTES_MS);
    const { dueWork } = await test.mustGet(order.orderId);
    expect(Object.keys(dueWork)).toEqual(['keep_card:pi_unknown']);
  },

  'the day comes on which an order closes': async (test) => {
    const closesAt = instant(test.stack.clock.now() + TEN_MINUTES_MS);
    const order = await test.order({ productId: 'tour-closing', closesAt });
    await clicked(test.payUrl(order));
    await test.stack.clock.advance(2 * TEN_MINUTES_MS);
    await retired(test, order);
  },

  'ops cancel an order whose link is out': async (test) => {
    const order = await test.order({ productId: 'tour-cancel' });
    await clicked(test.payUrl(order));
    const decision = { orderId: order.orderId, decision: 'cancel', actor: 'office', reason: 'moved away' };
    await done(test, 'decide-order', decision);
    await retired(test, order);
  },

  'ops make a test order, and find it again': async (test) => {
    const made = [
      await done(test, 'create-test-order', { address: 'me@club.example' }),
      await done(test, 'create-test-order', { address: 'me@club.example' }),
    ];
    expect(made).toMatchObject([{ created: true }, { created: false }]);
  },

  'a mailing is used up for the day, goes on the next, and is planned a second time by mistake': async (
    test,
  ) => {
    const order = await test.order({ productId: 'tour-mailing' });
    const { quota } = test.stack.ses;
    const { max24HourSend } = quota;
    const plan = { blastId: 'bls_tour_mailing', productId: 'tour-mailing', createdBy: 'office' };
    quota.max24HourSend = 0;
    await done(test, 'plan-blast', plan);
    await test.stack.settled({ withinMs: 0 });
    expect(await mailsTo(test, order)).toBe(0);
    quota.max24HourSend = max24HourSend;
    await test.stack.settled();
    await done(test, 'plan-blast', plan);
    await test.stack.settled();
    expect(await mailsTo(test, order)).toBe(1);
    expect((await test.blasts.get(plan.blastId))?.state).toBe('complete');
  },

  'a mailing that was planned for later starts by itself': async (test) => {
    const order = await test.order({ productId: 'tour-later' });
    const startsAt = instant(test.stack.clock.now() + TEN_MINUTES_MS);
    const plan = { blastId: 'bls_tour_later', productId: 'tour-later', createdBy: 'office', startsAt };
    await done(test, 'plan-blast', plan);
    expect(await mailsTo(test, order)).toBe(0);
    await test.stack.clock.advance(2 * TEN_MINUTES_MS);
    expect(await mailsTo(test, order)).toBe(1);
  },

  'a mailing whose tickets were lost is given new ones': async (test) => {
    const order = await test.order({ productId: 'tour-lost' });
    const lost = { functionName: 'plan-blast', service: 'sqs' } as const;
    const outage = test.stack.faults.inject('before', lost, { kind: 'status', status: 500 });
    const plan = { blastId: 'bls_tour_lost', productId: 'tour-lost', createdBy: 'office' };
    await test.stack.invoke('plan-blast', plan);
    outage.remove();
    expect((await test.blasts.get(plan.blastId))?.state).toBe('sending');
    await test.stack.clock.advance(2 * TEN_MINUTES_MS);
    expect(await mailsTo(test, order)).toBe(1);
  },

  'stranded families are found, given new links and written to, and once more by mistake': async (test) => {
    const order = await mailedByTheOlderSystem(test, { productId: 'tour-recovery' });
    await test.stack.clock.advance(DAY_MS);
    const look = { action: 'plan', productId: 'tour-recovery', mail: true };
    const { plan } = (await done(test, 'recover-orders', look)) as { plan: { hash: string } };
    const apply = { action: 'apply', hash: plan.hash, actor: 'office' };
    await done(test, 'recover-orders', apply);
    expect(await done(test, 'recover-orders', apply)).toMatchObject({
      recovered: [{ orderId: order.orderId }],
      failed: [],
    });
    await test.stack.settled();
    expect(await mailsTo(test, order)).toBe(1);
    await retired(test, order);
  },
};

/**
 * One chapter of it. What was refused on the way, if anything was, is the reason for whatever else went wrong, and
 * it fails with that; also where the system got over it, as it does over a message that it could not send.
 */
export const visit = async (chapter: string, test: TestStack): Promise<void> => {
  test.stack.refusals.clear();
  const outcome = await tour[chapter]?.(test).then(
    () => ({ ok: true }) as const,
    (error: unknown) => ({ ok: false, error }) as const,
  );
  const refused = test.stack.refusals.all().map(({ functionName, message }) => `${functionName}: ${message}`);
  if (refused.length > 0) throw new Error(refused.join('\n'));
  if (outcome?.ok === false) throw outcome.error;
};

const TEN_MINUTES_MS = 10 * 60 * 1_000;
const DAY_MS = 25 * 60 * 60 * 1_000;

/** Where a click on one of our addresses leads. */
const clicked = async (url: string): Promise<string> => {
  const answer = await fetch(url, { redirect: 'manual' });
  expect([answer.status, await answer.text()]).toEqual([303, '']);
  return answer.headers.get('location') ?? '';
};

/** What an ops function did. Fails with its own words if it could not. */
const done = async (test: TestStack, functionName: string, payload: unknown): Promise<unknown> => {
  const answer = (await test.stack.invoke(functionName, payload)) as { ok: boolean; result?: unknown };
  expect(answer).toMatchObject({ ok: true });
  return answer.result;
};

const post = async (test: TestStack, path: string, body: unknown): Promise<unknown> => {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=ops/20260414/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=0';
  const answer = await fetch(`${test.stack.apiUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify(body),
  });
  const said = await answer.json();
  expect([answer.status, said]).toEqual([200, said]);
  return said;
};

const checkout = async (test: TestStack, of: { productId: string; playerId: string }) => {
  const shop = { successUrl: 'https://club.example/thanks', cancelUrl: 'https://club.example/shop' };
  return (await post(test, '/checkout', { ...of, ...shop, clientRequestId: `request-${of.productId}` })) as {
    orderId: string;
  };
};

/** Nothing is left to be done for the order, and nothing of it can be paid any more that is not its open surface. */
const retired = async (test: TestStack, order: Order): Promise<void> => {
  await test.stack.settled();
  const { surfaces, generation, dueWork } = await test.mustGet(order.orderId);
  expect(dueWork).toEqual({});
  const closed = surfaces.filter((surface) => surface.generation < generation);
  expect(closed.map(({ retiredAt }) => retiredAt !== null)).toEqual(closed.map(() => true));
  expect(closed).not.toEqual([]);
};

const mailsTo = async (test: TestStack, order: Order): Promise<number> =>
  (await test.stack.inbox()).filter(({ to }) => to.includes(`${order.orderId}@family.example`)).length;

/** A Checkout Session that somebody else than we made, with metadata as given. */
const sessionAtStripe = async (test: TestStack, metadata: Record<string, string>): Promise<string> => {
  const { apiKey, host, port } = test.stack.stripe;
  const stripe = new Stripe(apiKey, { host, port, protocol: 'http', telemetry: false });
  const price = { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Utah Invitational' } };
  const session = await stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [{ quantity: 1, price_data: price }],
    success_url: 'https://club.example/thanks',
    metadata,
    payment_intent_data: { metadata },
  });
  return session.url ?? '';
};

const urlAtStripe = (test: TestStack, { orderId }: Order): string =>
  test.stack.stripe.objects.checkoutSessions.findLast(({ metadata }) => metadata?.order_id === orderId)
    ?.url ?? '';

/** An imported order: its family was mailed the address of a Checkout Session, which an event may still be about. */
const mailedByTheOlderSystem = async (
  test: TestStack,
  over: Parameters<TestStack['order']>[0],
): Promise<Order> => {
  const order = await test.order(over);
  await sessionAtStripe(test, { order_id: order.orderId });
  const session = test.stack.stripe.objects.checkoutSessions.at(-1);
  const stripeId = session?.id ?? '';
  await test.orders.point({ kind: 'stripe', id: stripeId }, order.orderId);
  const surface = aSurface({ kind: 'checkout_session', stripeId, url: null, imported: true });
  const now = instant(test.stack.clock.now());
  const saved = await test.orders.save(recordSurface(order, { ...surface, mintedAt: now }, now));
  if (saved === 'conflict') throw new Error(`Order ${order.orderId} was changed meanwhile.`);
  return saved;
};
