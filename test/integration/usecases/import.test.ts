import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../../lib/domain/errors.ts';
import { instantAfter } from '../../../lib/domain/ids.ts';
import { rowOf } from '../../../lib/domain/imported-order.ts';
import { money } from '../../../lib/domain/money.ts';
import { dueAgainOf, dueOf, statusOf } from '../../../lib/domain/order.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import { legacyTokenHash } from '../../../lib/domain/pay-token.ts';
import { answerClick } from '../../../lib/usecases/answer-click.ts';
import { changeOrder } from '../../../lib/usecases/change-order.ts';
import { countAudience } from '../../../lib/usecases/count-audience.ts';
import { decideOrder } from '../../../lib/usecases/decide-order.ts';
import { keepRecord } from '../../../lib/usecases/keep-record.ts';
import { anOrderRow, bringClub, bringIn, fileOf, type GivenRow } from '../../support/imports.ts';
import { memoryImports } from '../../support/memory/imports.ts';
import { memoryOrders } from '../../support/memory/orders.ts';
import { memoryRoster } from '../../support/memory/roster.ts';
import { mortal } from '../../support/mortal.ts';
import { dispute } from '../../support/orders.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const emptyStores = () => {
  const committed = new Map<string, string>();
  return {
    orders: memoryOrders(committed),
    imports: memoryImports(committed),
    roster: memoryRoster(),
  };
};

const LEGACY = 'a'.repeat(32);
const MAILED = '2026-04-01T15:00:00.000Z';
const orderRows = (count: number, over: (n: number) => GivenRow = () => ({})): GivenRow[] =>
  Array.from({ length: count }, (_, i) => anOrderRow({ playerId: `ply_${i + 1}`, ...over(i + 1) }));
const orders = (rows: readonly GivenRow[], deps = world.deps) => fileOf('orders', rows, deps);
const counted = async (): Promise<number> => {
  const filter = { period: null, onlyNeverMailed: false };
  return (await countAudience({ productId: 'utah', filter, asOf: world.clock.now() }, world.deps)).orders;
};
const everyOrder = async () => {
  const ids: string[] = [];
  for (let shard = 0; shard < 16; shard++) {
    const { items } = await world.orders.pageOfShard({ productId: 'utah', shard, limit: 1000 });
    ids.push(...items.map(({ orderId }) => orderId));
  }
  return world.orders.getMany(ids);
};

