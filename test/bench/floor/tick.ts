import { get, getMany, put, query, type Row, set, shards, tables } from './sdk/dynamodb.ts';
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
  const open = await query(tables.blasts, { listing: 'open' }, 'listed');
  const blasts = await rowsBehind(open);
  for (const { pk, blastId } of blasts) {
    await query(tables.blasts, { pk: String(pk) });
    await put(tables.blasts, { pk, sk: 'shard#00' });
    await set(tables.blasts, { pk: String(pk), sk: 'blast' }, { state: 'sending' });
    await send(process.env.BLAST_QUEUE_URL, [{ blastId, shard: 0 }]);
  }
  const schedules = await rowsBehind(await query(tables.blasts, { listing: 'schedule' }, 'listed'));
  for (const { pk, productId } of schedules) {
    await get(tables.roster, { pk: `product#${productId}` });
    await put(tables.blasts, { pk, sk: 'schedule' });
  }
  for (const listing of ['open', 'ended']) await query(tables.blasts, { listing }, 'listed');
  return { blasts: blasts.length, schedules: schedules.length };
};

/** What an index names, as the table has it. */
const rowsBehind = async (named: Row[]): Promise<Row[]> =>
  named.length === 0
    ? []
    : getMany(
        tables.blasts,
        named.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })),
      );
