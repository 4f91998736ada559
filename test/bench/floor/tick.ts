import { get, getMany, put, query, type Row, set, shards, tables } from './sdk/dynamodb.ts';
import { mint } from './sdk/mint.ts';
import { send } from './sdk/sqs.ts';

/** Due work lies in so many places. */
const dueShards = [0, 1, 2, 3];

export const handler = async () => {
  for (const shard of dueShards) {
    for (const kind of ['work', 'both']) {
      for (const { pk } of await query(tables.orders, { duePartition: `${kind}#${shard}` }, 'due')) {
        const key = { pk: String(pk) };
        const order = await get(tables.orders, key);
        await set(tables.orders, key, { dueWork: {} });
        await send(process.env.RETIRE_QUEUE_URL, [{ orderId: order?.orderId }]);
      }
    }
  }
  for (const { pk } of await blastsOf('open')) await query(tables.blasts, { pk: String(pk) });
  const schedules = await blastsOf('schedule');
  for (const { pk, productId } of schedules) {
    await get(tables.roster, { pk: `product#${productId}` });
    await put(tables.blasts, { pk, sk: 'schedule' });
  }
  const open = await blastsOf('open');
  for (const { pk, productId } of open) await mintAhead(String(pk), String(productId));
  await blastsOf('ended');
  await get(tables.plans, { pk: 'run#last', sk: 'daily' });
  return { blasts: open.length, schedules: schedules.length };
};

/** The links of the orders in one shard of a blast, the one that comes next. */
const mintAhead = async (pk: string, productId: string): Promise<void> => {
  await get(tables.roster, { pk: `product#${productId}` });
  const progress = { pk, sk: 'mint' };
  const { shard } = (await get(tables.blasts, progress)) ?? {};
  for (const { orderId } of await query(
    tables.orders,
    { productShard: `${productId}#${String(shard).padStart(2, '0')}` },
    'byProduct',
  )) {
    const order = (await get(tables.orders, { pk: `order#${orderId}` })) ?? {};
    // The first places of all: neither behind anybody's, nor is there anybody.
    for (const nextAt of [0, Date.now()])
      await set(tables.blasts, { pk: 'pace#mint', sk: 'pace' }, { nextAt });
    await mint(order);
  }
  await put(tables.blasts, { ...progress, shard: shards.length });
};

const blastsOf = async (listing: 'open' | 'ended' | 'schedule'): Promise<Row[]> =>
  rowsBehind(await query(tables.blasts, { listing }, 'listed'));

/** What an index names, as the table has it. */
const rowsBehind = async (named: Row[]): Promise<Row[]> =>
  named.length === 0
    ? []
    : getMany(
        tables.blasts,
        named.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })),
      );
