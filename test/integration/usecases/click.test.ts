import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../../infra/local/stripe/api/faults.ts';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { StoreUnavailable } from '../../../lib/domain/errors.ts';
import { money } from '../../../lib/domain/money.ts';
import { recordFact, recordSurface } from '../../../lib/domain/order-changes.ts';
import { legacyTokenHash, parseTokenKeys, signToken } from '../../../lib/domain/pay-token.ts';
import { answerClick } from '../../../lib/usecases/answer-click.ts';
import { mintLink } from '../../../lib/usecases/mint-link.ts';
import { workForStripe } from '../../../lib/usecases/work-for-stripe.ts';
import { aSurface, decision, payment, refund } from '../../support/orders.ts';
import { stripeAt } from '../../support/stripe-client.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const phone = {
  method: 'GET',
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1',
};
const click = (token: string, backFromStripe = false) =>
  answerClick({ token, backFromStripe, client: phone }, world.deps);
const pageOf = async (token: string, back = false) => {
  const answer = await click(token, back);
  return answer.kind === 'page' ? answer.page.kind : `redirect`;
};
const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('a click on a mailed URL', () => {
  it('a month after the mail leads to a page that can be paid', async () => {
    const order = await world.order();
    const token = world.tokenOf(order);
    expect((await click(token)).kind).toBe('redirect');
    world.clock.advance(31 * DAY);
    const answer = await click(token);
    const opened = await visitor.open(answer.kind === 'redirect' ? answer.url : '');
    expect(opened.status).toBe(200);
    expect(opened.text).toContain('$55.00');
  });

  it('mints once, and then leads to the same surface without asking Stripe', async () => {
    const token = world.tokenOf(await world.order());
    const first = await click(token);
    expect(world.stripeCalls()).toEqual(['POST /v1/payment_links']);
    expect(await click(token)).toEqual(first);
    expect(world.stripeCalls()).toEqual([]);
  });

  it('that is garbage reads nothing', async () => {
    const blind = { ...world.deps, orders: {} as never, roster: {} as never, stripe: {} as never };
    for (const token of ['', 'x', 'k1-ord_1-00000000000000000000000000000000', '../admin', 'k9-a-b']) {
      expect(await answerClick({ token, backFromStripe: false, client: phone }, blind)).toEqual({
        kind: 'page',
        page: { kind: 'not_found' },
      });
    }
  });

  it('with a token of a revoked key says that it was replaced, and reads no order', async () => {
    const order = await world.order();
    const token = world.tokenOf(order);
    const rotated = parseTokenKeys(
      JSON.stringify({ signWith: 'k2', revoked: ['k1'], k1: 'k'.repeat(64), k2: 'n'.repeat(64) }),
    );
    const deps = { ...world.deps, tokens: { keys: async () => rotated }, orders: {} as never };
    expect(await answerClick({ token, backFromStripe: false, client: phone }, deps)).toEqual({
      kind: 'page',
      page: { kind: 'replaced' },
    });
  });

  it('with a well signed token of an order that is not there is not found', async () => {
    expect(await pageOf(signToken(world.tokenKeys, 'pay', 'ord_none'))).toBe('not_found');
  });

  it('with a token of the older system finds its order', async () => {
    const order = await world.order();
    const token = 'f'.repeat(32);
    await world.orders.point({ kind: 'legacy_token', hash: legacyTokenHash(token) }, order.orderId);
    expect(await pageOf(token)).toBe('redirect');
    expect(await pageOf('e'.repeat(32))).toBe('not_found');
  });

  it('on a monthly fee without a signed contract says where to sign, and mints nothing', async () => {
    const unsigned = await world.order({ category: 'monthly' }, 'unsigned');
    const ended = await world.order({ category: 'monthly' }, 'ended');
    expect(await pageOf(world.tokenOf(unsigned))).toBe('sign_contract');
    expect(await pageOf(world.tokenOf(ended))).toBe('sign_contract');
    expect(world.stripeCalls()).toEqual([]);
    expect(await pageOf(world.tokenOf(await world.order({ category: 'monthly' })))).toBe('redirect');
  });

  it('that comes back from Stripe is never redirected to pay again', async () => {
    const token = world.tokenOf(await world.order());
    await click(token);
    expect(await pageOf(token, true)).toBe('on_its_way');
  });

  it.each([
    ['paid', [payment({ generation: null })]],
    ['processing', [payment({ generation: null, state: 'processing' as const })]],
    ['review', [payment({ generation: null }), payment({ id: 'pi_2', generation: null })]],
    ['refunded', [payment({ generation: null }), refund()]],
    ['canceled', [decision()]],
    ['waived', [decision({ decision: 'waive' as const })]],
  ])('on an order that is %s says so, with or without coming back from Stripe', async (kind, facts) => {
    const order = await world.order();
    await world.orders.save(facts.reduce((next, fact) => recordFact(next, fact, world.clock.now()), order));
    expect(await pageOf(world.tokenOf(order))).toBe(kind);
    expect(await pageOf(world.tokenOf(order), true)).toBe(kind);
    expect(world.stripeCalls()).toEqual([]);
  });

  it('after the pay-by date of an order that closes then, says so', async () => {
    const order = await world.order({ closesAt: '2026-05-30T06:00:00.000Z' });
    expect(await pageOf(world.tokenOf(order))).toBe('redirect');
    world.clock.set('2026-05-30T06:00:00.000Z');
    expect(await pageOf(world.tokenOf(order))).toBe('closed');
  });

  it.each<[string, Fault, stripeTimeoutMs?: number]>([
    ['is down', { status: 'reset' }],
    ['fails', { status: 500 }],
    ['limits our rate', { status: 429 }],
    ['never answers', { status: 'timeout' }, 1_000],
  ])(
    'while Stripe %s says so and asks for patience; afterwards the same URL works',
    async (_, fault, stripeTimeoutMs) => {
      await world.stop();
      world = await startWorld({ ...(stripeTimeoutMs !== undefined && { stripeTimeoutMs }) });
      const token = world.tokenOf(await world.order());
      world.simulator.faults.before('POST /v1/payment_links', { ...fault, times: 2 });
      expect(await pageOf(token)).toBe('unavailable');
      world.simulator.faults.clear();
      expect(await pageOf(token)).toBe('redirect');
      expect(world.simulator.objects.paymentLinks).toHaveLength(1);
    },
  );

  it('on an order whose only surface an older system made, mints a new one and owes the end of the old', async () => {
    const order = await world.order();
    const imported = recordSurface(
      order,
      aSurface({ stripeId: 'cs_test_old', kind: 'checkout_session', url: null, imported: true }),
      world.clock.now(),
    );
    await world.orders.save(imported);
    expect(await pageOf(world.tokenOf(order))).toBe('redirect');
    expect((await world.mustGet(order.orderId)).dueWork).toHaveProperty('retire:cs_test_old');
  });

  it.each([
    ['Stripe has ended it', 11 * MINUTE],
    ['it ends too soon to pay on it', MINUTE],
  ])('on a jersey reuses the open session, and opens another when %s', async (_, laterMs) => {
    const order = await world.order({ category: 'jersey', amount: money(3_000) });
    const token = world.tokenOf(order);
    const first = await click(token);
    world.clock.advance(DAY - 11 * MINUTE);
    expect(await click(token)).toEqual(first);
    world.clock.advance(laterMs);
    const next = await click(token);
    expect(next.kind).toBe('redirect');
    expect(next).not.toEqual(first);
    // Nobody can pay on both.
    await workForStripe({ orderId: order.orderId }, world.deps);
    const { data: sessions } = await stripeAt(world.simulator).checkout.sessions.list();
    expect(sessions.map(({ status }) => status)).toEqual(['open', 'expired']);
  });
});