describe('an import', () => {
  it('shows what it would do and writes nothing; then it does exactly that', async () => {
    await bringClub(3, world.deps);
    const file = orders(orderRows(3));
    const look = await file.look();
    expect(look).toMatchObject({
      counts: { new: 3, changes: 0, same: 0, conflict: 0 },
      sums: [money(16_500)],
      samples: [{ line: 2 }, { line: 3 }, { line: 4 }],
      conflicts: [],
    });
    expect(await everyOrder()).toEqual([]);
    expect(await file.apply(look.hash ?? '')).toMatchObject({ done: true, written: 3, committed: true });
    expect(await counted()).toBe(3);
  });

  it('of the same file again finds all of it there, and has nothing to do', async () => {
    await bringClub(3, world.deps);
    await bringIn('orders', orderRows(3), world.deps);
    const again = await orders(orderRows(3).toReversed()).look();
    expect(again).toMatchObject({ hash: null, counts: { same: 3 }, committedAt: expect.any(String) });
  });

  it('is applied by what was shown alone, and by nothing else', async () => {
    await bringClub(3, world.deps);
    const file = orders(orderRows(3));
    await expect(file.apply('other')).rejects.toThrow('Look again');
    const { hash } = await file.look();
    await expect(file.apply('other')).rejects.toThrow('Look again');
    world.clock.advance(24 * 60 * 60_000);
    await expect(file.apply(hash ?? '')).rejects.toThrow('more than a day ago');
    expect(await everyOrder()).toEqual([]);
  });

  it('that was begun in time is finished days later', async () => {
    await bringClub(40, world.deps);
    const file = orders(orderRows(40));
    const { hash } = await file.look();
    const failing = { ...world.orders, create: async () => Promise.reject(new StoreUnavailable('down')) };
    await expect(orders(orderRows(40), { ...world.deps, orders: failing }).apply(hash ?? '')).rejects.toThrow(
      'down',
    );
    world.clock.advance(3 * 24 * 60 * 60_000);
    expect(await file.apply(hash ?? '')).toMatchObject({ written: 40, committed: true });
  });

  it('goes on slice by slice, and a repetition of the whole does nothing more', async () => {
    await bringClub(40, world.deps);
    const file = orders(orderRows(40));
    const { hash } = await file.look();
    expect(await file.apply(hash ?? '', 1)).toMatchObject({ written: 40, committed: true });
    const before = await everyOrder();
    expect(await file.apply(hash ?? '')).toMatchObject({ written: 40, committed: true });
    expect(await everyOrder()).toEqual(before);
  });

  it('says what it lacks, when not all of its rows have arrived', async () => {
    await bringClub(3, world.deps);
    const file = orders(orderRows(3));
    await file.stage(1);
    const other = { ...world.imports, pageOfRows: async () => ({ items: [] }) };
    await expect(fileOf('orders', orderRows(3), { ...world.deps, imports: other }).plan()).rejects.toThrow(
      'Of 3 rows 0 have arrived. Import the file again.',
    );
  });

  it.each([
    [
      'a product that is not there',
      'orders',
      anOrderRow({ productId: 'none' }),
      'productId: There is no product none. Import the products first.',
    ],
    [
      'a player who is not there',
      'orders',
      anOrderRow({ playerId: 'none' }),
      'playerId: There is no player none. Import the players first.',
    ],
    [
      'a family that is not there',
      'players',
      { playerId: 'p', familyId: 'none', name: 'Leo' },
      'familyId: There is no family none. Import the families first.',
    ],
    [
      'a contract of nobody',
      'contracts',
      { playerId: 'none', contract: 'ended' },
      'playerId: There is no player none. Import the players first.',
    ],
    [
      'a product of another category',
      'products',
      { productId: 'utah', category: 'jersey', name: 'x' },
      'category: Product utah is of the category tournament here, and its orders are; make another product',
    ],
    [
      'an id of Stripe’s other mode',
      'orders',
      anOrderRow({ surfaces: [{ stripeId: 'cs_live_1', mintedAt: MAILED }] }),
      "stripeId: cs_live_1 is of Stripe's live mode, and this stage takes test payments. Import it on the other stage.",
    ],
  ] as const)('stops at %s, and names line, column and rule', async (_, kind, row, detail) => {
    await bringClub(1, world.deps);
    const look = await fileOf(kind, [{ ...row }], world.deps).look();
    expect(look).toMatchObject({ hash: null, counts: { conflict: 1 }, conflicts: [{ line: 2, detail }] });
  });

  describe('of orders that stand', () => {
    beforeEach(async () => {
      await bringClub(2, world.deps);
      await bringIn('orders', [anOrderRow({ orderId: '81' })], world.deps);
    });
    const look = (row: GivenRow) => orders([anOrderRow(row)]).look();

    it.each([
      [
        { orderId: '81', amount: money(6_500) },
        'amount: order 81 stands at $55.00 here, and the row says $65.00. An amount is changed by a person: npm run ops -- amend 81',
      ],
      [{ orderId: '82' }, 'orderId: order 81 stands for this product, player and period already'],
      [
        { orderId: '81', playerId: 'ply_2' },
        'orderId: order 81 stands for another debt here: product utah, player ply_1, period none',
      ],
      [{ orderId: '81', test: true }, 'test: order 81 is no test order here'],
    ])('refuses what only a person can decide: %o', async (row, detail) => {
      expect(await look(row)).toMatchObject({ hash: null, conflicts: [{ detail }] });
    });

    it('adds what they lack, and takes nothing away', async () => {
      const surfaces = [{ stripeId: 'cs_test_1', mintedAt: MAILED }];
      const payments = [{ paymentId: 'pi_1', paidAmount: money(5_500), paidAt: MAILED }];
      const row = {
        orderId: '81',
        payBy: '2026-06-01',
        surfaces,
        payments,
        legacyTokenHashes: [legacyTokenHash(LEGACY)],
      };
      expect(await bringIn('orders', [anOrderRow(row)], world.deps)).toMatchObject({
        counts: { changes: 1 },
        samples: [{ detail: 'pay_by, stripe_id, payment, legacy_token' }],
      });
      const order = await world.mustGet('81');
      expect([statusOf(order), order.payBy, order.surfaces.length]).toEqual(['paid', '2026-06-01', 1]);
      expect(await look({ orderId: '81' })).toMatchObject({ hash: null, counts: { same: 1 } });
    });

    it('are the same after a person has amended them', async () => {
      const amend = {
        orderId: '81',
        decision: 'amend',
        amount: money(4_000),
        actor: 'Kim',
        reason: 'sibling',
      } as const;
      await decideOrder(amend, world.deps);
      expect(await look({ orderId: '81' })).toMatchObject({ counts: { same: 1 } });
      expect(await look({ orderId: '81', amount: money(4_000) })).toMatchObject({ counts: { same: 1 } });
      expect(dueOf(await world.mustGet('81'))).toEqual(money(4_000));
    });

    it('are found by their debt where the file has no ids', async () => {
      expect(await look({})).toMatchObject({ counts: { same: 1 } });
    });

    it('refuses an id of Stripe, and a token, that are another order’s', async () => {
      const mine = {
        surfaces: [{ stripeId: 'cs_test_1', mintedAt: MAILED }],
        legacyTokenHashes: [legacyTokenHash(LEGACY)],
      };
      await bringIn('orders', [anOrderRow({ orderId: '81', ...mine })], world.deps);
      const { surfaces, legacyTokenHashes } = mine;
      const other = { orderId: '90', playerId: 'ply_2' };
      expect((await look({ ...other, surfaces })).conflicts).toMatchObject([
        { detail: 'stripeId: cs_test_1 belongs to order 81' },
      ]);
      expect((await look({ ...other, legacyTokenHashes })).conflicts).toMatchObject([
        { detail: 'legacyTokenHashes: one of its tokens belongs to order 81' },
      ]);
    });

    it('gives as a row what was brought', async () => {
      expect(rowOf(await world.mustGet('81'))).toEqual(anOrderRow({ orderId: '81' }));
    });
  });

  it('of which one row can’t be written counts for nobody until it can', async () => {
    await bringClub(3, world.deps);
    const file = orders(orderRows(3));
    const { hash } = await file.look();
    // Somebody was quicker, with another amount.
    const row = anOrderRow({ playerId: 'ply_2', orderId: 'ord_quick', amount: money(9_900) });
    await bringIn('orders', [row], world.deps);
    expect(await file.apply(hash ?? '')).toMatchObject({
      committed: false,
      failures: [{ line: 3, detail: expect.stringContaining('Order ord_quick stands at $99.00 here') }],
    });
    expect(await counted()).toBe(1);
    const amend = {
      orderId: 'ord_quick',
      decision: 'amend',
      amount: money(5_500),
      actor: 'Kim',
      reason: 'right',
    } as const;
    await decideOrder(amend, world.deps);
    expect(await file.apply(hash ?? '')).toMatchObject({ committed: true });
    expect(await counted()).toBe(3);
  });

  it('takes over what a corrected file has in common with one that was given up half way', async () => {
    await bringClub(3, world.deps);
    const first = orders(orderRows(2));
    const { hash } = await first.look();
    const imports = {
      ...world.imports,
      saveHead: async (head: Parameters<typeof world.imports.saveHead>[0]) =>
        head.committedAt === null
          ? world.imports.saveHead(head)
          : Promise.reject(new StoreUnavailable('down')),
    };
    await expect(orders(orderRows(2), { ...world.deps, imports }).apply(hash ?? '')).rejects.toThrow('down');
    expect(await counted()).toBe(0);
    const look = await bringIn('orders', orderRows(3), world.deps);
    expect(look.counts).toMatchObject({ new: 1, changes: 2 });
    expect(await counted()).toBe(3);
    expect(await everyOrder()).toHaveLength(3);
  });

  it('given up half way: an order of it that is put over the HTTP API counts from then on, not from before', async () => {
    await bringClub(2, world.deps);
    const surfaces = [{ stripeId: 'cs_test_1', mintedAt: '2026-03-01T15:00:00.000Z' }];
    const file = orders([anOrderRow({ orderId: '81', surfaces }), anOrderRow({ playerId: 'ply_2' })]);
    const { hash } = await file.look();
    await bringIn(
      'orders',
      [anOrderRow({ orderId: '82', playerId: 'ply_2', amount: money(9_900) })],
      world.deps,
    );
    expect(await file.apply(hash ?? '')).toMatchObject({ committed: false, written: 1 });
    world.clock.advance(60_000);
    const planned = world.clock.now();
    world.clock.advance(60_000);
    const put = () => keepRecord({ kind: 'orders', row: anOrderRow({ orderId: '81' }) }, world.deps);
    const answers = await Promise.all([put(), put()]);
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['changes', 'same']);
    const filter = { period: null, onlyNeverMailed: false };
    const asOf = async (at: string) =>
      (await countAudience({ productId: 'utah', filter, asOf: at }, world.deps)).orders;
    expect([await asOf(planned), await asOf(world.clock.now())]).toEqual([1, 2]);
    // Said again it counts since the same moment.
    const { createdAt } = await world.mustGet('81');
    world.clock.advance(60_000);
    await put();
    expect((await world.mustGet('81')).createdAt).toBe(createdAt);
  });

  it('dies at any of its calls, and the same command finishes it: nothing twice, nothing in part', async () => {
    const rows = orderRows(4, (n) => ({
      ...(n === 1
        ? {
            orderId: '71',
            surfaces: [{ stripeId: 'cs_test_71', mintedAt: MAILED }],
            legacyTokenHashes: [legacyTokenHash(LEGACY)],
          }
        : {}),
      ...(n === 2
        ? { orderId: '72', payments: [{ paymentId: 'pi_72', paidAmount: money(5_500), paidAt: MAILED }] }
        : {}),
      ...(n === 3 ? { orderId: '73', ended: 'canceled', endedReason: 'a try in vain' } : {}),
    }));
    let deaths = 0;
    for (let at = 1; ; at++) {
      for (const moment of ['before', 'after'] as const) {
        Object.assign(world, { deps: { ...world.deps, ...emptyStores() } });
        Object.assign(world, world.deps);
        await bringClub(4, world.deps);
        const { hash } = await orders(rows).look();
        const process = mortal(world.deps, ['orders', 'roster', 'imports', 'retireQueue'], { at, moment });
        const ended = await Promise.race([
          orders(rows, process.deps).apply(hash ?? ''),
          process.died.then(() => 'died' as const),
        ]);
        if (ended !== 'died') {
          expect(deaths).toBeGreaterThan(30);
          return;
        }
        deaths += 1;
        // All of it counts, or none.
        expect([0, 2]).toContain(await counted());
        expect(await orders(rows).apply(hash ?? '')).toMatchObject({ written: 4, committed: true });
        const standing = await everyOrder();
        expect(standing.map(statusOf).sort()).toEqual(['canceled', 'paid', 'pending', 'pending']);
        expect(await counted()).toBe(2);
        expect(await orders(rows).look()).toMatchObject({ hash: null, counts: { same: 4 } });
      }
    }
  }, 60_000);

  it('is written by another at the very moment at which a row is looked at', async () => {
    await bringClub(1, world.deps);
    const row = anOrderRow({ surfaces: [{ stripeId: 'cs_test_1', mintedAt: MAILED }] });
    const { hash } = await orders([row]).look();
    let quick: Promise<unknown> | undefined;
    const racing: typeof world.orders = {
      ...world.orders,
      find: async (pointer) => {
        const found = await world.orders.find(pointer);
        quick ??= orders([row]).apply(hash ?? '');
        await quick;
        return found;
      },
    };
    expect(await orders([row], { ...world.deps, orders: racing }).apply(hash ?? '')).toMatchObject({
      committed: true,
      failures: [],
    });
    expect(await everyOrder()).toHaveLength(1);
  });

  it('is written once, however many write it at once', async () => {
    await bringClub(20, world.deps);
    const file = orders(orderRows(20));
    const { hash } = await file.look();
    const ends = await Promise.all([1, 2, 3].map(() => file.apply(hash ?? '')));
    expect(ends.map(({ committed }) => committed)).toEqual([true, true, true]);
    expect(await everyOrder()).toHaveLength(20);
    expect(await counted()).toBe(20);
  });
});

