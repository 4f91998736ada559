import { expect, test } from 'vitest';
import { linkHash } from '../../../lib/domain/reconciliation.ts';
import { describeStores, walk } from './backends.ts';
import { aFinding, aFindingResult as aResult, aRun, LATER } from './samples.ts';

describeStores('reconciliations', (stores) => {
  test('one is made once, and read as it was saved last', async () => {
    expect(await stores.runs.get('run_1')).toBeUndefined();
    expect(await stores.runs.create(aRun())).toBe('created');
    expect(await stores.runs.create({ ...aRun(), phase: 'mail' })).toBe('exists');
    expect(await stores.runs.get('run_1')).toEqual(aRun());
    const next = {
      ...aRun(),
      phase: 'orders' as const,
      next: 3,
      open: { 'orders utah 01': 'ord_7', 'orders utah 02': null },
      looked: { orders: 200 },
      found: { lost_payment: { count: 2, sums: { usd: 11_000 } } },
      lease: { owner: 'a', until: LATER },
    };
    const saved = await stores.runs.save(next);
    expect(saved).toEqual({ ...next, revision: 1 });
    expect(await stores.runs.get('run_1')).toEqual(saved);
  });

  test('of two who save at once, one is told that the other did', async () => {
    await stores.runs.create(aRun());
    const both = await Promise.all([
      stores.runs.save({ ...aRun(), requests: 1 }),
      stores.runs.save({ ...aRun(), requests: 2 }),
    ]);
    expect(both.filter((saved) => saved === 'conflict')).toHaveLength(1);
    expect((await stores.runs.get('run_1'))?.revision).toBe(1);
  });

  test('the last daily one, and the last that was asked for, are known by name', async () => {
    expect(await stores.runs.last('daily')).toBeUndefined();
    await stores.runs.noteLast('daily', 'run_1');
    await stores.runs.noteLast('daily', 'run_2');
    await stores.runs.noteLast('asked', 'run_3');
    expect([await stores.runs.last('daily'), await stores.runs.last('asked')]).toEqual(['run_2', 'run_3']);
  });

  test('links are kept, replaced when they are written again, and read in ascending sequence', async () => {
    await stores.runs.create(aRun());
    const hashes = Array.from({ length: 50 }, (_, i) => linkHash(`plink_${i}`));
    expect([...(await stores.runs.links('run_1'))]).toEqual([]);
    await stores.runs.keepLinks(aRun('run_1'), 0, hashes.slice(0, 20));
    await stores.runs.keepLinks(aRun('run_1'), 20, hashes.slice(5, 10));
    await stores.runs.keepLinks(aRun('run_1'), 20, hashes.slice(20));
    await stores.runs.keepLinks(aRun('run_2'), 0, [1]);
    expect([...(await stores.runs.links('run_1'))]).toEqual(hashes.toSorted((a, b) => a - b));
  });

  test.each([1, 2, 100])(
    'findings are walked by kind and object in pages of %i, each once',
    async (limit) => {
      const findings = [
        aFinding({ kind: 'active_on_closed', about: 'plink_1', via: null }),
        aFinding({ kind: 'lost_payment', about: 'pi_1' }),
        aFinding({ kind: 'lost_payment', about: 'pi_2', amount: null }),
        aFinding({ kind: 'unmatched', about: 'pi_1', orderId: null }),
      ];
      for (const finding of [...findings].reverse()) await stores.runs.keepFinding('run_1', finding);
      await stores.runs.keepFinding('run_1', aFinding({ foundAt: LATER }));
      await stores.runs.keepFinding('run_2', aFinding({ about: 'pi_9' }));
      const { items, sizes } = await walk((after) =>
        stores.runs.pageOfFindings({ runId: 'run_1', limit, ...after }),
      );
      expect(items).toEqual(findings.map((finding) => ({ ...finding, result: null })));
      expect(sizes.slice(0, -1).every((size) => size === limit)).toBe(true);
    },
  );

  test('a result stands, but a failure makes way for what comes later; finding it again changes nothing', async () => {
    const resultOf = async () =>
      (await stores.runs.pageOfFindings({ runId: 'run_1', limit: 9 })).items.map(({ result }) => result);
    await stores.runs.recordResult('run_1', aFinding(), aResult());
    expect(await resultOf()).toEqual([]);
    await stores.runs.keepFinding('run_1', aFinding());
    await stores.runs.recordResult('run_1', aFinding(), aResult({ outcome: 'failed', detail: 'busy' }));
    await stores.runs.recordResult('run_1', aFinding(), aResult());
    await stores.runs.recordResult('run_1', aFinding(), aResult({ outcome: 'known', at: LATER }));
    await stores.runs.keepFinding('run_1', aFinding());
    expect(await resultOf()).toEqual([aResult()]);
  });

  test('what was found is known by its hash, and the latest run of it counts', async () => {
    expect(await stores.runs.ofHash('abc')).toBeUndefined();
    await stores.runs.nameHash('abc', aRun('run_1'));
    await stores.runs.nameHash('abc', aRun('run_2'));
    expect(await stores.runs.ofHash('abc')).toBe('run_2');
  });
});
