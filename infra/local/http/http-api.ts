import type { ServerResponse } from 'node:http';
import type { MayStart } from '../aws/authorizer.ts';
import { readCredentials } from '../aws/call.ts';
import type { Lambda } from '../lambda/lambda.ts';
import { arn, type DeployedResource, type Deployment } from '../template/identity.ts';
import type { Properties } from '../template/properties.ts';
import { httpEvent, sendAnswer, sendMessage, splitTarget } from './http-event.ts';
import type { Received } from './loopback.ts';
import { createThrottle, type Throttle } from './throttle.ts';

type Route = {
  key: string;
  /** `ANY` for every method. */
  method: string;
  /** Literal parts, `{name}` and `{name+}`; undefined for `$default`. */
  parts: readonly string[] | undefined;
  functionName: string;
  /** As which API Gateway asks Lambda to run the function. */
  sourceArn: string;
  iam: boolean;
  throttle: Throttle | undefined;
};

/** The access key that may call IAM-authorized routes. */
export const OPS_ACCESS_KEY = 'ops';

/** Above this an HTTP API answers 503 itself, whatever the function's own timeout. */
const INTEGRATION_TIMEOUT_MS = 30_000;

/**
 * Serves an HTTP API by the template's routes. A GET route does not serve HEAD. IAM-authorized routes ask for a SigV4
 * `Authorization` header that names the `ops` access key; the signature is not verified.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function createHttpApi(options: {
  api: DeployedResource;
  deployment: Deployment;
  lambda: Lambda;
  now(): number;
  throttling: boolean;
  mayStart: MayStart;
}): (received: Received, response: ServerResponse) => Promise<void> {
  const { api, lambda, now } = options;
  const routes = routesOf(options);

  return async (received, response) => {
    response.setHeader('date', new Date(now()).toUTCString());
    const { request } = received;
    const [path] = splitTarget(request.url ?? '/');
    const match = matchRoute(routes, request.method ?? 'GET', path);
    if (match === undefined) return sendMessage(response, 404, 'Not Found');
    const { route, pathParameters } = match;

    if (route.throttle?.take() === false) return sendMessage(response, 429, 'Too Many Requests');
    const accessKey = route.iam ? readCredentials(received)?.accessKeyId : undefined;
    if (route.iam && accessKey !== OPS_ACCESS_KEY) return sendMessage(response, 403, 'Forbidden');

    const { functionName, sourceArn } = route;
    const trigger = { kind: 'service', principal: 'apigateway.amazonaws.com', sourceArn } as const;
    if (!options.mayStart(trigger, functionName)) return sendMessage(response, 500, 'Internal Server Error');

    const event = httpEvent(received, {
      apiId: api.identity.ref,
      routeKey: route.key,
      pathParameters,
      iamAccessKey: accessKey,
      atMs: now(),
    });
    const late = setTimeout(() => sendMessage(response, 503, 'Service Unavailable'), INTEGRATION_TIMEOUT_MS);
    const outcome = await lambda.invoke(functionName, JSON.stringify(event), 'http-api');
    clearTimeout(late);
    if (response.headersSent) return;
    if (outcome.throttled) return sendMessage(response, 503, 'Service Unavailable');
    if (outcome.error !== undefined || !sendAnswer(response, outcome.payload)) {
      sendMessage(response, 500, 'Internal Server Error');
    }
  };
}

function routesOf(options: Parameters<typeof createHttpApi>[0]): Route[] {
  const { api, deployment } = options;
  const ofThisApi = ({ properties }: DeployedResource) => properties.text('ApiId') === api.identity.ref;
  const stage = deployment.ofType('AWS::ApiGatewayV2::Stage').find(ofThisApi)?.properties;
  const own = stage?.optionalObject('RouteSettings');
  const byDefault = stage?.optionalObject('DefaultRouteSettings');

  return deployment
    .ofType('AWS::ApiGatewayV2::Route')
    .filter(ofThisApi)
    .map(({ properties }): Route => {
      const key = properties.text('RouteKey');
      const [method = 'ANY', path] = key === '$default' ? ['ANY'] : key.split(' ');
      const authorization = properties.optionalText('AuthorizationType') ?? 'NONE';
      if (authorization !== 'NONE' && authorization !== 'AWS_IAM') {
        throw new Error(
          `${properties.where}: authorization ${authorization} is not known to the local runner.`,
        );
      }
      return {
        key,
        method,
        parts: path?.split('/').slice(1),
        functionName: targetOf(properties, deployment),
        sourceArn: arn(
          'execute-api',
          `${api.identity.ref}/${stage?.optionalText('StageName') ?? '$default'}/${method}${path ?? '/$default'}`,
        ),
        iam: authorization === 'AWS_IAM',
        throttle: options.throttling
          ? throttleOf(own?.optionalObject(key) ?? byDefault, options.now)
          : undefined,
      };
    });
}

function targetOf(route: Properties, deployment: Deployment): string {
  const integrationId = route.text('Target').replace(/^integrations\//, '');
  const integration = deployment.get(integrationId)?.properties;
  if (integration?.optionalText('PayloadFormatVersion') !== '2.0') {
    throw new Error(
      `${route.where}: only Lambda integrations of payload format 2.0 are known to the local runner.`,
    );
  }
  if (integration.raw('CredentialsArn') !== undefined) {
    throw new Error(
      `${integration.where}: integrations with a role of their own are not known to the local runner.`,
    );
  }
  return deployment.find(integration.text('IntegrationUri'), ['AWS::Lambda::Function']).identity.ref;
}

/** Each route has a bucket of its own, also where the numbers are the stage's. */
function throttleOf(settings: Properties | undefined, now: () => number): Throttle | undefined {
  const rate = settings?.optionalNumber('ThrottlingRateLimit');
  const burst = settings?.optionalNumber('ThrottlingBurstLimit');
  return rate === undefined || burst === undefined ? undefined : createThrottle(now, rate, burst);
}

/** The most specific route: an own method before ANY, literal parts before parameters, `$default` last. */
function matchRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; pathParameters: Record<string, string> | undefined } | undefined {
  const parts = path.split('/').slice(1);
  const matches = routes.flatMap((route) => {
    if (route.method !== 'ANY' && route.method !== method) return [];
    if (route.parts === undefined) return [{ route, rank: '9', pathParameters: undefined }];
    const pathParameters = matchParts(route.parts, parts);
    if (pathParameters === undefined) return [];
    const rank =
      route.parts.map((part) => (part.endsWith('+}') ? '2' : part.startsWith('{') ? '1' : '0')).join('') +
      (route.method === 'ANY' ? '1' : '0');
    return [
      { route, rank, pathParameters: Object.keys(pathParameters).length === 0 ? undefined : pathParameters },
    ];
  });
  return matches.toSorted((a, b) => (a.rank < b.rank ? -1 : 1))[0];
}

function matchParts(
  pattern: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [at, part] of pattern.entries()) {
    if (part.endsWith('+}')) {
      const rest = parts.slice(at);
      if (rest.length === 0) return undefined;
      parameters[part.slice(1, -2)] = rest.map(decode).join('/');
      return parameters;
    }
    const given = parts[at];
    if (given === undefined) return undefined;
    if (!part.startsWith('{')) {
      if (part !== given) return undefined;
    } else {
      if (given === '') return undefined;
      parameters[part.slice(1, -1)] = decode(given);
    }
  }
  return pattern.length === parts.length ? parameters : undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
