import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import Stripe from 'stripe';
import { secret } from './sdk/secrets.ts';
import { send } from './sdk/sqs.ts';

/** Stripe's package is here from the start, as in the function: every call needs it to check the signature. */
export const handler = async (event: APIGatewayProxyEventV2) => {
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString('utf8');
  const [key = ''] = JSON.parse(await secret(process.env.STRIPE_WEBHOOK_SECRET_ID)) as string[];
  const { id, type } = Stripe.webhooks.constructEvent(body, event.headers['stripe-signature'] ?? '', key);
  await send(process.env.EVENTS_QUEUE_URL, [{ eventId: id, type, body }]);
  return { statusCode: 200, body: '{"received":true}' };
};
