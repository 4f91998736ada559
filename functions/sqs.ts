import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type * as v from 'valibot';
import type { Log } from '../lib/ports.ts';
import { logFailure } from './http.ts';
import { parseInput, parseJson } from './input.ts';

/**
 * Entry of a queue's function. Messages are independent: one that fails is given back by itself, and goes to
 * the dead-letter queue when it has failed often enough. A message that can't be read goes there too, unlost.
 */
export const sqs = <S extends v.GenericSchema>(
  schema: S,
  handle: (message: v.InferOutput<S>, context: Context) => Promise<void>,
  deps: { log: Log },
) => sqsText((body, context) => handle(parseInput(schema, parseJson(body)), context), deps);

/** The same for messages that somebody else writes: what they are is for the use case to say. */
export const sqsText = (handle: (body: string, context: Context) => Promise<void>, { log }: { log: Log }) =>
  middy<SQSEvent, SQSBatchResponse>().handler(async (event, context) => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const record of event.Records) {
      try {
        await handle(record.body, context);
      } catch (error) {
        logFailure(log, error);
        batchItemFailures.push({ itemIdentifier: record.messageId });
      }
    }
    return { batchItemFailures };
  });
