import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { patient } from '../../../lib/adapters/aws.ts';
import { sqsCalls } from '../../../lib/adapters/sqs/client.ts';
import { sqsQueue } from '../../../lib/adapters/sqs/queue.ts';
import { StoreUnavailable } from '../../../lib/domain/errors.ts';
import type { Queue } from '../../../lib/ports.ts';
import { localAws } from '../../support/dynamodb.ts';
import { type Fault, type FaultyProxy, startFaultyProxy } from '../../support/faulty-proxy.ts';
import { settableClock } from '../../support/memory/clock.ts';
import { memoryQueue } from '../../support/memory/queue.ts';

type Message = { n: number; text: string };
const message = (n: number): Message => ({ n, text: 'Zoë "quoted"\n<b>' });
const messages = (count: number): Message[] => Array.from({ length: count }, (_, n) => message(n));

let server: FauxqsServer;
let proxy: FaultyProxy;
let client: SQSClient;
const connect = () => sqsCalls(client);
let queueUrl: string;
let count = 0;

beforeAll(async () => {
  server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  proxy = await startFaultyProxy(`http://127.0.0.1:${server.port}`);
  client = new SQSClient({
    ...patient({ connectMs: 5_000, answerMs: 5_000, attempts: 2 }),
    endpoint: proxy.endpoint,
    useQueueUrlAsEndpoint: false,
    ...localAws,
  });
});
beforeEach(() => {
  queueUrl = server.createQueue(`queue-${++count}`).queueUrl;
  proxy.calls.length = 0;
});
afterAll(async () => {
  client.destroy();
  await proxy.stop();
  await server.stop();
});

/** Everything that waits, in sequence of `n`. */
const receiveAll = async (): Promise<Message[]> => {
  const found: Message[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return found.sort((a, b) => a.n - b.n);
    for (const { Body, ReceiptHandle } of Messages) {
      found.push(JSON.parse(Body ?? '') as Message);
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
};

/** Of the only message that waits. */
const delayAtSqs = (): number => {
  const [delayed] = server.inspectQueue(`queue-${count}`)?.messages.delayed ?? [];
  return (delayed?.delayUntil ?? 0) - (delayed?.sentTimestamp ?? 0);
};

describe.each(['SQS', 'memory'])('a queue in %s', (where) => {
  type Open = { queue: Queue<Message>; receive: () => Promise<Message[]>; delayMs: () => number };
  const open = (): Open => {
    if (where === 'SQS') {
      return { queue: sqsQueue({ connect, queueUrl }), receive: receiveAll, delayMs: delayAtSqs };
    }
    const clock = settableClock();
    const queue = memoryQueue<Message>(clock);
    const delayMs = (): number => {
      for (let ms = 0; ms <= 24 * 60 * 60_000; ms += 1_000) {
        if (queue.receive().length > 0) return ms;
        clock.advance(1_000);
      }
      return Number.POSITIVE_INFINITY;
    };
    return { queue, receive: async () => queue.receive(), delayMs };
  };

  test.each([0, 1, 2, 10, 11, 25])('delivers %i messages as they were sent', async (howMany) => {
    const { queue, receive } = open();
    await queue.send(messages(howMany));
    expect(await receive()).toEqual(messages(howMany));
  });

  test('keeps what was sent, whatever its sender does to it afterwards', async () => {
    const { queue, receive } = open();
    const sent = message(1);
    await queue.send([sent]);
    sent.text = 'defaced';
    expect(await receive()).toEqual([message(1)]);
  });

  test('holds a delayed message back', async () => {
    const { queue, receive } = open();
    await queue.send([message(1)], 60);
    await queue.send([message(2), message(3)], 60);
    expect(await receive()).toEqual([]);
  });

  test.each([
    [60, 60_000],
    [24 * 60 * 60, 900_000],
  ])('holds a message back for %i s, or as long as SQS can', async (seconds, expectedMs) => {
    const { queue, delayMs } = open();
    await queue.send([message(1)], seconds);
    expect(Math.abs(delayMs() - expectedMs)).toBeLessThan(1_000);
  });
});

describe('sending to SQS', () => {
  test('takes one call for one message, and one for every ten', async () => {
    const queue = sqsQueue<Message>({ connect, queueUrl });
    await queue.send([]);
    expect(proxy.calls).toEqual([]);
    await queue.send(messages(1));
    await queue.send(messages(21));
    expect(proxy.calls).toEqual(['SendMessage', ...Array(3).fill('SendMessageBatch')]);
  });

  /** Takes the entries, and says that those of these ids were not taken. */
  const failing = (...ids: string[]): Fault => ({
    kind: 'rewrite',
    body: (text) => {
      const answer = JSON.parse(text) as { Successful: { Id: string }[] };
      return JSON.stringify({
        Successful: answer.Successful.filter(({ Id }) => !ids.includes(Id)),
        Failed: ids.map((Id) => ({ Id, Code: 'InternalError', SenderFault: false })),
      });
    },
  });

  test('what SQS did not take of a batch is sent once more, alone', async () => {
    proxy.fail('SendMessageBatch', failing('1', '3'));
    await sqsQueue<Message>({ connect, queueUrl }).send(messages(5));
    expect((await receiveAll()).map(({ n }) => n)).toEqual([0, 1, 1, 2, 3, 3, 4]);
  });

  test('what it does not take twice is an outage', async () => {
    proxy.fail('SendMessageBatch', failing('1', '3'), failing('0'));
    await expect(sqsQueue<Message>({ connect, queueUrl }).send(messages(5))).rejects.toThrow(
      StoreUnavailable,
    );
  });

  test.each<[string, Fault]>([
    ['an answer that was lost', { kind: 'lose_answer' }],
    ['throttling', { kind: 'answer', status: 400, body: '{"__type":"com.amazonaws.sqs#RequestThrottled"}' }],
    ['an error of the server', { kind: 'answer', status: 500, body: '{}' }],
  ])('is repeated by the client after %s, and then an outage', async (_, fault) => {
    const queue = sqsQueue<Message>({ connect, queueUrl });
    proxy.fail('SendMessage', fault);
    await queue.send([message(1)]);
    proxy.fail('SendMessage', fault, fault);
    await expect(queue.send([message(2)])).rejects.toThrow(StoreUnavailable);
  });

  test('a queue that does not exist is a mistake of ours', async () => {
    const nowhere = sqsQueue<Message>({ connect, queueUrl: queueUrl.replace('queue-', 'none-') });
    await expect(nowhere.send([message(1)])).rejects.toMatchObject({
      name: expect.stringMatching(/QueueDoesNotExist|NonExistentQueue/),
    });
  });
});
