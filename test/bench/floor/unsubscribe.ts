import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { set, tables } from './sdk/dynamodb.ts';
import { secret } from './sdk/secrets.ts';

export const handler = async (event: APIGatewayProxyEventV2) => {
  await secret(process.env.TOKEN_KEYS_SECRET_ID);
  if (event.requestContext.http.method === 'POST') {
    await set(tables.roster, { pk: `address#${event.pathParameters?.token}` }, { unsubscribedAt: 'now' });
  }
  return { statusCode: 200, headers: { 'content-type': 'text/html' }, body: '' };
};
