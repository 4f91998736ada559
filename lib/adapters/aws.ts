import { Sha256 } from './sha256.ts';

/** What the AWS clients share: how long they wait, what a call costs, and how their failures are read. */

/** How long one call may take, and how often the client itself makes it. */
export type Patience = { connectMs: number; answerMs: number; attempts: number };

/**
 * Client settings that give up in time: the SDK's own defaults wait for an answer without an end.
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-configuring-timeouts.html
 */
export const patient = ({ connectMs, answerMs, attempts }: Patience) => ({
  maxAttempts: attempts,
  // Else the steps of a call are put in their order anew for each call.
  cacheMiddleware: true,
  sha256: Sha256,
  requestHandler: {
    connectionTimeout: connectMs,
    requestTimeout: answerMs,
    // Without it a late answer is only logged.
    throwOnRequestTimeout: true,
    // An answer that begins and then stalls.
    socketTimeout: answerMs,
  },
});

/**
 * Without the steps of each call that nobody here has any use of, a seventh of its work: entries for a log that is not
 * kept, a header that ends loops through queues, one that counts versions of the SDK. For the clients that are called for
 * each mail or row.
 */
export const lean = <C extends { middlewareStack: { remove(name: string): boolean } }>(client: C): C => {
  for (const step of UNUSED_STEPS) client.middlewareStack.remove(step);
  return client;
};

export const UNUSED_STEPS = [
  'loggerMiddleware',
  'recursionDetectionMiddleware',
  'getUserAgentMiddleware',
] as const;

/**
 * `refused`: the service answered that it did nothing, being busy. `unclear`: no usable answer, so the call
 * may have taken effect. Anything else is a mistake of ours, for which waiting is no help.
 */
export type Failure = 'refused' | 'unclear';

export const failureOf = (error: unknown): Failure | undefined => {
  if (!(error instanceof Error)) return undefined;
  if (throttles.has(error.name)) return 'refused';
  const { status, code } = detailsOf(error);
  if (status !== undefined && status >= 500) return 'unclear';
  if (status !== undefined && status >= 400) return undefined;
  // Nothing was answered, or an answer was cut off in the middle of its JSON.
  const broken = error.name === 'TimeoutError' || error instanceof SyntaxError;
  return broken || (code !== undefined && systemError.test(code)) ? 'unclear' : undefined;
};

const throttles = new Set([
  'KmsThrottled',
  'OverLimit',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** `ECONNRESET` and its kind, but not Node's own `ERR_INVALID_ARG_TYPE`. */
const systemError = /^E[A-Z]+$/;

const detailsOf = (error: Error): { status: number | undefined; code: string | undefined } => {
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: unknown }; code?: unknown };
  const status = $metadata?.httpStatusCode;
  return {
    status: typeof status === 'number' ? status : undefined,
    code: typeof code === 'string' ? code : undefined,
  };
};
