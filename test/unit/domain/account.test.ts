import { describe, expect, it } from 'vitest';
import { accountOf, type OrderAccount, sumsOf } from '../../../lib/domain/account.ts';
import type { Fact } from '../../../lib/domain/facts.ts';
import { money } from '../../../lib/domain/money.ts';
import type { NewOrder } from '../../../lib/domain/order-changes.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import {
  anOrder,
  decision,
  dispute,
  minutesAfterNoon as minute,
  payment,
  refund,
} from '../../support/orders.ts';

const NOW = minute(60);
const account = (facts: Fact[] = [], over: Partial<NewOrder> = {}): OrderAccount =>
  accountOf(
    facts.reduce((order, fact) => recordFact(order, fact, NOW), anOrder(over)),
    NOW,
  );

const none = { received: [], givenBack: [], underWay: [] };

describe('what an order comes to', () => {
  it.each<[string, Fact[], Partial<OrderAccount>]>([
    ['nothing has happened', [], { status: 'pending', standing: 'payable', ...none }],
    ['it was paid', [payment()], { status: 'paid', ...none, received: [money(5_500)] }],
    [
      'a debit is under way',
      [payment({ state: 'processing' })],
      { status: 'processing', ...none, underWay: [money(5_500)] },
    ],
    ['a debit failed', [payment({ state: 'failed' })], { status: 'pending', ...none }],
    [
      'it was given back in part',
      [payment(), refund({ amount: money(500) })],
      { status: 'review', received: [money(5_500)], givenBack: [money(500)] },
    ],
    [
      'a refund is not through yet',
      [payment(), refund({ state: 'pending' })],
      { status: 'paid', received: [money(5_500)], givenBack: [] },
    ],
    [
      'it was lost in a dispute',
      [payment(), dispute({ state: 'lost' })],
      { status: 'refunded', received: [money(5_500)], givenBack: [money(5_500)] },
    ],
    [
      'it was paid in two currencies',
      [payment(), payment({ id: 'pi_2', amount: money(7_000, 'cad') })],
      { status: 'review', received: [money(7_000, 'cad'), money(5_500)] },
    ],
    [
      'its amount was changed',
      [decision({ decision: 'amend', amount: money(4_000) })],
      { status: 'pending', due: money(4_000) },
    ],
  ])('when %s', (_, facts, expected) => {
    expect(account(facts)).toMatchObject(expected);
  });

  it('names what waits for a person', () => {
    expect(account([payment({ amount: money(5_000) })]).attention).toMatchObject([
      { reason: 'wrong_amount', about: 'pi_1' },
    ]);
  });

  it('is past its pay-by date and owed all the same', () => {
    const late = account([], { closesAt: minute(59) });
    expect([late.status, late.standing]).toEqual(['pending', 'closed']);
    expect(sumsOf([late]).owed).toEqual([money(5_500)]);
  });
});

describe('the sums of several orders', () => {
  it('keep currencies apart, and leave out the tests of the club and what was ended', () => {
    const accounts = [
      account(),
      account([], { amount: money(1_000) }),
      account([], { amount: money(900, 'eur') }),
      account([], { test: true }),
      account([payment()], { test: true }),
      account([decision()]),
      account([payment()]),
      account([payment(), refund()]),
      account([payment({ state: 'processing' })]),
    ];
    expect(sumsOf(accounts)).toEqual({
      owed: [money(900, 'eur'), money(6_500)],
      underWay: [money(5_500)],
      received: [money(11_000)],
      givenBack: [money(5_500)],
    });
    expect(sumsOf([])).toEqual({ owed: [], underWay: [], received: [], givenBack: [] });
  });
});
