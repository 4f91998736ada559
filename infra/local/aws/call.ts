import type { Received } from '../http/loopback.ts';

/** The AWS services that answer behind the gateway, by their signing names. */
export type Service = 'dynamodb' | 'sqs' | 'sns' | 'ses' | 'secretsmanager' | 'lambda' | 'cloudformation';

/** One AWS API request as the gateway understands it. */
export type ApiCall = {
  service: Service;
  /** `GetItem`, `SendMessage`, `SendRawEmail`, … */
  action: string;
  /** Physical name of what it is about, if the request names one: table, queue, secret, function or topic. */
  resource: string | undefined;
  /** Index of a query, if any. */
  index: string | undefined;
  /** The request's parameters, parsed. */
  input: Readonly<Record<string, unknown>>;
  received: Received;
};

/** Who signed a request. A function's processes have the function's name as key id and their own id as session token. */
export type Credentials = { accessKeyId: string; instanceId: string | undefined; service: string };

const SERVICES: ReadonlySet<string> = new Set([
  'dynamodb',
  'sqs',
  'sns',
  'ses',
  'secretsmanager',
  'lambda',
  'cloudformation',
]);

/**
 * Reads the SigV4 `Authorization` header. The signature itself is not verified: everything is on this machine.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
 */
export function readCredentials(received: Received): Credentials | undefined {
  const { headers } = received.request;
  const match = /^AWS4-HMAC-SHA256 .*?Credential=([^/,\s]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(
    headers.authorization ?? '',
  );
  const [, accessKeyId, service] = match ?? [];
  if (accessKeyId === undefined || service === undefined) return undefined;
  const token = headers['x-amz-security-token'];
  return { accessKeyId, service, instanceId: typeof token === 'string' ? token : undefined };
}

/** @throws {UnknownCall} for a service or a protocol that the gateway does not know */
export function readCall(received: Received, service: string): ApiCall {
  if (!isService(service)) {
    throw new UnknownCall(`The local gateway has no service ${service}.`);
  }
  const base = { service, received, index: undefined, resource: undefined };

  if (service === 'lambda') {
    const { method, url = '' } = received.request;
    const [, name = '', what = ''] =
      /^\/2015-03-31\/functions\/([^/?]+)\/([a-z]+)\/?(?:\?|$)/.exec(url) ?? [];
    const action = LAMBDA_ACTIONS[`${method} ${what}`];
    if (action === undefined) {
      const known = Object.values(LAMBDA_ACTIONS).join(', ');
      throw new UnknownCall(`Of Lambda the local gateway knows only ${known}.`);
    }
    return { ...base, action, resource: functionNameIn(decodeURIComponent(name)), input: {} };
  }

  const target = received.request.headers['x-amz-target'];
  if (typeof target === 'string') {
    const input = JSON.parse(received.body.toString('utf8') || '{}') as Record<string, unknown>;
    const index = typeof input.IndexName === 'string' ? input.IndexName : undefined;
    return {
      ...base,
      action: target.slice(target.lastIndexOf('.') + 1),
      input,
      index,
      resource: named(input),
    };
  }

  const input = Object.fromEntries(new URLSearchParams(received.body.toString('utf8')));
  if (input.Action === undefined) throw new UnknownCall(`A request to ${service} without an action.`);
  return { ...base, action: input.Action, input, resource: named(input) };
}

/** By method and the end of the path, after the function's name. */
const LAMBDA_ACTIONS: Readonly<Record<string, string>> = {
  'POST invocations': 'Invoke',
  'GET configuration': 'GetFunctionConfiguration',
  'PUT configuration': 'UpdateFunctionConfiguration',
};

/** A request that the gateway cannot answer. It is a gap of the local runner, not a fault of AWS. */
export class UnknownCall extends Error {
  override readonly name = 'UnknownCall';
}

/** The resource that an input names. For a batch: its tables, joined by a comma. */
function named(input: Readonly<Record<string, unknown>>): string | undefined {
  const { TableName, QueueUrl, SecretId, TopicArn, StackName, RequestItems } = input;
  if (typeof QueueUrl === 'string') return QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1);
  if (typeof RequestItems === 'object' && RequestItems !== null) return Object.keys(RequestItems).join(',');
  return [TableName, SecretId, TopicArn, StackName].find((name) => typeof name === 'string');
}

/** Invoke takes a name, a partial ARN or a whole one. */
function functionNameIn(identifier: string): string {
  return /function:([^:]+)/.exec(identifier)?.[1] ?? identifier;
}

function isService(name: string): name is Service {
  return SERVICES.has(name);
}
