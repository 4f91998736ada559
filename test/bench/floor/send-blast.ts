import type { SQSEvent } from 'aws-lambda';
import { get, put, query, type Row, set, tables } from './sdk/dynamodb.ts';
import { secret } from './sdk/secrets.ts';
import { sendMail } from './sdk/ses.ts';
import { send } from './sdk/sqs.ts';

export const handler = async ({ Records }: SQSEvent) => {
  for (const { body } of Records) {
    const ticket = JSON.parse(body) as { blastId: string; shard: number };
    const [pk, shard] = [`blast#${ticket.blastId}`, String(ticket.shard).padStart(2, '0')];
    const key = { pk, sk: `shard#${shard}` };
    const blast = await get(tables.blasts, { pk, sk: 'blast' });
    if (blast === undefined) {
      await send(process.env.BLAST_QUEUE_URL, [ticket]);
      continue;
    }
    await get(tables.blasts, key);
    await set(tables.blasts, key, { lease: 'taken' });
    await get(tables.roster, { pk: `product#${blast.productId}` });
    // The mailing itself, then the pass that looks for whoever was missed.
    for (const pass of [1, 2]) {
      const orders = await query(tables.orders, { productShard: `${blast.productId}#${shard}` }, 'byProduct');
      if (orders.length > 0) await query(tables.blasts, { pk: `${pk}#${shard}` });
      if (pass === 1) for (const order of orders) await mail(order, `${pk}#${shard}`);
      await set(tables.blasts, key, { pass });
    }
    await query(tables.blasts, { pk });
  }
  return { batchItemFailures: [] };
};

const mail = async (order: Row, ledger: string): Promise<void> => {
  const [family] = await Promise.all([
    get(tables.roster, { pk: `family#${order.familyId}` }),
    get(tables.roster, { pk: `player#${order.playerId}` }),
  ]);
  const address = family?.parents?.[0]?.addresses[0] ?? '';
  const delivery = { pk: ledger, sk: `${order.orderId}#${address}` };
  await get(tables.roster, { pk: `address#${address}` });
  await put(tables.blasts, { ...delivery, state: 'claimed' });
  await get(tables.orders, { pk: `order#${order.orderId}` });
  await secret(process.env.TOKEN_KEYS_SECRET_ID);
  const messageId = await sendMail(address, 'Please pay.');
  await set(tables.blasts, delivery, { state: 'sent', messageId });
};
