import type { Sqs } from '../../../../lib/adapters/sqs/client.ts';

let client: Promise<Sqs> | undefined;

/** One message, by a client that the first of them loads, as the functions do that seldom have one. */
export const sendSeldom = async (QueueUrl = '', message: object): Promise<void> => {
  client ??= import('../../../../lib/adapters/sqs/client.ts').then((late) =>
    late.connectSqs({ connectMs: 1_000, answerMs: 3_000, attempts: 1 }),
  );
  await (await client).sendMessage({ QueueUrl, MessageBody: JSON.stringify(message) });
};
