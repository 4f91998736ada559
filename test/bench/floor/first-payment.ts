import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { get, tables } from './sdk/dynamodb.ts';
import { mint } from './sdk/mint.ts';
import { secret } from './sdk/secrets.ts';

export const handler = async (event: APIGatewayProxyEventV2) => {
  const token = event.pathParameters?.token ?? event.queryStringParameters?.token ?? '';
  await secret(process.env.TOKEN_KEYS_SECRET_ID);
  const orderId = token.slice(token.indexOf('-') + 1, token.lastIndexOf('-'));
  const order = (await get(tables.orders, { pk: `order#${orderId}` })) ?? {};
  const location = order.surfaces?.[0]?.url ?? (await mint(order));
  return {
    statusCode: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  };
};
