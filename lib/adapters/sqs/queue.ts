import { StoreUnavailable } from '../../domain/errors.ts';
import type { Queue } from '../../ports.ts';
import { failureOf } from '../aws.ts';
import type { Sqs } from './client.ts';

/** `connect` is asked before each call. */
export type QueueConnection = { connect: () => Sqs | Promise<Sqs>; queueUrl: string };

/**
 * Messages as JSON. The client may repeat a call whose answer was lost: at worst a message arrives twice, for
 * which every receiver is made.
 * @throws {StoreUnavailable} when SQS did not take all of them; those that it took arrive nevertheless
 */
export const sqsQueue = <T>({ connect, queueUrl }: QueueConnection): Queue<T> => {
  const post = async <A>(call: () => Promise<A>): Promise<A> => {
    try {
      return await call();
    } catch (error) {
      if (failureOf(error) === undefined) throw error;
      throw unavailable(queueUrl, error instanceof Error ? error.name : 'unknown', error);
    }
  };

  /** Resolves to the bodies that were not taken, and why. */
  const sendBatch = async (bodies: readonly string[], delay: Delay): Promise<Refused[]> => {
    const Entries = bodies.map((MessageBody, i) => ({ Id: String(i), MessageBody, ...delay }));
    const sqs = await connect();
    const { Failed = [] } = await post(() => sqs.sendMessageBatch({ QueueUrl: queueUrl, Entries }));
    return Failed.map(({ Id, Code }) => ({ body: bodies[Number(Id)] ?? '', code: Code ?? 'unknown' }));
  };

  return {
    send: async (messages, delaySeconds) => {
      const delay: Delay =
        delaySeconds === undefined ? {} : { DelaySeconds: Math.min(delaySeconds, LONGEST_DELAY_SECONDS) };
      const bodies = messages.map(asText);
      const [only] = bodies;
      if (only !== undefined && bodies.length === 1) {
        const sqs = await connect();
        await post(() => sqs.sendMessage({ QueueUrl: queueUrl, MessageBody: only, ...delay }));
        return;
      }
      for (let i = 0; i < bodies.length; i += BATCH) {
        const refused = await sendBatch(bodies.slice(i, i + BATCH), delay);
        if (refused.length === 0) continue;
        const [still] = await sendBatch(
          refused.map(({ body }) => body),
          delay,
        );
        if (still !== undefined) throw unavailable(queueUrl, still.code);
      }
    },
  };
};

/**
 * JSON, with escapes for what SQS refuses though JSON may hold it: U+FFFE and U+FFFF. So is everything beyond the basic
 * plane, for which it takes any half of a pair.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const asText = (message: unknown): string =>
  JSON.stringify(message).replace(
    /[\ud800-\udfff\ufffe\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16)}`,
  );

type Delay = { DelaySeconds?: number };
type Refused = { body: string; code: string };

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const BATCH = 10;
/** SQS holds a message back for 15 minutes at most; whoever waits for longer looks, and sends it again. */
const LONGEST_DELAY_SECONDS = 900;

const unavailable = (queueUrl: string, why: string, cause?: unknown): StoreUnavailable =>
  new StoreUnavailable(
    `SQS did not take every message for ${queueUrl} (${why}). Send them again later: twice is harmless.`,
    { queueUrl, why },
    cause,
  );
