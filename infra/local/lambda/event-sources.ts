import { nameOf, type Queues, type ReceivedMessage } from '../aws/queues.ts';
import type { Deployment } from '../template/identity.ts';
import { REGION } from '../template/identity.ts';
import type { Lambda } from './lambda.ts';

export type EventSources = {
  /** Batches between their receipt and the deletion of what succeeded. */
  busy(): number;
  /** Physical names of the queues that a function consumes. */
  readonly queueNames: readonly string[];
  /** Whether a message was given back by a failed batch: nobody works on it until it becomes visible again. */
  isGivenBack(receiptHandle: string): boolean;
  stop(): Promise<void>;
};

/** Why a function's role does not let the pollers do something, if it does not. @param logicalId the function's */
type RefusalOf = (action: string, queueArn: string, logicalId: string) => string | undefined;

type Mapping = {
  queueName: string;
  queueArn: string;
  functionName: string;
  batchSize: number;
  pollers: number;
  reportsItemFailures: boolean;
};

const LONG_POLL_SECONDS = 20;

/**
 * Lambda's pollers. What a batch fails on stays in flight until the queue's own visibility timeout has passed in the
 * stack's time, and goes to the dead-letter queue by the queue's own redrive policy.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 * @throws {Error} when a function's role does not let them: AWS refuses such a mapping when it is made
 */
export function startEventSources(options: {
  deployment: Deployment;
  lambda: Lambda;
  refusalOf: RefusalOf;
  queues: Queues;
  /** A poller that breaks is a bug of the runner; it must not go unseen. */
  onFailure(error: Error): void;
}): EventSources {
  const { deployment, lambda, queues } = options;
  const mappings = mappingsOf(deployment, lambda, options.refusalOf);
  const givenBack = new Set<string>();
  let busy = 0;
  let stopped = false;

  async function work(mapping: Mapping): Promise<void> {
    while (!stopped) {
      const messages = await queues.receive(mapping.queueName, {
        max: Math.min(10, mapping.batchSize),
        waitSeconds: LONG_POLL_SECONDS,
      });
      if (messages.length === 0 || stopped) continue;
      busy += 1;
      try {
        await deliver(mapping, messages);
      } finally {
        busy -= 1;
      }
    }
  }

  async function deliver(mapping: Mapping, messages: readonly ReceivedMessage[]): Promise<void> {
    const event = JSON.stringify({ Records: messages.map((message) => record(mapping, message)) });
    const outcome = await lambda.invoke(mapping.functionName, event, 'queue');
    if (stopped) return;
    const failed = outcome.error === undefined ? failedItems(mapping, outcome.payload) : 'all';
    const [returned, done] =
      failed === 'all'
        ? [messages, []]
        : [
            messages.filter((message) => failed.has(message.MessageId)),
            messages.filter((message) => !failed.has(message.MessageId)),
          ];
    for (const message of returned) givenBack.add(message.ReceiptHandle);
    if (done.length > 0) await queues.delete(mapping.queueName, done);
  }

  const pollers = mappings.flatMap((mapping) =>
    Array.from({ length: mapping.pollers }, () =>
      work(mapping).catch((error: unknown) => {
        if (!stopped) options.onFailure(error instanceof Error ? error : new Error(String(error)));
      }),
    ),
  );

  return {
    busy: () => busy,
    queueNames: [...new Set(mappings.map((mapping) => mapping.queueName))],
    isGivenBack: (receiptHandle) => givenBack.has(receiptHandle),
    async stop() {
      stopped = true;
      await Promise.all(pollers);
    },
  };
}

/**
 * What the pollers do in the function's name.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
 */
const POLLER_ACTIONS = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'];

function mappingsOf(deployment: Deployment, lambda: Lambda, refusalOf: RefusalOf): Mapping[] {
  return deployment
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => properties.flag('Enabled', true))
    .map(({ properties }) => {
      if (properties.raw('FilterCriteria') !== undefined) {
        throw new Error(`${properties.where}: FilterCriteria is not known to the local runner.`);
      }
      const queue = deployment.find(properties.text('EventSourceArn'), ['AWS::SQS::Queue']);
      const target = deployment.find(properties.text('FunctionName'), ['AWS::Lambda::Function']);
      const functionName = target.identity.ref;
      const queueArn = queue.identity.attributes.Arn ?? '';
      for (const action of POLLER_ACTIONS) {
        const refusal = refusalOf(`sqs:${action}`, queueArn, target.logicalId);
        if (refusal === undefined) continue;
        throw new Error(
          `${properties.where}: The function execution role of ${target.shortName} does not have permissions to call ${action} on SQS. ${refusal}`,
        );
      }
      const concurrency = lambda.concurrencyOf(functionName);
      return {
        queueName: nameOf(queue),
        queueArn,
        functionName,
        batchSize: properties.number('BatchSize', 10),
        pollers: Math.min(
          concurrency,
          properties.optionalObject('ScalingConfig')?.number('MaximumConcurrency', concurrency) ??
            concurrency,
        ),
        reportsItemFailures: properties.list('FunctionResponseTypes').includes('ReportBatchItemFailures'),
      };
    });
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
function record(mapping: Mapping, message: ReceivedMessage): object {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: message.MessageAttributes ?? {},
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: mapping.queueArn,
    awsRegion: REGION,
  };
}

/**
 * Which messages the function names as failed. As Lambda: an answer that cannot be read, or names a message that was
 * not in the batch, fails the whole batch.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
function failedItems(mapping: Mapping, payload: string): ReadonlySet<string> | 'all' {
  if (!mapping.reportsItemFailures) return new Set();
  const answer = JSON.parse(payload) as { batchItemFailures?: unknown } | null;
  const failures = answer?.batchItemFailures;
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return 'all';
  const named = new Set<string>();
  for (const failure of failures as ({ itemIdentifier?: unknown } | null)[]) {
    const id = failure?.itemIdentifier;
    if (typeof id !== 'string' || id === '') return 'all';
    named.add(id);
  }
  return named;
}
