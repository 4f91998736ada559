import { get, getMany, put, query, shards, tables } from './sdk/dynamodb.ts';

/** Of a blast whose shards have been counted a moment ago, all but those that the ledger has rows of. */
export const handler = async ({ blastId }: { blastId: string }) => {
  const pk = `blast#${blastId}`;
  await get(tables.blasts, { pk, sk: 'blast' });
  const [, counted] = await Promise.all([query(tables.blasts, { pk }), query(tables.blasts, { pk })]);
  const fresh = new Set(counted.map(({ sk }) => sk));
  for (const shard of shards.filter((each) => !fresh.has(`totals#${each}`))) {
    const rows = await query(tables.blasts, { pk: `${pk}#${shard}` });
    await getMany(
      tables.orders,
      rows.map(({ orderId }) => ({ pk: `order#${orderId}` })),
    );
    await put(tables.blasts, { pk, sk: `totals#${shard}`, blastId });
  }
  return { ok: true };
};
