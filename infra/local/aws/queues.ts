import type { DeployedResource, Deployment } from '../template/identity.ts';
import type { Properties } from '../template/properties.ts';
import type { Emulator } from './emulators.ts';
import type { Backend } from './gateway.ts';

export type QueueState = {
  /** Physical name. */
  name: string;
  /** Ready to be received. */
  visible: number;
  /** Received and not deleted. */
  inFlight: number;
  /** Sent, but not to be received yet. */
  delayed: number;
};

export type QueueMessage = { messageId: string; body: string; receiveCount: number };

export type ReceivedMessage = {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  MD5OfBody: string;
  Attributes?: Record<string, string>;
  MessageAttributes?: Record<string, unknown>;
};

/** What will be receivable later: when, in the stack's time, and by which receipt it was given back. */
export type Waiting = { atMs: number; receiptHandle: string | undefined };

export type Queues = {
  /** Of all queues. */
  states(): Promise<readonly QueueState[]>;
  /** What a queue holds, in whatever state. */
  messages(queueName: string): Promise<readonly QueueMessage[]>;
  waiting(queueName: string): Promise<readonly Waiting[]>;
  receive(queueName: string, options: { max: number; waitSeconds: number }): Promise<ReceivedMessage[]>;
  delete(queueName: string, messages: readonly ReceivedMessage[]): Promise<void>;
  /** SQS and SNS for the gateway. */
  readonly backend: Backend;
};

type Inspected = {
  messages: {
    ready: FauxMessage[];
    delayed: FauxMessage[];
    inflight: { message: FauxMessage; receiptHandle: string; visibilityDeadline: number }[];
  };
};
type FauxMessage = {
  messageId: string;
  body: string;
  approximateReceiveCount: number;
  delayUntil?: number;
};

/** Creates the template's queues in fauxqs. */
export async function createQueues(options: {
  emulator: Emulator;
  deployment: Deployment;
  region: string;
}): Promise<Queues> {
  const { emulator, deployment } = options;
  const headers = {
    authorization: `AWS4-HMAC-SHA256 Credential=runner/20260101/${options.region}/sqs/aws4_request`,
  };
  /** fauxqs finds a queue by the URL it made for it, not by the one that our template's `Ref` answers. */
  const internalUrls = new Map<string, string>();

  async function sqs<T>(action: string, input: object): Promise<T> {
    const answer = await emulator.send({
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AmazonSQS.${action}`,
      },
      body: JSON.stringify(input),
    });
    if (answer.status !== 200) throw new Error(`SQS ${action}: ${answer.body.toString('utf8')}`);
    return JSON.parse(answer.body.toString('utf8')) as T;
  }

  async function inspect<T>(path: string): Promise<T> {
    const answer = await emulator.send({ path: `/_fauxqs/queues${path}`, method: 'GET' });
    if (answer.status !== 200) throw new Error(`No queue at ${path}.`);
    return JSON.parse(answer.body.toString('utf8')) as T;
  }

  for (const queue of deployment.ofType('AWS::SQS::Queue')) {
    const name = nameOf(queue);
    const input = { QueueName: name, Attributes: attributesOf(queue.properties) };
    internalUrls.set(name, (await sqs<{ QueueUrl: string }>('CreateQueue', input)).QueueUrl);
  }
  const internalUrl = (name: string): string => {
    const found = internalUrls.get(name);
    if (found === undefined) throw new Error(`There is no queue ${name}.`);
    return found;
  };

  return {
    async states() {
      type State = Record<
        'approximateMessageCount' | 'approximateInflightCount' | 'approximateDelayedCount',
        number
      > & { name: string };
      return (await inspect<State[]>('')).map((queue) => ({
        name: queue.name,
        visible: queue.approximateMessageCount,
        inFlight: queue.approximateInflightCount,
        delayed: queue.approximateDelayedCount,
      }));
    },

    async messages(queueName) {
      const { messages } = await inspect<Inspected>(`/${queueName}`);
      const all = [...messages.ready, ...messages.delayed, ...messages.inflight.map((each) => each.message)];
      return all.map((message) => ({
        messageId: message.messageId,
        body: message.body,
        receiveCount: message.approximateReceiveCount,
      }));
    },

    async waiting(queueName) {
      const { messages } = await inspect<Inspected>(`/${queueName}`);
      return [
        ...messages.inflight.map((each) => ({
          atMs: each.visibilityDeadline,
          receiptHandle: each.receiptHandle,
        })),
        ...messages.delayed.map((each) => ({ atMs: each.delayUntil ?? 0, receiptHandle: undefined })),
      ];
    },

    async receive(queueName, { max, waitSeconds }) {
      const answer = await sqs<{ Messages?: ReceivedMessage[] }>('ReceiveMessage', {
        QueueUrl: internalUrl(queueName),
        MaxNumberOfMessages: max,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      });
      return answer.Messages ?? [];
    },

    async delete(queueName, messages) {
      for (let from = 0; from < messages.length; from += 10) {
        await sqs('DeleteMessageBatch', {
          QueueUrl: internalUrl(queueName),
          Entries: messages
            .slice(from, from + 10)
            .map((message, at) => ({ Id: String(at), ReceiptHandle: message.ReceiptHandle })),
        });
      }
    },

    async backend(call) {
      const { request, body } = call.received;
      const input = call.input;
      const rewritten =
        typeof input.QueueUrl === 'string'
          ? JSON.stringify({ ...input, QueueUrl: internalUrls.get(call.resource ?? '') ?? input.QueueUrl })
          : body;
      return emulator.send({
        method: 'POST',
        headers: {
          ...headers,
          'content-type': request.headers['content-type'] ?? '',
          ...(typeof request.headers['x-amz-target'] === 'string'
            ? { 'x-amz-target': request.headers['x-amz-target'] }
            : {}),
        },
        body: rewritten,
      });
    },
  };
}

export function nameOf(queue: DeployedResource): string {
  return queue.identity.attributes.QueueName ?? '';
}

function attributesOf(queue: Properties): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const name of [
    'VisibilityTimeout',
    'MessageRetentionPeriod',
    'DelaySeconds',
    'ReceiveMessageWaitTimeSeconds',
    'MaximumMessageSize',
    'FifoQueue',
    'ContentBasedDeduplication',
  ]) {
    const value = queue.optionalText(name);
    if (value !== undefined) attributes[name] = value;
  }
  const redrive = queue.raw('RedrivePolicy');
  if (redrive !== undefined) attributes.RedrivePolicy = JSON.stringify(redrive);
  return attributes;
}
