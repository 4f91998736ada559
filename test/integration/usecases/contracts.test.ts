import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { NotPayable, StoreUnavailable } from '../../../lib/domain/errors.ts';
import { PlayerRow } from '../../../lib/domain/import-row.ts';
import { money } from '../../../lib/domain/money.ts';
import { type Order, openSurface, statusOf } from '../../../lib/domain/order.ts';
import { answerClick } from '../../../lib/usecases/answer-click.ts';
import { lookAtDecision } from '../../../lib/usecases/apply-decision.ts';
import { decideOrder } from '../../../lib/usecases/decide-order.ts';
import { keepContract } from '../../../lib/usecases/keep-contract.ts';
import { keepRecord } from '../../../lib/usecases/keep-record.ts';
import { mintAhead } from '../../../lib/usecases/mint-ahead.ts';
import { mintLink } from '../../../lib/usecases/mint-link.ts';
import { planBlast } from '../../../lib/usecases/plan-blast.ts';
import { bringIn } from '../../support/imports.ts';
import { mortal } from '../../support/mortal.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
let fee: Order;
let cup: Order;
beforeEach(async () => {
  world = await startWorld();
  const of = { playerId: 'ply_1', familyId: 'fam_1' };
  fee = await world.order({ orderId: 'fee', category: 'monthly', period: '2026-05', ...of });
  cup = await world.order({ orderId: 'cup', ...of });
});
afterEach(() => world.stop());

const say = (state: 'signed' | 'ended' | 'unsigned', deps = world.deps) =>
  keepContract({ playerId: 'ply_1', state, signUrl: null }, deps);
const click = async (order: Order) => {
  const client = { method: 'GET', userAgent: 'Mozilla' };
  const answer = await answerClick(
    { token: world.tokenOf(order), backFromStripe: false, client },
    world.deps,
  );
  return answer.kind === 'redirect' ? answer.url : answer.page.kind;
};
const activeLinks = () => world.simulator.objects.paymentLinks.filter(({ active }) => active).length;
const attention = async () =>
  Object.keys((await world.mustGet('fee')).dueWork).filter((key) => key.startsWith('attention'));

describe('a player who goes to another family', () => {
  const family = { familyId: 'fam_2', language: 'en', parents: [] };
  const moved = [{ playerId: 'ply_1', familyId: 'fam_2', name: 'Maya Alvarez' }];
  const keep = (deps = world.deps) =>
    keepRecord({ kind: 'players', row: v.parse(PlayerRow, moved[0]) }, deps);
  const ordersOf = async (familyId: string) =>
    (await world.orders.pageOfFamily({ familyId, limit: 10 })).items.map(({ orderId }) => orderId);

  it('takes all orders along, and what is said of the contract afterwards reaches them', async () => {
    await world.order({ orderId: 'sister', playerId: 'ply_2', familyId: 'fam_1' });
    const url = await click(fee);
    await bringIn('families', [family], world.deps);
    await bringIn('players', moved, world.deps);
    expect([await ordersOf('fam_1'), await ordersOf('fam_2')]).toEqual([['sister'], ['cup', 'fee']]);
    // The link in the mail is the same.
    expect(await click(fee)).toBe(url);
    world.clock.advance(60_000);
    await say('ended');
    await world.doWorkForStripe();
    expect([await click(fee), activeLinks()]).toEqual(['sign_contract', 0]);
    world.clock.advance(60_000);
    await say('signed');
    expect(await click(fee)).toMatch(/^http/);
  });

  it('takes them along when it is said again after a death at any call, also those made meanwhile', async () => {
    await bringIn('families', [family], world.deps);
    for (let at = 1; ; at++) {
      await world.roster.savePlayer({ playerId: 'ply_1', familyId: 'fam_1', name: 'Maya' });
      await world.order({ orderId: `old-${at}`, playerId: 'ply_1', familyId: 'fam_1' });
      const process = mortal(world.deps, ['orders', 'roster', 'retireQueue'], { at, moment: 'after' });
      const kept = await Promise.race([keep(process.deps), process.died.then(() => 'died')]);
      await keep();
      expect(await ordersOf('fam_1')).toEqual([]);
      if (kept !== 'died') break;
    }
    await world.roster.savePlayer({ playerId: 'ply_1', familyId: 'fam_1', name: 'Maya' });
    const meanwhile: typeof world.roster = {
      ...world.roster,
      savePlayer: async (player) => {
        await world.order({ orderId: 'meanwhile', playerId: 'ply_1', familyId: 'fam_1' });
        return world.roster.savePlayer(player);
      },
    };
    await keep({ ...world.deps, roster: meanwhile });
    expect([await ordersOf('fam_1'), (await world.roster.player('ply_1'))?.familyId]).toEqual([[], 'fam_2']);
  });

  it('and whose contract ends at that moment leaves no page open, whichever comes first', async () => {
    await bringIn('families', [family], world.deps);
    const url = await click(fee);
    // Told in the middle of the move, and moved in the middle of the telling.
    const ending: typeof world.roster = {
      ...world.roster,
      savePlayer: async (player) => {
        await say('ended');
        await world.roster.savePlayer(player);
      },
    };
    await keep({ ...world.deps, roster: ending });
    await world.doWorkForStripe();
    expect(activeLinks()).toBe(0);

    world.clock.advance(60_000);
    await say('signed');
    expect(await click(fee)).not.toBe(url);
    world.clock.advance(60_000);
    await bringIn('families', [{ ...family, familyId: 'fam_3' }], world.deps);
    const moving: typeof world.roster = {
      ...world.roster,
      setContract: async (...said) => {
        await bringIn('players', [{ ...moved[0], familyId: 'fam_3' }], world.deps);
        return world.roster.setContract(...said);
      },
    };
    await say('ended', { ...world.deps, roster: moving });
    await world.doWorkForStripe();
    expect([activeLinks(), await ordersOf('fam_3')]).toEqual([0, ['cup', 'fee']]);
  });

  it('takes them along once, though it is said twice at once', async () => {
    await bringIn('families', [family], world.deps);
    await Promise.all([keep(), keep()]);
    expect([await ordersOf('fam_1'), await ordersOf('fam_2')]).toEqual([[], ['cup', 'fee']]);
  });
});

