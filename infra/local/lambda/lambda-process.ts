import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { COMPILE_CACHE } from '../../compile-cache.ts';

export type FunctionError = { errorType: string; errorMessage: string; trace: string[] };

/** Runner → function. Each message carries the time, so that no invocation starts on an old clock. */
export type ToRuntime =
  | {
      kind: 'invoke';
      requestId: string;
      payload: string;
      timeoutMs: number;
      functionArn: string;
      offsetMs: number;
    }
  | { kind: 'clock'; offsetMs: number };

/** Function → runner. */
export type FromRuntime =
  | { kind: 'ready' }
  | { kind: 'unloadable'; error: FunctionError }
  | { kind: 'result'; requestId: string; payload: string }
  | { kind: 'failure'; requestId: string; error: FunctionError };

/** How an invocation ended. `error`: the function threw, timed out, or its process died. */
export type Outcome = { payload: string; error?: undefined } | { payload?: undefined; error: FunctionError };

/** What a function is, by the template. */
export type FunctionSpec = {
  logicalId: string;
  /** By which Lambda knows it. */
  name: string;
  arn: string;
  /** Logical id of its role, or its ARN if the role is not in the template. */
  role: string;
  codeDirectory: string;
  /** `index.handler` */
  handler: string;
  timeoutMs: number;
  memoryMb: number;
  /** How many may run at once, if the template limits it. */
  reservedConcurrency: number | undefined;
  logFormat: 'JSON' | 'Text';
  environment: Readonly<Record<string, string>>;
};

export type LambdaProcess = {
  /** Unique; told to the gateway with each call, as the session token. */
  readonly instanceId: string;
  readonly pid: number | undefined;
  /** One at a time. Never rejects. */
  invoke(payload: string, requestId: string): Promise<Outcome>;
  setClock(offsetMs: number): void;
  kill(): void;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
};

/** Lambda gives the initialisation this long, outside the function's own timeout. */
const INIT_TIMEOUT_MS = 10_000;

const RUNTIME = fileURLToPath(new URL('./lambda-runtime.ts', import.meta.url));

/** Starts one execution environment: a process of its own that holds the bundle and nothing of the runner's environment. */
export function startLambdaProcess(options: {
  spec: FunctionSpec;
  /** What the place gives, on top of the template's environment: region, credentials, endpoints. */
  ambient(instanceId: string): Readonly<Record<string, string>>;
  offsetMs(): number;
  onLine(line: string): void;
}): LambdaProcess {
  const { spec } = options;
  const instanceId = randomUUID();
  const child = fork(RUNTIME, [String(options.offsetMs())], {
    cwd: spec.codeDirectory,
    execArgv: [],
    env: {
      ...spec.environment,
      ...options.ambient(instanceId),
      _HANDLER: spec.handler,
      LAMBDA_TASK_ROOT: spec.codeDirectory,
      AWS_LAMBDA_FUNCTION_NAME: spec.name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: instanceId,
      AWS_LAMBDA_LOG_FORMAT: spec.logFormat,
      TZ: 'UTC',
      NODE_COMPILE_CACHE: COMPILE_CACHE,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });

  const outputs = [child.stdout, child.stderr].map((stream) => readOutput(stream, options.onLine));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // Signals and errors of a process that is going down anyway: its `exit` tells all there is to tell.
  child.on('error', () => undefined);

  const ready = withTimeout(
    new Promise<FunctionError | undefined>((resolve) => {
      child.once('message', (message: FromRuntime) => {
        resolve(message.kind === 'unloadable' ? message.error : undefined);
      });
      child.once('exit', () => resolve(exitError(child)));
    }),
    INIT_TIMEOUT_MS,
    () => ({ errorType: 'Sandbox.Timedout', errorMessage: 'Init timed out', trace: [] }),
  );

  const kill = () => {
    child.kill('SIGKILL');
  };

  const send = (message: ToRuntime) => {
    if (child.connected) child.send(message, () => undefined);
  };

  async function invoke(payload: string, requestId: string): Promise<Outcome> {
    const unloadable = await ready;
    if (unloadable !== undefined) {
      kill();
      return { error: unloadable };
    }
    let listener: ((message: FromRuntime) => void) | undefined;
    let onExit: (() => void) | undefined;
    const answered = new Promise<Outcome>((resolve) => {
      listener = (message) => {
        if (message.kind === 'result' && message.requestId === requestId) {
          resolve({ payload: message.payload });
        }
        if (message.kind === 'failure' && message.requestId === requestId) {
          resolve({ error: message.error });
        }
      };
      onExit = () => resolve({ error: exitError(child, requestId) });
      child.on('message', listener);
      child.once('exit', onExit);
      if (child.exitCode !== null || child.signalCode !== null) onExit();
    });
    send({
      kind: 'invoke',
      requestId,
      payload,
      timeoutMs: spec.timeoutMs,
      functionArn: spec.arn,
      offsetMs: options.offsetMs(),
    });
    const outcome = await withTimeout(answered, spec.timeoutMs, () => {
      kill();
      const seconds = (spec.timeoutMs / 1_000).toFixed(2);
      const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`;
      return { error: { errorType: 'Sandbox.Timedout', errorMessage, trace: [] } };
    });
    if (listener !== undefined) child.off('message', listener);
    if (onExit !== undefined) child.off('exit', onExit);
    await Promise.all(outputs.map((output) => output.readUntilEndOf(requestId)));
    return outcome;
  }

  return {
    instanceId,
    pid: child.pid,
    invoke,
    setClock: (offsetMs) => send({ kind: 'clock', offsetMs }),
    kill,
    ended,
  };
}

function exitError(child: ChildProcess, requestId = 'init'): FunctionError {
  const how = child.signalCode === null ? `exit status ${child.exitCode}` : `signal: ${child.signalCode}`;
  return {
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: ${how}`,
    trace: [],
  };
}

/** Hands on the lines of a stream, and knows the marks by which the runtime ends the output of an invocation. */
function readOutput(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void) {
  if (stream === null) throw new Error('A function process was started without its output.');
  const endedRequests = new Set<string>();
  let closed = false;
  let changed: (() => void)[] = [];
  const wake = () => {
    const waiting = changed;
    changed = [];
    for (const each of waiting) each();
  };
  const lines = createInterface({ input: stream });
  lines.on('line', (line) => {
    const mark = line.indexOf('\u0000end of ');
    if (mark < 0) return onLine(line);
    if (mark > 0) onLine(line.slice(0, mark));
    endedRequests.add(line.slice(mark + '\u0000end of '.length));
    wake();
  });
  lines.on('close', () => {
    closed = true;
    wake();
  });
  return {
    async readUntilEndOf(requestId: string): Promise<void> {
      while (!closed && !endedRequests.delete(requestId)) {
        await new Promise<void>((resolve) => changed.push(resolve));
      }
    },
  };
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late()), timeoutMs);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
