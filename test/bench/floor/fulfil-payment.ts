import type { SQSEvent } from 'aws-lambda';
import { get, put, set, tables } from './sdk/dynamodb.ts';
import { send } from './sdk/sqs.ts';
import { stripe } from './sdk/stripe.ts';

type StripeEvent = {
  id: string;
  type: string;
  data: { object: { payment_intent?: string; metadata?: Record<string, string> } };
};

export const handler = async ({ Records }: SQSEvent) => {
  for (const { body } of Records) {
    const event = JSON.parse((JSON.parse(body) as { body: string }).body) as StripeEvent;
    const { payment_intent = '', metadata = {} } = event.data.object;
    // A payment carries our metadata; of a refund or a dispute the payment intent does.
    const owner = event.type.startsWith('checkout.')
      ? metadata
      : (await (await stripe()).paymentIntents.retrieve(payment_intent)).metadata;
    const orderId = owner.order_id ?? '';
    const order = await get(tables.orders, { pk: `order#${orderId}` });
    if (order === undefined) {
      await get(tables.orders, { pk: `pointer#stripe#${payment_intent}` });
      await put(tables.orders, { pk: `unmatched#${payment_intent}` });
      continue;
    }
    await set(tables.orders, { pk: `order#${orderId}` }, { seen: event.id });
    await send(process.env.RETIRE_QUEUE_URL, [{ orderId }]);
  }
  return { batchItemFailures: [] };
};
