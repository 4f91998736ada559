import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const client = new SQSClient();

/** One message by itself, more of them in batches of ten. */
export const send = async (QueueUrl = '', messages: readonly object[]): Promise<void> => {
  const bodies = messages.map((message) => JSON.stringify(message));
  const [only] = bodies;
  if (only !== undefined && bodies.length === 1) {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: only }));
    return;
  }
  for (let from = 0; from < bodies.length; from += 10) {
    const Entries = bodies
      .slice(from, from + 10)
      .map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
};
