import { expect, test } from 'vitest';
import { SHARDS, shardOf } from '../../../lib/domain/ids.ts';
import { orderIdOf } from '../../../lib/domain/recovery-plan.ts';
import { describeStores, walk } from './backends.ts';
import { aDraft, aPlan, aPlannedRow, aResult, LATER, leftAlone, NOW } from './samples.ts';

const planId = 'pln_1';
const all = Array.from({ length: 60 }, (_, i) =>
  i % 6 === 0
    ? leftAlone({ orderId: `ord_${60 - i}` })
    : aPlannedRow({ orderId: `ord_${60 - i}`, familyId: `fam_${i}` }),
);
const EVEN_LATER = '2026-06-01T00:00:00.000Z';

describeStores('recovery plans', (stores) => {
  const everything = async (id = planId) => {
    const shards = await Promise.all(
      Array.from({ length: SHARDS }, (_, shard) =>
        walk((after) => stores.plans.pageOfPlanned({ planId: id, shard, limit: 7, ...after })),
      ),
    );
    return shards.flatMap(({ items }) => items);
  };

  test('a draft is kept by whoever read the one before', async () => {
    expect(await stores.plans.draft(planId)).toBeUndefined();
    const first = await stores.plans.saveDraft(aDraft());
    expect(first).toEqual(aDraft({ revision: 1 }));
    expect(await stores.plans.draft(planId)).toEqual(first);
    expect(await stores.plans.saveDraft(aDraft())).toBe('conflict');
    const second = await stores.plans.saveDraft(aDraft({ revision: 1, looked: 80 }));
    expect(second).toEqual(aDraft({ revision: 2, looked: 80 }));
    expect(await stores.plans.saveDraft(aDraft({ revision: 1, looked: 70 }))).toBe('conflict');
    expect(await stores.plans.draft(planId)).toEqual(second);
  });

  test.each([1, 100])('what was found is walked shard by shard in pages of %i', async (limit) => {
    await stores.plans.keep(planId, all, NOW);
    await stores.plans.keep('pln_2', [aPlannedRow({ orderId: 'ord_x' })], NOW);
    for (let shard = 0; shard < SHARDS; shard++) {
      const { items } = await walk((after) => stores.plans.pageOfPlanned({ planId, shard, limit, ...after }));
      expect(items).toEqual(
        all
          .filter((planned) => shardOf(orderIdOf(planned)) === shard)
          .toSorted((a, b) => (orderIdOf(a) < orderIdOf(b) ? -1 : 1)),
      );
    }
  });

  test('one order of it is found by its id', async () => {
    await stores.plans.keep(planId, [aPlannedRow(), leftAlone()], NOW);
    expect(await stores.plans.planned(planId, 'ord_1')).toEqual(aPlannedRow());
    expect(await stores.plans.planned(planId, 'ord_93')).toEqual(leftAlone());
    expect(await stores.plans.planned(planId, 'ord_2')).toBeUndefined();
  });

  test('what is found again is replaced, and what became of it stays', async () => {
    await stores.plans.keep(planId, [aPlannedRow(), leftAlone()], NOW);
    await stores.plans.beginRow(planId, 'ord_1', NOW);
    await stores.plans.recordResult(planId, 'ord_1', aResult());
    const again = aPlannedRow({ finding: 'surface_missing' });
    await stores.plans.keep(planId, [again, aPlannedRow({ orderId: 'ord_93' })], NOW);
    expect(await everything()).toHaveLength(2);
    expect(await stores.plans.planned(planId, 'ord_1')).toEqual({
      ...again,
      begunAt: NOW,
      result: aResult(),
    });
    expect(await stores.plans.planned(planId, 'ord_93')).toEqual(aPlannedRow({ orderId: 'ord_93' }));
    await stores.plans.keep(planId, [leftAlone()], NOW);
    expect(await stores.plans.planned(planId, 'ord_93')).toEqual(leftAlone());
  });

  test('a plan is read as it was put', async () => {
    expect(await stores.plans.put(aPlan())).toEqual(aPlan());
    expect(await stores.plans.get('abc123')).toEqual(aPlan());
    expect(await stores.plans.get('other')).toBeUndefined();
  });

  test('a plan that is found again is the first one, and expires later', async () => {
    await stores.plans.put(aPlan());
    const again = aPlan({ planId: 'pln_2', others: {}, expiresAt: EVEN_LATER });
    expect(await stores.plans.put(again)).toEqual(aPlan({ expiresAt: EVEN_LATER }));
    expect(await stores.plans.get('abc123')).toEqual(aPlan({ expiresAt: EVEN_LATER }));
  });

  test('a plan is begun before it expires, to the millisecond', async () => {
    await stores.plans.put(aPlan());
    expect(await stores.plans.begin('abc123', LATER)).toBe('expired');
    expect(await stores.plans.get('abc123')).toEqual(aPlan());
    const justInTime = '2026-05-02T15:59:59.999Z';
    expect(await stores.plans.begin('abc123', justInTime)).toBe('begun');
    expect(await stores.plans.get('abc123')).toEqual(aPlan({ startedAt: justInTime }));
    expect(await stores.plans.begin('other', NOW)).toBe('expired');
  });

  test('a plan that was begun can be begun however late, and keeps its first time', async () => {
    await stores.plans.put(aPlan());
    await stores.plans.begin('abc123', NOW);
    expect(await stores.plans.begin('abc123', EVEN_LATER)).toBe('begun');
    expect(await stores.plans.put(aPlan({ expiresAt: EVEN_LATER }))).toEqual(
      aPlan({ startedAt: NOW, expiresAt: EVEN_LATER }),
    );
  });

  test('a row keeps the first time at which it was begun', async () => {
    await stores.plans.keep(planId, [aPlannedRow()], NOW);
    await stores.plans.beginRow(planId, 'ord_1', NOW);
    await stores.plans.beginRow(planId, 'ord_1', LATER);
    expect(await stores.plans.planned(planId, 'ord_1')).toEqual({ ...aPlannedRow(), begunAt: NOW });
  });

  test.each(['recovered', 'moved'] as const)('a row that was %s stays so', async (outcome) => {
    await stores.plans.keep(planId, [aPlannedRow()], NOW);
    await stores.plans.recordResult(planId, 'ord_1', aResult({ outcome }));
    await stores.plans.recordResult(planId, 'ord_1', aResult({ outcome: 'failed', at: LATER }));
    expect(await stores.plans.planned(planId, 'ord_1')).toMatchObject({ result: aResult({ outcome }) });
  });

  test('a row that failed takes a later result', async () => {
    await stores.plans.keep(planId, [aPlannedRow()], NOW);
    await stores.plans.recordResult(planId, 'ord_1', aResult({ outcome: 'failed' }));
    await stores.plans.recordResult(planId, 'ord_1', aResult({ at: LATER }));
    expect(await stores.plans.planned(planId, 'ord_1')).toMatchObject({ result: aResult({ at: LATER }) });
  });

  test('an order that is not to be recovered is not begun and gets no result', async () => {
    await stores.plans.keep(planId, [leftAlone()], NOW);
    for (const orderId of ['ord_93', 'ord_2']) {
      await stores.plans.beginRow(planId, orderId, NOW);
      await stores.plans.recordResult(planId, orderId, aResult());
    }
    expect(await everything()).toEqual([leftAlone()]);
  });

  test.each([1, 100])(
    'those of one product who are to be mailed are walked in pages of %i',
    async (limit) => {
      const outcomes = ['recovered', 'moved', 'failed', 'recovered'] as const;
      const rows = Array.from({ length: 60 }, (_, i) => ({
        outcome: outcomes[i % 4] ?? 'failed',
        planned: aPlannedRow({
          orderId: `ord_${60 - i}`,
          mail: i % 3 === 0 ? 'none' : 'again',
          productId: i % 5 === 0 ? 'prd_fees' : 'prd_utah',
        }),
      }));
      await stores.plans.keep(
        planId,
        rows.map(({ planned }) => planned),
        NOW,
      );
      for (const { planned, outcome } of rows) {
        await stores.plans.recordResult(planId, orderIdOf(planned), aResult({ outcome }));
      }
      const mailed = rows.flatMap(({ outcome, planned }) =>
        planned.kind === 'row' &&
        outcome === 'recovered' &&
        planned.row.mail === 'again' &&
        planned.row.productId === 'prd_utah'
          ? [planned.row]
          : [],
      );
      for (let shard = 0; shard < SHARDS; shard++) {
        const { items, sizes } = await walk((after) =>
          stores.plans.pageOfRecovered({ planId, productId: 'prd_utah', shard, limit, ...after }),
        );
        expect(items).toEqual(
          mailed
            .filter(({ orderId }) => shardOf(orderId) === shard)
            .map(({ orderId, familyId, playerId }) => ({ orderId, familyId, playerId }))
            .toSorted((a, b) => (a.orderId < b.orderId ? -1 : 1)),
        );
        expect(sizes.slice(0, -1).every((size) => size === limit)).toBe(true);
      }
    },
  );

  test('what was told of a mailing is kept with the plan, and changes nothing of it', async () => {
    const counts = Array.from({ length: SHARDS }, (_, shard) => shard);
    await stores.plans.saveAnnounced('abc123', counts);
    expect(await stores.plans.get('abc123')).toBeUndefined();
    await stores.plans.put(aPlan());
    expect(await stores.plans.announced('abc123')).toEqual([]);
    await stores.plans.saveAnnounced('abc123', counts);
    expect(await stores.plans.announced('abc123')).toEqual(counts);
    expect(await stores.plans.get('abc123')).toEqual(aPlan());
  });
});
