import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fact, mergeFact } from '../../../lib/domain/facts.ts';
import { money } from '../../../lib/domain/money.ts';
import { netOf, type Order, statusOf } from '../../../lib/domain/order.ts';
import { recordFact, recordSurface } from '../../../lib/domain/order-changes.ts';
import {
  anOrder,
  aSurface,
  decision,
  dispute,
  minutesAfterNoon,
  NOON,
  payment,
  refund,
} from '../../support/orders.ts';

const after = (facts: Fact[], order = anOrder()): Order =>
  facts.reduce((next, fact) => recordFact(next, fact, minutesAfterNoon(10)), order);
const attention = (order: Order): string[] =>
  Object.keys(order.dueWork).filter((key) => key.startsWith('attention'));

describe('what an order is', () => {
  it.each<[string, Fact[], string]>([
    ['nothing has happened', [], 'pending'],
    ['a debit is under way', [payment({ state: 'processing' })], 'processing'],
    ['a debit failed', [payment({ state: 'failed' })], 'pending'],
    ['exactly what is due was received', [payment()], 'paid'],
    ['too little was received', [payment({ amount: money(5_000) })], 'review'],
    ['too much was received', [payment({ amount: money(6_000) })], 'review'],
    ['another currency was received', [payment({ amount: money(5_500, 'cad') })], 'review'],
    ['it was paid twice', [payment(), payment({ id: 'pi_2' })], 'review'],
    [
      'the second payment was refunded',
      [payment(), payment({ id: 'pi_2' }), refund({ paymentId: 'pi_2' })],
      'paid',
    ],
    ['a refund is only pending', [payment(), refund({ state: 'pending' })], 'paid'],
    ['a refund failed later', [payment(), refund({ state: 'failed' })], 'paid'],
    ['part was refunded', [payment(), refund({ amount: money(500) })], 'review'],
    ['all was refunded', [payment(), refund()], 'refunded'],
    ['a dispute is open', [payment(), dispute()], 'paid'],
    ['a dispute was lost', [payment(), dispute({ state: 'lost' })], 'refunded'],
    ['a dispute was won', [payment(), dispute({ state: 'won' })], 'paid'],
    ['it was canceled', [decision()], 'canceled'],
    ['it was waived', [decision({ decision: 'waive' })], 'waived'],
    [
      'it was canceled and reopened',
      [decision(), decision({ id: 'dec_2', decision: 'reopen', at: minutesAfterNoon(5) })],
      'pending',
    ],
    ['it was paid after it was canceled', [decision(), payment()], 'review'],
    ['it was refunded and then reopened', [payment(), refund(), decision({ decision: 'reopen' })], 'pending'],
    [
      'it was amended to what was received',
      [payment({ amount: money(5_000) }), decision({ decision: 'amend', amount: money(5_000) })],
      'paid',
    ],
    ['it was amended to nothing', [decision({ decision: 'amend', amount: money(0) })], 'waived'],
    [
      'it was paid while a second debit is under way',
      [payment(), payment({ id: 'pi_2', state: 'processing' })],
      'paid',
    ],
  ])('when %s', (_, facts, status) => {
    expect(statusOf(after(facts))).toBe(status);
  });

  it('an order of nothing is waived from the start', () => {
    expect(statusOf(anOrder({ amount: money(0) }))).toBe('waived');
  });
});

