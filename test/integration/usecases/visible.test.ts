import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epochMs } from '../../../lib/domain/ids.ts';
import * as localClock from '../../../lib/domain/local-time.ts';
import { money } from '../../../lib/domain/money.ts';
import { currentSurface, type Order } from '../../../lib/domain/order.ts';
import { newOrder, recordSurface } from '../../../lib/domain/order-changes.ts';
import { newMonthlyRun } from '../../../lib/domain/schedule.ts';
import type { Orders } from '../../../lib/ports.ts';
import { countAudience } from '../../../lib/usecases/count-audience.ts';
import { isAtEndOfPhase, makePeriodPage } from '../../../lib/usecases/make-period.ts';
import { mintAhead } from '../../../lib/usecases/mint-ahead.ts';
import { BLAST, type Mailing, openMailing } from '../../support/mailing.ts';
import { aSurface } from '../../support/orders.ts';
import { recoveryOf } from '../../support/recovery.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
let mailing: Mailing;
beforeEach(async () => {
  world = await startWorld();
  mailing = openMailing(world);
  await world.product({ category: 'tournament' });
});
afterEach(() => world.stop());

const IMPORT = 'imp_1';
const commit = () => world.committedImports.set(IMPORT, world.clock.now());

/** Orders as an import leaves them: everything of them stands, and the import itself may not be committed. */
const imported = async (count: number, over: Partial<Order> = {}): Promise<Order[]> => {
  const orders: Order[] = [];
  for (let i = 0; i < count; i++) {
    const orderId = `i${String(i).padStart(3, '0')}`;
    const { playerId, familyId, category } = await world.order({
      orderId: `roster_of_${orderId}`,
      productId: 'other',
    });
    const order = {
      ...newOrder(
        {
          orderId,
          productId: 'tournament',
          category,
          playerId,
          familyId,
          period: null,
          amount: money(5_500),
          payBy: null,
          closesAt: null,
          test: false,
        },
        world.clock.now(),
      ),
      importId: IMPORT,
      ...over,
    };
    await world.orders.create(order);
    orders.push(order);
  }
  return orders;
};

const counted = async (): Promise<number> => {
  const filter = { period: null, onlyNeverMailed: false };
  const of = { productId: 'tournament', filter, asOf: world.clock.now() };
  return (await countAudience(of, world.deps)).orders;
};

describe('orders of an import', () => {
  it('are counted by no preview before it is committed, and all of them after', async () => {
    await world.order({ orderId: 'o1' });
    await imported(20);
    expect(await counted()).toBe(1);
    commit();
    expect(await counted()).toBe(21);
  });

  it('are not mailed by a blast that was planned before the commit, not even in its closing pass', async () => {
    await mailing.families(3);
    await imported(20);
    await mailing.plan();
    world.clock.advance(1_000);
    // Half of the shards have been read by then.
    let reads = 0;
    const orders: Orders = {
      ...world.orders,
      pageOfShard: async (q) => {
        if (++reads === 8) commit();
        return world.orders.pageOfShard(q);
      },
    };
    await mailing.work({ ...world.deps, orders });
    expect((await world.blasts.get(BLAST))?.state).toBe('complete');
    expect(world.mails.map(({ to }) => to).sort()).toEqual(
      ['o000', 'o001', 'o002'].map((id) => `${id}@family.example`),
    );
  });

  it('are all mailed by a blast that is planned after it', async () => {
    await imported(20);
    world.clock.advance(1_000);
    commit();
    await mailing.plan();
    await mailing.work();
    expect(world.mails).toHaveLength(20);
  });

  it('get no link ahead before the commit', async () => {
    const [order] = await imported(1);
    const blast = await mailing.plan();
    const untilMs = epochMs(world.clock.now()) + 60_000;
    expect(await mintAhead({ blast, untilMs }, world.deps)).toBe(0);
    expect(currentSurface(await world.mustGet(order?.orderId ?? ''))).toBeUndefined();
  });

  it('are not recovered before the commit', async () => {
    const [order] = await imported(1);
    if (order === undefined) throw new Error('no order');
    const mailed = aSurface({
      kind: 'checkout_session',
      stripeId: 'cs_test_gone',
      url: null,
      imported: true,
    });
    await world.orders.save(recordSurface(order, mailed, world.clock.now()));
    const rows = async () =>
      (
        await recoveryOf(world.deps).plan(
          { kind: 'product', productId: 'tournament' },
          { objectsAreGone: true },
        )
      ).rows.length;
    expect(await rows()).toBe(0);
    commit();
    expect(await rows()).toBe(1);
  });

  it('are no month that the next one is made from', async () => {
    await imported(3, { productId: 'fees', category: 'monthly', period: '2026-04' });
    const sources = async (): Promise<number> => {
      let run = newMonthlyRun({ period: '2026-05', day: '2026-04-25' }, false);
      const schedule = { productId: 'fees', timeZone: 'UTC', payByDays: 7 };
      while (!isAtEndOfPhase(run)) {
        run = await makePeriodPage(schedule, run, localClock, world.deps);
      }
      return run.sourceOrders;
    };
    expect(await sources()).toBe(0);
    commit();
    expect(await sources()).toBe(3);
  });
});
