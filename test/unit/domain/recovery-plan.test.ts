import { describe, expect, it } from 'vitest';
import { money } from '../../../lib/domain/money.ts';
import type { Order, Surface } from '../../../lib/domain/order.ts';
import { noteFirstMail, recordFact } from '../../../lib/domain/order-changes.ts';
import {
  classify,
  type Look,
  movedBecause,
  type Planned,
  planHasher,
  type SurfaceAtStripe,
  surfaceKindOf,
  suspect,
} from '../../../lib/domain/recovery-plan.ts';
import { anOrder, aSurface, decision, minutesAfterNoon, NOON, payment } from '../../support/orders.ts';

const NOW = minutesAfterNoon(60);
const mailed = (over: Partial<Surface> = {}, order: Parameters<typeof anOrder>[0] = {}): Order => {
  const imported = { kind: 'checkout_session', stripeId: 'cs_test_1', url: null, imported: true } as const;
  return { ...anOrder(order), surfaces: [aSurface({ ...imported, ...over })] };
};
const ours = (over: Partial<Surface> = {}): Order =>
  noteFirstMail({ ...anOrder(), surfaces: [aSurface(over)] }, '2026-04-14');
const found = (state: SurfaceAtStripe['state'], orderId: string | null = 'ord_1'): Partial<Look> => ({
  atStripe: { state, orderId },
});
const look = (over: Partial<Look> = {}): Look => ({
  ...{ atStripe: null, contract: undefined, livemode: false, mail: true, now: NOW },
  ...over,
});
/** In one word. */
const made = (order: Order, over: Partial<Look> = {}): string => {
  const result = classify(order, look(over));
  if (result.kind === 'row') return `${result.row.finding}, ${result.row.old}, ${result.row.mail}`;
  return result.kind === 'other' ? `other: ${result.reason}` : `left: ${result.order.reason}`;
};

describe('an id is told by its prefix', () => {
  it.each([
    ['plink_1', false, 'payment_link'],
    ['plink_1', true, 'payment_link'],
    ['cs_1', false, 'checkout_session'],
    ['cs_test_1', false, 'checkout_session'],
    ['cs_live_1', true, 'checkout_session'],
    ['cs_live_1', false, 'other_mode'],
    ['cs_test_1', true, 'other_mode'],
    ['in_1', false, 'unknown'],
    ['CS_1', false, 'unknown'],
    ['xcs_1', false, 'unknown'],
    ['', false, 'unknown'],
  ])('%s, live mode %s: %s', (id, livemode, kind) => {
    expect(surfaceKindOf(id, { livemode })).toBe(kind);
  });
});

