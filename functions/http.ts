import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ClubPaymentsError } from '../lib/domain/errors.ts';
import type { Log } from '../lib/ports.ts';

export type Answer = APIGatewayProxyStructuredResultV2;
type Handle = (event: APIGatewayProxyEventV2) => Promise<Answer>;

/** Entry of an HTTP function. `onFailure` words what went wrong for whoever is at the other end. */
export const http = (
  handle: Handle,
  {
    log,
    onFailure = failureAsJson,
  }: { log: Log; onFailure?: (error: unknown, event: APIGatewayProxyEventV2) => Answer },
) =>
  middy<APIGatewayProxyEventV2, Answer>()
    .use({
      before: ({ event }) => {
        // Whoever tries a function out in the console leaves them out.
        event.headers ??= {};
      },
      onError: (request) => {
        logFailure(log, request.error);
        request.response = onFailure(request.error, request.event);
      },
    })
    .handler(handle);

export const json = (statusCode: number, body: unknown): Answer => ({
  statusCode,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    // A message may repeat a name that was sent: no browser is to take it for a page.
    'x-content-type-options': 'nosniff',
  },
  body: JSON.stringify(body),
});

/** What a program gets: the rule or the state for errors of ours, nothing but a word for the unexpected. */
export const failureAsJson = (error: unknown): Answer =>
  error instanceof ClubPaymentsError
    ? json(error.httpStatus, {
        error: { code: error.code, message: error.message, retryable: error.retryable },
      })
    : json(500, { error: { code: 'internal', message: 'Something unexpected happened.', retryable: true } });

/** The bytes as they were sent: the gateway encodes what it does not take for text. */
export const rawBodyOf = (event: Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'>): Buffer =>
  Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');

/** The unexpected is logged with its stack, an error of ours with its ids. Either may repeat what somebody has typed. */
export const logFailure = (log: Log, error: unknown): void => {
  if (error instanceof ClubPaymentsError) {
    log('failed', { code: error.code, message: withoutAddresses(error.message), ...error.evidence });
  } else {
    log('failed', {
      code: 'internal',
      stack: error instanceof Error ? withoutAddresses(error.stack ?? error.message) : 'not an error',
    });
  }
};

/** Word by word: a single pattern for an address would look through a long word once for each of its letters. */
const withoutAddresses = (text: string): string =>
  text.replace(/[^\s"'<>(),;:=/]+/g, (word) => (/.(?:@|%40)./.test(word) ? '(an address)' : word));
