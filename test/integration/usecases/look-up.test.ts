import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { NotFound } from '../../../lib/domain/errors.ts';
import type { Fact } from '../../../lib/domain/facts.ts';
import type { UnpaidPage } from '../../../lib/domain/look-up.ts';
import { money } from '../../../lib/domain/money.ts';
import type { Order } from '../../../lib/domain/order.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import { decideOrder } from '../../../lib/usecases/decide-order.ts';
import { findNearest, listUnpaid, stateFamily, tellStory } from '../../../lib/usecases/look-up.ts';
import { mintLink } from '../../../lib/usecases/mint-link.ts';
import { aLedgerRow } from '../../support/ledger.ts';
import { payment, refund } from '../../support/orders.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const add = async (order: Order, ...facts: Fact[]): Promise<void> => {
  const now = world.clock.now();
  const saved = await world.orders.save(facts.reduce((next, fact) => recordFact(next, fact, now), order));
  if (saved === 'conflict') throw new Error(order.orderId);
};

describe('the story of an order', () => {
  it('names the mail, the link, the payment and the refund of a family that paid and was paid back', async () => {
    const order = await world.order({ orderId: 'ord_lived' });
    await world.blasts.claim(
      aLedgerRow({ orderId: 'ord_lived', state: 'sent', messageId: 'ses-1', sentAt: order.createdAt }),
    );
    await world.blasts.claim(aLedgerRow({ orderId: 'ord_other', messageId: 'ses-2' }));
    world.clock.advance(60_000);
    const { stripeId, url } = await mintLink({ orderId: 'ord_lived', followedBy: 'person' }, world.deps);
    await visitor.pay(url);
    await world.deliverEvents();
    await world.doWorkForStripe();
    world.clock.advance(60_000);
    const [intent] = world.simulator.objects.paymentIntents;
    world.simulator.dashboardRefund(intent?.id ?? '');
    await world.deliverEvents();

    const { account, parents, payUrl, story, timeZone } = await tellStory(
      { orderId: 'ord_lived' },
      world.deps,
    );
    expect(account).toMatchObject({
      playerName: 'Maya Alvarez',
      productName: 'Utah Invitational',
      status: 'refunded',
      received: [money(5_500)],
      givenBack: [money(5_500)],
    });
    expect(parents).toEqual([{ name: 'Alex Alvarez', addresses: ['ord_lived@family.example'] }]);
    expect(payUrl).toContain(world.tokenOf(order));
    expect(timeZone).toBe('America/Denver');
    expect(story.map((line) => (line.what === 'fact' ? line.fact.kind : line.what))).toEqual([
      'created',
      'mail',
      'page_made',
      'clicked',
      'payment',
      'page_ended',
      'refund',
    ]);
    const named = story.flatMap(({ ids }) => ids);
    const [session] = world.simulator.objects.checkoutSessions;
    const [refunded] = world.simulator.objects.refunds;
    expect(named).toEqual(
      expect.arrayContaining(['ses-1', 'bls_1', stripeId, intent?.id, session?.id, refunded?.id]),
    );
    expect(named).not.toContain('ses-2');
  });

  it('is told of an order whose family, player and product are not in the roster', async () => {
    const order = await world.order();
    await world.orders.create({
      ...order,
      orderId: 'ord_stray',
      playerId: 'x',
      familyId: 'x',
      productId: 'x',
    });
    const { account, parents, story } = await tellStory({ orderId: 'ord_stray' }, world.deps);
    expect([account.playerName, account.productName, parents]).toEqual([null, null, []]);
    expect(story).toMatchObject([{ what: 'created', ids: ['ord_stray'] }]);
  });

  it.each([
    ['monthly', 'unsigned', true],
    ['monthly', 'signed', false],
    ['tournament', 'unsigned', false],
  ] as const)('says whether a click asks to sign first: %s, %s', async (category, state, missing) => {
    const { orderId, playerId, familyId } = await world.order({ category });
    const contract = { state, signUrl: null };
    await world.roster.putPlayer({ playerId, familyId, name: 'Maya Alvarez', contract });
    expect((await tellStory({ orderId }, world.deps)).contractMissing).toBe(missing);
  });

  it('is not told of an order that there is not', async () => {
    const asked = tellStory({ orderId: 'ord_none' }, world.deps);
    await expect(asked).rejects.toMatchObject({ code: 'not_found', evidence: { orderId: 'ord_none' } });
  });
});

