import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ACCOUNT_ID } from '../template/identity.ts';
import type { Received } from './loopback.ts';

/** What HTTP APIs and Function URLs have in common: events and answers of payload format 2.0. */
export type EventContext = {
  apiId: string;
  routeKey: string;
  pathParameters?: Readonly<Record<string, string>> | undefined;
  /** The principal of a signed request. */
  iamAccessKey?: string | undefined;
  /** In the stack's time. */
  atMs: number;
};

/**
 * The event of a request.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 */
export function httpEvent({ request, body }: Received, context: EventContext): object {
  const [rawPath = '/', rawQueryString = ''] = splitTarget(request.url ?? '/');
  const query = joined([...new URLSearchParams(rawQueryString)]);
  const cookies = (request.headers.cookie ?? '').split(/;\s*/).filter((cookie) => cookie !== '');
  const isText = isTextual(request.headers['content-type']);

  return {
    version: '2.0',
    routeKey: context.routeKey,
    rawPath,
    rawQueryString,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers: headersOf(request),
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
    ...(context.pathParameters === undefined ? {} : { pathParameters: context.pathParameters }),
    requestContext: {
      accountId: context.iamAccessKey === undefined ? 'anonymous' : ACCOUNT_ID,
      apiId: context.apiId,
      ...(context.iamAccessKey === undefined ? {} : { authorizer: { iam: iamOf(context.iamAccessKey) } }),
      domainName: request.headers.host ?? '127.0.0.1',
      domainPrefix: context.apiId,
      http: {
        method: request.method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: context.routeKey,
      stage: '$default',
      time: commonLogTime(context.atMs),
      timeEpoch: Math.floor(context.atMs),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

type StructuredAnswer = {
  statusCode?: unknown;
  headers?: Record<string, string | number | boolean>;
  cookies?: string[];
  body?: string;
  isBase64Encoded?: boolean;
};

/**
 * Sends what a function answered. As AWS: an object with a `statusCode` is the response, anything else is its body.
 * Resolves to false, with nothing sent, for an answer that AWS would refuse.
 */
export function sendAnswer(response: ServerResponse, payload: string): boolean {
  const value = JSON.parse(payload) as unknown;
  const structured =
    typeof value === 'object' && value !== null && 'statusCode' in value
      ? (value as StructuredAnswer)
      : {
          statusCode: 200,
          headers: { 'content-type': 'application/json' },
          body: typeof value === 'string' ? value : payload,
        };
  const status = Number(structured.statusCode);
  const { body = '' } = structured;
  if (!Number.isInteger(status) || status < 100 || status > 599 || typeof body !== 'string') return false;

  const bytes = Buffer.from(body, structured.isBase64Encoded === true ? 'base64' : 'utf8');
  for (const [name, header] of Object.entries(structured.headers ?? {})) {
    response.setHeader(name, String(header));
  }
  if (structured.cookies !== undefined && structured.cookies.length > 0) {
    response.setHeader('set-cookie', structured.cookies);
  }
  if (!response.hasHeader('content-type') && bytes.length > 0)
    response.setHeader('content-type', 'text/plain;charset=UTF-8');
  response.setHeader('content-length', bytes.length);
  response.writeHead(status);
  // Of an answer to HEAD, Node sends the headers alone.
  response.end(bytes);
  return true;
}

/** The service's own bare answers: they cannot be customised on AWS either. */
export function sendMessage(response: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ message });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

export function splitTarget(target: string): [string, string] {
  const at = target.indexOf('?');
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}

/** Repeated names become one value with commas; cookies have a field of their own. */
function headersOf(request: IncomingMessage): Record<string, string> {
  const pairs: [string, string][] = [];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = (request.rawHeaders[at] ?? '').toLowerCase();
    if (name !== 'cookie' && name !== 'connection') pairs.push([name, request.rawHeaders[at + 1] ?? '']);
  }
  return joined(pairs);
}

function joined(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of pairs) {
    result[name] = Object.hasOwn(result, name) ? `${result[name]},${value}` : value;
  }
  return result;
}

/** Everything else reaches the function as base64, forms included. */
function isTextual(contentType: string | undefined): boolean {
  if (contentType === undefined) return true;
  return /^(text\/|application\/(json|javascript|xml|.*\+json|.*\+xml)\b)/i.test(contentType);
}

function iamOf(accessKey: string): object {
  return {
    accessKey,
    accountId: ACCOUNT_ID,
    callerId: accessKey,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: `arn:aws:iam::${ACCOUNT_ID}:user/${accessKey}`,
    userId: accessKey,
  };
}

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(atMs: number): string {
  const [, day, month, year, time] = new Date(atMs).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