describe('what is left for a person', () => {
  it.each<[string, Fact[], string[]]>([
    [
      'a second payment',
      [payment(), payment({ id: 'pi_2', at: minutesAfterNoon(2) })],
      ['attention:second_payment:pi_2'],
    ],
    ['a wrong amount', [payment({ amount: money(100) })], ['attention:wrong_amount:pi_1']],
    ['a foreign currency', [payment({ amount: money(5_500, 'eur') })], ['attention:wrong_currency:pi_1']],
    ['money on a canceled order', [decision(), payment()], ['attention:payment_on_ended_order:pi_1']],
    ['an open dispute', [payment(), dispute()], ['attention:dispute:dp_1']],
    ['a refund that failed', [payment(), refund({ state: 'failed' })], ['attention:refund_failed:re_1']],
    ['nothing, when all is well', [payment()], []],
    [
      'nothing, when the second payment went back',
      [payment(), payment({ id: 'pi_2' }), refund({ paymentId: 'pi_2' })],
      [],
    ],
  ])('%s', (_, facts, items) => {
    expect(attention(after(facts))).toEqual(items);
  });

  it('an item that a person settled does not come back', () => {
    const disputed = after([payment(), dispute()]);
    const settled = recordFact(
      disputed,
      decision({ decision: 'settle', about: 'attention:dispute:dp_1' }),
      minutesAfterNoon(5),
    );
    expect(attention(settled)).toEqual([]);
    expect(attention(recordFact(settled, dispute({ state: 'under_review' }), minutesAfterNoon(6)))).toEqual(
      [],
    );
  });
});

/** Facts as Stripe tells them: several reports of each object, which agree on what does not change. */
const stories = fc
  .record({
    payments: fc.array(
      fc.record({
        states: fc.array(fc.constantFrom('processing' as const, 'failed' as const, 'succeeded' as const), {
          minLength: 1,
          maxLength: 3,
        }),
        amountMinor: fc.constantFrom(5_500, 5_500, 5_000),
        generation: fc.constantFrom(1, 1, 2, null),
      }),
      { maxLength: 3 },
    ),
    refunds: fc.array(
      fc.record({
        states: fc.array(fc.constantFrom('pending' as const, 'succeeded' as const, 'failed' as const), {
          minLength: 1,
          maxLength: 3,
        }),
        of: fc.nat({ max: 2 }),
        amountMinor: fc.constantFrom(5_500, 500),
      }),
      { maxLength: 3 },
    ),
    disputes: fc.array(
      fc.record({
        states: fc.array(
          fc.constantFrom(
            'needs_response' as const,
            'under_review' as const,
            'won' as const,
            'lost' as const,
          ),
          { minLength: 1, maxLength: 3 },
        ),
        of: fc.nat({ max: 2 }),
      }),
      { maxLength: 2 },
    ),
    decisions: fc.array(fc.constantFrom('cancel' as const, 'waive' as const, 'reopen' as const), {
      maxLength: 3,
    }),
  })
  .map(({ payments, refunds, disputes, decisions }): Fact[] => [
    ...payments.flatMap((p, i) =>
      p.states.map((state, at) =>
        payment({
          id: `pi_${i}`,
          state,
          amount: money(p.amountMinor),
          generation: p.generation,
          at: minutesAfterNoon(i * 10 + at),
        }),
      ),
    ),
    ...refunds.flatMap((r, i) =>
      r.states.map((state, at) =>
        refund({
          id: `re_${i}`,
          state,
          amount: money(r.amountMinor),
          paymentId: `pi_${r.of}`,
          at: minutesAfterNoon(40 + i * 10 + at),
        }),
      ),
    ),
    ...disputes.flatMap((d, i) =>
      d.states.map((state, at) =>
        dispute({ id: `dp_${i}`, state, paymentId: `pi_${d.of}`, at: minutesAfterNoon(80 + i * 10 + at) }),
      ),
    ),
    ...decisions.map((made, i) =>
      decision({ id: `dec_${i}`, decision: made, at: minutesAfterNoon(120 + i) }),
    ),
  ]);

const shuffledTwice = (facts: Fact[]) =>
  fc.tuple(
    fc.shuffledSubarray([...facts, ...facts], { minLength: facts.length * 2, maxLength: facts.length * 2 }),
    fc.shuffledSubarray([...facts, ...facts], { minLength: facts.length * 2, maxLength: facts.length * 2 }),
  );

