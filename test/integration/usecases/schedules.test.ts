import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressKeyOf, type Blast } from '../../../lib/domain/blast.ts';
import { SHARDS } from '../../../lib/domain/ids.ts';
import { money } from '../../../lib/domain/money.ts';
import { dueOf, naturalKey, type Order } from '../../../lib/domain/order.ts';
import { type NewOrder, newOrder, noteFirstMail, recordFact } from '../../../lib/domain/order-changes.ts';
import type { Monthly, Schedule, ScheduleSettings } from '../../../lib/domain/schedule.ts';
import type { BlastTicket, Log, RetireMessage } from '../../../lib/ports.ts';
import { applyDecision, lookAtDecision } from '../../../lib/usecases/apply-decision.ts';
import { type RunSchedulesDeps, runSchedules } from '../../../lib/usecases/run-schedules.ts';
import { setSchedule, showRun } from '../../../lib/usecases/set-schedule.ts';
import { tick } from '../../../lib/usecases/tick.ts';
import { workTicket } from '../../../lib/usecases/work-ticket.ts';
import { keptLog } from '../../support/kept-log.ts';
import { memoryBlasts } from '../../support/memory/blasts.ts';
import { settableClock } from '../../support/memory/clock.ts';
import { countedIds } from '../../support/memory/ids.ts';
import { memoryOrders } from '../../support/memory/orders.ts';
import { memoryQueue } from '../../support/memory/queue.ts';
import { memoryRoster } from '../../support/memory/roster.ts';
import { memorySchedules } from '../../support/memory/schedules.ts';
import { decision, payment } from '../../support/orders.ts';
import { startWorld, type World } from '../../support/world.ts';

const MINUTE = 60_000;
const CLUB = { name: 'Riverside', contact: 'office@club.example', timeZone: 'America/Denver' };

/** What schedules need, in memory, with ways to set things up. 08:00 in Denver, on a Tuesday. */
const startClub = () => {
  const clock = settableClock('2026-04-14T14:00:00.000Z');
  const logged: string[] = [];
  const deps = {
    clock,
    log: (event: string, fields?: Parameters<Log>[1]) => {
      logged.push(event);
      keptLog(event, fields);
    },
    newId: countedIds(),
    orders: memoryOrders(),
    roster: memoryRoster(),
    blasts: memoryBlasts(),
    schedules: memorySchedules(),
    blastQueue: memoryQueue<BlastTicket>(clock),
    club: CLUB,
  };
  return {
    ...deps,
    deps,
    logged,
    run: (over: Partial<RunSchedulesDeps> = {}, budgetMs = 2 * MINUTE) =>
      runSchedules({ budgetMs }, { ...deps, ...over }),
    set: async (schedule: ScheduleSettings): Promise<Schedule> => {
      const category = schedule.kind === 'monthly' ? 'monthly' : 'tournament';
      const named = {
        name: 'Fee',
        description: null,
        stripeProductId: null,
        laterCharges: null,
        price: null,
      };
      await deps.roster.putProduct({ productId: schedule.productId, category, ...named });
      const { schedules } = await setSchedule({ action: 'set', schedule, actor: 'office' }, deps);
      return schedules[0] as Schedule;
    },
    async order(
      over: Partial<NewOrder> & { orderId: string },
      contract: 'signed' | 'unsigned' | 'ended' = 'signed',
    ): Promise<Order> {
      const playerId = over.playerId ?? `ply_${over.orderId}`;
      const familyId = over.familyId ?? `fam_${over.orderId}`;
      await deps.roster.putPlayer({
        playerId,
        familyId,
        name: 'Maya',
        contract: { state: contract, signUrl: null },
      });
      const wanted: NewOrder = {
        productId: 'fees',
        category: 'monthly',
        period: '2026-04',
        amount: money(5_500),
        payBy: null,
        closesAt: null,
        test: false,
        ...over,
        playerId,
        familyId,
      };
      const order = newOrder(wanted, clock.now());
      await deps.orders.create(order);
      await deps.orders.point({ kind: 'natural', key: naturalKey(order) }, order.orderId);
      return order;
    },
    async ofPeriod(period: string, productId = 'fees'): Promise<Order[]> {
      const found: Order[] = [];
      for (let shard = 0; shard < SHARDS; shard++) {
        const { items } = await deps.orders.pageOfShard({ productId, shard, limit: 10_000 });
        const ids = items.filter((key) => key.period === period).map(({ orderId }) => orderId);
        found.push(...(await deps.orders.getMany(ids)));
      }
      return found.sort((a, b) => (a.playerId < b.playerId ? -1 : 1));
    },
    openBlasts: async (): Promise<Blast[]> => (await deps.blasts.pageOfOpen({ limit: 100 })).items,
    mustGet: async (scheduleId: string): Promise<Schedule> => {
      const schedule = await deps.schedules.get(scheduleId);
      if (schedule === undefined) throw new Error(`There is no schedule ${scheduleId}.`);
      return schedule;
    },
  };
};
type Club = ReturnType<typeof startClub>;

