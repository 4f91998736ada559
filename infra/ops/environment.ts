import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { SESClient } from '@aws-sdk/client-ses';
import type Stripe from 'stripe';
import * as v from 'valibot';
import type { OperationAnswer } from '../../functions/operation.ts';
import { functionNames, type SecretName, specOf } from '../functions.ts';
import { StackOutputs } from './outputs.ts';
import { NotFoundProblem, OpsProblem, StalePlanProblem, UnreachableProblem } from './problem.ts';

/** Where a command works: one stage, on AWS or on this machine. */
export type Environment = {
  stage: string;
  /** Of AWS; part of the addresses of its console. */
  region: string;
  /** A stack that `npm start` runs. */
  local: boolean;
  outputs: StackOutputs;
  readSecret(name: SecretName): Promise<string>;
  /** Stores it, and lets every function that reads it start anew: they read a secret once in their life. */
  writeSecret(name: SecretName, value: string): Promise<void>;
  /** How many functions start anew from now on. */
  restartReadersOf(name: SecretName): Promise<number>;
  /** Its library is large, and few commands ask Stripe themselves. */
  stripe(apiKey: string): Promise<Stripe>;
  ses: SESClient;
  /** What an ops function answers. @throws {OpsProblem} it refused or failed */
  invoke(functionName: string, input: unknown): Promise<unknown>;
  /** Milliseconds since the epoch, by the clock of the stage. */
  now(): Promise<number>;
};

export type Place = {
  stage: string;
  profile?: string;
  region?: string;
  /** Address of the AWS gateway that `npm start` prints. */
  local?: string;
};

export const stackNameOf = (stage: string): string => `club-payments-${stage}`;

/** @throws {OpsProblem} there is no such stage, or its stack is older than this command line */
export const openEnvironment = async (place: Place): Promise<Environment> => {
  const client = clientSettings(place);
  const cloudFormation = new CloudFormationClient(client);
  const lambda = new LambdaClient(client);
  const secretsManager = new SecretsManagerClient(client);
  const outputs = await outputsOf(place, cloudFormation);
  const region = await cloudFormation.config.region();

  const arns: Record<SecretName, string> = {
    stripeKey: outputs.StripeKeySecretArn,
    stripeWebhook: outputs.StripeWebhookSecretArn,
    tokenKeys: outputs.TokenKeysSecretArn,
  };
  const restartReadersOf = async (name: SecretName): Promise<number> => {
    const readers = await readersOf(name, stackNameOf(place.stage), cloudFormation);
    await Promise.all(readers.map((reader) => startAnew(reader, lambda)));
    return readers.length;
  };

  return {
    stage: place.stage,
    region,
    local: place.local !== undefined,
    outputs,
    ses: new SESClient(client),
    readSecret: async (name) => {
      const { SecretString } = await secretsManager.send(new GetSecretValueCommand({ SecretId: arns[name] }));
      return SecretString ?? '';
    },
    writeSecret: async (name, value) => {
      await secretsManager.send(new PutSecretValueCommand({ SecretId: arns[name], SecretString: value }));
      await restartReadersOf(name);
    },
    restartReadersOf,
    stripe: (apiKey) => stripeAt(apiKey, place.local === undefined ? undefined : outputs.StripeEndpointUrl),
    invoke: async (functionName, input) => {
      const { FunctionError, Payload } = await lambda.send(
        new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(input) }),
      );
      return resultIn(functionName, FunctionError, Payload?.transformToString() ?? '');
    },
    now: async () => {
      if (place.local === undefined) return Date.now();
      const { headers } = await fetch(place.local, { method: 'HEAD' });
      return Date.parse(headers.get('date') ?? '');
    },
  };
};

/** Of every AWS client. Credentials, profile and region come from the environment, as the AWS CLI takes them. */
export const clientSettings = (place: Omit<Place, 'stage'>) => {
  if (place.local === undefined) {
    return {
      ...(place.region === undefined ? {} : { region: place.region }),
      ...(place.profile === undefined ? {} : { profile: place.profile }),
    };
  }
  return {
    endpoint: place.local,
    region: place.region ?? 'us-east-1',
    credentials: { accessKeyId: 'ops', secretAccessKey: 'local' },
  };
};

