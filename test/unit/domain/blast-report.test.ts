import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Delivery, deliveryStates, newShard } from '../../../lib/domain/blast.ts';
import {
  accountOf,
  type BlastTotals,
  funnelOf,
  NAMED_AT_MOST,
  reportOf,
  rowsIn,
  sumOf,
  totalsOfOrder,
  viewpoint,
  waitsOf,
} from '../../../lib/domain/blast-report.ts';
import { money } from '../../../lib/domain/money.ts';
import type { Order } from '../../../lib/domain/order.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import { aLedgerRow, aMailing } from '../../support/ledger.ts';
import { anOrder, decision, minutesAfterNoon, NOON, payment, refund } from '../../support/orders.ts';

const view = viewpoint(minutesAfterNoon(10_000), 'America/Denver');

const paid = (over: Parameters<typeof payment>[0] = {}, order = anOrder()): Order =>
  recordFact(order, payment(over), minutesAfterNoon(10));

describe('one order of a blast', () => {
  it('was clicked when somebody followed its link at the moment of its first mail, or later', () => {
    const clicks = (clickedAt: string, rows: Delivery[]) =>
      totalsOfOrder(rows, { ...anOrder(), clickedAt }, view).orders.clicked;
    const rows = [
      aLedgerRow({ sentAt: minutesAfterNoon(30), address: 'ben@family.example' }),
      aLedgerRow({ sentAt: minutesAfterNoon(20) }),
    ];
    expect(clicks(minutesAfterNoon(19), rows)).toBe(0);
    expect(clicks(minutesAfterNoon(20), rows)).toBe(1);
    expect(clicks(minutesAfterNoon(20), [aLedgerRow({ state: 'held' })])).toBe(0);
  });

  it('is apart when only what looks like a program followed its link', () => {
    const orders = (over: Partial<Order>) =>
      totalsOfOrder([aLedgerRow()], { ...anOrder(), ...over }, view).orders;
    expect(orders({ scannedAt: NOON })).toMatchObject({ clicked: 0, scannedOnly: 1 });
    expect(orders({ scannedAt: NOON, clickedAt: NOON })).toMatchObject({ clicked: 1, scannedOnly: 0 });
    expect(orders({})).toMatchObject({ mailed: 1, clicked: 0, scannedOnly: 0 });
  });

  it('brings what was paid from its first mail on, less what was given back', () => {
    const brings = (order: Order) => {
      const { orders, collected, days } = totalsOfOrder(
        [aLedgerRow({ sentAt: minutesAfterNoon(5) })],
        order,
        view,
      );
      expect(days['2026-04-14']).toMatchObject({ sent: 1, paid: orders.paid, collected });
      return [orders.paid, collected];
    };
    expect(brings(paid({ at: minutesAfterNoon(5) }))).toEqual([1, [money(5_500)]]);
    expect(brings(paid({ at: minutesAfterNoon(4) }))).toEqual([0, []]);
    expect(brings(paid({ at: minutesAfterNoon(5), state: 'processing' }))).toEqual([0, []]);
    const partly = recordFact(
      paid({ at: minutesAfterNoon(5) }),
      refund({ amount: money(500) }),
      minutesAfterNoon(6),
    );
    expect(brings(partly)).toEqual([1, [money(5_000)]]);
    const twice = paid({ id: 'pi_2', at: minutesAfterNoon(7) }, paid({ at: minutesAfterNoon(6) }));
    expect(brings(twice)).toEqual([1, [money(11_000)]]);
  });

  it('happens on the days of the club’s calendar', () => {
    // Noon is six in the morning in Denver; 18 hours later it is midnight there.
    const order = { ...paid({ at: minutesAfterNoon(18 * 60) }), clickedAt: minutesAfterNoon(18 * 60 - 1) };
    expect(totalsOfOrder([aLedgerRow()], order, view).days).toEqual({
      '2026-04-14': { sent: 1, clicked: 1, paid: 0, collected: [] },
      '2026-04-15': { sent: 0, clicked: 0, paid: 1, collected: [money(5_500)] },
    });
  });

  it('counts a mail whose bounce was told before its sending', () => {
    const early = aLedgerRow({ state: 'bounced', sentAt: null, settledAt: minutesAfterNoon(1) });
    expect(totalsOfOrder([early], anOrder(), view)).toMatchObject({
      orders: { mailed: 1 },
      days: { '2026-04-14': { sent: 1 } },
    });
  });
});

