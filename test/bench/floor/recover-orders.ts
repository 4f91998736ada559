import { get, getMany, put, query, type Row, set, shards, tables } from './sdk/dynamodb.ts';
import { mint } from './sdk/mint.ts';
import { startBlast } from './sdk/start-blast.ts';
import { stripe } from './sdk/stripe.ts';

type Input = { action: 'plan'; scope: { productId: string } } | { action: 'apply'; hash: string };
const HASH = 'floor';
const header = { pk: `plan#${HASH}`, sk: 'plan' };
const draft = { pk: `plan#${HASH}`, sk: 'draft' };

export const handler = async (input: Input) => {
  if (input.action === 'apply') return { ok: true, result: await apply() };
  await plan(input.scope.productId);
  return { ok: true, result: { plan: { hash: HASH } } };
};

const rowKey = (shard: string, orderId: string) => ({ pk: `plan#${HASH}#${shard}`, sk: orderId });

const ordersIn = async (productId: string, shard: string): Promise<Row[]> => {
  const found = await query(tables.orders, { productShard: `${productId}#${shard}` }, 'byProduct');
  if (found.length === 0) return [];
  return getMany(
    tables.orders,
    found.map(({ orderId }) => ({ pk: `order#${orderId}` })),
  );
};

const takePlace = (): Promise<void> =>
  set(tables.blasts, { pk: 'pace#ops', sk: 'pace' }, { nextAt: Date.now() });

const lookUp = async ({ surfaces = [] }: Row): Promise<void> => {
  const connected = await stripe();
  await takePlace();
  await connected.checkout.sessions.retrieve(surfaces[0]?.stripeId ?? '').catch(() => undefined);
};

const plan = async (productId: string): Promise<void> => {
  await get(tables.roster, { pk: `product#${productId}` });
  // Whether the key is of the right account.
  for (const shard of shards) {
    for (const order of await ordersIn(productId, shard)) await lookUp(order);
  }
  await put(tables.plans, { ...draft, productId });
  for (const shard of shards) {
    const orders = await ordersIn(productId, shard);
    if (orders.length === 0) continue;
    for (const order of orders) await lookUp(order);
    for (const { orderId = '', ...order } of orders) {
      await set(tables.plans, rowKey(shard, orderId), { row: { ...order, orderId } });
    }
    await put(tables.plans, { ...draft, shard });
  }
  await put(tables.plans, { ...draft, done: true });
  for (const shard of shards) await rowsIn(shard);
  await put(tables.plans, { ...header, productId, mail: false });
};

const rowsIn = (shard: string): Promise<Row[]> => query(tables.plans, { pk: `plan#${HASH}#${shard}` });

const apply = async (): Promise<void> => {
  const stored = await get(tables.plans, header);
  await set(tables.plans, header, { startedAt: Date.now() });
  for (const shard of shards) {
    for (const { sk } of await rowsIn(shard)) await recover(shard, String(sk));
  }
  for (const shard of shards) await rowsIn(shard);
  if (stored?.mail === true) await startBlast(`bls_${HASH}`, String(stored.productId));
};

const recover = async (shard: string, orderId: string): Promise<void> => {
  const key = { pk: `order#${orderId}` };
  const order = await get(tables.orders, key);
  if (order === undefined) return;
  await lookUp(order);
  const row = rowKey(shard, orderId);
  await set(tables.plans, row, { begunAt: Date.now() });
  await set(tables.orders, key, { mint: null });
  await mint(order, 'payment_link', {}, takePlace);
  await set(tables.plans, row, { result: 'recovered' });
};