describe("a family's statement", () => {
  it('covers all its children, each currency by itself, and counts no test of the club', async () => {
    const familyId = 'fam_many';
    const child = (playerId: string, over: Partial<Parameters<World['order']>[0]> = {}) =>
      world.order({ orderId: `ord_${playerId}`, playerId, familyId, ...over });
    await add(await child('b', { amount: money(2_000) }), payment({ amount: money(2_000) }));
    await add(
      await child('a', { amount: money(3_000) }),
      payment({ amount: money(3_000) }),
      refund({ amount: money(3_000) }),
    );
    await child('c', { amount: money(900, 'eur') });
    await child('d', { amount: money(1_100) });
    await child('e', { test: true });
    await world.order({ orderId: 'ord_stranger' });
    for (const [playerId, name] of [
      ['a', 'Zoe'],
      ['b', 'Leo'],
      ['c', 'Ana'],
      ['d', 'Ana'],
      ['e', 'Test'],
    ]) {
      if (playerId === undefined || name === undefined) continue;
      await world.roster.putPlayer({
        playerId,
        familyId,
        name,
        contract: { state: 'signed', signUrl: null },
      });
    }
    const statement = await stateFamily({ familyId }, world.deps);
    expect(statement.accounts.map(({ orderId, status }) => `${orderId} ${status}`)).toEqual([
      'ord_c pending',
      'ord_d pending',
      'ord_b paid',
      'ord_e pending',
      'ord_a refunded',
    ]);
    expect(statement.sums).toEqual({
      owed: [money(900, 'eur'), money(1_100)],
      underWay: [],
      received: [money(5_000)],
      givenBack: [money(3_000)],
    });
    expect(statement).toMatchObject({ language: 'en', parents: [{ name: 'Alex Alvarez' }] });
  });

  it('is whole for a family with more orders than are read at a time', async () => {
    const order = await world.order({ familyId: 'fam_years' });
    for (let i = 0; i < 130; i++) await world.orders.create({ ...order, orderId: `ord_y${i}` });
    const { accounts, sums } = await stateFamily({ familyId: 'fam_years' }, world.deps);
    expect([accounts.length, sums.owed]).toEqual([131, [money(131 * 5_500)]]);
  });

  it('is there for a family that owes nothing, and for one that only has orders', async () => {
    const family = { familyId: 'fam_new', language: 'es', parents: [] } as const;
    await world.roster.putFamily({ ...family, parents: [] });
    expect((await stateFamily({ familyId: 'fam_new' }, world.deps)).accounts).toEqual([]);
    const order = await world.order();
    await world.orders.create({ ...order, orderId: 'ord_stray', familyId: 'fam_stray' });
    expect(await stateFamily({ familyId: 'fam_stray' }, world.deps)).toMatchObject({
      language: null,
      accounts: [{ orderId: 'ord_stray' }],
    });
  });

  it('is not there for a family that there is not', async () => {
    const asked = stateFamily({ familyId: 'fam_none' }, world.deps);
    await expect(asked).rejects.toMatchObject({ code: 'not_found', evidence: { familyId: 'fam_none' } });
  });
});

describe('the unpaid orders of a product', () => {
  const all = async (productId: string) => {
    const pages: UnpaidPage[] = [];
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const page = await listUnpaid({ productId, ...(after !== undefined && { after }) }, world.deps);
      pages.push(page);
      after = page.next ?? undefined;
    }
    return pages;
  };

  it('are those owed, on their way or in doubt, with the names to call by', async () => {
    const made = async (orderId: string, over: Parameters<World['order']>[0] = {}, ...facts: Fact[]) => {
      const order = await world.order({ orderId, ...over });
      if (facts.length > 0) await add(order, ...facts);
    };
    await made('ord_owed');
    await made('ord_late', { closesAt: '2026-04-14T15:00:00.000Z' });
    await made('ord_debit', {}, payment({ state: 'processing' }));
    await made('ord_doubt', {}, payment({ amount: money(5_000) }));
    await made('ord_test', { test: true });
    await made('ord_paid', {}, payment());
    await made('ord_back', {}, payment(), refund());
    await made('ord_nothing', { amount: money(0) });
    await made('ord_else', { productId: 'another' });
    await decideOrder(
      {
        orderId: (await world.order({ orderId: 'ord_canceled' })).orderId,
        decision: 'cancel',
        actor: 'Kim',
        reason: 'moved',
      },
      world.deps,
    );
    const [page, ...others] = await all('tournament');
    expect(others).toEqual([]);
    expect(page).toMatchObject({ productName: 'Utah Invitational', looked: 9, next: null });
    expect(page?.orders.map(({ orderId, standing, test }) => [orderId, standing, test]).sort()).toEqual([
      ['ord_debit', 'processing', false],
      ['ord_doubt', 'review', false],
      ['ord_late', 'closed', false],
      ['ord_owed', 'payable', false],
      ['ord_test', 'payable', true],
    ]);
    expect(page?.orders[0]).toMatchObject({ playerName: 'Maya Alvarez', parents: ['Alex Alvarez'] });
  });

  it('come in parts where there are many, each once', async () => {
    const order = await world.order({ orderId: 'ord_0' });
    for (let i = 1; i < 4_500; i++) {
      await world.orders.create({ ...order, orderId: `ord_${i}`, shard: i % 16 });
    }
    const pages = await all('tournament');
    expect(pages.map(({ looked }) => looked).every((looked) => looked < 2_100)).toBe(true);
    expect(pages.length).toBeGreaterThan(2);
    const ids = pages.flatMap(({ orders }) => orders.map(({ orderId }) => orderId));
    expect([ids.length, new Set(ids).size]).toEqual([4_500, 4_500]);
  });

  it('of a product that there is not, are not there', async () => {
    await expect(listUnpaid({ productId: 'utha' }, world.deps)).rejects.toThrow(NotFound);
  });
});

describe('the nearest ids', () => {
  it('are looked for among the orders and families of every product, and among the products', async () => {
    await world.product({ productId: 'utah-invitational', category: 'tournament' });
    await world.product({ productId: 'u12-fees', category: 'monthly', name: 'Monthly fee' });
    await world.order({ orderId: 'ord_0081', productId: 'utah-invitational', familyId: 'fam_0118' });
    await world.order({ orderId: 'ord_0093', productId: 'u12-fees', familyId: 'fam_0127' });
    const near = async (kind: 'order' | 'product' | 'family', id: string) =>
      (await findNearest({ kind, id }, world.deps)).ids;
    expect(await near('order', 'ord_0091')).toEqual(['ord_0081', 'ord_0093']);
    expect(await near('order', 'ord_093')).toEqual(['ord_0093']);
    expect(await near('family', 'fam-0128')).toEqual(['fam_0118', 'fam_0127']);
    expect(await near('product', 'utah-invitatonal')).toEqual(['utah-invitational']);
    expect(await near('product', 'u12')).toEqual(['u12-fees']);
    expect(await near('product', 'basketball')).toEqual([]);
    expect(await near('order', 'nothing-like-it')).toEqual([]);
  });
});
