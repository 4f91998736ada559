import {
  type Authorizer,
  type Caller,
  enforceRoles,
  type MayStart,
  type ServiceAct,
} from './aws/authorizer.ts';
import { lambdaBackend, secretsBackend } from './aws/backends.ts';
import type { ApiCall } from './aws/call.ts';
import { type CallLog, createCallLog } from './aws/call-log.ts';
import { cloudFormationBackend } from './aws/cloudformation.ts';
import { startEmulators } from './aws/emulators.ts';
import { createFaults, type Faults } from './aws/faults.ts';
import { startGateway } from './aws/gateway.ts';
import { createQueues, nameOf, type QueueMessage, type QueueState } from './aws/queues.ts';
import { createRefusals, type Refusal, type Refusals } from './aws/refusals.ts';
import { createSecrets, type SecretsMap } from './aws/secrets.ts';
import { createInbox, type ReceivedMail } from './aws/ses/inbox.ts';
import { createSes, type SesControl } from './aws/ses/ses.ts';
import { createTables } from './aws/tables.ts';
import { createTopics } from './aws/topics.ts';
import { createFunctionUrl } from './http/function-url.ts';
import { createHttpApi, OPS_ACCESS_KEY } from './http/http-api.ts';
import { type LoopbackServer, listen, type Received } from './http/loopback.ts';
import { startEventSources } from './lambda/event-sources.ts';
import { functionsOf } from './lambda/functions.ts';
import { createLambda, type Invocation } from './lambda/lambda.ts';
import { KEEP_LOGS_IN, logKeeper } from './lambda/log-keeper.ts';
import { createLogs, type Logs } from './lambda/logs.ts';
import { createSchedules } from './lambda/schedules.ts';
import { ACCOUNT_ID, type Deployment, deploy, REGION } from './template/identity.ts';
import type { Assembly } from './template/template.ts';
import { type AdvanceOptions, createPassingTime, type Neighbour } from './time/passing-time.ts';
import { createVirtualClock } from './time/virtual-clock.ts';

export type RunOptions = {
  /** Where the stack's clock starts, in milliseconds since the epoch. Default: the machine's time. */
  epochMs?: number;
  /**
   * While time is advanced, a schedule runs at least this far apart, since its function catches up on what it missed:
   * 30 days of a run every 5 minutes would be 8,640. Smaller than its period means every run. Default: 6 hours.
   */
  tickEveryMs?: number;
  /** Runs the schedules, and what a neighbour has to do, in real time too. Default: false, time passes by `advance`. */
  live?: boolean;
  /** Processes per function. Default: 4. */
  maxProcesses?: number;
  /** Whether the HTTP API throttles as the template says, in the stack's time. Default: true. */
  throttling?: boolean;
  /** Who may do what. Default: `enforceRoles()`, what the template grants and nothing else; `admitAll` evaluates nothing. */
  authorizer?: Authorizer;
  /** Told of each refusal as it happens. */
  onRefusal?: (refusal: Refusal) => void;
  /** On top of what the template gives each function. */
  environment?: Readonly<Record<string, string>>;
};

