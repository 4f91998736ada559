import { get, getMany, put, query, type Row, set, shards, tables } from './sdk/dynamodb.ts';
import { mint, sendIfOwed } from './sdk/mint.ts';
import { startBlast } from './sdk/start-blast.ts';
import { stripe } from './sdk/stripe.ts';

type Input = { action: 'plan'; productId: string } | { action: 'apply'; hash: string };
const HASH = 'floor';

export const handler = async (input: Input) => {
  if (input.action === 'apply') return { ok: true, result: await apply(input.hash) };
  await plan(input.productId);
  return { ok: true, result: { plan: { hash: HASH } } };
};

const plan = async (productId: string): Promise<void> => {
  await get(tables.roster, { pk: `product#${productId}` });
  const rows: Row[] = [];
  for (const shard of shards) {
    const found = await query(tables.orders, { productShard: `${productId}#${shard}` }, 'byProduct');
    if (found.length === 0) continue;
    const keys = found.map(({ orderId }) => ({ pk: `order#${orderId}` }));
    for (const order of await getMany(tables.orders, keys)) {
      const [mailed] = order.surfaces ?? [];
      if (mailed?.imported !== true) continue;
      await (await stripe()).checkout.sessions.retrieve(mailed.stripeId).catch(() => undefined);
      rows.push(order);
    }
  }
  for (const { orderId = '' } of rows) {
    await set(tables.plans, { pk: `plan#${HASH}#00`, sk: orderId }, { orderId });
  }
  await put(tables.plans, { pk: `plan#${HASH}`, sk: 'plan', productId, mail: false });
};

const apply = async (hash: string): Promise<number> => {
  const stored = await get(tables.plans, { pk: `plan#${hash}`, sk: 'plan' });
  const rowsOf = async (): Promise<Row[]> =>
    (await Promise.all(shards.map((shard) => query(tables.plans, { pk: `plan#${hash}#${shard}` })))).flat();
  const rows = await rowsOf();
  await rowsOf();
  for (const { orderId = '' } of rows) {
    const key = { pk: `order#${orderId}` };
    const order = { ...(await get(tables.orders, key)), dueWork: { retire: {} } };
    await set(tables.orders, key, { mint: null });
    await sendIfOwed(order);
    await mint(order);
    await set(tables.plans, { pk: `plan#${hash}#00`, sk: orderId }, { result: 'recovered' });
  }
  if (stored?.mail === true) await startBlast(`bls_${hash}`, String(stored.productId));
  return rows.length;
};