describe('what has changed since it was shown', () => {
  const signed = (n: number) => ({ playerId: `ply_${n}`, contract: 'signed' });
  const ends = (n: number) =>
    keepRecord(
      { kind: 'contracts', row: { playerId: `ply_${n}`, contract: 'ended', signUrl: null } },
      world.deps,
    );
  const contractOf = async (n: number) => (await world.roster.player(`ply_${n}`))?.contract.state;
  const later = () => world.clock.advance(60_000);
  const another = {
    families: { familyId: 'fam_9' },
    products: { productId: 'other' },
    players: { playerId: 'ply_9' },
  };

  it('is left as it is, named with its line and with what is there now; the others are written', async () => {
    await bringClub(3, world.deps);
    const file = fileOf(
      'contracts',
      [signed(1), signed(2), { ...signed(3), signUrl: 'https://a.example/' }],
      world.deps,
    );
    const { hash, counts } = await file.look();
    expect(counts).toMatchObject({ same: 2, changes: 1 });
    later();
    await ends(2);
    later();
    const end = await file.apply(hash ?? '');
    expect(end).toMatchObject({ committed: false, written: 2 });
    expect(end.failures).toEqual([
      {
        ...{ key: 'ply_2', line: 3, outcome: 'moved' },
        detail: 'It has changed since it was shown. Here now: contract ended since 2026-04-14T15:01:00.000Z',
      },
    ]);
    expect([await contractOf(2), (await world.roster.player('ply_3'))?.contract.signUrl]).toEqual([
      'ended',
      'https://a.example/',
    ]);
    // However often it is said, until somebody has looked again.
    expect(await file.apply(hash ?? '')).toMatchObject({ committed: false, failures: [{ line: 3 }] });
    const again = await file.look();
    expect([again.counts, again.hash === hash]).toEqual([
      { new: 0, changes: 1, same: 2, conflict: 0 },
      false,
    ]);
    expect(await file.apply(again.hash ?? '')).toMatchObject({ committed: true, failures: [] });
    expect(await contractOf(2)).toBe('signed');
  });

  it('is an order that somebody opened again: no import ends it', async () => {
    await bringClub(1, world.deps);
    const decide = (decision: 'cancel' | 'reopen') =>
      decideOrder({ orderId: '81', decision, actor: 'Kim', reason: 'moved away' }, world.deps);
    await bringIn('orders', [anOrderRow({ orderId: '81' })], world.deps);
    await decide('cancel');
    const row = anOrderRow({ orderId: '81', ended: 'canceled', payBy: '2026-06-01' });
    const file = orders([row]);
    const { hash } = await file.look();
    later();
    await decide('reopen');
    expect(await file.apply(hash ?? '')).toMatchObject({
      committed: false,
      failures: [
        { outcome: 'moved', detail: expect.stringContaining('Here now: ended reopened on 2026-04-14T15:01') },
      ],
    });
    expect(statusOf(await world.mustGet('81'))).toBe('pending');
  });

  it('is an order that somebody opens again between the last look and the write', async () => {
    await bringClub(1, world.deps);
    await bringIn('orders', [anOrderRow({ orderId: '81' })], world.deps);
    const decide = (decision: 'cancel' | 'reopen') =>
      decideOrder({ orderId: '81', decision, actor: 'Kim', reason: 'moved away' }, world.deps);
    await decide('cancel');
    const row = anOrderRow({ orderId: '81', ended: 'waived', payBy: '2026-06-01' });
    const { hash } = await orders([row]).look();
    let open = true;
    const racing: typeof world.orders = {
      ...world.orders,
      save: async (order) => {
        if (open) {
          open = false;
          later();
          await decide('reopen');
        }
        return world.orders.save(order);
      },
    };
    const end = await orders([row], { ...world.deps, orders: racing }).apply(hash ?? '');
    expect(end.failures).toMatchObject([
      { outcome: 'moved', detail: expect.stringContaining('ended reopened') },
    ]);
    expect(statusOf(await world.mustGet('81'))).toBe('pending');
  });

  it.each([
    [
      'a family',
      'families',
      {
        familyId: 'fam_1',
        language: 'en',
        parents: [{ parentId: '1', name: 'Alex', addresses: ['f1@family.example'] }],
      },
      { language: 'es', parents: [{ parentId: '2', name: 'Ana', addresses: ['ana@family.example'] }] },
      'language es, parents 2 Ana ana@family.example',
    ],
    [
      'a product',
      'products',
      { productId: 'utah', category: 'tournament', name: 'Utah Invitational' },
      { name: 'Utah Cup', price: money(5_500) },
      'name Utah Cup, price $55.00',
    ],
    [
      'a player',
      'players',
      { playerId: 'ply_1', familyId: 'fam_1', name: 'Maya' },
      { name: 'Mia', familyId: 'fam_2' },
      'familyId fam_2, name Mia',
    ],
  ] as const)('is %s that was shown as the same', async (_, kind, row, news, now) => {
    await bringClub(2, world.deps);
    const file = fileOf(kind, [row, { ...row, ...another[kind] }], world.deps);
    const { hash, counts } = await file.look();
    expect(counts).toMatchObject({ new: 1, same: 1 });
    await bringIn(kind, [{ ...row, ...news }], world.deps);
    const end = await file.apply(hash ?? '');
    expect(end.failures).toMatchObject([
      { line: 2, outcome: 'moved', detail: expect.stringContaining(`Here now: ${now}`) },
    ]);
  });

  it('is not what another file of ours has come to stand for, row by row: its hash is another', async () => {
    await bringClub(2, world.deps);
    const file = fileOf('contracts', [signed(1), signed(2)], world.deps);
    await ends(1);
    const first = await file.look();
    await bringIn('contracts', [signed(1)], world.deps);
    later();
    await ends(2);
    const second = await file.look();
    expect(second.counts).toEqual(first.counts);
    expect(second.hash).not.toBe(first.hash);
    await expect(file.apply(first.hash ?? '')).rejects.toThrow('Look again');
    expect((await file.look()).hash).toBe(second.hash);
  });

  it('is not what this very import has written before it died: players, at any of its calls', async () => {
    const rows = [
      { playerId: 'ply_1', familyId: 'fam_1', name: 'Maya A.', contract: 'ended' },
      {
        playerId: 'ply_9',
        familyId: 'fam_2',
        name: 'Leo',
        contract: 'signed',
        signUrl: 'https://a.example/',
      },
    ];
    for (let at = 1; ; at++) {
      for (const moment of ['before', 'after'] as const) {
        Object.assign(world, { deps: { ...world.deps, ...emptyStores() } });
        Object.assign(world, world.deps);
        await bringClub(2, world.deps);
        const { hash } = await fileOf('players', rows, world.deps).look();
        const process = mortal(world.deps, ['orders', 'roster', 'imports', 'retireQueue'], { at, moment });
        const ended = await Promise.race([
          fileOf('players', rows, process.deps).apply(hash ?? ''),
          process.died.then(() => 'died' as const),
        ]);
        if (ended !== 'died') {
          expect(at).toBeGreaterThan(8);
          return;
        }
        later();
        expect(await fileOf('players', rows, world.deps).apply(hash ?? '')).toMatchObject({
          committed: true,
        });
        expect(await world.roster.player('ply_9')).toMatchObject({
          name: 'Leo',
          contract: { state: 'signed' },
        });
        expect(await contractOf(1)).toBe('ended');
      }
    }
  });

  /** What somebody else writes after the row was looked at, and before it is written. */
  const between: Record<
    string,
    { kind: 'products' | 'families' | 'contracts'; row: GivenRow; other: () => Promise<unknown>; now: string }
  > = {
    'a product': {
      kind: 'products',
      row: { productId: 'utah', category: 'tournament', name: 'Utah Open' },
      other: async () => {
        const product = await world.roster.product('utah');
        if (product !== undefined) await world.roster.saveProduct({ ...product, name: 'Utah Cup' });
      },
      now: 'name Utah Cup',
    },
    'a family': {
      kind: 'families',
      row: { familyId: 'fam_1', language: 'es', parents: [] },
      other: async () => {
        const family = await world.roster.family('fam_1');
        const parents = [{ parentId: '1', name: 'Sam', addresses: ['sam@family.example'] }];
        if (family !== undefined) await world.roster.saveFamily({ ...family, parents });
      },
      now: 'parents 1 Sam sam@family.example',
    },
    'a contract': {
      kind: 'contracts',
      row: { playerId: 'ply_1', contract: 'unsigned' },
      // By a clock that is behind: to whoever looks at times alone it is old news.
      other: () =>
        world.roster.setContract('ply_1', {
          ...{ state: 'ended', signUrl: null, changedAt: '2026-04-14T15:00:30.000Z' },
        }),
      now: 'contract ended since',
    },
  };

  it.each(Object.entries(between))(
    'is left as it is, also in the moment between the last look and the write: %s',
    async (_, { kind, row, other, now }) => {
      await bringClub(1, world.deps);
      const { hash } = await fileOf(kind, [row], world.deps).look();
      later();
      let written = false;
      const first = async (): Promise<void> => {
        if (written) return;
        written = true;
        await other();
      };
      const roster: typeof world.roster = {
        ...world.roster,
        saveProduct: async (next) => first().then(() => world.roster.saveProduct(next)),
        saveFamily: async (next) => first().then(() => world.roster.saveFamily(next)),
        setContract: async (...said) => first().then(() => world.roster.setContract(...said)),
      };
      const end = await fileOf(kind, [row], { ...world.deps, roster }).apply(hash ?? '');
      expect(end).toMatchObject({ committed: false, written: 0, failures: [{ outcome: 'moved' }] });
      const stands = [
        await world.roster.product('utah'),
        await world.roster.family('fam_1'),
        (await world.roster.player('ply_1'))?.contract,
      ];
      const again = await fileOf(kind, [row], world.deps).apply(hash ?? '');
      expect(again).toMatchObject({ failures: [{ detail: expect.stringContaining(`Here now: ${now}`) }] });
      expect([
        await world.roster.product('utah'),
        await world.roster.family('fam_1'),
        (await world.roster.player('ply_1'))?.contract,
      ]).toEqual(stands);
    },
  );

  it('is written over what another system puts at the same moment, where nobody was shown anything', async () => {
    await bringClub(1, world.deps);
    const row = { familyId: 'fam_1', language: 'es', parents: [] };
    const family = await world.roster.family('fam_1');
    let others = 1;
    const roster: typeof world.roster = {
      ...world.roster,
      saveFamily: async (next) => {
        if (others-- > 0 && family !== undefined) await world.roster.saveFamily(family);
        return world.roster.saveFamily(next);
      },
    };
    await keepRecord({ kind: 'families', row: row as never }, { ...world.deps, roster });
    expect(await world.roster.family('fam_1')).toMatchObject(row);
    const never = keepRecord(
      { kind: 'families', row: { ...row, language: 'en' } as never },
      {
        ...world.deps,
        roster: { ...world.roster, saveFamily: async () => 'conflict' },
      },
    );
    await expect(never).rejects.toMatchObject({ code: 'contention', retryable: true });
  });

  it('is what the club says after a row was written whose result was lost, though it is as it was when shown', async () => {
    await bringClub(1, world.deps);
    const rows = [{ playerId: 'ply_1', contract: 'ended' }];
    const { hash } = await fileOf('contracts', rows, world.deps).look();
    const imports = {
      ...world.imports,
      recordResult: async () => Promise.reject(new StoreUnavailable('down')),
    };
    await expect(fileOf('contracts', rows, { ...world.deps, imports }).apply(hash ?? '')).rejects.toThrow(
      'down',
    );
    later();
    await keepRecord(
      { kind: 'contracts', row: { playerId: 'ply_1', contract: 'signed', signUrl: null } },
      world.deps,
    );
    later();
    expect(await fileOf('contracts', rows, world.deps).apply(hash ?? '')).toMatchObject({
      failures: [{ outcome: 'moved', detail: expect.stringContaining('contract signed since') }],
    });
    expect(await contractOf(1)).toBe('signed');
  });
});