const NINE = '2026-04-14T15:00:00.000Z';
const reminders: ScheduleSettings & { kind: 'reminders' } = {
  kind: 'reminders',
  productId: 'cup',
  days: [3, 7],
  at: '09:00',
};
/** On the 14th, for May. */
const fees = {
  kind: 'monthly',
  productId: 'fees',
  dayOfMonth: 14,
  of: 'next_month',
  payByDays: 17,
  at: '09:00',
} as const;

let club: Club;
beforeEach(() => {
  club = startClub();
});
const mailedOn = async (orderId: string, on: string): Promise<void> => {
  const order = await club.order({ orderId, productId: 'cup', category: 'tournament', period: null });
  await club.orders.save(noteFirstMail(order, on));
};
const blastIds = async (): Promise<string[]> =>
  (await club.openBlasts()).map(({ blastId }) => blastId).sort();

describe('reminders', () => {
  beforeEach(async () => {
    await club.set(reminders);
    await mailedOn('three', '2026-04-11');
    await mailedOn('seven', '2026-04-07');
    await mailedOn('five', '2026-04-09');
  });

  it('leave at their local time, a blast for each step to those first mailed that many days ago', async () => {
    club.clock.set('2026-04-14T14:59:59.999Z');
    expect(await club.run()).toBe(0);
    expect(await blastIds()).toEqual([]);
    club.clock.set(NINE);
    expect(await club.run()).toBe(1);
    const blasts = (await club.openBlasts()).sort((a, b) => (a.blastId < b.blastId ? -1 : 1));
    expect(blasts).toMatchObject([
      {
        blastId: 'rem_cup_3_2026-04-14',
        purpose: 'reminder',
        template: 'payment-request',
        audience: { kind: 'first_mailed', productId: 'cup', on: '2026-04-11' },
        state: 'sending',
      },
      { blastId: 'rem_cup_7_2026-04-14', audience: { on: '2026-04-07' }, state: 'sending' },
    ]);
  });

  it('of a day on which nobody was first mailed make no blast, and are no skipped step', async () => {
    club.clock.set('2026-04-15T15:00:00.000Z');
    await club.schedules.put({ ...(await club.mustGet('reminders_cup')), ranUntil: '2026-04-14' });
    await club.run();
    expect(await blastIds()).toEqual([]);
    expect((await club.mustGet('reminders_cup')).skipped).toEqual([]);
  });

  it('are done once, however many ticks there are', async () => {
    club.clock.set(NINE);
    await Promise.all([club.run(), club.run()]);
    const tickets = club.blastQueue.size;
    for (let minutes = 0; minutes < 120; minutes += 5) {
      club.clock.advance(5 * MINUTE);
      expect(await club.run()).toBe(0);
    }
    expect(await blastIds()).toEqual(['rem_cup_3_2026-04-14', 'rem_cup_7_2026-04-14']);
    expect(club.blastQueue.size).toBe(tickets);
  });

  it('are caught up by a late tick of the same day, to its last moment', async () => {
    club.clock.set('2026-04-15T05:59:59.999Z');
    await club.run();
    expect(await blastIds()).toEqual(['rem_cup_3_2026-04-14', 'rem_cup_7_2026-04-14']);
    expect((await club.mustGet('reminders_cup')).skipped).toEqual([]);
  });

  it('are skipped on the next day, and the steps are shown', async () => {
    club.clock.set('2026-04-15T15:00:00.000Z');
    await club.run();
    expect(await blastIds()).toEqual([]);
    expect((await club.mustGet('reminders_cup')).skipped).toMatchObject([
      { runId: 'rem_cup_3_2026-04-14', day: '2026-04-14', reason: 'missed' },
      { runId: 'rem_cup_7_2026-04-14', day: '2026-04-14', reason: 'missed' },
    ]);
    expect(club.logged.filter((event) => event === 'schedule.run_missed')).toHaveLength(2);
  });

  it('that left, but could not be written down on their day, are not shown as skipped', async () => {
    club.clock.set(NINE);
    const dying = { ...club.schedules, put: async () => Promise.reject(new Error('killed')) };
    await expect(club.run({ schedules: dying })).rejects.toThrow('killed');
    club.clock.set('2026-04-15T14:00:00.000Z');
    await club.run();
    expect((await club.mustGet('reminders_cup')).skipped).toEqual([]);
    expect(await blastIds()).toEqual(['rem_cup_3_2026-04-14', 'rem_cup_7_2026-04-14']);
  });

  it('of other products leave, though those of one can not', async () => {
    await club.set({ ...reminders, productId: 'bowl' });
    const other = await club.order({ orderId: 'b', productId: 'bowl', category: 'tournament', period: null });
    await club.orders.save(noteFirstMail(other, '2026-04-11'));
    const roster = {
      ...club.roster,
      product: (productId: string) =>
        productId === 'bowl' ? Promise.reject(new Error('down')) : club.roster.product(productId),
    };
    club.clock.set(NINE);
    await expect(club.run({ roster })).rejects.toThrow('down');
    expect(await blastIds()).toEqual(['rem_cup_3_2026-04-14', 'rem_cup_7_2026-04-14']);
    await club.run();
    expect(await blastIds()).toContain('rem_bowl_3_2026-04-14');
  });

  it('whose tick dies at any call leave once, when the next tick comes', async () => {
    const settings = { ...reminders, days: [3] };
    await dyingAtEveryCall(
      async (own) => {
        await own.set(settings);
        const order = await own.order({
          orderId: 'o',
          productId: 'cup',
          category: 'tournament',
          period: null,
        });
        await own.orders.save(noteFirstMail(order, '2026-04-11'));
      },
      async (own) => {
        expect((await own.openBlasts()).map(({ blastId, state }) => [blastId, state])).toEqual([
          ['rem_cup_3_2026-04-14', 'sending'],
        ]);
        expect(await own.blasts.shards('rem_cup_3_2026-04-14')).toHaveLength(SHARDS);
        expect(await own.mustGet('reminders_cup')).toMatchObject({ ranUntil: '2026-04-14', skipped: [] });
      },
    );
  });
});

