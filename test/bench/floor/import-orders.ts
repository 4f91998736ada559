import { get, getMany, put, query, set, shards, tables } from './sdk/dynamodb.ts';

type Row = { line: number; row: { familyId: string } };
type Input =
  | { action: 'stage'; importId: string; total: number; rows: Row[] }
  | { action: 'plan' | 'apply'; importId: string };

const headKey = (importId: string) => ({ pk: `import#${importId}` });
const familyKey = (familyId: string) => ({ pk: `family#${familyId}` });
const rowsOf = (importId: string, shard: string) => ({ pk: `import#${importId}#${shard}` });

export const handler = async (input: Input) => {
  const head = await get(tables.orders, headKey(input.importId));
  if (input.action === 'stage') await stage(input);
  else if (input.action === 'plan') await plan(input.importId, head);
  else await apply(input.importId, head);
  return { ok: true, result: { hash: 'floor' } };
};

const stage = async ({ importId, total, rows }: Input & { action: 'stage' }): Promise<void> => {
  await put(tables.orders, { ...headKey(importId), total });
  await getMany(
    tables.roster,
    rows.map(({ row }) => familyKey(row.familyId)),
  );
  for (const { line, row } of rows) {
    const key = rowsOf(importId, '00');
    await put(tables.plans, { ...key, sk: row.familyId, line, row });
  }
};

const plan = async (importId: string, head: object | undefined): Promise<void> => {
  let found = 0;
  for (const shard of shards) found += (await query(tables.plans, rowsOf(importId, shard))).length;
  await put(tables.orders, { ...head, ...headKey(importId), found });
};

const apply = async (importId: string, head: object | undefined): Promise<void> => {
  await put(tables.orders, { ...head, ...headKey(importId), startedAt: 'now' });
  for (const shard of shards) {
    const key = rowsOf(importId, shard);
    for (const { sk } of await query(tables.plans, key)) {
      const familyId = String(sk);
      await getMany(tables.roster, [familyKey(familyId)]);
      await put(tables.roster, { ...familyKey(familyId), familyId });
      await set(tables.plans, { ...key, sk: familyId }, { result: 'written' });
    }
  }
  await put(tables.orders, { ...head, ...headKey(importId), committedAt: 'now' });
};