describe('money is at risk', () => {
  const risk = (states: Delivery['state'][], order: Order = anOrder()) =>
    totalsOfOrder(
      states.map((state, i) => aLedgerRow({ state, address: `${i}@family.example`, reason: 'why' })),
      order,
      view,
    ).atRisk;

  it.each(['skipped', 'failed', 'held', 'bounced'] as const)('when all that is known is: %s', (state) => {
    expect(risk([state, 'bounced'])).toEqual({ orders: 1, amounts: [money(5_500)], orderIds: ['ord_1'] });
  });

  it.each(['sent', 'delivered', 'complained'] as const)('no more once one address is: %s', (state) => {
    expect(risk(['bounced', state])).toEqual({ orders: 0, amounts: [], orderIds: [] });
  });

  it.each(['unsubscribed', 'contract_unsigned'])(
    'not for who is left out on purpose: %s, whatever became of the other address',
    (reason) => {
      const rows = [
        aLedgerRow({ state: 'skipped', reason }),
        aLedgerRow({ state: 'bounced', address: 'b@family.example' }),
      ];
      expect(totalsOfOrder(rows, anOrder(), view).atRisk.orders).toBe(0);
      const suppressed = rows.map((row) => ({ ...row, reason: 'suppressed' }));
      expect(totalsOfOrder(suppressed, anOrder(), view).atRisk.orders).toBe(1);
    },
  );

  it.each(['claimed', 'released'] as const)('not before it is decided, while one is: %s', (state) => {
    expect(risk(['bounced', state]).orders).toBe(0);
  });

  it('only as far as it is owed', () => {
    expect(risk(['bounced'], paid()).orders).toBe(0);
    expect(risk(['bounced'], recordFact(anOrder(), decision(), NOON)).orders).toBe(0);
    expect(risk(['bounced'], anOrder({ test: true })).orders).toBe(0);
    expect(risk(['bounced'], anOrder({ closesAt: NOON })).orders).toBe(0);
    const amended = recordFact(anOrder(), decision({ decision: 'amend', amount: money(1_000) }), NOON);
    expect(risk(['bounced'], amended).amounts).toEqual([money(1_000)]);
  });

  it('and is not added up over currencies', () => {
    const euros = totalsOfOrder(
      [aLedgerRow({ state: 'bounced' })],
      anOrder({ amount: money(700, 'eur') }),
      view,
    );
    const dollars = totalsOfOrder([aLedgerRow({ state: 'bounced' })], anOrder(), view);
    expect(sumOf([dollars, euros, dollars]).atRisk.amounts).toEqual([money(700, 'eur'), money(11_000)]);
  });
});

