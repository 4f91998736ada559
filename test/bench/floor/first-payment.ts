import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { get, set, tables } from './sdk/dynamodb.ts';
import { mint } from './sdk/mint.ts';
import { secret } from './sdk/secrets.ts';

export const handler = async (event: APIGatewayProxyEventV2) => {
  const token = event.pathParameters?.token ?? event.queryStringParameters?.token ?? '';
  await secret(process.env.TOKEN_KEYS_SECRET_ID);
  const orderId = token.slice(token.indexOf('-') + 1, token.lastIndexOf('-'));
  const key = { pk: `order#${orderId}` };
  const order = (await get(tables.orders, key)) ?? {};
  const now = new Date();
  const clickedAt = now.toISOString();
  const open = order.surfaces?.[0]?.url;
  const location = open ?? (await mint(order, 'payment_link', { clickedAt }));
  // A click is noted once an hour: beside the link where one is made, else by a write of its own.
  const isNews = now.getTime() - Date.parse(order.clickedAt ?? '1970-01-01') >= 60 * 60 * 1_000;
  if (open && isNews) await set(tables.orders, key, { clickedAt });
  return {
    statusCode: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  };
};