describe('what recovery makes of an order', () => {
  const paid = recordFact(mailed(), payment(), NOW);
  const unsigned = { contract: { state: 'unsigned', signUrl: null } } as const;
  const signed = { contract: { state: 'signed', signUrl: null } } as const;
  const fee = mailed({}, { category: 'monthly' });
  it.each<[string, Order, Partial<Look>, string]>([
    ['expired', mailed(), found('expired'), 'session_expired, ended, again'],
    [
      'expired, no mails wanted',
      mailed(),
      { ...found('expired'), mail: false },
      'session_expired, ended, none',
    ],
    [
      'an imported link, closed',
      mailed({ stripeId: 'plink_1' }),
      found('inactive'),
      'link_inactive, retire, again',
    ],
    ['imported, not there', mailed(), found('missing', null), 'surface_missing, ended, again'],
    ['our link, closed', ours(), found('inactive'), 'link_inactive, retire, none'],
    ['our link, not there', ours(), found('missing', null), 'left: other_account'],
    ['our link, open', ours(), found('open'), 'other: payable'],
    ['our link, retired', ours({ retiredAt: NOW }), {}, 'other: payable'],
    ['our session, lapsed', ours({ stripeId: 'cs_test_2', expiresAt: NOON }), {}, 'other: payable'],
    ['without a surface', anOrder(), {}, 'other: payable'],
    ['imported, open', mailed(), found('open'), 'other: still_open_at_stripe'],
    ['paid there, not here', mailed(), found('complete'), 'left: completed_at_stripe'],
    ['paid', paid, {}, 'other: paid'],
    ['canceled', recordFact(mailed(), decision(), NOW), {}, 'other: canceled'],
    ['closed', { ...mailed(), closesAt: NOON }, {}, 'other: closed'],
    ['a test order', mailed({}, { test: true }), found('expired'), 'left: test_order'],
    ['another’s', mailed(), found('expired', 'ord_2'), 'left: other_order'],
    ['nobody’s', mailed(), found('expired', null), 'left: no_order_id'],
    ['paid, and another’s', mailed(), found('complete', 'ord_2'), 'left: other_order'],
    ['of an unknown kind', mailed({ stripeId: 'in_1' }), {}, 'left: unknown_prefix'],
    ['of the other mode', mailed({ stripeId: 'cs_live_1' }), {}, 'left: other_mode'],
    ['a fee without a contract', fee, { ...found('expired'), ...unsigned }, 'left: contract_unsigned'],
    ['a fee of nobody', fee, found('expired'), 'left: contract_unsigned'],
    ['a fee with a contract', fee, { ...found('expired'), ...signed }, 'session_expired, ended, again'],
  ])('%s', (_, order, over, expected) => {
    expect(made(order, over)).toBe(expected);
  });

  it('needs Stripe only where a click could lead to a dead page', () => {
    expect(suspect(mailed(), NOW)?.stripeId).toBe('cs_test_1');
    expect(suspect(ours(), NOW)?.stripeId).toBe('plink_1');
    for (const order of [anOrder(), paid, ours({ retiredAt: NOW })])
      expect(suspect(order, NOW)).toBeUndefined();
  });
});

describe('a plan’s hash', () => {
  const rowOf = (order: Order, over: Partial<Look> = found('expired')): Planned => {
    const result = classify(order, look(over));
    if (result.kind === 'other') throw new Error(result.reason);
    return result.kind === 'row' ? { ...result, begunAt: null, result: null } : result;
  };
  const hashOf = (rows: Planned[], over: { mail?: boolean; productId?: string } = {}): string => {
    const { mail = true, productId = 'utah' } = over;
    const hasher = planHasher({ scope: { kind: 'product', productId }, mail });
    for (const row of rows) hasher.add(row);
    return hasher.hash();
  };

  it('is of what was found and would be done, and of nothing else', () => {
    const row = rowOf(mailed());
    const same = { ...row, begunAt: NOW, result: { outcome: 'failed', detail: '', at: NOW } } as Planned;
    expect(hashOf([same])).toBe(hashOf([row]));
    const others = [
      hashOf([row]),
      hashOf([row], { mail: false }),
      hashOf([row], { productId: 'other' }),
      hashOf([]),
      hashOf([row, row]),
      hashOf([rowOf(mailed(), found('missing', null))]),
      hashOf([rowOf({ ...mailed(), originalAmount: money(6_500) })]),
      hashOf([rowOf(mailed({ stripeId: 'cs_test_2' }))]),
      hashOf([rowOf(mailed(), found('expired', 'ord_2'))]),
      hashOf([rowOf(mailed(), { ...found('expired'), mail: false })]),
    ];
    expect(new Set(others).size).toBe(others.length);
  });
});

describe('why an order is left when a plan is applied', () => {
  it.each<[Order, string]>([
    [recordFact(mailed(), payment(), NOW), 'it is paid by now'],
    [
      recordFact(mailed(), decision({ decision: 'amend', amount: money(100) }), NOW),
      'its amount has been changed',
    ],
    [{ ...mailed(), generation: 2 }, 'it has got another link meanwhile'],
  ])('%#: is said', (order, said) => {
    const result = classify(mailed(), look(found('expired')));
    if (result.kind !== 'row') throw new Error(result.kind);
    expect(movedBecause(result.row, order, NOW)).toBe(said);
  });
});
