import type { SQSEvent } from 'aws-lambda';
import { get, getMany, put, query, type Row, set, tables } from './sdk/dynamodb.ts';
import { secret } from './sdk/secrets.ts';
import { mailQuota, sendMail } from './sdk/ses.ts';
import { send } from './sdk/sqs.ts';

/** The first pass through one shard; its closing pass is another ticket's. */
export const handler = async ({ Records }: SQSEvent) => {
  for (const { body } of Records) {
    const ticket = JSON.parse(body) as { blastId: string; shard: number };
    const [pk, shard] = [`blast#${ticket.blastId}`, String(ticket.shard).padStart(2, '0')];
    const key = { pk, sk: `shard#${shard}` };
    const blast = await get(tables.blasts, { pk, sk: 'blast' });
    await get(tables.roster, { pk: `product#${blast?.productId}` });
    await query(tables.blasts, { pk });
    await set(tables.blasts, key, { lease: 'taken' });
    const orders = await query(tables.orders, { productShard: `${blast?.productId}#${shard}` }, 'byProduct');
    await query(tables.blasts, { pk: `${pk}#${shard}` });
    const [families] = await Promise.all([
      getMany(
        tables.roster,
        orders.map(({ familyId }) => ({ pk: `family#${familyId}` })),
      ),
      getMany(
        tables.roster,
        orders.map(({ playerId }) => ({ pk: `player#${playerId}` })),
      ),
    ]);
    await getMany(
      tables.roster,
      families.map(({ parents }) => ({ pk: `address#${parents?.[0]?.addresses[0]}` })),
    );
    await mailQuota();
    // The first places of all: neither behind anybody's, nor is there anybody.
    for (const nextAt of [0, Date.now()])
      await set(tables.blasts, { pk: 'pace#mail', sk: 'pace' }, { nextAt });
    for (const [index, order] of orders.entries()) await mail(order, families[index], `${pk}#${shard}`);
    await set(tables.blasts, key, { pass: 2 });
    await query(tables.blasts, { pk });
    await send(process.env.BLAST_QUEUE_URL, [ticket]);
  }
  return { batchItemFailures: [] };
};

const mail = async (order: Row, family: Row | undefined, ledger: string): Promise<void> => {
  const address = family?.parents?.[0]?.addresses[0] ?? '';
  const delivery = { pk: ledger, sk: `${order.orderId}#${address}` };
  await put(tables.blasts, { ...delivery, state: 'claimed' });
  await get(tables.orders, { pk: `order#${order.orderId}` });
  await secret(process.env.TOKEN_KEYS_SECRET_ID);
  const messageId = await sendMail(address, 'Please pay.');
  await set(tables.blasts, delivery, { state: 'sent', messageId });
};
