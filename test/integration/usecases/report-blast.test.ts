import { beforeEach, describe, expect, it } from 'vitest';
import { type Delivery, newShard } from '../../../lib/domain/blast.ts';
import { SHARDS, shardOf } from '../../../lib/domain/ids.ts';
import { money } from '../../../lib/domain/money.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import type { Blasts, Orders } from '../../../lib/ports.ts';
import { listBlasts, type ReportDeps, reportBlast } from '../../../lib/usecases/report-blast.ts';
import { keptLog } from '../../support/kept-log.ts';
import { aLedgerRow, aMailing } from '../../support/ledger.ts';
import { memoryBlasts } from '../../support/memory/blasts.ts';
import { settableClock } from '../../support/memory/clock.ts';
import { memoryOrders } from '../../support/memory/orders.ts';
import { anOrder, minutesAfterNoon, payment } from '../../support/orders.ts';

const BLAST = 'bls_1';

let blasts: Blasts;
let orders: Orders;
let deps: ReportDeps;
let clock: ReturnType<typeof settableClock>;
/** Shards whose ledger was read, in sequence. */
let counted: number[];
beforeEach(async () => {
  clock = settableClock(minutesAfterNoon(60));
  blasts = memoryBlasts();
  orders = memoryOrders();
  counted = [];
  const watched: Blasts = {
    ...blasts,
    deliveries: (q) => {
      if (!counted.includes(q.shard)) counted.push(q.shard);
      return blasts.deliveries(q);
    },
  };
  const club = { name: 'Riverside', contact: 'office@club.example', timeZone: 'America/Denver' };
  deps = { blasts: watched, orders, clock, club, log: keptLog };
  await blasts.create(aMailing());
});

/** An order, and a row for each of its addresses. */
const mailed = async (orderId: string, ...rows: Partial<Delivery>[]): Promise<void> => {
  await orders.create(anOrder({ orderId }));
  for (const [i, row] of rows.entries()) {
    const address = `${i}@family.example`;
    await blasts.claim(aLedgerRow({ orderId, shard: shardOf(orderId), address, ...row }));
  }
};
const pays = async (orderId: string): Promise<void> => {
  const order = await orders.get(orderId);
  if (order === undefined) throw new Error(orderId);
  await orders.save(
    recordFact({ ...order, clickedAt: clock.now() }, payment({ at: clock.now() }), clock.now()),
  );
};
const report = (freshWithinSeconds?: number) =>
  reportBlast({ blastId: BLAST, ...(freshWithinSeconds !== undefined && { freshWithinSeconds }) }, deps);

