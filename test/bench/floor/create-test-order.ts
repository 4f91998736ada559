import { get, put, tables } from './sdk/dynamodb.ts';
import { secret } from './sdk/secrets.ts';

export const handler = async ({ address }: { address: string }) => {
  const id = 'club-test';
  await Promise.all([
    put(tables.roster, { pk: `product#${id}`, name: 'Test payment' }),
    put(tables.roster, { pk: `player#${id}`, name: 'Test player' }),
    put(tables.roster, { pk: `family#${id}`, address }),
  ]);
  const key = { pk: 'order#floor' };
  await put(tables.orders, { pk: `pointer#natural#${id}`, target: 'floor' });
  await put(tables.orders, { ...key, orderId: 'floor' });
  await secret(process.env.TOKEN_KEYS_SECRET_ID);
  return { ok: true, result: address === '' ? await get(tables.orders, key) : key };
};
