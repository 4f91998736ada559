import { expect, test } from 'vitest';
import { SHARDS, shardOf } from '../../../lib/domain/ids.ts';
import { describeStores, walk } from './backends.ts';
import { aPlan, aResult, aRow, LATER } from './samples.ts';

const rows = Array.from({ length: 60 }, (_, i) => aRow({ orderId: `ord_${60 - i}`, familyId: `fam_${i}` }));

describeStores('recovery plans', (stores) => {
  test('a plan is read as it was shown, its rows in the sequence that they had', async () => {
    await stores.plans.put(aPlan({ rows }));
    expect(await stores.plans.get('abc123')).toEqual(aPlan({ rows }));
    expect(await stores.plans.get('other')).toBeUndefined();
  });

  test('a plan without rows is a plan', async () => {
    await stores.plans.put(aPlan({ rows: [] }));
    expect(await stores.plans.get('abc123')).toEqual(aPlan({ rows: [] }));
    expect(await stores.plans.results('abc123')).toEqual(new Map());
  });

  test('a plan that is put again expires later, and keeps its results', async () => {
    await stores.plans.put(aPlan());
    await stores.plans.recordResult('abc123', 'ord_1', aResult());
    await stores.plans.put(aPlan({ expiresAt: '2026-06-01T00:00:00.000Z' }));
    expect((await stores.plans.get('abc123'))?.expiresAt).toBe('2026-06-01T00:00:00.000Z');
    expect(await stores.plans.results('abc123')).toEqual(new Map([['ord_1', aResult()]]));
  });

  test.each(['recovered', 'moved'] as const)('a row that was %s stays so', async (outcome) => {
    await stores.plans.put(aPlan());
    await stores.plans.recordResult('abc123', 'ord_1', aResult({ outcome }));
    await stores.plans.recordResult('abc123', 'ord_1', aResult({ outcome: 'failed', at: LATER }));
    expect(await stores.plans.results('abc123')).toEqual(new Map([['ord_1', aResult({ outcome })]]));
  });

  test('a row that failed takes a later result', async () => {
    await stores.plans.put(aPlan());
    await stores.plans.recordResult('abc123', 'ord_1', aResult({ outcome: 'failed' }));
    await stores.plans.recordResult('abc123', 'ord_1', aResult({ at: LATER }));
    expect(await stores.plans.results('abc123')).toEqual(new Map([['ord_1', aResult({ at: LATER })]]));
  });

  test('an order that is not in the plan gets no result', async () => {
    await stores.plans.put(aPlan());
    await stores.plans.recordResult('abc123', 'ord_2', aResult());
    await stores.plans.recordResult('other', 'ord_1', aResult());
    expect(await stores.plans.results('abc123')).toEqual(new Map());
    expect(await stores.plans.results('other')).toEqual(new Map());
  });

  test.each([1, 2, 3, 100])(
    'the recovered orders are walked shard by shard in pages of %i',
    async (limit) => {
      await stores.plans.put(aPlan({ rows }));
      const outcomes = ['recovered', 'moved', 'failed', 'recovered'] as const;
      await Promise.all(
        rows.map(({ orderId }, i) =>
          stores.plans.recordResult('abc123', orderId, aResult({ outcome: outcomes[i % 4] ?? 'failed' })),
        ),
      );
      const recovered = rows.filter((_, i) => outcomes[i % 4] === 'recovered');
      for (let shard = 0; shard < SHARDS; shard++) {
        const { items, sizes } = await walk((after) =>
          stores.plans.pageOfRecovered({ hash: 'abc123', shard, limit, ...after }),
        );
        expect(items).toEqual(
          recovered
            .filter(({ orderId }) => shardOf(orderId) === shard)
            .map(({ orderId, familyId, playerId }) => ({ orderId, familyId, playerId }))
            .toSorted((a, b) => (a.orderId < b.orderId ? -1 : 1)),
        );
        expect(sizes.slice(0, -1).every((size) => size === limit)).toBe(true);
      }
    },
  );
});