/** The n-th call to a store or a queue dies, before or after it took effect, for every n; then ticks go on. */
const dyingAtEveryCall = async (
  begin: (own: Club) => Promise<void>,
  check: (own: Club) => Promise<void>,
): Promise<void> => {
  for (const moment of ['before', 'after'] as const) {
    for (let n = 0, died = true; died; n++) {
      const own = startClub();
      await begin(own);
      own.clock.set(NINE);
      let calls = 0;
      died = false;
      const mortal = <T extends object>(port: T): T =>
        new Proxy(port, {
          get: (target, name) => {
            const method = (target as Record<string | symbol, (...args: unknown[]) => Promise<unknown>>)[
              name
            ];
            return async (...args: unknown[]) => {
              const dies = calls++ === n;
              died ||= dies;
              if (dies && moment === 'before') throw new Error('killed');
              const result = await method?.(...args);
              // Nothing that the dead process would have done after this happens either.
              if (died) throw new Error('killed');
              return result;
            };
          },
        });
      const { orders, roster, blasts, schedules, blastQueue } = own;
      await own
        .run({
          orders: mortal(orders),
          roster: mortal(roster),
          blasts: mortal(blasts),
          schedules: mortal(schedules),
          blastQueue: mortal(blastQueue),
        })
        .catch((error: Error) => expect(error.message).toBe('killed'));
      own.clock.advance(5 * MINUTE);
      // The tick's other part starts what was only planned; here the repeated run does.
      await own.run();
      await own.run();
      await check(own).catch((error: Error) => {
        throw new Error(`Dead ${moment} call ${n}: ${error.message}`, { cause: error });
      });
      if (n > 2_000) throw new Error('This never ends.');
    }
  }
};