describe('the report of a blast', () => {
  it('accounts for every row, and for what its families did', async () => {
    await mailed('o1', { state: 'delivered', sentAt: minutesAfterNoon(1) }, { state: 'bounced' });
    await mailed('o2', { state: 'skipped', reason: 'paid' });
    await mailed('o3', { state: 'held', reason: 'no_answer', settledAt: minutesAfterNoon(9) });
    await mailed('o4', { state: 'claimed' }, { state: 'failed', reason: 'render' });
    await pays('o1');
    await pays('o2');
    const { funnel, skipped, failed, held, atRisk, parts, days } = await report();
    expect(funnel).toMatchObject({
      audience: 6,
      sent: 2,
      delivered: 1,
      bounced: 1,
      skipped: 1,
      failed: 1,
      held: 1,
      waiting: 1,
      orders: { all: 4, mailed: 1, clicked: 1, scannedOnly: 0, paid: 1 },
      collected: [money(5_500)],
    });
    expect([skipped, failed]).toEqual([{ paid: 1 }, { render: 1 }]);
    expect(held).toMatchObject([{ orderId: 'o3', since: minutesAfterNoon(9), reason: 'no_answer' }]);
    expect(atRisk).toEqual({ orders: 1, amounts: [money(5_500)], orderIds: ['o3'] });
    expect(days).toMatchObject([{ day: '2026-04-14', sent: 2, paid: 1 }]);
    expect(parts).toEqual(
      Array.from({ length: SHARDS }, (_, shard) => ({ shard, countedAt: minutesAfterNoon(60) })),
    );
  });

  it('names each mail that failed or came back, with its address and why', async () => {
    await mailed(
      'o1',
      { state: 'failed', reason: 'address', address: 'ana@nowhere' },
      { state: 'bounced', reason: 'permanent', sentAt: minutesAfterNoon(1) },
    );
    await mailed('o2', { state: 'delivered' });
    const { failures } = await report();
    expect(failures.map(({ orderId, address, state, reason }) => [orderId, address, state, reason])).toEqual(
      expect.arrayContaining([
        ['o1', 'ana@nowhere', 'failed', 'address'],
        ['o1', '1@family.example', 'bounced', 'permanent'],
      ]),
    );
    expect(failures).toHaveLength(2);
  });

  it('holds the ledger of an ended mailing against what was approved, and says so when a row is missing', async () => {
    const approved = { hash: 'seen', orders: 2, deliveries: 2, leftOut: 1, amount: null };
    const over = { state: 'complete', endedAt: clock.now(), approved } as const;
    await blasts.create(aMailing({ blastId: 'bls_2', ...over }));
    const accountOf = async () =>
      (await reportBlast({ blastId: 'bls_2', freshWithinSeconds: 0 }, deps)).account;
    await mailed('o1', { blastId: 'bls_2', state: 'delivered' });
    await mailed('o2', { blastId: 'bls_2', state: 'skipped', reason: 'paid' });
    expect(await accountOf()).toEqual({ counted: 3, ledger: 2, missing: 1 });
    await mailed('o3', { blastId: 'bls_2', state: 'skipped', reason: 'suppressed' });
    clock.advance(1);
    expect(await accountOf()).toEqual({ counted: 3, ledger: 3, missing: 0 });
  });

  it('holds a page of a shard at a time, and counts an order once whose rows are on two of them', async () => {
    const inOneShard = Array.from({ length: 3_000 }, (_, i) => `o${String(i).padStart(4, '0')}`).filter(
      (orderId) => shardOf(orderId) === 0,
    );
    // 99 orders of one row, then one of three: the page of a hundred rows ends within it.
    for (const orderId of inOneShard.slice(0, 99)) await mailed(orderId, {});
    await mailed(inOneShard[99] ?? '', {}, {}, {});
    await mailed(inOneShard[100] ?? '', {});
    let most = 0;
    const getMany: Orders['getMany'] = (ids) => {
      most = Math.max(most, ids.length);
      return orders.getMany(ids);
    };
    const { funnel } = await reportBlast({ blastId: BLAST }, { ...deps, orders: { ...orders, getMany } });
    expect(funnel).toMatchObject({ audience: 103, orders: { all: 101, mailed: 101 } });
    expect(most).toBeLessThanOrEqual(100);
  });

  it('counts a part again when it is a minute old, or as old as is asked for', async () => {
    await mailed('o1', {});
    await report();
    expect(counted).toHaveLength(SHARDS);
    await pays('o1');
    const again = async (afterMs: number, freshWithinSeconds?: number) => {
      counted = [];
      clock.advance(afterMs);
      const { funnel } = await report(freshWithinSeconds);
      return [counted.length, funnel.orders.paid];
    };
    expect(await again(59_999)).toEqual([0, 0]);
    expect(await again(0, 3_600)).toEqual([0, 0]);
    expect(await again(1)).toEqual([SHARDS, 1]);
    expect(await again(0, 0)).toEqual([SHARDS, 1]);
  });

  it('that was cut off goes on with the parts that it had not counted', async () => {
    await mailed('o1', {});
    const shard = shardOf('o1');
    const cut: Orders = { ...orders, getMany: () => Promise.reject(new Error('cut off')) };
    await expect(reportBlast({ blastId: BLAST }, { ...deps, orders: cut })).rejects.toThrow('cut off');
    counted = [];
    expect((await report()).funnel.sent).toBe(1);
    expect(counted).toEqual([shard]);
  });

  it('is about an order that is gone as far as its rows are', async () => {
    await blasts.claim(aLedgerRow({ orderId: 'gone', shard: 3 }));
    expect((await report()).funnel).toMatchObject({ audience: 1, sent: 1, orders: { all: 1, paid: 0 } });
  });

  it('says why nothing is sent', async () => {
    const waiting = { reason: 'daily_quota', since: clock.now(), until: minutesAfterNoon(120) } as const;
    await blasts.advance(BLAST, ['sending'], { state: 'sending', waiting }, clock.now());
    expect((await report()).waits).toEqual(waiting);
  });

  it('of a mailing that never was says so', async () => {
    await expect(reportBlast({ blastId: 'bls_none' }, deps)).rejects.toThrow('There is no mailing bls_none.');
  });
});

describe('the list of blasts', () => {
  it('has those that have not ended first, with what was counted last, and counts nothing', async () => {
    await blasts.create(aMailing({ blastId: 'bls_0', state: 'complete', endedAt: clock.now() }));
    const asleep = { ...newShard(BLAST, 0), pass: 2, wakeAt: minutesAfterNoon(90) };
    await blasts.createShard(asleep);
    await mailed('o1', {});
    const before = await listBlasts(deps);
    expect(before.map(({ blast, funnel, countedAt }) => [blast.blastId, funnel, countedAt])).toEqual([
      [BLAST, null, null],
      ['bls_0', null, null],
    ]);
    expect(counted).toEqual([]);
    await report();
    clock.advance(60_000);
    const [first] = await listBlasts(deps);
    expect(first).toMatchObject({
      funnel: { sent: 1 },
      countedAt: minutesAfterNoon(60),
      waits: { reason: 'closing_pass', until: minutesAfterNoon(90) },
    });
  });
});
