import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { instant } from '../../../lib/domain/ids.ts';
import { openSurface } from '../../../lib/domain/order.ts';
import { noteFirstMail, recordSurface } from '../../../lib/domain/order-changes.ts';
import type { RecoveryPlan } from '../../../lib/domain/recovery-plan.ts';
import type { Clock } from '../../../lib/ports.ts';
import { applyRecovery } from '../../../lib/usecases/apply-recovery.ts';
import { eachCall } from '../../../lib/usecases/each-call.ts';
import { type PlanRecoveryInput, planRecovery } from '../../../lib/usecases/plan-recovery.ts';
import { tick } from '../../../lib/usecases/tick.ts';
import { workForStripe } from '../../../lib/usecases/work-for-stripe.ts';
import { workTicket } from '../../../lib/usecases/work-ticket.ts';
import { clubInMemory } from '../../support/club-in-memory.ts';
import { settableClock } from '../../support/memory/clock.ts';
import { memoryMailer } from '../../support/memory/mailer.ts';
import { stripeAccount } from '../../support/memory/stripe-account.ts';
import { type Death, mortal } from '../../support/mortal.ts';
import { aSurface } from '../../support/orders.ts';
import { recoveryOf } from '../../support/recovery.ts';

/**
 * Every call to anything outside, of a look and of its apply, is where the process dies once, when it took effect and
 * before anybody heard of it. That it did not take effect is to have died after the call before.
 */

const ALL = { kind: 'all' } as const;
const MAILED = ['o1', 'o2'];

type Mailed = { orderId: string; stripeId: string; state: 'expired' | 'inactive'; imported: boolean };
/** An expired session and a closed link of the older system, and a closed link of ours. */
const THREE: readonly Mailed[] = [
  { orderId: 'o1', stripeId: 'cs_test_old', state: 'expired', imported: true },
  { orderId: 'o2', stripeId: 'plink_old', state: 'inactive', imported: true },
  { orderId: 'o3', stripeId: 'plink_ours', state: 'inactive', imported: false },
];

const startClub = async <C extends Clock>(mailed: readonly Mailed[], clock: C) => {
  const account = stripeAccount({ clock });
  const { stripe, books, dashboard, payer } = account;
  const mailer = memoryMailer();
  // The comparison of the day would repair our own link before recovery does.
  const { deps, order } = await clubInMemory({ clock, category: 'tournament', stripe, books, mailer });
  for (const { orderId, stripeId, state, imported } of mailed) {
    const kind = stripeId.startsWith('cs_') ? 'checkout_session' : 'payment_link';
    const offered = { id: stripeId, amountMinor: 5_500, metadata: { order_id: orderId } };
    if (state === 'expired') {
      dashboard.makeSession(offered);
      await stripe.expireSession(stripeId);
    } else {
      // Somebody has it open still.
      payer.visit(dashboard.makeLink(offered).url);
      dashboard.deactivate(stripeId);
    }
    const surface = aSurface({ kind, stripeId, imported, url: imported ? null : 'https://stripe.example/x' });
    await order(orderId, (bare) => noteFirstMail(recordSurface(bare, surface, clock.now()), '2026-04-14'));
  }
  return { deps, clock, mailer, account };
};
const threeFamilies = () => startClub(THREE, settableClock());
type Club = Awaited<ReturnType<typeof threeFamilies>>;

const PORTS = ['orders', 'roster', 'plans', 'blasts', 'pace', 'stripe', 'blastQueue'] as const;

/** Does it with a process that dies, if it comes to that. Resolves to how many calls it made. */
const until = async <T>(
  { deps }: Club,
  death: Death | undefined,
  work: (deps: Club['deps']) => Promise<T>,
): Promise<{ calls: number; result: T | 'died' }> => {
  const process = mortal(deps, PORTS, death);
  const result = await Promise.race([work(process.deps), process.died.then(() => 'died' as const)]);
  return { calls: process.calls(), result };
};

const look = async (deps: Club['deps']): Promise<RecoveryPlan> => {
  let input: PlanRecoveryInput = { scope: ALL, mail: true, budgetMs: 0 };
  for (;;) {
    const slice = await planRecovery(input, deps);
    if (slice.done) return slice.plan;
    input = { planId: slice.planId, budgetMs: 0 };
  }
};
const apply = (deps: Club['deps'], hash: string) =>
  applyRecovery({ hash, actor: 'office', budgetMs: 60_000 }, deps);

/** Mails leave, and the tick comes by, until nothing is to be done any more. */
const anHourPasses = async ({ deps, clock }: Club): Promise<void> => {
  for (let minutes = 0; minutes < 60; minutes += 5) {
    for (const ticket of deps.blastQueue.receive()) {
      await workTicket({ ...ticket, worker: 'w', budgetMs: 60_000 }, deps);
    }
    await tick(deps);
    for (const message of deps.retireQueue.receive()) await workForStripe(message, deps);
    clock.advance(5 * 60_000);
  }
};