describe('what is noted of a click', () => {
  const noted = async (orderId: string) => {
    const { clickedAt, scannedAt } = await world.mustGet(orderId);
    return { clickedAt, scannedAt };
  };
  const start = '2026-04-14T15:00:00.000Z';
  const follow = (token: string, client: Partial<typeof phone> = {}, deps = world.deps) =>
    answerClick({ token, backFromStripe: false, client: { ...phone, ...client } }, deps);
  /** An order with its link, which nobody has followed. */
  const linked = async () => {
    const order = await world.order();
    await mintLink({ orderId: order.orderId }, world.deps);
    return { ...order, token: world.tokenOf(order) };
  };

  it('is when somebody was led to pay', async () => {
    const { orderId, token } = await linked();
    expect(await noted(orderId)).toEqual({ clickedAt: null, scannedAt: null });
    await follow(token);
    expect(await noted(orderId)).toEqual({ clickedAt: start, scannedAt: null });
  });

  it('costs one write, and none within the hour after it', async () => {
    const { token } = await linked();
    const calls: string[] = [];
    const orders = new Proxy(world.orders, {
      get: (target, name, receiver) => {
        calls.push(String(name));
        return Reflect.get(target, name, receiver);
      },
    });
    const counting = { ...world.deps, orders };
    await follow(token, {}, counting);
    expect(calls.splice(0)).toEqual(['get', 'save']);
    world.clock.advance(HOUR - 1);
    await follow(token, {}, counting);
    expect(calls.splice(0)).toEqual(['get']);
    world.clock.advance(1);
    await follow(token, {}, counting);
    expect(calls.splice(0)).toEqual(['get', 'save']);
  });

  it('within the hour asks for no work either, whatever the order still owes Stripe', async () => {
    const order = await world.order();
    const old = aSurface({ stripeId: 'cs_test_old', kind: 'checkout_session', url: null, imported: true });
    await world.orders.save(recordSurface(order, old, world.clock.now()));
    const token = world.tokenOf(order);
    await follow(token);
    expect(world.retireQueue.receive()).not.toEqual([]);
    await follow(token);
    expect(world.retireQueue.receive()).toEqual([]);
  });

  it('of the click that mints is in the mint’s own write', async () => {
    const order = await world.order();
    const { revision } = await world.mustGet(order.orderId);
    await follow(world.tokenOf(order));
    expect(await noted(order.orderId)).toEqual({ clickedAt: start, scannedAt: null });
    expect((await world.mustGet(order.orderId)).revision).toBe(revision + 2);
  });

  it.each([
    ['by HEAD', { method: 'HEAD' }],
    ['by what says that it is a scanner', { userAgent: 'Barracuda Sentinel (EE)' }],
  ])('%s is apart, and is answered like any other', async (_, client) => {
    const { orderId, token } = await linked();
    const scanned = await follow(token, client);
    expect(await noted(orderId)).toEqual({ clickedAt: null, scannedAt: start });
    expect(await follow(token)).toEqual(scanned);
    expect(await noted(orderId)).toEqual({ clickedAt: start, scannedAt: start });
  });

  it('is nothing for who is not led to pay', async () => {
    const paid = await world.order();
    await world.orders.save(recordFact(paid, payment({ generation: null }), world.clock.now()));
    await click(world.tokenOf(paid));
    expect((await noted(paid.orderId)).clickedAt).toBeNull();
    const back = await linked();
    await click(back.token, true);
    expect((await noted(back.orderId)).clickedAt).toBeNull();
    const unsigned = await world.order({ category: 'monthly' }, 'unsigned');
    await click(world.tokenOf(unsigned));
    expect((await noted(unsigned.orderId)).clickedAt).toBeNull();
    const down = await world.order();
    world.simulator.faults.before('POST /v1/payment_links', { status: 500, times: 2 });
    await click(world.tokenOf(down));
    expect((await noted(down.orderId)).clickedAt).toBeNull();
  });

  it.each([
    ['fails', () => Promise.reject(new StoreUnavailable('down'))],
    ['always meets somebody else’s write', async () => 'conflict' as const],
  ])('harms nobody when it %s: the answer stands, and it is logged', async (_, save) => {
    const { orderId, token } = await linked();
    const answer = await follow(token, {}, { ...world.deps, orders: { ...world.orders, save } });
    expect(answer.kind).toBe('redirect');
    expect((await noted(orderId)).clickedAt).toBeNull();
    expect(world.logged.map(({ event }) => event)).toContain('click.not_noted');
  });

  it('stands beside what somebody else wrote at that moment', async () => {
    const { orderId, token } = await linked();
    let first = true;
    const save: World['orders']['save'] = async (next) => {
      if (first) {
        first = false;
        await world.orders.save(recordFact(await world.mustGet(orderId), payment(), world.clock.now()));
      }
      return world.orders.save(next);
    };
    await follow(token, {}, { ...world.deps, orders: { ...world.orders, save } });
    expect((await noted(orderId)).clickedAt).toBe(start);
    expect((await world.mustGet(orderId)).facts).toHaveProperty('payment:pi_1');
  });
});
