import { get, put, set, shards, tables } from './dynamodb.ts';
import { send } from './sqs.ts';

/** The calls that write a blast down and start it. */
export const startBlast = async (blastId: string, productId: string): Promise<void> => {
  const pk = `blast#${blastId}`;
  await get(tables.roster, { pk: `product#${productId}` });
  await put(tables.blasts, { pk, sk: 'blast', blastId, productId });
  await Promise.all(shards.map((shard) => put(tables.blasts, { pk, sk: `shard#${shard}` })));
  await set(tables.blasts, { pk, sk: 'blast' }, { state: 'sending' });
  await send(process.env.BLAST_QUEUE_URL, [{ blastId, shard: 0 }]);
};