const expectAllWell = async (club: Club): Promise<void> => {
  const { deps, mailer, account } = club;
  expect(mailer.sent.map(({ to }) => to).toSorted()).toEqual(MAILED.map((id) => `${id}@family.example`));
  for (const orderId of ['o1', 'o2', 'o3']) {
    const order = await deps.orders.get(orderId);
    if (order === undefined) throw new Error(orderId);
    expect(openSurface(order, deps.clock.now())).toBeDefined();
    expect(order.dueWork).toEqual({});
  }
  const mailed: readonly string[] = THREE.map(({ stripeId }) => stripeId);
  const made = [...account.links()].filter(({ id }) => !mailed.includes(id));
  expect(made.map(({ active }) => active)).toEqual([true, true, true]);
  expect([...account.sessions()].map(({ state }) => state)).toEqual(['expired', 'expired', 'expired']);
};

describe('a look that dies', () => {
  it('at any call is made again, and comes to the same plan', async () => {
    const whole = await until(await threeFamilies(), undefined, look);
    const expected = whole.result === 'died' ? expect.unreachable() : whole.result;
    expect(expected).toMatchObject({ rows: 3, mailed: 2, leftAlone: 0 });
    for (let at = 1; at <= whole.calls; at++) {
      const club = await threeFamilies();
      expect((await until(club, { at, moment: 'after' }, look)).result).toBe('died');
      const { hash, rows, mailed, sums } = await look(club.deps);
      expect({ at, hash, rows, mailed, sums }).toEqual({
        ...{ at, hash: expected.hash },
        ...{ rows: 3, mailed: 2, sums: expected.sums },
      });
    }
  });

  it('between two slices is gone on with by its id, and nothing is counted twice', async () => {
    const club = await threeFamilies();
    const first = await planRecovery({ scope: ALL, mail: true, budgetMs: 0 }, club.deps);
    if (first.done) throw new Error('It was done at once.');
    const on = { planId: first.planId, budgetMs: 0 };
    const { calls } = await until(await threeFamilies(), undefined, look);
    for (let at = 1; at < calls; at++) {
      const next = await until(club, { at, moment: 'after' }, (deps) => planRecovery(on, deps));
      if (next.result !== 'died') break;
    }
    let slice = await planRecovery(on, club.deps);
    while (!slice.done) slice = await planRecovery(on, club.deps);
    expect(slice.plan).toMatchObject({ rows: 3, others: {} });
  });
});

describe('an apply that dies', () => {
  it('at any call is finished by applying the same plan again: one link and one mail for each', async () => {
    const start = async () => {
      const club = await threeFamilies();
      return { club, hash: (await look(club.deps)).hash };
    };
    const whole = await start();
    const { calls } = await until(whole.club, undefined, (deps) => apply(deps, whole.hash));
    await anHourPasses(whole.club);
    await expectAllWell(whole.club);
    expect(calls).toBeGreaterThan(60);
    for (let at = 1; at <= calls; at++) {
      const { club, hash } = await start();
      await until(club, { at, moment: 'after' }, (deps) => apply(deps, hash));
      // Somebody notices at once, or only when the mailing is over.
      if (at % 2 === 0) await anHourPasses(club);
      expect(await apply(club.deps, hash)).toMatchObject({
        done: true,
        counts: { recovered: 3, moved: 0, failed: 0 },
        blastIds: [`bls_${hash}`],
      });
      await anHourPasses(club);
      await expectAllWell(club);
    }
  });

  it('twice, and in slices of a row, still does each order once', async () => {
    const club = await threeFamilies();
    const { hash } = await look(club.deps);
    for (const at of [25, 40]) {
      await until(club, { at, moment: 'after' }, (deps) => recoveryOf(deps).apply(hash, { budgetMs: 0 }));
    }
    expect((await recoveryOf(club.deps).apply(hash, { budgetMs: 0 })).counts.recovered).toBe(3);
    await anHourPasses(club);
    await expectAllWell(club);
  });
});

describe('what recovery asks of Stripe', () => {
  it('never comes to more than 20 requests in a second, however many rows are at work side by side', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const clock: Clock = {
      now: () => instant(Date.now()),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    };
    const many = Array.from(
      { length: 60 },
      (_, i): Mailed => ({
        ...{ orderId: `o${i}`, stripeId: `plink_${i}_old` },
        ...{ state: 'inactive', imported: i % 2 === 0 },
      }),
    );
    const { deps } = await startClub(many, clock);
    const at: number[] = [];
    const listening = eachCall(async () => {
      at.push(Date.now());
      return deps.stripe;
    });
    const recovery = recoveryOf({ ...deps, stripe: listening });
    const done = recovery.plan(ALL).then(({ plan }) => recovery.apply(plan.hash));
    await vi.runAllTimersAsync();
    expect((await done).counts.recovered).toBe(60);
    expect(at.length).toBeGreaterThan(300);
    const busiest = Math.max(...at.map((from) => at.filter((ms) => ms >= from && ms < from + 1000).length));
    expect(busiest).toBeLessThanOrEqual(20);
    // Little of what Stripe may be asked is left unused.
    expect((Math.max(...at) - Math.min(...at)) / 1_000).toBeLessThan(at.length / 18.5);
  });
});