describe('a deadline', () => {
  const told = (
    minute: number,
    respondBy: string | null,
    state: 'needs_response' | 'under_review' = 'needs_response',
  ) => dispute({ state, respondBy, at: minutesAfterNoon(minute), respondByToldAt: minutesAfterNoon(minute) });
  const item = (order: Order) => order.dueWork['attention:dispute:dp_1'];
  const [early, late] = ['2026-04-20T00:00:00.000Z', '2026-05-01T00:00:00.000Z'];

  it('of a dispute is that of its item, which keeps the time since which it stands', () => {
    const first = recordFact(after([payment()]), told(20, late), minutesAfterNoon(20));
    expect(item(first)).toMatchObject({ since: minutesAfterNoon(20), dueAt: late });
    const sooner = recordFact(first, told(30, early), minutesAfterNoon(30));
    expect(item(sooner)).toMatchObject({ since: minutesAfterNoon(20), dueAt: early });
    const later = recordFact(sooner, told(40, late, 'under_review'), minutesAfterNoon(40));
    expect(item(later)).toMatchObject({ since: minutesAfterNoon(20), dueAt: late });
    const none = recordFact(after([payment()]), told(20, null), minutesAfterNoon(20));
    expect(item(none)).toMatchObject({ since: minutesAfterNoon(20), dueAt: minutesAfterNoon(20) });
  });

  it('is the one that was told last, in whatever sequence the reports come', () => {
    const reports = [told(1, late), told(2, early), told(3, late), told(4, early), told(3, null)];
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...reports, ...reports], { minLength: 10, maxLength: 10 }),
        (shuffled) => {
          const [merged] = [shuffled.reduce<Fact | undefined>(mergeFact, undefined)];
          expect(merged).toMatchObject({ respondBy: early, respondByToldAt: minutesAfterNoon(4) });
        },
      ),
    );
  });
});

