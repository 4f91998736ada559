import type { SQSEvent } from 'aws-lambda';
import { get, set, tables } from './sdk/dynamodb.ts';
import { sendSeldom } from './sdk/seldom-sqs.ts';
import { stripe } from './sdk/stripe.ts';

export const handler = async ({ Records }: SQSEvent) => {
  for (const { body } of Records) {
    const { orderId } = JSON.parse(body) as { orderId: string };
    const key = { pk: `order#${orderId}` };
    const order = await get(tables.orders, key);
    const payment_link = order?.surfaces?.[0]?.stripeId;
    if (payment_link === undefined) continue;
    const client = await stripe();
    await client.paymentLinks.update(payment_link, { active: false });
    for await (const session of client.checkout.sessions.list({
      payment_link,
      status: 'open',
      limit: 100,
    })) {
      await client.checkout.sessions.expire(session.id);
    }
    await set(tables.orders, key, { dueWork: {} });
    const more = Object.keys(order?.dueWork ?? {}).length - 1;
    if (more > 0) await sendSeldom(process.env.RETIRE_QUEUE_URL, { orderId });
  }
  return { batchItemFailures: [] };
};
