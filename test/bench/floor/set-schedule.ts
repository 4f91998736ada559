import { get, getMany, put, query, tables } from './sdk/dynamodb.ts';

type Input = { action: string; schedule?: { kind: string; productId: string } };

export const handler = async ({ schedule }: Input) => {
  if (schedule === undefined) {
    const listed = await query(tables.blasts, { listing: 'schedule' }, 'listed');
    const keys = listed.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) }));
    return { ok: true, result: await getMany(tables.blasts, keys) };
  }
  const { kind, productId } = schedule;
  const key = { pk: `schedule#${kind}_${productId}`, sk: 'schedule' };
  await get(tables.roster, { pk: `product#${productId}` });
  await get(tables.blasts, key);
  await put(tables.blasts, { ...key, kind, productId, listing: 'schedule', startsAt: '2026-05-01' });
  return { ok: true };
};
