import { afterEach, beforeEach, expect, it } from 'vitest';
import { epochMs } from '../../../lib/domain/ids.ts';
import { currentSurface } from '../../../lib/domain/order.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import { mintAhead } from '../../../lib/usecases/mint-ahead.ts';
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
const mint = async (withinMs: number): Promise<number> => {
  const blast = await world.blasts.get('bls_1');
  if (blast === undefined) throw new Error('no blast');
  return mintAhead({ blast, untilMs: epochMs(world.clock.now()) + withinMs }, world.deps);
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

it('makes no session ahead, which would be over before anybody comes', async () => {
  await world.order({ orderId: 'o1', category: 'jersey' });
  await plan('jersey');
  expect(await mint(HOUR)).toBe(0);
});
