import { expect, test } from 'vitest';
import { dueShardOf, SHARDS } from '../../../lib/domain/ids.ts';
import type { Unmatched } from '../../../lib/domain/unmatched.ts';
import { describeStores, walk } from './backends.ts';
import { anOrder, due, LATER, NOW, work } from './samples.ts';

const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `ord_${i + 1}`);

describeStores('orders', (stores) => {
  test('an order is read as it was written, down to every nested part', async () => {
    const order = anOrder(due(work.toRetire, work.toDecide));
    expect(await stores.orders.create(order)).toBe('created');
    expect(await stores.orders.get('ord_1')).toEqual(order);
  });

  test('an order that nobody wrote is not there', async () => {
    expect(await stores.orders.get('ord_none')).toBeUndefined();
  });

  test('a second order of one id is refused, and the first stays', async () => {
    await stores.orders.create(anOrder());
    expect(await stores.orders.create(anOrder({ playerId: 'ply_2' }))).toBe('exists');
    expect((await stores.orders.get('ord_1'))?.playerId).toBe('ply_1');
  });

  test('of two who create an order at once, one does', async () => {
    const outcomes = await Promise.all(ids(5).map(() => stores.orders.create(anOrder())));
    expect(outcomes.toSorted()).toEqual(['created', 'exists', 'exists', 'exists', 'exists']);
  });

  test('a saved order has the next revision, and its changes', async () => {
    await stores.orders.create(anOrder());
    const saved = await stores.orders.save(anOrder({ mint: null, generation: 2, facts: {} }));
    expect(saved).toEqual(anOrder({ mint: null, generation: 2, facts: {}, revision: 1 }));
    expect(await stores.orders.get('ord_1')).toEqual(saved);
  });

  test('of two who save at once, one does and the other is told of a conflict', async () => {
    await stores.orders.create(anOrder());
    const outcomes = await Promise.all(
      [2, 3].map((generation) => stores.orders.save(anOrder({ generation }))),
    );
    const [winner] = outcomes.filter((outcome) => outcome !== 'conflict');
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(1);
    expect(await stores.orders.get('ord_1')).toEqual(winner);
  });

  test('an order is not saved on a revision that has passed, nor on one to come', async () => {
    await stores.orders.create(anOrder());
    await stores.orders.save(anOrder());
    expect(await stores.orders.save(anOrder({ generation: 9 }))).toBe('conflict');
    expect(await stores.orders.save(anOrder({ generation: 9, revision: 2 }))).toBe('conflict');
    expect((await stores.orders.get('ord_1'))?.generation).toBe(1);
  });

  test('an order that was never created can not be saved', async () => {
    expect(await stores.orders.save(anOrder())).toBe('conflict');
    expect(await stores.orders.get('ord_1')).toBeUndefined();
  });

  test('many orders are read at once, more than one batch, with repetitions and missing ones', async () => {
    const known = ids(120);
    await Promise.all(known.map((orderId) => stores.orders.create(anOrder({ orderId }))));
    const read = await stores.orders.getMany([...known, 'ord_none', 'ord_1', 'ord_1']);
    expect(read.map(({ orderId }) => orderId).toSorted()).toEqual(known.toSorted());
  });

  test('no ids give no orders', async () => {
    expect(await stores.orders.getMany([])).toEqual([]);
  });

  test('a pointer keeps the order that it was given first', async () => {
    const pointer = { kind: 'natural', key: 'prd_utah/ply_1/' } as const;
    expect(await stores.orders.find(pointer)).toBeUndefined();
    expect(await stores.orders.point(pointer, 'ord_1')).toBe('ord_1');
    expect(await stores.orders.point(pointer, 'ord_1')).toBe('ord_1');
    expect(await stores.orders.point(pointer, 'ord_2')).toBe('ord_1');
    expect(await stores.orders.find(pointer)).toBe('ord_1');
  });

  test('those who set one pointer at once all learn the same order', async () => {
    const pointer = { kind: 'client_request', id: 'req_1' } as const;
    const held = await Promise.all(ids(5).map((orderId) => stores.orders.point(pointer, orderId)));
    expect(new Set(held).size).toBe(1);
    expect(await stores.orders.find(pointer)).toBe(held[0]);
  });

  test('pointers of different kinds do not meet', async () => {
    await stores.orders.point({ kind: 'stripe', id: 'x' }, 'ord_1');
    await stores.orders.point({ kind: 'client_request', id: 'x' }, 'ord_2');
    await stores.orders.point({ kind: 'legacy_token', hash: 'x' }, 'ord_3');
    expect(await stores.orders.find({ kind: 'stripe', id: 'x' })).toBe('ord_1');
    expect(await stores.orders.find({ kind: 'client_request', id: 'x' })).toBe('ord_2');
    expect(await stores.orders.find({ kind: 'legacy_token', hash: 'x' })).toBe('ord_3');
  });

  test('many orders are found at once by the Stripe ids that an import brought along, whatever is asked for', async () => {
    const known = ids(120);
    await Promise.all(known.map((id) => stores.orders.point({ kind: 'stripe', id: `plink_${id}` }, id)));
    await stores.orders.point({ kind: 'client_request', id: 'plink_other' }, 'ord_1');
    const asked = ['plink_other', 'plink_none', ...known.map((id) => `plink_${id}`), 'plink_none'];
    expect(await stores.orders.findByStripeIds(asked)).toEqual(
      new Map(known.map((id) => [`plink_${id}`, id])),
    );
    expect(await stores.orders.findByStripeIds([])).toEqual(new Map());
  });

  test.each([1, 3, 4, 5, 8, 100])(
    'a shard of eight orders is walked in sequence in pages of %i',
    async (limit) => {
      const known = ids(8);
      for (const orderId of known.toReversed()) await stores.orders.create(anOrder({ orderId }));
      await stores.orders.create(anOrder({ orderId: 'ord_other_shard', shard: 6 }));
      await stores.orders.create(anOrder({ orderId: 'ord_other_product', productId: 'prd_other' }));
      const { items, sizes } = await walk((after) =>
        stores.orders.pageOfShard({ productId: 'prd_utah', shard: 5, limit, ...after }),
      );
      const key = { familyId: 'fam_1', playerId: 'ply_1', period: null, createdAt: NOW };
      expect(items).toEqual(known.map((orderId) => ({ orderId, ...key })));
      expect(sizes.slice(0, -1).every((size) => size === limit)).toBe(true);
    },
  );

  test('the audience of a product is told apart by period and by when an order was made', async () => {
    await stores.orders.create(anOrder({ period: '2026-05', createdAt: LATER }));
    const { items } = await stores.orders.pageOfShard({ productId: 'prd_utah', shard: 5, limit: 10 });
    expect(items).toMatchObject([{ orderId: 'ord_1', period: '2026-05', createdAt: LATER }]);
  });

  test('an order that belongs to no import any more is saved as such', async () => {
    await stores.orders.create(anOrder({ importId: 'imp_1', legacyTokenHashes: ['a'] }));
    await stores.orders.save(anOrder({ legacyTokenHashes: ['a'] }));
    expect(await stores.orders.get('ord_1')).toEqual(anOrder({ revision: 1, legacyTokenHashes: ['a'] }));
  });

  test('the audience of a product names the import that an order came with, and nothing where there was none', async () => {
    await stores.orders.create(anOrder({ importId: 'imp_1' }));
    await stores.orders.create(anOrder({ orderId: 'ord_2' }));
    const { items } = await stores.orders.pageOfShard({ productId: 'prd_utah', shard: 5, limit: 10 });
    expect(items.map((key) => ('importId' in key ? key.importId : 'none'))).toEqual(['imp_1', 'none']);
    expect(await stores.orders.get('ord_1')).toMatchObject({ importId: 'imp_1' });
    expect(await stores.orders.committedAt('imp_1')).toBeNull();
  });

  const ON = '2026-05-01';
  const firstMailed = async (over: { productId?: string; on?: string; shard?: number } = {}, limit = 100) =>
    (
      await walk((after) =>
        stores.orders.pageOfFirstMailed({
          productId: 'prd_utah',
          on: ON,
          shard: 5,
          ...over,
          limit,
          ...after,
        }),
      )
    ).items;

  test.each([1, 3, 4, 5, 100])('those first mailed on a day are walked in pages of %i', async (limit) => {
    const known = ids(4);
    for (const orderId of known.toReversed())
      await stores.orders.create(anOrder({ orderId, firstMailedOn: ON }));
    await stores.orders.create(anOrder({ orderId: 'ord_a', firstMailedOn: ON, shard: 6 }));
    await stores.orders.create(anOrder({ orderId: 'ord_b', firstMailedOn: ON, productId: 'prd_other' }));
    await stores.orders.create(anOrder({ orderId: 'ord_c', firstMailedOn: '2026-05-02' }));
    await stores.orders.create(anOrder({ orderId: 'ord_d' }));
    expect(await firstMailed({}, limit)).toEqual(
      known.map((orderId) => ({ orderId, familyId: 'fam_1', playerId: 'ply_1' })),
    );
  });

  test('an order is among those first mailed on a day once its mail has left, and stays', async () => {
    await stores.orders.create(anOrder());
    expect(await firstMailed()).toEqual([]);
    await stores.orders.save(anOrder({ firstMailedOn: ON }));
    await stores.orders.save(anOrder({ firstMailedOn: ON, ...due(work.toRetire), revision: 1 }));
    expect((await firstMailed()).map(({ orderId }) => orderId)).toEqual(['ord_1']);
    expect(await firstMailed({ on: '2026-05-02' })).toEqual([]);
  });

  test('a page begins behind any order id, whether it is stored or not', async () => {
    for (const orderId of ['ord_2', 'ord_4']) await stores.orders.create(anOrder({ orderId }));
    const after = async (id: string) =>
      (await stores.orders.pageOfShard({ productId: 'prd_utah', shard: 5, after: id, limit: 10 })).items.map(
        ({ orderId }) => orderId,
      );
    expect(await after('ord_1')).toEqual(['ord_2', 'ord_4']);
    expect(await after('ord_2')).toEqual(['ord_4']);
    expect(await after('ord_3')).toEqual(['ord_4']);
    expect(await after('ord_4')).toEqual([]);
  });

  test('a shard, a family or a list without anything is one empty page', async () => {
    const empty = { items: [] };
    expect(await stores.orders.pageOfShard({ productId: 'prd_none', shard: 0, limit: 5 })).toEqual(empty);
    expect(
      await stores.orders.pageOfFirstMailed({ productId: 'prd_none', on: '2026-05-01', shard: 0, limit: 5 }),
    ).toEqual(empty);
    expect(await stores.orders.pageOfFamily({ familyId: 'fam_none', limit: 5 })).toEqual(empty);
    expect(await stores.orders.pageOfDueWork({ dueShard: 0, before: NOW, limit: 5 })).toEqual(empty);
    expect(await stores.orders.pageOfAttention({ dueShard: 0, limit: 5 })).toEqual(empty);
    expect(await stores.orders.pageOfUnmatched({ limit: 5 })).toEqual(empty);
  });

  test('the orders of a family are found over all products', async () => {
    await stores.orders.create(anOrder({ orderId: 'ord_2', productId: 'prd_other', playerId: 'ply_2' }));
    await stores.orders.create(anOrder());
    await stores.orders.create(anOrder({ orderId: 'ord_3', familyId: 'fam_2' }));
    const { items } = await walk((after) =>
      stores.orders.pageOfFamily({ familyId: 'fam_1', limit: 1, ...after }),
    );
    expect(items).toEqual([
      { orderId: 'ord_1', familyId: 'fam_1', playerId: 'ply_1' },
      { orderId: 'ord_2', familyId: 'fam_1', playerId: 'ply_2' },
    ]);
  });

  test('an order that goes to another family is found with that one, and no longer with the first', async () => {
    await stores.orders.create(anOrder());
    await stores.orders.save(anOrder({ familyId: 'fam_2' }));
    const of = async (familyId: string) => (await stores.orders.pageOfFamily({ familyId, limit: 5 })).items;
    expect(await of('fam_1')).toEqual([]);
    expect(await of('fam_2')).toEqual([{ orderId: 'ord_1', familyId: 'fam_2', playerId: 'ply_1' }]);
  });

  const dueShard = dueShardOf(anOrder().shard);
  const dueWork = async (before: string, limit = 100): Promise<string[]> =>
    (
      await walk((after) => stores.orders.pageOfDueWork({ dueShard, before, limit, ...after }))
    ).items.toSorted();
  const attention = async (limit = 100): Promise<string[]> =>
    (await walk((after) => stores.orders.pageOfAttention({ dueShard, limit, ...after }))).items.toSorted();

  test('work appears in the list when it is due, and goes when it is done', async () => {
    await stores.orders.create(anOrder(due(work.toClose)));
    expect(await dueWork(LATER)).toEqual([]);
    expect(await dueWork('2026-05-02T16:00:00.001Z')).toEqual(['ord_1']);
    await stores.orders.save(anOrder(due()));
    expect(await dueWork('2027-01-01T00:00:00.000Z')).toEqual([]);
  });

  test('of several works the earliest decides when an order is due', async () => {
    await stores.orders.create(anOrder(due(work.toClose, work.toRetire)));
    expect(await dueWork(LATER)).toEqual(['ord_1']);
    await stores.orders.save(anOrder(due(work.toClose)));
    expect(await dueWork(LATER)).toEqual([]);
  });

  test('an order only for a person is in the list for persons alone', async () => {
    await stores.orders.create(anOrder(due(work.toDecide)));
    expect(await attention()).toEqual(['ord_1']);
    expect(await dueWork('2027-01-01T00:00:00.000Z')).toEqual([]);
  });

  test('an order for a person and a machine is in both lists, until each is done', async () => {
    await stores.orders.create(anOrder(due(work.toDecide, work.toRetire)));
    expect([await attention(), await dueWork(LATER)]).toEqual([['ord_1'], ['ord_1']]);
    await stores.orders.save(anOrder(due(work.toDecide)));
    expect([await attention(), await dueWork(LATER)]).toEqual([['ord_1'], []]);
    await stores.orders.save(anOrder({ ...due(work.toRetire), revision: 1 }));
    expect([await attention(), await dueWork(LATER)]).toEqual([[], ['ord_1']]);
  });

  test('an item for a person does not make the work of a machine due', async () => {
    await stores.orders.create(anOrder(due(work.toDecide, work.toClose)));
    expect(await dueWork(LATER)).toEqual([]);
  });

  test('work of another shard is not listed', async () => {
    await stores.orders.create(anOrder({ ...due(work.toRetire, work.toDecide), shard: SHARDS - 1 }));
    expect([await attention(), await dueWork(LATER)]).toEqual([[], []]);
  });

  test.each([1, 2, 3, 4, 6, 100])('lists of due work are walked whole in pages of %i', async (limit) => {
    const kinds = [
      due(work.toRetire),
      due(work.toDecide),
      due(work.toRetire, work.toDecide),
      due(work.toClose),
    ];
    await Promise.all(
      ids(12).map((orderId, i) => stores.orders.create(anOrder({ orderId, ...kinds[i % 4] }))),
    );
    const of = (...rests: number[]): string[] =>
      ids(12)
        .filter((_, i) => rests.includes(i % 4))
        .toSorted();
    expect(await dueWork(LATER, limit)).toEqual(of(0, 2));
    expect(await dueWork('2027-01-01T00:00:00.000Z', limit)).toEqual(of(0, 2, 3));
    expect(await attention(limit)).toEqual(of(1, 2));
  });

  const unmatched = (n: number): Unmatched => ({
    stripeId: `pi_${n}`,
    paymentId: `pi_${n}`,
    eventId: `evt_${n}`,
    eventType: 'checkout.session.completed',
    reason: 'unknown_order',
    orderId: n % 2 === 0 ? `ord_${n}` : null,
    amount: { amountMinor: 5500, currency: 'usd' },
    dispute: n === 4 ? { state: 'needs_response', respondBy: LATER } : null,
    at: `2026-05-01T16:00:0${n}.000Z`,
  });

  test.each([1, 2, 3, 100])('unmatched payments are kept in sequence of time, pages of %i', async (limit) => {
    for (const n of [3, 1, 4, 2]) await stores.orders.keepUnmatched(unmatched(n));
    const { items } = await walk((after) => stores.orders.pageOfUnmatched({ limit, ...after }));
    expect(items).toEqual([1, 2, 3, 4].map(unmatched));
  });

  test('an unmatched payment that is told twice is kept as it was told first', async () => {
    await stores.orders.keepUnmatched(unmatched(1));
    await stores.orders.keepUnmatched({ ...unmatched(1), eventId: 'evt_9', at: LATER, reason: 'unreadable' });
    expect((await stores.orders.pageOfUnmatched({ limit: 10 })).items).toEqual([unmatched(1)]);
  });

  test('an unmatched payment is settled once, and is then listed no more', async () => {
    const settled = { as: 'assigned', orderId: 'ord_1', actor: 'Kim', reason: 'asked', at: LATER } as const;
    expect(await stores.orders.unmatched('pi_1')).toBeUndefined();
    expect(await stores.orders.settleUnmatched('pi_1', settled)).toBe(false);
    for (const n of [1, 2]) await stores.orders.keepUnmatched(unmatched(n));
    expect(await stores.orders.unmatched('pi_1')).toEqual({ ...unmatched(1), settled: null });
    expect(await stores.orders.settleUnmatched('pi_1', settled)).toBe(true);
    expect(await stores.orders.settleUnmatched('pi_1', { ...settled, actor: 'Lee' })).toBe(false);
    expect(await stores.orders.unmatched('pi_1')).toEqual({ ...unmatched(1), settled });
    await stores.orders.keepUnmatched(unmatched(1));
    expect((await stores.orders.pageOfUnmatched({ limit: 10 })).items).toEqual([unmatched(2)]);
  });

  test('an unmatched payment is not taken for an order', async () => {
    await stores.orders.keepUnmatched(unmatched(2));
    expect(await stores.orders.get('ord_2')).toBeUndefined();
    expect([await attention(), await dueWork('2027-01-01T00:00:00.000Z')]).toEqual([[], []]);
  });
});
