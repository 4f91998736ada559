import { get, getMany, put, query, type Row, shards, tables } from './sdk/dynamodb.ts';
import { secret } from './sdk/secrets.ts';
import { sendMail } from './sdk/ses.ts';
import { startBlast } from './sdk/start-blast.ts';

type Input =
  | { action: 'preview'; productId: string }
  | { action: 'send'; hash: string }
  | { action: 'test'; productId: string; to: string };
const HASH = '0'.repeat(32);

export const handler = async (input: Input) => {
  if (input.action === 'preview') await preview(input.productId);
  if (input.action === 'send') await send(input.hash);
  if (input.action === 'test') await test(input);
  return { ok: true, result: { hash: HASH } };
};

const preview = async (productId: string): Promise<void> => {
  await get(tables.roster, { pk: `product#${productId}` });
  await count(productId);
  await put(tables.blasts, { pk: `preview#${HASH}`, sk: 'preview', productId });
  await mailingsBefore();
  await secret(process.env.TOKEN_KEYS_SECRET_ID);
};

const send = async (hash: string): Promise<void> => {
  const seen = await get(tables.blasts, { pk: `preview#${hash}`, sk: 'preview' });
  const blastId = `bls_${hash}`;
  const productId = String(seen?.productId);
  await get(tables.blasts, { pk: `blast#${blastId}`, sk: 'blast' });
  await get(tables.roster, { pk: `product#${productId}` });
  await count(productId);
  await mailingsBefore();
  await startBlast(blastId, productId);
};

const test = async ({ productId, to }: { productId: string; to: string }): Promise<void> => {
  await get(tables.roster, { pk: `product#${productId}` });
  for (const shard of shards) await ordersIn(productId, shard);
  await sendMail(to, 'Please pay.');
};

/** Every order of the product with its family, its player and the standing of its addresses. */
const count = async (productId: string): Promise<void> => {
  await Promise.all(shards.map((shard) => ordersIn(productId, shard)));
};

const ordersIn = async (productId: string, shard: string): Promise<void> => {
  const found = await query(tables.orders, { productShard: `${productId}#${shard}` }, 'byProduct');
  if (found.length === 0) return;
  const keys = found.map(({ orderId }) => ({ pk: `order#${orderId}` }));
  const orders = await getMany(tables.orders, keys);
  const [families] = await Promise.all([
    getMany(
      tables.roster,
      unique(orders, ({ familyId }) => `family#${familyId}`),
    ),
    getMany(
      tables.roster,
      unique(orders, ({ playerId }) => `player#${playerId}`),
    ),
  ]);
  const addresses = families.flatMap(({ parents = [] }) => parents.flatMap((parent) => parent.addresses));
  await getMany(
    tables.roster,
    addresses.map((address) => ({ pk: `address#${address}` })),
  );
};

const unique = (orders: Row[], nameOf: (order: Row) => string): { pk: string }[] =>
  [...new Set(orders.map(nameOf))].map((pk) => ({ pk }));

const mailingsBefore = async (): Promise<void> => {
  const listed = await Promise.all(
    ['open', 'ended'].map((listing) => query(tables.blasts, { listing }, 'listed')),
  );
  await Promise.all(
    listed
      .filter((rows) => rows.length > 0)
      .map((rows) =>
        getMany(
          tables.blasts,
          rows.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })),
        ),
      ),
  );
};