const outputsOf = async (place: Place, client: CloudFormationClient): Promise<StackOutputs> => {
  const name = stackNameOf(place.stage);
  const stack = await describeStack(name, client);
  if (stack === undefined) {
    throw new OpsProblem(
      `There is no stage "${place.stage}" here: CloudFormation has no stack ${name} in ${await client.config.region()}.`,
      `Deploy it (npm run deploy -- --stage ${place.stage}), or check --region and --profile.`,
    );
  }
  const given = Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
  const outputs = v.safeParse(StackOutputs, given);
  if (outputs.success) return outputs.output;
  const lacking = [...new Set(outputs.issues.map((issue) => v.getDotPath(issue) ?? ''))].join(', ');
  throw new OpsProblem(
    `The stack ${name} is older than this program: it does not say ${lacking}.`,
    `Deploy it again: npm run deploy -- --stage ${place.stage}`,
  );
};

/** `undefined`: there is no such stack. */
export const describeStack = async (name: string, client: CloudFormationClient) => {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks?.[0];
  } catch (error) {
    // CloudFormation has no code of its own for a stack that is not there.
    if (error instanceof Error && error.name === 'ValidationError') return undefined;
    throw error;
  }
};

/** Names of the functions that read a secret: known from our list of permissions, found in the stack by logical id. */
const readersOf = async (
  name: SecretName,
  stackName: string,
  client: CloudFormationClient,
): Promise<string[]> => {
  const prefixes = functionNames
    .filter((each) => specOf(each).may.reads?.includes(name))
    .map(
      (each) => `${each.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())}Function`,
    );
  const readers: string[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: stackName })) {
    for (const resource of page.StackResourceSummaries ?? []) {
      const { ResourceType, LogicalResourceId = '', PhysicalResourceId } = resource;
      const isReader = prefixes.includes(LogicalResourceId.replace(/[0-9A-F]{8}$/, ''));
      if (ResourceType === 'AWS::Lambda::Function' && isReader && PhysicalResourceId !== undefined) {
        readers.push(PhysicalResourceId);
      }
    }
  }
  return readers;
};

const UPDATE_TAKES_AT_MOST_MS = 60_000;

/**
 * A changed environment variable is what makes Lambda start new execution environments. The next deployment may
 * take it away again.
 */
const startAnew = async (functionName: string, lambda: LambdaClient): Promise<void> => {
  const before = await settledConfiguration(functionName, lambda);
  await lambda.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: functionName,
      Environment: {
        Variables: { ...before.Environment?.Variables, SECRETS_READ_AFTER: new Date().toISOString() },
      },
      // Refused if somebody else changes the function at this moment.
      ...(before.RevisionId === undefined ? {} : { RevisionId: before.RevisionId }),
    }),
  );
  await settledConfiguration(functionName, lambda);
};

/** Waits while Lambda is still at an earlier change: until then the old environments answer. */
const settledConfiguration = async (functionName: string, lambda: LambdaClient) => {
  const deadline = Date.now() + UPDATE_TAKES_AT_MOST_MS;
  for (;;) {
    const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: functionName }));
    if (found.LastUpdateStatus !== 'InProgress') return found;
    if (Date.now() > deadline) {
      throw new OpsProblem(
        `Lambda is still changing ${functionName} after a minute.`,
        'The secret is stored. Run "restart" in a while, so that every function reads it.',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
};

const stripeAt = async (apiKey: string, endpointUrl: string | undefined): Promise<Stripe> => {
  const { default: Stripe } = await import('stripe');
  const patience = { timeout: 20_000, maxNetworkRetries: 2, telemetry: false };
  if (endpointUrl === undefined) return new Stripe(apiKey, patience);
  const { hostname, port } = new URL(endpointUrl);
  return new Stripe(apiKey, { ...patience, host: hostname, port, protocol: 'http' });
};

const resultIn = (functionName: string, failure: string | undefined, payload: string): unknown => {
  if (failure !== undefined) {
    throw new OpsProblem(
      `The function ${functionName} failed.`,
      `What happened is in its log: CloudWatch, Log groups, ${functionName}.`,
    );
  }
  const answer = JSON.parse(payload) as OperationAnswer<unknown>;
  if (answer.ok) return answer.result;
  const { code, message, retryable, evidence = {} } = answer.error;
  if (code === 'not_found') throw new NotFoundProblem(message, evidence);
  if (code === 'stale_plan') throw new StalePlanProblem(message);
  throw retryable ? new UnreachableProblem(message) : new OpsProblem(message);
};