describe('monthly fees', () => {
  const families = async (count: number, own = club): Promise<void> => {
    for (let i = 0; i < count; i++) await own.order({ orderId: `ord_${String(i).padStart(3, '0')}` });
  };

  it('repeat the orders of the month before, and mail them when all of them are there', async () => {
    await club.set(fees);
    await families(40);
    club.clock.set(NINE);
    await club.run();
    const made = await club.ofPeriod('2026-05');
    expect(made.map(({ playerId }) => playerId)).toEqual(
      Array.from({ length: 40 }, (_, i) => `ply_ord_${String(i).padStart(3, '0')}`),
    );
    expect(made[0]).toMatchObject({
      familyId: 'fam_ord_000',
      category: 'monthly',
      payBy: '2026-05-01',
      closesAt: null,
      firstMailedOn: null,
      originalAmount: money(5_500),
    });
    const [blast] = await club.openBlasts();
    expect(blast).toMatchObject({
      blastId: 'fee_fees_2026-05',
      purpose: 'notice',
      template: 'monthly-fee',
      audience: { kind: 'product', productId: 'fees', filter: { period: '2026-05', onlyNeverMailed: false } },
      state: 'sending',
    });
    const asOf = blast?.audience.kind === 'product' ? blast.audience.asOf : '';
    for (const { createdAt } of made) expect(createdAt <= asOf).toBe(true);
    expect(await club.mustGet('monthly_fees')).toMatchObject({
      running: null,
      last: { period: '2026-05', sourceOrders: 40, made: 40, leftOut: {} },
      nextRunAt: '2026-05-14T15:00:00.000Z',
      skipped: [],
    });
  });

  it('that are repeated, or run at once, create none twice', async () => {
    await club.set(fees);
    await families(10);
    club.clock.set(NINE);
    await Promise.all([club.run(), club.run(), club.run()]);
    await club.run();
    await setSchedule({ action: 'run', productId: 'fees', period: '2026-05', actor: 'office' }, club.deps);
    await club.run();
    expect(await club.ofPeriod('2026-05')).toHaveLength(10);
    expect(await blastIds()).toEqual(['fee_fees_2026-05']);
  });

  it('are shown before they are run, and run as they were shown, once more by mistake', async () => {
    await club.set(fees);
    await families(3);
    const of = { productId: 'fees', period: '2026-05' };
    const { hash, ...seen } = await showRun(of, club.deps);
    expect(seen).toEqual({ ...of, skipped: null, last: null });
    expect(await club.ofPeriod('2026-05')).toEqual([]);
    const run = { action: 'run', ...of, actor: 'office', shown: hash } as const;
    const stale = expect.objectContaining({ code: 'stale_plan' });
    await expect(setSchedule({ ...run, shown: '0'.repeat(26) }, club.deps)).rejects.toEqual(stale);
    await setSchedule(run, club.deps);
    await setSchedule(run, club.deps);
    await club.run();
    expect(await club.ofPeriod('2026-05')).toHaveLength(3);
    await expect(setSchedule(run, club.deps)).rejects.toEqual(stale);
    expect(await showRun(of, club.deps)).toMatchObject({ last: { period: '2026-05', made: 3 } });
  });

  it('find the order that somebody has started on the site for the new month', async () => {
    await club.set(fees);
    await club.order({ orderId: 'april', playerId: 'ply_sam' });
    await club.order({ orderId: 'may', playerId: 'ply_sam', period: '2026-05', amount: money(4_000) });
    club.clock.set(NINE);
    await club.run();
    expect(await club.ofPeriod('2026-05')).toMatchObject([{ orderId: 'may', originalAmount: money(4_000) }]);
  });

  it('pass on the amount that a family has now, leave out who left, and who has not signed', async () => {
    await club.set(fees);
    const amended = await club.order({ orderId: 'o1', amount: money(5_500) });
    const lower = { decision: 'amend', amount: money(2_750) } as const;
    await club.orders.save(recordFact(amended, decision(lower), club.clock.now()));
    const free = await club.order({ orderId: 'o2', amount: money(0) });
    const gone = await club.order({ orderId: 'o3' });
    await club.orders.save(recordFact(gone, decision({ decision: 'cancel' }), club.clock.now()));
    await club.order({ orderId: 'o4' }, 'unsigned');
    await club.order({ orderId: 'o5' }, 'ended');
    await club.order({ orderId: 'o6', test: true });
    const paid = await club.order({ orderId: 'o7', closesAt: '2026-04-20T06:00:00.000Z' });
    await club.orders.save(recordFact(paid, payment({ generation: null }), club.clock.now()));
    for (const category of ['monthly', 'generic'] as const) {
      const { playerId } = await club.order({ orderId: `o8_${category}`, category });
      const player = await club.roster.player(playerId);
      if (player !== undefined) await club.roster.forgetPlayer(player, club.clock.now());
    }
    club.clock.set(NINE);
    await club.run();
    const made = await club.ofPeriod('2026-05');
    expect(made.map((order) => [order.playerId, dueOf(order).amountMinor])).toEqual([
      ['ply_o1', 2_750],
      [free.playerId, 0],
      ['ply_o7', 5_500],
    ]);
    // What closed when its day to be paid by was over in Denver does so again.
    expect(made.map(({ closesAt }) => closesAt)).toEqual([null, null, '2026-05-02T06:00:00.000Z']);
    expect(await club.mustGet('monthly_fees')).toMatchObject({
      last: {
        ...{ sourceOrders: 9, made: 3 },
        leftOut: { canceled: 1, contract_unsigned: 2, forgotten: 2, test_order: 1 },
      },
    });
  });

  it('ask for the whole fee again after a month that was paid in part and divided, not for its part', async () => {
    await club.set(fees);
    const order = await club.order({ orderId: 'o1', amount: money(12_000) });
    const lower = recordFact(order, decision({ decision: 'amend', amount: money(10_000) }), club.clock.now());
    await club.orders.save(recordFact(lower, payment({ amount: money(4_000) }), club.clock.now()));
    const deps = {
      ...club.deps,
      retireQueue: memoryQueue<RetireMessage>(club.clock),
      site: { baseUrl: 'https://pay.club.example', system: 'club-payments/test', livemode: false },
    };
    const wanted = { orderId: 'o1', decision: 'amend', rest: true } as const;
    const seen = await lookAtDecision(wanted, deps);
    const shown = seen.doneBefore ? '' : seen.plan.hash;
    await applyDecision({ ...wanted, shown, actor: 'Kim', reason: 'they pay in two parts' }, deps);
    expect((await club.ofPeriod('2026-04-rest')).map(dueOf)).toEqual([money(6_000)]);
    club.clock.set(NINE);
    await club.run();
    expect((await club.ofPeriod('2026-05')).map(dueOf)).toEqual([money(10_000)]);
  });

  it('go by the latest month there is, over a summer without fees, and by nothing that is no month', async () => {
    await club.set(fees);
    for (let i = 0; i < 60; i++) await club.order({ orderId: `a_${i}`, period: '2025-12' });
    await club.order({ orderId: 'march', period: '2026-02' });
    await club.order({ orderId: 'camp', period: '2026-04-camp' });
    await club.order({ orderId: 'june', period: '2026-06' });
    club.clock.set(NINE);
    await club.run();
    expect(await club.ofPeriod('2026-05')).toMatchObject([{ playerId: 'ply_march' }]);
  });

  it('are mailed only when all orders are made, though that takes many ticks', async () => {
    await club.set(fees);
    await families(60);
    club.clock.set(NINE);
    const slow = {
      ...club.orders,
      pageOfShard: (q: Parameters<typeof club.orders.pageOfShard>[0]) => {
        club.clock.advance(30_000);
        return club.orders.pageOfShard(q);
      },
    };
    let ticks = 0;
    while ((await club.mustGet('monthly_fees')).ranUntil < '2026-04-14' || (await running()) !== null) {
      expect(await blastIds()).toEqual([]);
      await club.run({ orders: slow });
      club.clock.advance(3 * MINUTE);
      if (++ticks > 50) throw new Error('It never ends.');
    }
    expect(ticks).toBe(8);
    expect(await club.ofPeriod('2026-05')).toHaveLength(60);
    expect(await blastIds()).toEqual(['fee_fees_2026-05']);
  });
  const running = async () => ((await club.mustGet('monthly_fees')) as Monthly).running;

  it('go on with what was begun on its day when that day is over', async () => {
    await club.set({ ...fees, at: '23:55' });
    await families(5);
    club.clock.set('2026-04-15T05:59:00.000Z');
    await club.run({}, 0);
    expect(await running()).toMatchObject({ period: '2026-05', day: '2026-04-14' });
    club.clock.set('2026-04-16T15:00:00.000Z');
    await club.run();
    expect(await club.ofPeriod('2026-05')).toMatchObject(Array(5).fill({ payBy: '2026-05-01' }));
    expect(await club.mustGet('monthly_fees')).toMatchObject({ skipped: [], running: null });
  });

  it('whose tick dies at any call are made and mailed once, when the next tick comes', async () => {
    await dyingAtEveryCall(
      async (own) => {
        await own.set(fees);
        await families(3, own);
      },
      async (own) => {
        const made = await own.ofPeriod('2026-05');
        expect(made.map(({ playerId }) => playerId)).toEqual(['ply_ord_000', 'ply_ord_001', 'ply_ord_002']);
        for (const order of made) {
          expect(await own.orders.find({ kind: 'natural', key: naturalKey(order) })).toBe(order.orderId);
        }
        expect((await own.openBlasts()).map(({ blastId, state }) => [blastId, state])).toEqual([
          ['fee_fees_2026-05', 'sending'],
        ]);
        expect(await own.mustGet('monthly_fees')).toMatchObject({
          running: null,
          skipped: [],
          ranUntil: '2026-04-14',
          last: { made: 3, sourceOrders: 3 },
        });
      },
    );
  });

  it('that are run again by a tick that dies at any call mail the new ones by one mailing', async () => {
    await dyingAtEveryCall(
      async (own) => {
        await own.set(fees);
        await families(2, own);
        own.clock.set(NINE);
        await own.run();
        const first = 'fee_fees_2026-05';
        await own.blasts.advance(first, ['sending'], { state: 'complete', waiting: null }, NINE);
        own.clock.advance(2 * MINUTE);
        own.blastQueue.receive();
        await own.order({ orderId: 'ord_new' });
        const input = { action: 'run', productId: 'fees', period: '2026-05', actor: 'office' } as const;
        await setSchedule(input, own.deps);
      },
      async (own) => {
        expect(await own.ofPeriod('2026-05')).toHaveLength(3);
        expect((await own.openBlasts()).map(({ blastId }) => blastId)).toEqual(['fee_fees_2026-05_2']);
        expect(await own.mustGet('monthly_fees')).toMatchObject({ running: null, skipped: [] });
      },
    );
  });

  it('of a day on which no tick came are skipped and shown, until a person takes them up', async () => {
    await club.set(fees);
    await families(2);
    club.clock.set('2026-04-15T15:00:00.000Z');
    await club.run();
    expect(await club.ofPeriod('2026-05')).toEqual([]);
    expect((await club.mustGet('monthly_fees')).skipped).toMatchObject([
      { runId: 'fee_fees_2026-05', day: '2026-04-14', reason: 'missed' },
    ]);
    await setSchedule({ action: 'run', productId: 'fees', period: '2026-05', actor: 'office' }, club.deps);
    await club.run();
    expect(await club.ofPeriod('2026-05')).toMatchObject([{ payBy: '2026-05-02' }, {}]);
    expect(await club.mustGet('monthly_fees')).toMatchObject({ skipped: [], last: { made: 2 } });
  });

  it('for more than ten times as many as before stop, and are shown, until a person wants them all the same', async () => {
    await club.set(fees);
    await families(2);
    club.clock.set(NINE);
    await club.run();
    for (let i = 0; i < 19; i++) await club.order({ orderId: `wrong_${i}`, period: '2026-05' });
    club.clock.set('2026-05-14T15:00:00.000Z');
    await club.run();
    expect(await club.ofPeriod('2026-06')).toEqual([]);
    expect(await blastIds()).toEqual(['fee_fees_2026-05']);
    expect(await club.mustGet('monthly_fees')).toMatchObject({
      running: null,
      skipped: [{ runId: 'fee_fees_2026-06', reason: 'ten_times_as_many', orders: 21, ordersBefore: 2 }],
      nextRunAt: '2026-06-14T15:00:00.000Z',
    });
    await setSchedule({ action: 'run', productId: 'fees', period: '2026-06', actor: 'office' }, club.deps);
    await club.run();
    expect(await club.ofPeriod('2026-06')).toHaveLength(21);
    expect(await blastIds()).toEqual(['fee_fees_2026-05', 'fee_fees_2026-06']);
  });

  it('for ten times as many as before go on', async () => {
    await club.set(fees);
    await families(2);
    club.clock.set(NINE);
    await club.run();
    for (let i = 0; i < 18; i++) await club.order({ orderId: `more_${i}`, period: '2026-05' });
    club.clock.set('2026-05-14T15:00:00.000Z');
    await club.run();
    expect(await club.ofPeriod('2026-06')).toHaveLength(20);
  });

  it.each([
    ['without an earlier month', async () => {}, 'no_earlier_period'],
    ['when everybody is left out', () => club.order({ orderId: 'o' }, 'ended').then(() => {}), 'nobody'],
  ])('%s mail nobody, and say so', async (_, begin, reason) => {
    await club.set(fees);
    await begin();
    club.clock.set(NINE);
    await club.run();
    expect(await blastIds()).toEqual([]);
    expect((await club.mustGet('monthly_fees')).skipped).toMatchObject([{ reason }]);
  });
});

