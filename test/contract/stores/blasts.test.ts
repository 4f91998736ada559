import { expect, test } from 'vitest';
import { SHARDS } from '../../../lib/domain/ids.ts';
import { describeStores, walk } from './backends.ts';
import { aBlast, aDelivery, aShard, LATER, NOW } from './samples.ts';

describeStores('blasts', (stores) => {
  test('a blast is read as it was written, and written once', async () => {
    expect(await stores.blasts.create(aBlast())).toBe('created');
    expect(await stores.blasts.create(aBlast({ createdBy: 'somebody else' }))).toBe('exists');
    expect(await stores.blasts.get('bls_1')).toEqual(aBlast());
    expect(await stores.blasts.get('bls_none')).toBeUndefined();
  });

  test('a blast advances from the states that are named, and from no other', async () => {
    await stores.blasts.create(aBlast());
    expect(await stores.blasts.advance('bls_1', ['sending'], 'complete', LATER)).toBe(false);
    expect(await stores.blasts.advance('bls_1', [], 'complete', LATER)).toBe(false);
    expect(await stores.blasts.get('bls_1')).toEqual(aBlast());
    expect(await stores.blasts.advance('bls_1', ['planned', 'sending'], 'sending', LATER)).toBe(true);
    expect(await stores.blasts.get('bls_1')).toEqual(aBlast({ state: 'sending' }));
    expect(await stores.blasts.advance('bls_1', ['sending'], 'complete', LATER)).toBe(true);
    expect(await stores.blasts.get('bls_1')).toEqual(aBlast({ state: 'complete', completedAt: LATER }));
  });

  test('a blast that does not exist does not advance into being', async () => {
    expect(await stores.blasts.advance('bls_none', ['planned'], 'sending', NOW)).toBe(false);
    expect(await stores.blasts.get('bls_none')).toBeUndefined();
  });

  test('of those who start a blast at once, one does', async () => {
    await stores.blasts.create(aBlast());
    const outcomes = await Promise.all(
      [1, 2, 3].map(() => stores.blasts.advance('bls_1', ['planned'], 'sending', NOW)),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
  });

  test.each([1, 2, 3, 100])('open blasts are listed by when they start, in pages of %i', async (limit) => {
    const starts = ['2026-05-03', '2026-05-01', '2026-05-02', '2026-05-01'];
    const blasts = starts.map((day, i) => aBlast({ blastId: `bls_${i}`, startsAt: `${day}T09:00:00.000Z` }));
    for (const blast of blasts) await stores.blasts.create(blast);
    const { items } = await walk((after) => stores.blasts.pageOfOpen({ limit, ...after }));
    expect(items.map(({ blastId }) => blastId).slice(2)).toEqual(['bls_2', 'bls_0']);
    expect(items.toSorted((a, b) => (a.blastId < b.blastId ? -1 : 1))).toEqual(blasts);
  });

  test('a blast leaves the list of open ones when it is complete, and not before', async () => {
    await stores.blasts.create(aBlast());
    await stores.blasts.advance('bls_1', ['planned'], 'sending', NOW);
    await stores.blasts.create(aBlast({ blastId: 'bls_0', state: 'complete', completedAt: NOW }));
    expect((await stores.blasts.pageOfOpen({ limit: 10 })).items).toEqual([aBlast({ state: 'sending' })]);
    await stores.blasts.advance('bls_1', ['sending'], 'complete', LATER);
    expect(await stores.blasts.pageOfOpen({ limit: 1 })).toEqual({ items: [] });
  });

  test('shards are listed in sequence, without the blast, its ledger or those of another', async () => {
    await stores.blasts.create(aBlast());
    await stores.blasts.claim(aDelivery());
    await stores.blasts.createShard(aShard({ blastId: 'bls_10' }));
    for (let shard = SHARDS - 1; shard >= 0; shard--) await stores.blasts.createShard(aShard({ shard }));
    expect(await stores.blasts.shards('bls_1')).toEqual(
      Array.from({ length: SHARDS }, (_, shard) => aShard({ shard })),
    );
    expect(await stores.blasts.shards('bls_none')).toEqual([]);
  });

  test('creating a shard again leaves the progress that it has made', async () => {
    await stores.blasts.createShard(aShard());
    await stores.blasts.saveShard(aShard({ cursor: 'ord_7' }));
    await stores.blasts.createShard(aShard());
    expect(await stores.blasts.shard('bls_1', 5)).toEqual(aShard({ cursor: 'ord_7', revision: 1 }));
    expect(await stores.blasts.shard('bls_1', 6)).toBeUndefined();
  });

  test('of those who take the lease of a shard at once, one does', async () => {
    await stores.blasts.createShard(aShard());
    const outcomes = await Promise.all(
      ['a', 'b', 'c'].map((owner) => stores.blasts.saveShard(aShard({ lease: { owner, until: LATER } }))),
    );
    const [winner] = outcomes.filter((outcome) => outcome !== 'conflict');
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(2);
    expect(await stores.blasts.shard('bls_1', 5)).toEqual(winner);
    expect(await stores.blasts.saveShard(aShard({ shard: 6 }))).toBe('conflict');
  });

  test('of those who claim a delivery at once, one may send', async () => {
    const outcomes = await Promise.all([1, 2, 3, 4, 5].map(() => stores.blasts.claim(aDelivery())));
    expect(outcomes.filter((outcome) => outcome === 'claimed')).toHaveLength(1);
  });

  test('the claims of two addresses, orders or blasts do not meet', async () => {
    const deliveries = [
      aDelivery(),
      aDelivery({ address: 'ben@family.example' }),
      aDelivery({ orderId: 'ord_2' }),
      aDelivery({ blastId: 'bls_2' }),
    ];
    for (const delivery of deliveries) expect(await stores.blasts.claim(delivery)).toBe('claimed');
  });

  test('a claim is settled once, and stays as it was settled', async () => {
    const sent = aDelivery({ state: 'sent', messageId: 'm-1', settledAt: LATER });
    expect(await stores.blasts.settle(sent)).toBe(false);
    await stores.blasts.claim(aDelivery());
    expect(await stores.blasts.settle(sent)).toBe(true);
    expect(await stores.blasts.settle({ ...sent, state: 'held', reason: 'unclear' })).toBe(false);
    expect(await stores.blasts.claim(aDelivery())).toBe('taken');
    expect((await stores.blasts.deliveries({ blastId: 'bls_1', shard: 5, limit: 10 })).items).toEqual([sent]);
  });

  test('a released delivery is claimed again by one, and only that claim can be settled', async () => {
    const first = aDelivery();
    const second = aDelivery({ claimedAt: LATER });
    await stores.blasts.claim(first);
    expect(await stores.blasts.settle({ ...first, state: 'released', settledAt: NOW })).toBe(true);
    const outcomes = await Promise.all([1, 2, 3].map(() => stores.blasts.claim(second)));
    expect(outcomes.filter((outcome) => outcome === 'claimed')).toHaveLength(1);
    expect(await stores.blasts.settle({ ...first, state: 'released', settledAt: NOW })).toBe(false);
    expect(await stores.blasts.settle({ ...second, state: 'sent', settledAt: LATER })).toBe(true);
  });

  const ledger = async (q: { from?: string; to?: string }, limit: number): Promise<string[]> => {
    const { items, sizes } = await walk((after) =>
      stores.blasts.deliveries({ blastId: 'bls_1', shard: 5, limit, ...q, ...after }),
    );
    expect(sizes.slice(0, -1).every((size) => size === limit)).toBe(true);
    return items.map(({ orderId }) => orderId);
  };

  test.each([1, 2, 3, 6, 100])(
    'a stretch of the ledger is read with both its ends, pages of %i',
    async (limit) => {
      for (const orderId of ['ord_1', 'ord_1-b', 'ord_10', 'ord_2', 'ord_3']) {
        await stores.blasts.claim(aDelivery({ orderId }));
      }
      await stores.blasts.claim(aDelivery({ orderId: 'ord_2', address: 'ben@family.example' }));
      await stores.blasts.claim(aDelivery({ orderId: 'ord_2', shard: 6 }));
      const all = ['ord_1', 'ord_1-b', 'ord_10', 'ord_2', 'ord_2', 'ord_3'];
      expect(await ledger({}, limit)).toEqual(all);
      expect(await ledger({ from: 'ord_1-b', to: 'ord_2' }, limit)).toEqual(all.slice(1, 5));
      expect(await ledger({ from: 'ord_1-b' }, limit)).toEqual(all.slice(1));
      expect(await ledger({ to: 'ord_1' }, limit)).toEqual(all.slice(0, 1));
      expect(await ledger({ from: 'ord_0', to: 'ord_00' }, limit)).toEqual([]);
    },
  );
});
