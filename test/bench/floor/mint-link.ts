import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { get, tables } from './sdk/dynamodb.ts';
import { mint } from './sdk/mint.ts';

export const handler = async (event: APIGatewayProxyEventV2) => {
  const order = (await get(tables.orders, { pk: `order#${event.pathParameters?.orderId}` })) ?? {};
  return { statusCode: 200, body: JSON.stringify({ url: await mint(order) }) };
};
