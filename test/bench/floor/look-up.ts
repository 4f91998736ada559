import { get, getMany, query, tables } from './sdk/dynamodb.ts';
import { secret } from './sdk/secrets.ts';

type Input = { action: 'story'; orderId: string } | { action: 'statement'; familyId: string };

/** Of one order with one mail, and of a family with one order. */
export const handler = async (input: Input) => {
  await (input.action === 'story' ? story(input.orderId) : statement(input.familyId));
  return { ok: true };
};

const story = async (orderId: string): Promise<void> => {
  const { productId, playerId, familyId } = (await get(tables.orders, { pk: `order#${orderId}` })) ?? {};
  const mails = await query(tables.blasts, { orderId }, 'byOrder');
  await getMany(
    tables.blasts,
    mails.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })),
  );
  await Promise.all([
    get(tables.roster, { pk: `product#${productId}` }),
    get(tables.roster, { pk: `player#${playerId}` }),
    get(tables.roster, { pk: `family#${familyId}` }),
  ]);
  await secret(process.env.TOKEN_KEYS_SECRET_ID);
};

const statement = async (familyId: string): Promise<void> => {
  const keys = await query(tables.orders, { familyId }, 'byFamily');
  const orders = await getMany(
    tables.orders,
    keys.map(({ orderId }) => ({ pk: `order#${orderId}` })),
  );
  const [order] = orders;
  await get(tables.roster, { pk: `product#${order?.productId}` });
  await getMany(
    tables.roster,
    orders.map(({ playerId }) => ({ pk: `player#${playerId}` })),
  );
  await get(tables.roster, { pk: `family#${familyId}` });
};