describe('a decision to give money back', () => {
  const decided = (over = {}) =>
    decision({ id: 'dec_r', decision: 'refund', about: 'payment:pi_1', amount: money(5_500), ...over });
  const owed = (order: Order): string[] =>
    Object.keys(order.dueWork).filter((key) => key.startsWith('refund'));

  it('is work that the order owes until something came of it, and by itself changes nothing else', () => {
    const order = after([payment(), decided()]);
    expect([statusOf(order), owed(order)]).toEqual(['paid', ['refund:dec_r']]);
    const stranger = recordFact(order, refund({ id: 're_2', amount: money(100) }), minutesAfterNoon(20));
    expect(owed(stranger)).toEqual(['refund:dec_r']);
    for (const state of ['pending', 'succeeded', 'failed'] as const) {
      expect(owed(recordFact(order, refund({ decision: 'dec_r', state }), minutesAfterNoon(20)))).toEqual([]);
    }
    const canceled = after([decision(), payment(), decided({ at: minutesAfterNoon(9) })]);
    expect(statusOf(recordFact(canceled, refund({ decision: 'dec_r' }), minutesAfterNoon(20)))).toBe(
      'canceled',
    );
  });

  it('and the same refunds made in the dashboard come to the same, in any sequence', () => {
    const parts = fc.array(
      fc.record({
        of: fc.nat({ max: 1 }),
        amountMinor: fc.constantFrom(5_500, 1_500, 500),
        states: fc.subarray(['pending' as const, 'succeeded' as const, 'failed' as const], { minLength: 1 }),
        here: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    );
    const payments = [payment(), payment({ id: 'pi_2', at: minutesAfterNoon(2) })];
    const factsOf = (
      refunds: typeof parts extends fc.Arbitrary<infer R> ? R : never,
      asMade: boolean,
    ): Fact[] =>
      refunds.flatMap(({ of, amountMinor, states, here }, i) => {
        const paymentId = `pi_${of + 1}`;
        const amount = money(amountMinor);
        const byUs = asMade && here;
        return [
          ...(byUs
            ? [
                decided({
                  id: `dec_${i}`,
                  about: `payment:${paymentId}`,
                  amount,
                  at: minutesAfterNoon(30 + i),
                }),
              ]
            : []),
          ...states.map((state, n) =>
            refund({
              id: `re_${i}`,
              paymentId,
              amount,
              state,
              at: minutesAfterNoon(40 + 10 * i + n),
              ...(byUs && { decision: `dec_${i}` }),
            }),
          ),
        ];
      });
    fc.assert(
      fc.property(
        parts.chain((refunds) =>
          fc.tuple(fc.constant(refunds), shuffledTwice([...payments, ...factsOf(refunds, true)])),
        ),
        ([refunds, [one, other]]) => {
          const inDashboard = after([...payments, ...factsOf(refunds, false)]);
          for (const order of [after(one), after(other)]) {
            expect([statusOf(order), netOf(order), attention(order).sort()]).toEqual([
              statusOf(inDashboard),
              netOf(inDashboard),
              attention(inDashboard).sort(),
            ]);
            expect(owed(order)).toEqual([]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('which Stripe refused needs a person until the payer has the money by another refund', () => {
    const refused = refund({ id: 'none_dec_r', state: 'failed', why: 'declined', amount: money(500) });
    const item = 'attention:refund_failed:none_dec_r';
    const more = (over: Partial<Parameters<typeof refund>[0]>) =>
      attention(after([payment(), refused, refund({ id: 're_2', at: minutesAfterNoon(9), ...over })]));
    expect(attention(after([payment(), refused]))).toEqual([item]);
    expect(more({ amount: money(500), state: 'pending' })).toEqual([]);
    expect(more({ amount: money(500), state: 'failed' })).toContain(item);
    expect(more({ amount: money(500), at: minutesAfterNoon(1) })).toContain(item);
    expect(more({ amount: money(100) })).toContain(item);
    expect(more({ at: minutesAfterNoon(1) })).toEqual([]);
  });

  it('that fails after the order was reopened leaves it open', () => {
    const reopened = [payment(), refund(), decision({ decision: 'reopen', at: minutesAfterNoon(5) })];
    const failed = refund({ id: 're_2', state: 'failed', amount: money(500), at: minutesAfterNoon(9) });
    expect(statusOf(after([...reopened, failed]))).toBe('pending');
  });
});

describe('facts in any order, repeated', () => {
  it('give the same facts, status, net, and attention items', () => {
    fc.assert(
      fc.property(stories.chain(shuffledTwice), ([one, other]) => {
        const open = recordSurface(anOrder(), aSurface(), NOON);
        const [a, b] = [after(one, open), after(other, open)];
        expect(a.facts).toEqual(b.facts);
        expect(statusOf(a)).toBe(statusOf(b));
        expect(netOf(a)).toEqual(netOf(b));
        expect(attention(a).sort()).toEqual(attention(b).sort());
      }),
      { numRuns: 500 },
    );
  });

  it('of two reports of one state the first by time is kept', () => {
    const first = payment({ at: minutesAfterNoon(1) });
    const second = payment({ at: minutesAfterNoon(2) });
    expect(mergeFact(second, first)).toEqual(first);
    expect(mergeFact(first, second)).toEqual(first);
  });

  it('merging is the same in either direction, and once is as good as often', () => {
    fc.assert(
      fc.property(stories, (facts) => {
        for (const fact of facts) expect(mergeFact(fact, fact)).toEqual(fact);
        const sameThing = facts.filter((fact) => fact.kind === facts[0]?.kind && fact.id === facts[0]?.id);
        const [first, second] = [sameThing[0], sameThing[1]];
        if (first !== undefined && second !== undefined) {
          expect(mergeFact(first, second)).toEqual(mergeFact(second, first));
        }
      }),
    );
  });

  it('an order that is not payable never has an open surface, and owes the retirement of each one that it had', () => {
    fc.assert(
      fc.property(stories.chain(shuffledTwice), ([facts]) => {
        let order = recordSurface(anOrder(), aSurface(), NOON);
        for (const fact of facts) {
          order = recordFact(order, fact, minutesAfterNoon(10));
          if (statusOf(order) !== 'pending') {
            expect(order.generation).toBeGreaterThan(1);
            expect(Object.keys(order.dueWork)).toContain('retire:plink_1');
          }
        }
      }),
    );
  });
});
