import { createRequire, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { installShiftedDate } from '../time/shifted-date.ts';
import type { FromRuntime, FunctionError, ToRuntime } from './lambda-process.ts';

/**
 * Runs inside a function's process: loads the bundle as Lambda does, then answers one invocation at a time.
 * Lives and dies with the channel to the runner.
 */

// For this process alone, not for what a function sees of its environment.
delete process.env.NODE_COMPILE_CACHE;

let offsetMs = Number(process.argv[2] ?? 0);
installShiftedDate(() => offsetMs);

if (process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON') logAsJson();

type Handler = (event: unknown, context: object) => unknown;
let handler: Handler | undefined;
let currentRequestId: string | undefined;

const tell = (message: FromRuntime) => process.send?.(message);

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToRuntime) => {
  offsetMs = message.offsetMs;
  if (message.kind === 'invoke') void answer(message);
});

async function answer(invocation: ToRuntime & { kind: 'invoke' }): Promise<void> {
  const { requestId } = invocation;
  currentRequestId = requestId;
  const result = await run(invocation).then(
    // As Lambda: what JSON cannot say (undefined) is null.
    (value): FromRuntime => ({ kind: 'result', requestId, payload: JSON.stringify(value) ?? 'null' }),
    (error: unknown): FromRuntime => {
      const described = describe(error);
      logFailure(described);
      return { kind: 'failure', requestId, error: described };
    },
  );
  // The output comes by another way than the result; the mark lets the runner wait until it has read all of it.
  process.stdout.write(`${endOfOutput(requestId)}\n`);
  process.stderr.write(`${endOfOutput(requestId)}\n`);
  tell(result);
}

async function run(invocation: ToRuntime & { kind: 'invoke' }): Promise<unknown> {
  if (handler === undefined) throw new Error('invoked before it was loaded');
  const deadline = performance.now() + invocation.timeoutMs;
  return handler(JSON.parse(invocation.payload), {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    invokedFunctionArn: invocation.functionArn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: invocation.requestId,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  });
}

/** What a handler throws stands in its log, whatever it says: Lambda writes it there, unasked. */
function logFailure({ errorType, errorMessage, trace }: FunctionError): void {
  if (process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON') {
    console.error({ errorType, errorMessage, stackTrace: trace });
  } else {
    console.error('Invoke Error', JSON.stringify({ errorType, errorMessage, stack: trace }));
  }
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return {
    errorType: error.name,
    errorMessage: error.message,
    trace: error.stack?.split('\n') ?? [],
  };
}

/**
 * One JSON object a line for each call of `console`, as Lambda writes them.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html#node-js-logging-advanced-JSON
 */
function logAsJson(): void {
  for (const level of ['trace', 'debug', 'info', 'log', 'warn', 'error'] as const) {
    console[level] = (...values: unknown[]) => {
      const [only] = values;
      const message =
        values.length === 1 && (typeof only === 'string' || isPlain(only))
          ? only
          : values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' ');
      const line = {
        timestamp: new Date().toISOString(),
        level: level === 'log' ? 'INFO' : level.toUpperCase(),
        requestId: currentRequestId,
        message,
      };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    };
  }
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof Error);
}

function endOfOutput(requestId: string): string {
  return `\u0000end of ${requestId}`;
}

async function load(): Promise<void> {
  const taskRoot = process.env.LAMBDA_TASK_ROOT ?? '';
  const name = process.env._HANDLER ?? '';
  const dot = name.lastIndexOf('.');
  const require = createRequire(join(taskRoot, 'index.js'));
  const module = require(join(taskRoot, name.slice(0, dot))) as Record<string, unknown>;
  const found = module[name.slice(dot + 1)];
  if (typeof found !== 'function') throw new Error(`${name} is undefined or not exported`);
  handler = found as Handler;
  // Now, since most functions are killed and never come to their end.
  flushCompileCache();
}

load().then(
  () => tell({ kind: 'ready' }),
  (error: unknown) => tell({ kind: 'unloadable', error: describe(error) }),
);
