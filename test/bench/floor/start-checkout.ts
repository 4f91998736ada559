import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { get, put, tables } from './sdk/dynamodb.ts';
import { mint } from './sdk/mint.ts';

type Body = { productId: string; playerId: string; clientRequestId: string };

export const handler = async (event: APIGatewayProxyEventV2) => {
  const { productId, playerId, clientRequestId } = JSON.parse(event.body ?? '{}') as Body;
  const orderId = `ord_${clientRequestId}`;
  const natural = { pk: `pointer#natural#${productId}/${playerId}/` };
  await get(tables.orders, natural);
  const [, player] = await Promise.all([
    get(tables.roster, { pk: `product#${productId}` }),
    get(tables.roster, { pk: `player#${playerId}` }),
  ]);
  await put(tables.orders, { ...natural, target: orderId });
  await put(tables.orders, { pk: `pointer#client_request#${clientRequestId}`, target: orderId });
  const key = { pk: `order#${orderId}` };
  await get(tables.orders, key);
  await put(tables.orders, { ...key, orderId, productId, playerId, familyId: player?.familyId });
  const order = (await get(tables.orders, key)) ?? {};
  return { statusCode: 200, body: JSON.stringify({ orderId, url: await mint(order, 'checkout_session') }) };
};
