import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Contention, CorruptRow, NotFound, NotPayable } from '../../../lib/domain/errors.ts';
import { epochMs, SHARDS } from '../../../lib/domain/ids.ts';
import { currentSurface } from '../../../lib/domain/order.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import { type MintAheadDeps, mintAhead } from '../../../lib/usecases/mint-ahead.ts';
import { planBlast } from '../../../lib/usecases/plan-blast.ts';
import { tick } from '../../../lib/usecases/tick.ts';
import { payment } from '../../support/orders.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const HOUR = 60 * 60 * 1000;
const LINKS = 'POST /v1/payment_links';
const plan = (productId: string) =>
  planBlast({ blastId: 'bls_1', productId, createdBy: 'office' }, world.deps);
const linksOf = async (ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => currentSurface(await world.mustGet(id))?.stripeId));
const mint = async (withinMs: number, deps: MintAheadDeps = world.deps): Promise<number> => {
  const blast = await world.blasts.get('bls_1');
  if (blast === undefined) throw new Error('no blast');
  return mintAhead({ blast, untilMs: epochMs(world.clock.now()) + withinMs }, deps);
};

it('every order of a mailing that can be paid has its link before anybody clicks, and once', async () => {
  const ids = ['o1', 'o2', 'o3', 'o4'];
  for (const orderId of ids) await world.order({ orderId });
  const paid = await world.mustGet('o4');
  await world.orders.save(recordFact(paid, payment({ generation: null }), world.clock.now()));
  const blast = await plan('tournament');
  const untilMs = epochMs(world.clock.now()) + HOUR;
  await Promise.all([mintAhead({ blast, untilMs }, world.deps), mintAhead({ blast, untilMs }, world.deps)]);
  expect(await linksOf(ids)).toEqual([
    expect.stringMatching(/^plink_/),
    expect.stringMatching(/^plink_/),
    expect.stringMatching(/^plink_/),
    undefined,
  ]);
  expect(world.simulator.objects.paymentLinks).toHaveLength(3);
});

it('the tick makes them, also when the mails were quicker', async () => {
  await world.order({ orderId: 'o1' });
  await plan('tournament');
  const ended = { state: 'complete', waiting: null } as const;
  await world.blasts.advance('bls_1', ['sending'], ended, world.clock.now());
  expect(await tick(world.deps)).toMatchObject({ minted: 1 });
  expect(await tick(world.deps)).toMatchObject({ minted: 0 });
});

it('keeps below the calls that Stripe takes a second', async () => {
  for (let i = 0; i < 45; i++) await world.order({ orderId: `o${i}` });
  await plan('tournament');
  const begun = epochMs(world.clock.now());
  expect(await mint(HOUR)).toBe(45);
  expect(epochMs(world.clock.now()) - begun).toBeGreaterThanOrEqual((44 * 1000) / 15);
});

it('goes on where its time ended, and where Stripe had trouble', async () => {
  for (let i = 0; i < 20; i++) await world.order({ orderId: `o${i}` });
  await plan('tournament');
  const first = await mint(500);
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(20);
  world.simulator.faults.before(LINKS, { status: 429 });
  const second = await mint(HOUR);
  const third = await mint(HOUR);
  expect(first + second + third).toBe(20);
  expect(world.simulator.objects.paymentLinks).toHaveLength(20);
});

describe('an order that can have no link', () => {
  const rest = ['o1', 'o3'];
  beforeEach(async () => {
    for (const orderId of ['o1', 'o2', 'o3']) await world.order({ orderId });
    await plan('tournament');
  });

  it('because it is paid while it waits for its turn keeps none of the others from theirs', async () => {
    const get: World['orders']['get'] = async (orderId) => {
      const read = await world.orders.get(orderId);
      if (orderId === 'o2' && read?.revision === 0) {
        await world.orders.save(recordFact(read, payment({ generation: null }), world.clock.now()));
      }
      return read;
    };
    expect(await mint(HOUR, { ...world.deps, orders: { ...world.orders, get } })).toBe(2);
    expect(await linksOf(rest)).toEqual([expect.any(String), expect.any(String)]);
    expect((await world.blasts.mintProgress('bls_1')).shard).toBe(SHARDS);
  });

  const troubles = [NotPayable, NotFound, Contention, CorruptRow];
  it.each(troubles.map((Trouble) => [Trouble.name, Trouble] as const))(
    'for %s is named, and keeps none of the others from theirs',
    async (_, Trouble) => {
      const trouble = new Trouble('of this order alone');
      const save: World['orders']['save'] = async (next) => {
        if (next.orderId === 'o2') throw trouble;
        return world.orders.save(next);
      };
      expect(await mint(HOUR, { ...world.deps, orders: { ...world.orders, save } })).toBe(2);
      expect((await world.blasts.mintProgress('bls_1')).shard).toBe(SHARDS);
      const fields = { orderId: 'o2', code: trouble.code };
      expect(world.logged).toContainEqual({ event: 'mint.not_ahead', fields });
    },
  );
});

it('only orders that the mailing is for get one: those of its period that were there', async () => {
  const orders = { mine: '2026-05', other: '2026-06', later: '2026-05' };
  const monthly = (orderId: keyof typeof orders) =>
    world.order({ orderId, category: 'monthly', period: orders[orderId] });
  await monthly('mine');
  await monthly('other');
  const filter = { period: '2026-05', onlyNeverMailed: false };
  const audience = { kind: 'product', productId: 'monthly', filter, asOf: world.clock.now() } as const;
  await planBlast({ blastId: 'bls_1', productId: 'monthly', createdBy: 'office', audience }, world.deps);
  world.clock.advance(1_000);
  await monthly('later');
  expect(await mint(HOUR)).toBe(1);
  expect(await linksOf(['mine', 'other', 'later'])).toEqual([expect.any(String), undefined, undefined]);
});

it('makes no session ahead, which would be over before anybody comes', async () => {
  await world.order({ orderId: 'o1', category: 'jersey' });
  await plan('jersey');
  expect(await mint(HOUR)).toBe(0);
});
