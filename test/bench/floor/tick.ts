import { get, getMany, put, query, set, shards, tables } from './sdk/dynamodb.ts';
import { send } from './sdk/sqs.ts';

export const handler = async () => {
  for (const shard of shards) {
    for (const kind of ['work', 'both']) {
      for (const { pk } of await query(tables.orders, { duePartition: `${kind}#${shard}` }, 'due')) {
        const key = { pk: String(pk) };
        const order = await get(tables.orders, key);
        await set(tables.orders, key, { dueWork: {} });
        await send(process.env.RETIRE_QUEUE_URL, [{ orderId: order?.orderId }]);
      }
    }
  }
  const open = await query(tables.blasts, { openPartition: 'open' }, 'open');
  if (open.length === 0) return { blasts: 0 };
  const blasts = await getMany(
    tables.blasts,
    open.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })),
  );
  for (const { pk, blastId } of blasts) {
    await query(tables.blasts, { pk: String(pk) });
    await put(tables.blasts, { pk, sk: 'shard#00' });
    await set(tables.blasts, { pk: String(pk), sk: 'blast' }, { state: 'sending' });
    await send(process.env.BLAST_QUEUE_URL, [{ blastId, shard: 0 }]);
  }
  return { blasts: blasts.length };
};
