import { get, set, tables } from './sdk/dynamodb.ts';
import { send } from './sdk/sqs.ts';
import { stripe } from './sdk/stripe.ts';

type Input = { action: string; orderId: string; paymentId: string };

export const handler = async ({ action, orderId, paymentId }: Input) => {
  const key = { pk: `order#${orderId}` };
  await get(tables.orders, key);
  const client = await stripe();
  const refunds = () => client.refunds.list({ payment_intent: paymentId, limit: 100 });
  await client.paymentIntents.retrieve(paymentId);
  await refunds();
  if (action === 'look_refund') return { ok: true, result: { plan: { hash: 'floor' } } };
  await set(tables.orders, key, { facts: {} });
  await send(process.env.RETIRE_QUEUE_URL, [{ orderId }]);
  await get(tables.orders, key);
  await refunds();
  await client.refunds.create({ payment_intent: paymentId, amount: 5_500 });
  await set(tables.orders, key, { dueWork: {} });
  return { ok: true, result: await get(tables.orders, key) };
};
