import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { VirtualClock } from '../time/virtual-clock.ts';
import {
  type FunctionError,
  type FunctionSpec,
  type LambdaProcess,
  type Outcome,
  startLambdaProcess,
} from './lambda-process.ts';
import type { Logs } from './logs.ts';

export type InvocationSource = 'invoke' | 'http-api' | 'function-url' | 'queue' | 'schedule';

/** One run of a function, kept for tests to look at. */
export type Invocation = {
  requestId: string;
  functionName: string;
  source: InvocationSource;
  /** In the stack's time. */
  startedAt: number;
  /** Undefined while it runs, and for one that was refused. */
  endedAt?: number;
  error?: FunctionError;
};

export type Lambda = {
  /** The function's answer as JSON text, or its error. Rejects only for a function that does not exist. */
  invoke(functionName: string, payload: string, source: InvocationSource): Promise<Outcome & Invoked>;
  /** How many may run at once here. */
  concurrencyOf(functionName: string): number;
  /** Invocations that run or wait for a process. */
  running(): number;
  /** How many invocations there have ever been. */
  started(): number;
  invocations(): readonly Invocation[];
  clearInvocations(): void;
  /** The environment that the template, or a later change, gives a function. */
  environmentOf(functionName: string): Readonly<Record<string, string>>;
  /** A changed one starts every later invocation in a new process, as Lambda does; those under way end in peace. */
  reconfigure(functionName: string, environment: Readonly<Record<string, string>>): void;
  /** Kills processes of a function, busy ones first, as a host that dies would. Resolves to how many it were. */
  crash(functionName: string, atMost?: number): Promise<number>;
  /** Kills the one process that made a call. */
  crashInstance(instanceId: string): Promise<void>;
  /** Of the processes that run now, of one function or of all. */
  pids(functionName?: string): readonly number[];
  stop(): Promise<void>;
};

export type Invoked = { requestId: string; throttled?: true };

type Pool = {
  spec: FunctionSpec;
  processes: Set<LambdaProcess>;
  idle: LambdaProcess[];
  busy: number;
  waiting: (() => void)[];
};

/**
 * Runs functions on demand: the first invocation starts a process, a concurrent one starts another, up to
 * `maxProcesses`; above that invocations wait (Lambda would start one more, this machine has few cores).
 */