describe('a schedule', () => {
  const refused = (input: Parameters<typeof setSchedule>[0]) => setSchedule(input, club.deps);

  it('is in the club’s time zone, or in its own', async () => {
    expect(await club.set(reminders)).toMatchObject({ timeZone: 'America/Denver', nextRunAt: NINE });
    expect(await club.set({ ...fees, timeZone: 'Europe/Berlin', at: '18:00' })).toMatchObject({
      timeZone: 'Europe/Berlin',
      nextRunAt: '2026-04-14T16:00:00.000Z',
    });
  });

  it('of a product that there is not is refused', async () => {
    await expect(refused({ action: 'set', schedule: reminders, actor: 'office' })).rejects.toThrow(
      'There is no product cup.',
    );
    await expect(
      refused({ action: 'stop', kind: 'reminders', productId: 'cup', actor: 'x' }),
    ).rejects.toThrow('This product has no such schedule');
  });

  it('that is set again keeps what it has done: today is neither left out nor done twice', async () => {
    await club.set(reminders);
    await mailedOn('three', '2026-04-11');
    club.clock.set(NINE);
    await club.run();
    await club.set({ ...reminders, at: '16:00' });
    expect(await club.mustGet('reminders_cup')).toMatchObject({
      ranUntil: '2026-04-14',
      nextRunAt: '2026-04-15T22:00:00.000Z',
    });
    club.clock.set('2026-04-15T21:00:00.000Z');
    await club.set({ ...reminders, at: '09:00', days: [4] });
    await club.run();
    expect(await blastIds()).toEqual(['rem_cup_3_2026-04-14', 'rem_cup_4_2026-04-15']);
  });

  it('that is stopped does nothing, and has missed nothing when it is set again', async () => {
    await club.set(reminders);
    await mailedOn('three', '2026-04-11');
    await refused({ action: 'stop', kind: 'reminders', productId: 'cup', actor: 'office' });
    club.clock.set('2026-04-16T16:00:00.000Z');
    expect(await club.run()).toBe(0);
    await club.set(reminders);
    expect(await club.mustGet('reminders_cup')).toMatchObject({
      state: 'active',
      skipped: [],
      nextRunAt: '2026-04-17T15:00:00.000Z',
    });
  });

  it('that is stopped while it makes a month’s orders shows how far it came to nothing, and mails nobody', async () => {
    await club.set(fees);
    await club.order({ orderId: 'o' });
    club.clock.set(NINE);
    await club.run({}, 0);
    await refused({ action: 'stop', kind: 'monthly', productId: 'fees', actor: 'office' });
    await club.run();
    expect(await blastIds()).toEqual([]);
    expect(await club.mustGet('monthly_fees')).toMatchObject({
      state: 'stopped',
      running: null,
      skipped: [{ runId: 'fee_fees_2026-05', reason: 'stopped' }],
    });
    const again = { action: 'run', productId: 'fees', period: '2026-05', actor: 'office' } as const;
    await expect(refused(again)).rejects.toThrow('This schedule is stopped. Set it again first.');
  });

  it('is listed with the others by its next run', async () => {
    await club.set(fees);
    await club.set({ ...reminders, at: '08:30' });
    const { schedules } = await refused({ action: 'list' });
    expect(schedules.map(({ scheduleId }) => scheduleId)).toEqual(['reminders_cup', 'monthly_fees']);
  });

  it('is written over the change of another, not instead of it', async () => {
    await club.set(fees);
    let interrupted = false;
    const schedules = {
      ...club.schedules,
      get: async (scheduleId: string) => {
        const read = await club.schedules.get(scheduleId);
        if (!interrupted && read !== undefined) {
          interrupted = true;
          await club.schedules.put({ ...read, ranUntil: '2026-04-20' });
        }
        return read;
      },
    };
    const schedule = { ...fees, dayOfMonth: 28 };
    await setSchedule({ action: 'set', schedule, actor: 'office' }, { ...club.deps, schedules });
    expect(await club.mustGet('monthly_fees')).toMatchObject({ dayOfMonth: 28, ranUntil: '2026-04-20' });
  });
});

