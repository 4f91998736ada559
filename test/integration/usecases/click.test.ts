import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { money } from '../../../lib/domain/money.ts';
import { recordFact, recordSurface } from '../../../lib/domain/order-changes.ts';
import { legacyTokenHash, parseTokenKeys, signToken } from '../../../lib/domain/pay-token.ts';
import { answerClick } from '../../../lib/usecases/answer-click.ts';
import { aSurface, decision, payment, refund } from '../../support/orders.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const click = (token: string, backFromStripe = false) => answerClick({ token, backFromStripe }, world.deps);
const pageOf = async (token: string, back = false) => {
  const answer = await click(token, back);
  return answer.kind === 'page' ? answer.page.kind : `redirect`;
};
const DAY = 24 * 60 * 60 * 1000;

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
      expect(await answerClick({ token, backFromStripe: false }, blind)).toEqual({
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
    expect(await answerClick({ token, backFromStripe: false }, deps)).toEqual({
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

  it.each([
    ['is down', { status: 'reset' as const }],
    ['fails', { status: 500 }],
    ['limits our rate', { status: 429 }],
    ['never answers', { status: 'timeout' as const }],
  ])('while Stripe %s says so and asks for patience; afterwards the same URL works', async (_, fault) => {
    const token = world.tokenOf(await world.order());
    world.simulator.faults.before('POST /v1/payment_links', { ...fault, times: 2 });
    expect(await pageOf(token)).toBe('unavailable');
    world.simulator.faults.clear();
    expect(await pageOf(token)).toBe('redirect');
    expect(world.simulator.objects.paymentLinks).toHaveLength(1);
  });

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

  it('on a jersey reuses the open session, and opens another when Stripe has ended it', async () => {
    const token = world.tokenOf(await world.order({ category: 'jersey', amount: money(3_000) }));
    const first = await click(token);
    expect(await click(token)).toEqual(first);
    world.clock.advance(DAY);
    const next = await click(token);
    expect(next.kind).toBe('redirect');
    expect(next).not.toEqual(first);
  });
});