describe('what is taken home and brought to a fresh stage', () => {
  const decide = (decision: 'cancel' | 'reopen' | 'waive', reason: string) =>
    decideOrder({ orderId: '81', decision, actor: 'Kim', reason }, world.deps);
  const givenBack = {
    payments: [{ paymentId: 'pi_1', paidAmount: money(5_500), paidAt: MAILED }],
    refunds: [
      {
        ...{ refundId: 're_1', refundedPayment: 'pi_1' },
        ...{ refundedAmount: money(5_500), refundedAt: '2026-04-02T15:00:00.000Z' },
      },
    ],
  };
  const standing = async () => {
    const [order] = await world.orders.getMany(['81']);
    if (order === undefined) throw new Error('Order 81 is not there.');
    return order;
  };
  const taken = async () => rowOf(await standing());
  const fresh = async () => {
    Object.assign(world, { deps: { ...world.deps, ...emptyStores() } });
    Object.assign(world, world.deps);
    await bringClub(1, world.deps);
  };
  beforeEach(() => bringClub(1, world.deps));

  it('is still owed, where it was opened again after all of it was given back', async () => {
    await bringIn('orders', [anOrderRow({ orderId: '81', ...givenBack })], world.deps);
    expect(statusOf(await standing())).toBe('refunded');
    await decide('reopen', 'plays after all');
    expect(statusOf(await standing())).toBe('pending');
    const row = await taken();
    expect(row).toMatchObject({ ended: 'reopened', endedReason: 'plays after all' });
    await fresh();
    await bringIn('orders', [row], world.deps);
    expect(statusOf(await standing())).toBe('pending');
    expect(await taken()).toEqual(row);
    expect(await orders([row]).look()).toMatchObject({ counts: { same: 1 } });
  });

  it('is not paid, where the money was lost in a dispute; and owed, where it was opened again after that', async () => {
    await bringIn('orders', [anOrderRow({ orderId: '81', payments: givenBack.payments })], world.deps);
    const at = world.clock.now();
    const lost = dispute({ id: 'du_1', paymentId: 'pi_1', state: 'lost', amount: money(5_500), at });
    await changeOrder({ orderId: '81', change: (order) => recordFact(order, lost, at) }, world.deps);
    const ended = await taken();
    world.clock.advance(60_000);
    await decide('reopen', 'pays in cash');
    const reopened = await taken();
    for (const [row, status] of [
      [ended, 'refunded'],
      [reopened, 'pending'],
    ] as const) {
      await fresh();
      await bringIn('orders', [row], world.deps);
      expect(statusOf(await standing())).toBe(status);
      // Lost, and not given back: so it is in the treasurer's books.
      expect((await standing()).facts).toMatchObject({ 'dispute:du_1': { state: 'lost' } });
      expect((await standing()).dueWork).toEqual({});
      expect(await taken()).toEqual(row);
      expect(await orders([row]).look()).toMatchObject({ counts: { same: 1 } });
    }
  });

  it('asks for the whole amount again next month, where it was divided; and for what is left of it now', async () => {
    await bringIn('orders', [anOrderRow({ orderId: '81', amount: money(12_000) })], world.deps);
    const at = world.clock.now();
    const fact = { kind: 'decision', decision: 'amend', actor: 'Kim', source: 'ops', at } as const;
    const lowered = { ...fact, id: 'dec_1', amount: money(10_000), reason: 'a scholarship' };
    const divided = { ...fact, id: 'dec_2', amount: money(4_000), about: '82', reason: 'in two parts' };
    for (const each of [lowered, { ...divided, at: instantAfter(at, 1) }]) {
      await changeOrder({ orderId: '81', change: (order) => recordFact(order, each, at) }, world.deps);
    }
    const row = await taken();
    expect(row).toMatchObject({ amount: money(4_000), wholeAmount: money(10_000), restOrderId: '82' });
    await fresh();
    await bringIn('orders', [row], world.deps);
    const brought = await standing();
    expect([dueOf(brought), dueAgainOf(brought)]).toEqual([money(4_000), money(10_000)]);
    expect(await taken()).toEqual(row);
    expect(await orders([row]).look()).toMatchObject({ counts: { same: 1 } });
  });

  it('of which an amount was changed and nothing divided is asked for at that amount', async () => {
    await bringIn('orders', [anOrderRow({ orderId: '81' })], world.deps);
    await decideOrder(
      { orderId: '81', decision: 'amend', amount: money(4_000), actor: 'Kim', reason: 'less' },
      world.deps,
    );
    expect(await taken()).toMatchObject({ amount: money(4_000), wholeAmount: null, restOrderId: null });
  });

  it('has the reason of what was decided last, in whatever sequence it is kept', async () => {
    await bringIn('orders', [anOrderRow({ orderId: '81' })], world.deps);
    for (const [decision, reason] of [
      ['waive', 'a gift'],
      ['reopen', 'a slip'],
      ['cancel', 'moved away'],
    ] as const) {
      world.clock.advance(60_000);
      await decide(decision, reason);
    }
    const order = await standing();
    const facts = Object.fromEntries(Object.entries(order.facts).toReversed());
    expect(rowOf({ ...order, facts })).toMatchObject({ ended: 'canceled', endedReason: 'moved away' });
  });

  it('opens nothing that has ended here: that is for a person', async () => {
    const row = anOrderRow({ orderId: '81', ...givenBack, ended: 'reopened' });
    await bringIn('orders', [anOrderRow({ orderId: '81', ...givenBack })], world.deps);
    const detail = (is: string) =>
      `ended: order 81 is ${is} here, and the row says reopened. That is decided by a person: npm run ops -- reopen 81`;
    expect(await orders([row]).look()).toMatchObject({ conflicts: [{ detail: detail('refunded') }] });
    await decide('cancel', 'moved away');
    expect(await orders([row]).look()).toMatchObject({ conflicts: [{ detail: detail('canceled') }] });
  });

  it('can be reopened only where something was given back', () => {
    expect(() => anOrderRow({ ended: 'reopened' })).toThrow('is "reopened", and nothing was given back');
  });
});