/** Anything that a ledger could hold about some orders. */
const someOrders = fc.array(
  fc.record({
    rows: fc.array(
      fc.record({
        state: fc.constantFrom(...deliveryStates),
        reason: fc.option(fc.constantFrom('paid', 'suppressed', 'render', '__proto__', '')),
        sentAt: fc.option(fc.integer({ min: 0, max: 5_000 }).map(minutesAfterNoon)),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    gone: fc.boolean(),
    currency: fc.constantFrom('usd' as const, 'eur' as const),
    clickedAt: fc.option(fc.integer({ min: -100, max: 9_000 }).map(minutesAfterNoon)),
    paidAt: fc.option(fc.integer({ min: -100, max: 9_000 }).map(minutesAfterNoon)),
    split: fc.nat({ max: 15 }),
  }),
  { maxLength: 60 },
);

const totalsOf = (
  orders: readonly (typeof someOrders extends fc.Arbitrary<(infer O)[]> ? O : never)[],
): BlastTotals[] =>
  orders.map(({ rows, gone, currency, clickedAt, paidAt }, i) => {
    const orderId = `o${String(i).padStart(3, '0')}`;
    const amount = money(5_500, currency);
    const order = { ...anOrder({ orderId, amount }), clickedAt };
    return totalsOfOrder(
      rows.map((one, address) => aLedgerRow({ orderId, address: `${address}@family.example`, ...one })),
      gone ? undefined : paidAt === null ? order : paid({ at: paidAt, amount }, order),
      view,
    );
  });

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

describe('the totals of a blast', () => {
  it('add up to the rows of the ledger, whatever their states', () => {
    fc.assert(
      fc.property(
        someOrders,
        fc.nat({ max: 300 }),
        fc.constantFrom('sending', 'canceled'),
        (orders, many, state) => {
          const totals = sumOf(totalsOf(orders));
          const rows = orders.reduce((sum, one) => sum + one.rows.length, 0);
          expect(rowsIn(totals)).toBe(rows);
          expect(total(totals.skipped)).toBe(totals.states.skipped);
          expect(total(totals.failed)).toBe(totals.states.failed);
          const approved = { hash: 'h', orders: many, deliveries: many, leftOut: 0, amount: null };
          const funnel = funnelOf(aMailing({ state: state as 'sending', approved }), totals);
          const { audience, sent, skipped, failed, held, waiting, notBegun } = funnel;
          expect(audience).toBe(rows + notBegun);
          expect(sent + skipped + failed + held + waiting + notBegun).toBe(audience);
          expect(funnel.delivered + funnel.bounced + totals.states.sent).toBe(sent);
          expect(totals.orders.paid).toBe(Object.values(totals.days).reduce((sum, day) => sum + day.paid, 0));
          expect(sent).toBe(Object.values(totals.days).reduce((sum, day) => sum + day.sent, 0));
        },
      ),
    );
  });

  it('are the same however the ledger is split into shards', () => {
    fc.assert(
      fc.property(someOrders, (orders) => {
        const each = totalsOf(orders);
        const shards = Map.groupBy(each, (_, i) => orders[i]?.split);
        expect(sumOf([...shards.values()].map(sumOf))).toEqual(sumOf(each));
      }),
    );
  });

  it('stay small however many orders, reasons and days there are, and the same however they are split', () => {
    const each = Array.from({ length: 1_000 }, (_, i) => {
      const orderId = `o${String((i * 7_919) % 1_000).padStart(4, '0')}`;
      const rows = [
        aLedgerRow({ orderId, state: 'failed', reason: `reason ${(i * 31) % 1_000}` }),
        aLedgerRow({ orderId, state: 'held', address: 'b@family.example' }),
        aLedgerRow({
          orderId,
          state: 'bounced',
          address: 'c@family.example',
          sentAt: minutesAfterNoon(i * 1_440),
        }),
      ];
      return totalsOfOrder(rows, anOrder({ orderId }), view);
    });
    const whole = sumOf(each);
    const first = Array.from({ length: NAMED_AT_MOST }, (_, i) => `o${String(i).padStart(4, '0')}`);
    expect(whole.atRisk).toMatchObject({ orders: 1_000, orderIds: first });
    expect(whole.held.map(({ orderId }) => orderId)).toEqual(first);
    expect(whole.failures).toHaveLength(NAMED_AT_MOST);
    expect(total(whole.failed)).toBe(1_000);
    expect([Object.keys(whole.failed).length, Object.keys(whole.days).length]).toEqual([21, 401]);
    expect(JSON.stringify(whole).length).toBeLessThan(60_000);
    const thirds = [0, 1, 2].map((third) => sumOf(each.filter((_, i) => i % 3 === third)));
    expect(sumOf(thirds)).toEqual(whole);
  });

  it('of nothing are nothing', () => {
    expect(rowsIn(sumOf([]))).toBe(0);
    expect(funnelOf(aMailing(), sumOf([]))).toMatchObject({ audience: 0, sent: 0, notBegun: 0 });
  });
});

describe('what is approved and not begun', () => {
  const approved = { hash: 'h', orders: 10, deliveries: 12, leftOut: 0, amount: null };
  const totals = sumOf([
    totalsOfOrder(
      [aLedgerRow(), aLedgerRow({ state: 'skipped', reason: 'paid', address: 'b@x.example' })],
      anOrder(),
      view,
    ),
  ]);

  it('is shown until the blast is complete', () => {
    expect(funnelOf(aMailing({ approved }), totals)).toMatchObject({ notBegun: 11, audience: 13 });
    expect(funnelOf(aMailing({ approved, state: 'canceled' }), totals)).toMatchObject({ notBegun: 11 });
    expect(funnelOf(aMailing({ approved, state: 'complete' }), totals)).toMatchObject({
      notBegun: 0,
      audience: 2,
    });
  });

  it('is nothing where nobody approved a number', () => {
    expect(funnelOf(aMailing(), totals)).toMatchObject({ notBegun: 0, audience: 2 });
  });
});

describe('the ledger against what was counted before', () => {
  const approved = { hash: 'h', orders: 2, deliveries: 2, leftOut: 1, amount: null };
  const rows = (count: number) =>
    sumOf(
      Array.from({ length: count }, (_, i) =>
        totalsOfOrder([aLedgerRow({ orderId: `o${i}` })], anOrder(), view),
      ),
    );
  const complete = aMailing({ state: 'complete', approved });

  it('misses nobody when each mail has its row, sent or left out', () => {
    expect(accountOf(complete, rows(3))).toEqual({ counted: 3, ledger: 3, missing: 0 });
    expect(accountOf(complete, rows(5))).toEqual({ counted: 3, ledger: 5, missing: 0 });
  });

  it('tells of a row that is missing at the end, and not before', () => {
    expect(accountOf(complete, rows(2))).toEqual({ counted: 3, ledger: 2, missing: 1 });
    for (const state of ['sending', 'canceled'] as const) {
      expect(accountOf(aMailing({ state, approved }), rows(2)).missing).toBe(0);
    }
  });

  it('says nothing where nothing was counted', () => {
    expect(accountOf(aMailing({ state: 'complete' }), rows(2))).toEqual({
      counted: null,
      ledger: 2,
      missing: 0,
    });
  });
});

describe('why a blast waits', () => {
  const asleep = (until: string) => ({ ...newShard('bls_1', 0), pass: 2, wakeAt: until });
  const quota = { reason: 'daily_quota', since: NOON, until: minutesAfterNoon(60) } as const;

  it('is told as it is recorded, or follows from its times', () => {
    expect(waitsOf(aMailing({ waiting: quota }), [], NOON)).toEqual(quota);
    expect(waitsOf(aMailing({ state: 'planned', startsAt: minutesAfterNoon(1) }), [], NOON)).toEqual({
      reason: 'not_due',
      since: NOON,
      until: minutesAfterNoon(1),
    });
    const done = { ...newShard('bls_1', 2), done: true };
    const shards = [asleep(minutesAfterNoon(2)), asleep(minutesAfterNoon(1)), done];
    expect(waitsOf(aMailing(), shards, NOON)).toEqual({
      reason: 'closing_pass',
      since: null,
      until: minutesAfterNoon(1),
    });
    const swept = shards.map((shard) => ({ ...shard, swept: true }));
    expect(waitsOf(aMailing(), swept, NOON)).toMatchObject({ reason: 'unclear', until: minutesAfterNoon(1) });
    expect(reportOf(aMailing(), shards, [], NOON).shards).toEqual({
      done: 1,
      of: 3,
    });
  });

  it('is nothing while a shard is at work, and at the end', () => {
    expect(waitsOf(aMailing(), [asleep(minutesAfterNoon(2)), newShard('bls_1', 1)], NOON)).toBeNull();
    expect(waitsOf(aMailing(), [asleep(NOON)], NOON)).toBeNull();
    expect(waitsOf(aMailing({ state: 'planned' }), [], NOON)).toBeNull();
    expect(waitsOf(aMailing({ state: 'canceled' }), [asleep(minutesAfterNoon(2))], NOON)).toBeNull();
  });

  it('is over where mails came too fast some seconds ago', () => {
    const waiting = { reason: 'rate', since: NOON, until: minutesAfterNoon(1) } as const;
    expect(waitsOf(aMailing({ waiting }), [], NOON)).toEqual(waiting);
    expect(waitsOf(aMailing({ waiting }), [], minutesAfterNoon(2))).toBeNull();
  });

  it('is that of its last mails, in one that was canceled', () => {
    const waiting = { reason: 'last_mails', since: NOON, until: null } as const;
    expect(waitsOf(aMailing({ state: 'canceled', waiting }), [], NOON)).toEqual(waiting);
  });

  it.each([
    ['in the mailing itself', { pass: 1 }],
    ['within a closing pass', { pass: 2, cursor: 'ord_1' }],
    ['in a closing pass that has found somebody', { pass: 3, addedInPass: 1 }],
  ])('is that it was parked, where SES had stopped it before a person paused and resumed it: %s', (_, at) => {
    const shards = [asleep(minutesAfterNoon(1)), { ...asleep(minutesAfterNoon(59)), ...at }];
    expect(waitsOf(aMailing(), shards, NOON)).toMatchObject({ reason: 'parked', until: minutesAfterNoon(1) });
  });
});
