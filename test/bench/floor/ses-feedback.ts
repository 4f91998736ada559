import type { SQSEvent } from 'aws-lambda';
import { get, set, tables } from './sdk/dynamodb.ts';

type MailEvent = {
  eventType: string;
  mail: { tags: { delivery: [string] } };
  bounce?: { bouncedRecipients: { emailAddress: string }[] };
};

export const handler = async ({ Records }: SQSEvent) => {
  for (const { body } of Records) {
    const { eventType, mail, bounce } = JSON.parse(body) as MailEvent;
    const tag = Buffer.from(mail.tags.delivery[0], 'base64url').toString();
    const [blastId, shard = '', orderId, addressKey] = tag.split('/');
    const row = { pk: `blast#${blastId}#${shard.padStart(2, '0')}`, sk: `${orderId}#${addressKey}` };
    for (const { emailAddress } of bounce?.bouncedRecipients ?? []) {
      await set(tables.roster, { pk: `address#${emailAddress}` }, { suppressed: eventType });
    }
    await set(tables.blasts, row, { told: eventType });
    if (bounce !== undefined) continue;
    const key = { pk: `order#${orderId}` };
    const order = await get(tables.orders, key);
    if (order?.firstMailedOn !== null) continue;
    await get(tables.blasts, row);
    await set(tables.orders, key, { firstMailedOn: '2026-04-14' });
  }
  return { batchItemFailures: [] };
};