describe('what an older system has mailed', () => {
  it('answers at its own address, before the import is committed and after', async () => {
    await bringClub(1, world.deps);
    const row = anOrderRow({ orderId: '71', legacyTokenHashes: [legacyTokenHash(LEGACY)] });
    const file = orders([row]);
    const click = { token: LEGACY, backFromStripe: false, client: { method: 'GET', userAgent: 'Mozilla' } };
    const answer = async () => (await answerClick(click, world.deps)).kind;
    expect(await answer()).toBe('page');
    const { hash } = await file.look();
    const imports = {
      ...world.imports,
      recordResult: async () => Promise.reject(new StoreUnavailable('down')),
    };
    await expect(orders([row], { ...world.deps, imports }).apply(hash ?? '')).rejects.toThrow('down');
    expect([await answer(), await counted()]).toEqual(['redirect', 0]);
    await file.apply(hash ?? '');
    expect([await answer(), await counted()]).toEqual(['redirect', 1]);
  });

  it('leaves no token in clear in any store or log', async () => {
    await bringClub(1, world.deps);
    await bringIn(
      'orders',
      [anOrderRow({ orderId: '71', legacyTokenHashes: [legacyTokenHash(LEGACY)] })],
      world.deps,
    );
    expect(JSON.stringify([await everyOrder(), world.logged])).not.toContain(LEGACY);
  });
});