/** A stack that runs. */
export type RunningStack = {
  /** Of the HTTP API; empty if the template has none. */
  readonly apiUrl: string;
  /** Of the Function URLs, by the short name of their function, without a slash at the end. */
  readonly functionUrls: Readonly<Record<string, string>>;
  /** The page that shows every mail. */
  readonly inboxUrl: string;
  /** What stands behind `AWS_ENDPOINT_URL`. */
  readonly gatewayUrl: string;
  readonly region: string;
  readonly clock: {
    /** Milliseconds since the epoch. Flows with real time. */
    now(): number;
    /**
     * Lets time pass: stops wherever something is due (a run of a schedule, a message that becomes visible, what
     * Stripe does by itself), waits there until all is quiet, and goes on.
     */
    advance(ms: number, options?: AdvanceOptions): Promise<void>;
  };
  /**
   * Resolves when queues with a consumer are empty, webhooks answered, SES's events told and no function runs. Where all that is left are
   * messages that are not visible yet (failed, or sent with a delay), the clock moves to them, `withinMs` at most
   * (default 3 hours). It runs no schedule and waits for no webhook that has failed: for those, `advance`.
   */
  settled(options?: { withinMs?: number }): Promise<void>;
  /** As Lambda's Invoke. @throws {FunctionFailed} what the function threw, or how it ended */
  invoke(functionName: string, payload: unknown): Promise<unknown>;
  readonly calls: CallLog;
  /** What the template's permissions did not allow. */
  readonly refusals: Refusals;
  readonly faults: Faults;
  readonly logs: Logs;
  readonly invocations: { all(functionName?: string): readonly Invocation[]; clear(): void };
  readonly secrets: SecretsMap;
  readonly ses: SesControl;
  /** Options for an AWS SDK client that acts as ops, through the gateway. */
  clientConfig(): ClientConfig;
  /** The same, by the name that seed data and tests know it by. */
  dynamo(): ClientConfig;
  /** Physical name by short name, logical id or variable (`Orders`, `OrdersTable`, `ORDERS_TABLE`). */
  tableName(name: string): string;
  queueUrl(name: string): string;
  functionName(name: string): string;
  secretId(name: string): string;
  /** Mails, oldest first. */
  inbox(): Promise<ReceivedMail[]>;
  clearInbox(): Promise<void>;
  queue(name: string): Promise<QueueState & { messages: readonly QueueMessage[] }>;
  /** Kills a function's processes, as a host that dies would. Resolves to how many there were. */
  crash(functionName: string, atMost?: number): Promise<number>;
  /** Of the processes that run now, of one function or of all. */
  pids(functionName?: string): readonly number[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Ends every process and closes every port. Safe to repeat. */
  stop(): Promise<void>;
};

export type ClientConfig = {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
};

/** A function threw, timed out, or its process died. `name` is its error type. */
export class FunctionFailed extends Error {
  readonly trace: readonly string[];

  constructor(functionName: string, error: { errorType: string; errorMessage: string; trace: string[] }) {
    super(`${functionName}: ${error.errorMessage}`);
    this.name = error.errorType;
    this.trace = error.trace;
  }
}

type Handler = Parameters<typeof listen>[0];

/**
 * Runs a synthesized stack on this machine: its template and its bundles, with emulators for the services behind.
 * @param neighbour is told of passing time; gets the stack's clock
 */
export async function runAssembly(
  assemblySource: Assembly | Promise<Assembly>,
  options: RunOptions = {},
  startNeighbour?: (
    now: () => number,
  ) => Promise<Neighbour & { environment: Readonly<Record<string, string>> }>,
): Promise<RunningStack> {
  const clock = createVirtualClock(options.epochMs);
  const { now } = clock;
  const cleanups: (() => Promise<void> | void)[] = [];
  let stopping: Promise<void> | undefined;
  /** A part of the runner that broke while nobody waited for it. */
  let failure: Error | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      for (const cleanup of cleanups.toReversed()) await cleanup();
    })();
    return stopping;
  };

  try {
    // The emulators load in their own thread while this one synthesizes.
    const startingEmulators = startEmulators({ clock, accountId: ACCOUNT_ID, region: REGION });
    cleanups.push(async () => (await startingEmulators).stop());
    const startingNeighbour = startNeighbour?.(now);
    startingEmulators.catch(() => undefined);
    startingNeighbour?.catch(() => undefined);

    const log = createCallLog();
    const faults = createFaults();
    const logs = createLogs(logKeeper(process.env[KEEP_LOGS_IN]));
    const refusals = createRefusals(now, options.onRefusal);
    const gateway = await startGateway({ now, log, faults });
    cleanups.push(gateway.close);
    const assembly = await assemblySource;
    const front = await startFronts(assembly);
    cleanups.push(front.close);

    const deployment = deploy(assembly, { gatewayUrl: gateway.url, urlOf: front.urlOf });
    const emulators = await startingEmulators;
    const neighbour = await startingNeighbour;

    const [queues, tables] = await Promise.all([
      createQueues({ emulator: emulators.queues, deployment, region: REGION }),
      createTables({ emulator: emulators.dynamodb, deployment, region: REGION }),
    ]);
    const secrets = createSecrets(deployment.ofType('AWS::SecretsManager::Secret'));
    const authorize = (options.authorizer ?? enforceRoles())(deployment);
    const mayAct = (act: ServiceAct): boolean => {
      const decision = authorize.service(act);
      if (!decision.allowed) refusals.add({ functionName: act.service, message: decision.error.message });
      return decision.allowed;
    };
    const topics = await createTopics({
      emulator: emulators.queues,
      deployment,
      region: REGION,
      allows: (act) => authorize.service(act).allowed,
      mayAct,
    });
    const inbox = await createInbox(emulators.mail);
    cleanups.push(inbox.close);
    const ses = createSes({
      inbox,
      deployment,
      topics,
      now,
      onFailure: (error) => {
        if (stopping === undefined) failure ??= error;
      },
    });

    const functions = functionsOf(assembly, deployment);
    const shortNameOf = (logicalId: string) => deployment.get(logicalId)?.shortName ?? logicalId;
    const lambda = createLambda({
      functions,
      clock,
      logs,
      shortNameOf,
      maxProcesses: options.maxProcesses ?? 4,
      ambient: (spec, instanceId) => ({
        AWS_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_ACCESS_KEY_ID: spec.logicalId,
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_SESSION_TOKEN: instanceId,
        AWS_ENDPOINT_URL: gateway.url,
        ...neighbour?.environment,
        ...options.environment,
      }),
    });
    cleanups.push(lambda.stop);

    const callers = new Map<string, Caller>(
      functions.map(({ logicalId, role }) => [logicalId, { kind: 'function', logicalId, role }]),
    );
    const callerOf = (accessKeyId: string): Caller => callers.get(accessKeyId) ?? { kind: 'ops' };
    const mayStart: MayStart = (trigger, functionName) => {
      const decision = authorize.trigger(trigger, functionName);
      if (decision.allowed) return true;
      const { shortName } = deployment.find(functionName, ['AWS::Lambda::Function']);
      refusals.add({ functionName: shortName, message: decision.error.message });
      return false;
    };
    gateway.open({
      backends: {
        dynamodb: tables.backend,
        sqs: queues.backend,
        sns: queues.backend,
        ses: ses.backend,
        secretsmanager: secretsBackend(secrets),
        lambda: lambdaBackend(lambda, deployment),
        cloudformation: cloudFormationBackend(deployment, {
          StripeEndpointUrl: neighbour?.environment.STRIPE_ENDPOINT_URL,
        }),
      },
      callerOf,
      functionNameOf: shortNameOf,
      resourceNameOf: resourceNames(deployment),
      authorize: authorize.call,
      onRefusal: refusals.add,
      crashInstance: lambda.crashInstance,
    });
    front.open({ deployment, lambda, now, throttling: options.throttling ?? true, mayStart });

    const eventSources = startEventSources({
      deployment,
      lambda,
      refusalOf: (action, queueArn, logicalId) => {
        const decision = authorize.poll(action, queueArn, callerOf(logicalId));
        return decision.allowed ? undefined : decision.error.message;
      },
      queues,
      onFailure: (error) => {
        failure ??= error;
      },
    });
    // First the pollers are told, then what they wait for is cut, then they are waited for.
    let pollersEnded: Promise<void> | undefined;
    cleanups.push(async () => {
      pollersEnded = eventSources.stop();
      await lambda.stop();
      emulators.hangUp();
      await pollersEnded;
    });

    const schedules = createSchedules({ deployment, lambda, now, mayStart });
    const time = createPassingTime({
      clock,
      lambda,
      queues,
      eventSources,
      ses,
      schedules,
      neighbour,
      tickEveryMs: options.tickEveryMs ?? 6 * 60 * 60 * 1_000,
      failure: () => failure ?? emulators.failure(),
    });
    if (options.live === true) cleanups.push(runLive(schedules, neighbour));

    const config: ClientConfig = {
      endpoint: gateway.url,
      region: REGION,
      credentials: { accessKeyId: OPS_ACCESS_KEY, secretAccessKey: 'local' },
    };
    const find = finder(deployment);
    return {
      apiUrl: front.apiUrl,
      functionUrls: front.functionUrls(deployment),
      inboxUrl: inbox.url,
      gatewayUrl: gateway.url,
      region: REGION,
      clock: { now, advance: time.advance },
      settled: time.settled,
      async invoke(functionName, payload) {
        const target = find(functionName, 'AWS::Lambda::Function');
        const outcome = await lambda.invoke(target.identity.ref, JSON.stringify(payload ?? {}), 'invoke');
        if (outcome.error !== undefined) throw new FunctionFailed(functionName, outcome.error);
        return JSON.parse(outcome.payload) as unknown;
      },
      calls: log,
      refusals,
      faults,
      logs,
      invocations: {
        all: (functionName) =>
          lambda
            .invocations()
            .filter((each) => functionName === undefined || each.functionName === functionName),
        clear: lambda.clearInvocations,
      },
      secrets,
      ses: ses.control,
      clientConfig: () => config,
      dynamo: () => config,
      tableName: (name) => find(name, 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable').identity.ref,
      queueUrl: (name) => find(name, 'AWS::SQS::Queue').identity.ref,
      functionName: (name) => find(name, 'AWS::Lambda::Function').identity.ref,
      secretId: (name) => find(name, 'AWS::SecretsManager::Secret').identity.ref,
      inbox: inbox.read,
      async clearInbox() {
        ses.clear();
        await inbox.clear();
      },
      async queue(name) {
        const queueName = nameOf(find(name, 'AWS::SQS::Queue'));
        const state = (await queues.states()).find((each) => each.name === queueName);
        if (state === undefined) throw new Error(`There is no queue ${queueName}.`);
        return { ...state, messages: await queues.messages(queueName) };
      },
      crash: (functionName, atMost) =>
        lambda.crash(find(functionName, 'AWS::Lambda::Function').identity.ref, atMost),
      pids: (functionName) =>
        lambda.pids(functionName && find(functionName, 'AWS::Lambda::Function').identity.ref),
      outputs: deployment.outputs(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type FrontRules = Omit<Parameters<typeof createHttpApi>[0], 'api'>;

/** A server for each HTTP API and each Function URL: they need an address before the template can be evaluated. */
async function startFronts(assembly: Assembly) {
  const servers = new Map<string, LoopbackServer>();
  const handlers = new Map<string, Handler>();
  const types = ['AWS::ApiGatewayV2::Api', 'AWS::Lambda::Url'];
  for (const [logicalId, { Type }] of Object.entries(assembly.template.Resources)) {
    if (!types.includes(Type)) continue;
    const handle: Handler = async (received: Received, response) => {
      const handler = handlers.get(logicalId);
      if (handler === undefined) throw new Error(`${logicalId} was called before the stack stood.`);
      return handler(received, response);
    };
    servers.set(logicalId, await listen(handle));
  }
  const apiId = Object.entries(assembly.template.Resources).find(
    ([, { Type }]) => Type === 'AWS::ApiGatewayV2::Api',
  )?.[0];

  return {
    apiUrl: servers.get(apiId ?? '')?.url ?? '',
    urlOf(logicalId: string): string {
      const server = servers.get(logicalId);
      if (server === undefined) throw new Error(`${logicalId} has no address here.`);
      return server.url;
    },
    functionUrls: (deployment: Deployment): Record<string, string> =>
      Object.fromEntries(
        deployment.ofType('AWS::Lambda::Url').map((url) => {
          const target = deployment.find(url.properties.text('TargetFunctionArn'), ['AWS::Lambda::Function']);
          return [target.shortName, servers.get(url.logicalId)?.url ?? ''];
        }),
      ),
    open(rules: FrontRules): void {
      for (const api of rules.deployment.ofType('AWS::ApiGatewayV2::Api')) {
        handlers.set(api.logicalId, createHttpApi({ ...rules, api }));
      }
      for (const url of rules.deployment.ofType('AWS::Lambda::Url')) {
        handlers.set(url.logicalId, createFunctionUrl({ ...rules, url }));
      }
    },
    async close(): Promise<void> {
      await Promise.all([...servers.values()].map((server) => server.close()));
    },
  };
}

/** For the call log: what a call names, in the words of the CDK code. */
function resourceNames(deployment: Deployment): (call: ApiCall) => string | undefined {
  const names = new Map<string, string>();
  for (const { identity, shortName } of deployment.resources) {
    for (const physical of [identity.ref, identity.attributes.QueueName, identity.attributes.Arn]) {
      if (physical !== undefined && !names.has(physical)) names.set(physical, shortName);
    }
  }
  return ({ resource }) =>
    resource
      ?.split(',')
      .map((name) => names.get(name) ?? name)
      .join(',');
}

function finder(deployment: Deployment) {
  return (name: string, ...types: string[]) => {
    // ORDERS_TABLE is how the functions know it.
    const byVariable = deployment.resources.filter(
      (each) =>
        types.includes(each.type) && each.logicalId.toLowerCase() === name.replaceAll('_', '').toLowerCase(),
    );
    return byVariable[0] ?? deployment.find(name, types);
  };
}

function runLive(
  schedules: ReturnType<typeof createSchedules>,
  neighbour: Neighbour | undefined,
): () => void {
  const timers = [setInterval(() => void neighbour?.tick(), 1_000)];
  if (schedules.shortestPeriodMs !== undefined) {
    timers.push(setInterval(() => void schedules.runDue(), Math.min(schedules.shortestPeriodMs, 60_000)));
  }
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}