describe('with the tick and the sender', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(() => world.stop());

  const sendAll = async (): Promise<void> => {
    for (let rounds = 0; rounds < 60; rounds++) {
      const [ticket] = world.blastQueue.receive(1);
      if (ticket !== undefined)
        await workTicket({ ...ticket, worker: `w${rounds}`, budgetMs: MINUTE }, world.deps);
      else world.clock.advance(MINUTE);
    }
  };

  describe('a month that is run again', () => {
    const april = { productId: 'fees', category: 'monthly', period: '2026-04' } as const;
    const again = async (): Promise<void> => {
      const input = { action: 'run', productId: 'fees', period: '2026-05', actor: 'office' } as const;
      await setSchedule(input, world.deps);
      await tick(world.deps);
    };
    let mailedBefore: number;
    const mailedTo = (): string[] =>
      world.mails
        .slice(mailedBefore)
        .map(({ to }) => to)
        .sort();
    const skipped = async () => {
      const schedule = await world.schedules.get('monthly_fees');
      return schedule?.skipped.map(({ reason, orders }) => [reason, orders]);
    };
    const open = async (): Promise<string[]> =>
      (await world.blasts.pageOfOpen({ limit: 9 })).items.map(({ blastId }) => blastId);

    beforeEach(async () => {
      mailedBefore = 0;
      for (const orderId of ['ana', 'ben']) await world.order({ ...april, orderId });
      await setSchedule({ action: 'set', schedule: fees, actor: 'office' }, world.deps);
      await again();
      await sendAll();
      expect(mailedTo()).toEqual(['ana@family.example', 'ben@family.example']);
      expect(await open()).toEqual([]);
      mailedBefore = world.mails.length;
    });

    it('mails those whose order the repeat has made, and nobody else', async () => {
      await world.order({ ...april, orderId: 'cleo' });
      await again();
      await sendAll();
      expect(mailedTo()).toEqual(['cleo@family.example']);
      expect((await world.blasts.get('fee_fees_2026-05_2'))?.state).toBe('complete');
    });

    it('a third time mails those of the third time, by a mailing of their own', async () => {
      for (const orderId of ['cleo', 'dan']) {
        await world.order({ ...april, orderId });
        await again();
        await sendAll();
      }
      expect(mailedTo()).toEqual(['cleo@family.example', 'dan@family.example']);
      expect((await world.blasts.get('fee_fees_2026-05_3'))?.state).toBe('complete');
    });

    it('while the mailing before is still under way mails everybody once', async () => {
      await world.order({ ...april, orderId: 'cleo' });
      await again();
      await world.order({ ...april, orderId: 'dan' });
      world.clock.advance(2 * MINUTE);
      await again();
      expect(await open()).toHaveLength(2);
      await sendAll();
      expect(mailedTo()).toEqual(['cleo@family.example', 'dan@family.example']);
    });

    it('makes no mailing when there is nobody new', async () => {
      await again();
      expect(await open()).toEqual([]);
      expect(await skipped()).toEqual([]);
    });

    it.each([
      ['2025-03', 'only months from 2025-04 to 2026-07 can be run, not 2025-03'],
      ['2062-05', 'only months from 2025-04 to 2026-07 can be run, not 2062-05'],
    ])('is refused when it is %s, in April 2026', async (period, why) => {
      const input = { action: 'run', productId: 'fees', period, actor: 'office' } as const;
      await expect(setSchedule(input, world.deps)).rejects.toThrow(why);
    });
  });

  it('only families that still owe are reminded: not who paid a minute before, nor who asked not to be', async () => {
    for (const orderId of ['owes', 'pays', 'quiet']) {
      const order = await world.order({ orderId });
      await world.orders.save(noteFirstMail(order, '2026-04-11'));
    }
    await world.order({ orderId: 'unmailed' });
    world.clock.set('2026-04-14T14:00:00.000Z');
    const schedule = { ...reminders, productId: 'tournament' };
    await setSchedule({ action: 'set', schedule, actor: 'office' }, world.deps);
    await world.roster.unsubscribe(addressKeyOf('quiet@family.example'), world.clock.now());
    world.clock.set(NINE);
    await tick(world.deps);
    world.clock.advance(MINUTE);
    const paid = recordFact(await world.mustGet('pays'), payment({ generation: null }), world.clock.now());
    await world.orders.save(paid);
    await sendAll();
    expect(world.mails.map(({ to }) => to)).toEqual(['owes@family.example']);
  });
});