export function createLambda(options: {
  functions: readonly FunctionSpec[];
  clock: VirtualClock;
  logs: Logs;
  /** The name by which logs and call log speak of a function. */
  shortNameOf(logicalId: string): string;
  ambient(spec: FunctionSpec, instanceId: string): Readonly<Record<string, string>>;
  maxProcesses: number;
}): Lambda {
  const pools = new Map<string, Pool>(
    options.functions.map((spec) => [
      spec.name,
      { spec, processes: new Set(), idle: [], busy: 0, waiting: [] },
    ]),
  );
  let running = 0;
  let started = 0;
  let stopped = false;
  let invocations: Invocation[] = [];

  const everyProcess = () => [...pools.values()].flatMap((pool) => [...pool.processes]);
  const killAll = () => {
    for (const each of everyProcess()) each.kill();
  };
  // A function caught in a loop never notices that its runner has gone.
  process.once('exit', killAll);
  options.clock.onMove((offsetMs) => {
    for (const each of everyProcess()) each.setClock(offsetMs);
  });

  const poolOf = (functionName: string): Pool => {
    const pool = pools.get(functionName);
    if (pool !== undefined) return pool;
    throw new Error(`There is no function ${functionName}; there are: ${[...pools.keys()].join(', ')}.`);
  };

  function start(pool: Pool): LambdaProcess {
    const { spec } = pool;
    const started = startLambdaProcess({
      spec,
      ambient: (instanceId) => options.ambient(spec, instanceId),
      offsetMs: options.clock.offsetMs,
      onLine: (line) =>
        options.logs.add({
          functionName: options.shortNameOf(spec.logicalId),
          at: options.clock.now(),
          line,
        }),
    });
    pool.processes.add(started);
    void started.ended.then(() => {
      pool.processes.delete(started);
      pool.idle = pool.idle.filter((each) => each !== started);
    });
    return started;
  }

  async function enter(pool: Pool): Promise<void> {
    while (pool.busy >= capOf(pool.spec, options.maxProcesses)) {
      await new Promise<void>((resolve) => pool.waiting.push(resolve));
    }
    pool.busy += 1;
  }

  function leave(pool: Pool): void {
    pool.busy -= 1;
    pool.waiting.shift()?.();
  }

  async function run(pool: Pool, payload: string, requestId: string): Promise<Outcome> {
    await enter(pool);
    try {
      if (stopped) return { error: { errorType: 'Stopped', errorMessage: 'The stack stopped.', trace: [] } };
      const { spec } = pool;
      const worker = pool.idle.pop() ?? start(pool);
      const outcome = await worker.invoke(payload, requestId);
      if (pool.spec !== spec) worker.kill();
      else if (pool.processes.has(worker) && !isFatal(outcome)) pool.idle.push(worker);
      return outcome;
    } finally {
      leave(pool);
    }
  }

  return {
    concurrencyOf: (functionName) => capOf(poolOf(functionName).spec, options.maxProcesses),
    running: () => running,
    started: () => started,
    invocations: () => [...invocations],
    clearInvocations: () => {
      invocations = [];
    },
    pids: (functionName) => {
      const processes = functionName === undefined ? everyProcess() : [...poolOf(functionName).processes];
      return processes.flatMap((each) => (each.pid === undefined ? [] : [each.pid]));
    },

    async invoke(functionName, payload, source) {
      const pool = poolOf(functionName);
      const requestId = randomUUID();
      const { reservedConcurrency } = pool.spec;
      if (reservedConcurrency !== undefined && pool.busy >= reservedConcurrency) {
        const errorMessage = 'Rate Exceeded.';
        return {
          requestId,
          throttled: true,
          error: { errorType: 'TooManyRequestsException', errorMessage, trace: [] },
        };
      }
      const invocation: Invocation = {
        requestId,
        functionName: options.shortNameOf(pool.spec.logicalId),
        source,
        startedAt: options.clock.now(),
      };
      invocations.push(invocation);
      running += 1;
      started += 1;
      try {
        const outcome = await run(pool, payload, requestId);
        if (outcome.error !== undefined) invocation.error = outcome.error;
        return { ...outcome, requestId };
      } finally {
        invocation.endedAt = options.clock.now();
        running -= 1;
      }
    },

    environmentOf: (functionName) => poolOf(functionName).spec.environment,
    reconfigure(functionName, environment) {
      const pool = poolOf(functionName);
      // Nobody promises that an update which changes nothing starts anything anew.
      if (isDeepStrictEqual(pool.spec.environment, environment)) return;
      pool.spec = { ...pool.spec, environment };
      for (const idle of pool.idle.splice(0)) idle.kill();
    },

    async crash(functionName, atMost = Number.POSITIVE_INFINITY) {
      const { processes, idle } = poolOf(functionName);
      const victims = [...processes]
        .sort((a, b) => Number(idle.includes(a)) - Number(idle.includes(b)))
        .slice(0, atMost);
      for (const each of victims) each.kill();
      await Promise.all(victims.map((each) => each.ended));
      return victims.length;
    },

    async crashInstance(instanceId) {
      const victim = everyProcess().find((each) => each.instanceId === instanceId);
      victim?.kill();
      await victim?.ended;
    },

    async stop() {
      stopped = true;
      process.off('exit', killAll);
      const victims = everyProcess();
      killAll();
      await Promise.all(victims.map((each) => each.ended));
    },
  };
}

function capOf(spec: FunctionSpec, maxProcesses: number): number {
  return Math.max(1, Math.min(maxProcesses, spec.reservedConcurrency ?? maxProcesses));
}

/** After these the process is gone or going; it must not be handed the next invocation. */
function isFatal(outcome: Outcome): boolean {
  const type = outcome.error?.errorType ?? '';
  return type === 'Sandbox.Timedout' || type.startsWith('Runtime.');
}