describe('a contract that ends', () => {
  it('closes the pages of the player’s monthly orders at Stripe, and no others', async () => {
    await click(fee);
    const ofCup = await click(cup);
    expect(activeLinks()).toBe(2);
    expect(await say('ended')).toBe('changes');
    await world.doWorkForStripe();
    expect(activeLinks()).toBe(1);
    expect([await click(fee), await click(cup)]).toEqual(['sign_contract', ofCup]);
    expect((await world.mustGet('fee')).dueWork).toEqual({});
  });

  it('keeps a payment that arrives on a page that was open, and shows it to a person with the money in it', async () => {
    const page = await visitor.open(await click(fee));
    world.clock.advance(60_000);
    await say('ended');
    world.clock.advance(60_000);
    await visitor.payOn(page);
    await world.deliverEvents();
    expect(statusOf(await world.mustGet('fee'))).toBe('paid');
    expect(await attention()).toEqual([expect.stringMatching(/^attention:payment_after_contract:pi_/)]);
  });

  it('and a wrong amount of one payment are two items, and a person says which of them is dealt with', async () => {
    const page = await visitor.open(await click(fee));
    world.clock.advance(60_000);
    await say('ended');
    await decideOrder(
      { orderId: 'fee', decision: 'amend', amount: money(4_000), actor: 'Kim', reason: 'half a month' },
      world.deps,
    );
    world.clock.advance(60_000);
    await visitor.payOn(page);
    await world.deliverEvents();
    const [one = '', other = ''] = (await attention()).map((key) => key.replace('attention:', ''));
    const item = one.replace(/^\w+:/, '');
    const settle = (named: string) =>
      lookAtDecision({ orderId: 'fee', decision: 'settle', item: named }, world.deps);
    await expect(settle(item)).rejects.toThrow(
      `"${item}" stands for several items of order fee: ${one}, ${other}. Name one of them like that.`,
    );
    expect(await settle(other)).toMatchObject({ plan: { attention: [one] } });
  });

  it('says nothing of a payment that came before it, nor of one after the next signing', async () => {
    const page = await visitor.open(await click(fee));
    await say('ended');
    world.clock.advance(60_000);
    await say('signed');
    world.clock.advance(60_000);
    await visitor.payOn(page);
    await world.deliverEvents();
    expect(statusOf(await world.mustGet('fee'))).toBe('paid');
    expect(await attention()).toEqual([]);
    world.clock.advance(60_000);
    await say('ended');
    expect(await attention()).toEqual([]);
  });

  it('closes a page that was being made at that moment', async () => {
    const stripe: typeof world.stripe = {
      ...world.stripe,
      createSurface: async (...request) => {
        const made = await world.stripe.createSurface(...request);
        await say('ended');
        return made;
      },
    };
    await expect(mintLink({ orderId: 'fee' }, { ...world.deps, stripe })).rejects.toThrow(NotPayable);
    await world.doWorkForStripe();
    expect(activeLinks()).toBe(0);
    await expect(mintLink({ orderId: 'fee' }, world.deps)).rejects.toThrow(
      'the contract of its player has ended',
    );
  });

  it('gets no link ahead, and neither does one that was never signed', async () => {
    await world.order({ orderId: 'unsigned', category: 'monthly', period: '2026-05' }, 'unsigned');
    await say('ended');
    const blast = await planBlast(
      { blastId: 'bls_1', productId: 'monthly', createdBy: 'office' },
      world.deps,
    );
    const untilMs = Date.parse(world.clock.now()) + 60_000;
    expect(await mintAhead({ blast, untilMs }, world.deps)).toBe(0);
  });

  it('is news once, and is told to orders again whenever it is said again', async () => {
    await click(fee);
    const broken = { ...world.orders, save: async () => Promise.reject(new StoreUnavailable('down')) };
    await expect(say('ended', { ...world.deps, orders: broken })).rejects.toThrow('down');
    expect(openSurface(await world.mustGet('fee'), world.clock.now())).toBeDefined();
    expect(await click(fee)).toBe('sign_contract');
    world.clock.advance(60_000);
    expect(await say('ended')).toBe('same');
    expect(openSurface(await world.mustGet('fee'), world.clock.now())).toBeUndefined();
    const { facts } = await world.mustGet('fee');
    await say('ended');
    expect((await world.mustGet('fee')).facts).toEqual(facts);
    expect(Object.keys(facts)).toEqual(['contract:2026-04-14T15:00:00.000Z']);
  });

  it('is kept through a death at any call, by saying it again', async () => {
    await click(fee);
    for (let at = 1; ; at++) {
      const process = mortal(world.deps, ['orders', 'roster', 'retireQueue'], { at, moment: 'after' });
      const ended = await Promise.race([say('ended', process.deps), process.died.then(() => 'died')]);
      await say('ended');
      expect(openSurface(await world.mustGet('fee'), world.clock.now())).toBeUndefined();
      if (ended !== 'died') break;
      world.clock.advance(60_000);
      await say('signed');
      await click(fee);
      expect(openSurface(await world.mustGet('fee'), world.clock.now())).toBeDefined();
      world.clock.advance(60_000);
    }
  });

  it('and starts again at the same moment ends as whatever was said last', async () => {
    const clock = { ...world.clock, now: () => '2026-04-14T15:00:01.000Z' };
    const roster: typeof world.roster = {
      ...world.roster,
      setContract: async (...said) => {
        await say('ended', { ...world.deps, clock });
        return world.roster.setContract(...said);
      },
    };
    await click(fee);
    await say('unsigned');
    expect(await say('signed', { ...world.deps, roster })).toBe('same');
    expect((await world.roster.player('ply_1'))?.contract.state).toBe('ended');
  });

  it('and is signed at once while its orders are still being told leaves no family before a closed door', async () => {
    const open = await click(fee);
    const slow: typeof world.orders = {
      ...world.orders,
      pageOfFamily: async (query) => {
        world.clock.advance(1_000);
        await say('signed');
        return world.orders.pageOfFamily(query);
      },
    };
    await say('ended', { ...world.deps, orders: slow });
    expect((await world.roster.player('ply_1'))?.contract.state).toBe('signed');
    await world.doWorkForStripe();
    expect([await click(fee), activeLinks()]).toEqual([open, 1]);
    world.clock.advance(60_000);
    await visitor.pay(open);
    await world.deliverEvents();
    expect([statusOf(await world.mustGet('fee')), await attention()]).toEqual(['paid', []]);
  });

  it('and is signed again by a process that dies before it tells the orders: the next click knows', async () => {
    for (let at = 1; ; at++) {
      await say('ended');
      expect(await click(fee)).toBe('sign_contract');
      world.clock.advance(60_000);
      const process = mortal(world.deps, ['orders', 'roster', 'retireQueue'], { at, moment: 'after' });
      const signed = await Promise.race([say('signed', process.deps), process.died.then(() => 'died')]);
      const { state } = (await world.roster.player('ply_1'))?.contract ?? {};
      expect(await click(fee)).toMatch(state === 'signed' ? /^http/ : /^sign_contract$/);
      if (signed !== 'died') break;
      world.clock.advance(60_000);
    }
  });

  it('and starts again, one said after the other, counts as signed, though the clocks say otherwise', async () => {
    const fast = { ...world.clock, now: () => '2026-04-14T15:00:01.000Z' };
    await say('ended', { ...world.deps, clock: fast });
    expect(await say('signed')).toBe('changes');
    expect(await click(fee)).toMatch(/^http/);
  });

  it('comes with an order that is brought afterwards', async () => {
    await say('ended');
    const row = { playerId: 'ply_1', productId: 'monthly', period: '2026-06', amount: fee.originalAmount };
    await bringIn('orders', [{ orderId: 'next', ...row }], world.deps);
    await expect(mintLink({ orderId: 'next' }, world.deps)).rejects.toThrow(
      'the contract of its player has ended',
    );
    expect((await bringIn('orders', [{ orderId: 'next', ...row }], world.deps)).counts.same).toBe(1);
  });
});