describe('people and products', () => {
  it('are replaced as a whole, and are the same when they come again', async () => {
    await bringClub(2, world.deps);
    const family = {
      familyId: 'fam_1',
      language: 'es',
      parents: [{ parentId: '1', name: 'Ana', addresses: ['ANA@Family.example '] }],
    };
    expect(await bringIn('families', [family], world.deps)).toMatchObject({
      counts: { changes: 1 },
      samples: [{ detail: 'language, parents' }],
    });
    expect(await world.roster.family('fam_1')).toMatchObject({
      language: 'es',
      parents: [{ addresses: ['ana@family.example'] }],
    });
    expect(await bringIn('families', [family], world.deps)).toMatchObject({ counts: { same: 1 } });
  });

  it('a player without a contract in the file keeps the one that stands', async () => {
    await bringClub(1, world.deps);
    await bringIn('players', [{ playerId: 'ply_1', familyId: 'fam_1', name: 'Maya A.' }], world.deps);
    expect(await world.roster.player('ply_1')).toMatchObject({
      name: 'Maya A.',
      contract: { state: 'signed' },
    });
  });

  it('an older file that is given again brings back what it says', async () => {
    await bringClub(1, world.deps);
    const named = (name: string) => [{ playerId: 'ply_1', familyId: 'fam_1', name }];
    for (const name of ['Maya', 'Mia', 'Maya']) {
      await bringIn('players', named(name), world.deps);
      expect((await world.roster.player('ply_1'))?.name).toBe(name);
    }
  });
});
