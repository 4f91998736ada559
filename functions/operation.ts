import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type * as v from 'valibot';
import { ClubPaymentsError } from '../lib/domain/errors.ts';
import type { Log } from '../lib/ports.ts';
import { logFailure } from './http.ts';
import { parseInput } from './input.ts';

/** What an ops function answers: the result, or an error that a person can act on. */
export type OperationAnswer<T> = { ok: true; result: T } | { ok: false; error: OperationError };
type OperationError = Pick<ClubPaymentsError, 'code' | 'message' | 'retryable'> &
  // Ids of what it is about. Missing in the answer of a function that is older.
  Partial<Pick<ClubPaymentsError, 'evidence'>>;

/** Entry of a function that ops invoke. The unexpected is thrown, and Lambda reports it as a function error. */
export const operation = <S extends v.GenericSchema, T>(
  schema: S,
  handle: (input: v.InferOutput<S>, context: Context) => Promise<T>,
  { log }: { log: Log },
) =>
  middy<unknown, OperationAnswer<T>>()
    .use({
      onError: (request) => {
        logFailure(log, request.error);
        if (!(request.error instanceof ClubPaymentsError)) return;
        const { code, message, retryable, evidence } = request.error;
        request.response = { ok: false, error: { code, message, retryable, evidence } };
      },
    })
    .handler(async (event, context) => ({
      ok: true,
      result: await handle(parseInput(schema, event), context),
    }));
