import { expect, test } from 'vitest';
import { SHARDS } from '../../../lib/domain/ids.ts';
import { newHead, type StagedRow } from '../../../lib/domain/import-head.ts';
import { money } from '../../../lib/domain/money.ts';
import { describeStores, walk } from './backends.ts';
import { LATER, NOW } from './samples.ts';

const head = newHead({ importId: 'imp_1', kind: 'orders', total: 40 }, NOW);
const aStaged = (over: Partial<StagedRow> = {}): StagedRow => ({
  key: 'utah/ply_1/2026-05',
  line: 2,
  row: { productId: 'utah', nested: [{ amount: money(5_500), nothing: null }] },
  outcome: 'new',
  detail: '',
  stands: { pay_by: '2026-05-29', 'found by its ids': '' },
  amount: money(5_500),
  result: null,
  ...over,
});

describeStores('imports', (stores) => {
  const everyRow = async (importId = 'imp_1', limit = 3): Promise<StagedRow[]> => {
    const rows: StagedRow[] = [];
    for (let shard = 0; shard < SHARDS; shard++) {
      rows.push(
        ...(await walk((after) => stores.imports.pageOfRows({ importId, shard, limit, ...after }))).items,
      );
    }
    return rows;
  };

  test('a head is read as it was written, and changed by whoever has read it last', async () => {
    expect(await stores.imports.head('imp_1')).toBeUndefined();
    const saved = await stores.imports.saveHead(head);
    expect(saved).toEqual({ ...head, revision: 1 });
    expect(await stores.imports.saveHead(head)).toBe('conflict');
    expect(await stores.imports.saveHead({ ...head, revision: 1, halfDone: true })).toMatchObject({
      revision: 2,
    });
    expect(await stores.imports.saveHead({ ...head, revision: 1 })).toBe('conflict');
    expect(await stores.imports.head('imp_1')).toEqual({ ...head, halfDone: true, revision: 2 });
  });

  test('of two who write a head at once, one does', async () => {
    const saved = await Promise.all([1, 2, 3].map(() => stores.imports.saveHead(head)));
    expect(saved.filter((one) => one === 'conflict')).toHaveLength(2);
  });

  test('orders of an import count from the commit on, which one write decides', async () => {
    expect(await stores.orders.committedAt('imp_1')).toBeNull();
    await stores.imports.saveHead(head);
    expect(await stores.orders.committedAt('imp_1')).toBeNull();
    await stores.imports.saveHead({ ...head, revision: 1, committedAt: LATER });
    expect(await stores.orders.committedAt('imp_1')).toBe(LATER);
    expect(await stores.orders.committedAt('imp_1')).toBe(LATER);
  });

  test('rows are read page by page, each once, as they were staged', async () => {
    const staged = Array.from({ length: 40 }, (_, i) => aStaged({ key: `utah/ply_${i}/`, line: i + 2 }));
    await stores.imports.stage('imp_1', staged, NOW);
    await stores.imports.stage('imp_2', [aStaged()], NOW);
    const rows = await everyRow();
    expect(rows.toSorted((a, b) => a.line - b.line)).toEqual(staged);
  });

  test('a row keeps its result until it is staged again', async () => {
    const result = { outcome: 'written', detail: '', at: LATER } as const;
    await stores.imports.stage('imp_1', [aStaged()], NOW);
    await stores.imports.recordResult('imp_1', aStaged().key, result);
    expect(await everyRow()).toEqual([aStaged({ result })]);
    await stores.imports.stage('imp_1', [aStaged({ outcome: 'same' })], NOW);
    expect(await everyRow()).toEqual([aStaged({ outcome: 'same' })]);
  });

  test('a row that is gone gets no result', async () => {
    await stores.imports.recordResult('imp_1', 'none', { outcome: 'written', detail: '', at: NOW });
    expect(await everyRow()).toEqual([]);
  });
});
