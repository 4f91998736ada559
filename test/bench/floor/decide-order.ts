import { get, set, tables } from './sdk/dynamodb.ts';
import { send } from './sdk/sqs.ts';

export const handler = async ({ orderId, decision }: { orderId: string; decision: string }) => {
  await get(tables.orders, { pk: `order#${orderId}` });
  await set(tables.orders, { pk: `order#${orderId}` }, { decision });
  await send(process.env.RETIRE_QUEUE_URL, [{ orderId }]);
  return { ok: true };
};
