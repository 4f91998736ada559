import type { ServerResponse } from 'node:http';
import type { MayStart } from '../aws/authorizer.ts';
import type { Lambda } from '../lambda/lambda.ts';
import type { DeployedResource, Deployment } from '../template/identity.ts';
import { httpEvent, sendAnswer, sendMessage } from './http-event.ts';
import type { Received } from './loopback.ts';

/**
 * Serves a Function URL without authorization.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export function createFunctionUrl(options: {
  url: DeployedResource;
  deployment: Deployment;
  lambda: Lambda;
  now(): number;
  mayStart: MayStart;
}): (received: Received, response: ServerResponse) => Promise<void> {
  const { url, lambda, now } = options;
  const { properties } = url;
  if (properties.text('AuthType') !== 'NONE') {
    throw new Error(
      `${properties.where}: only Function URLs with AuthType NONE are known to the local runner.`,
    );
  }
  const target = options.deployment.find(properties.text('TargetFunctionArn'), ['AWS::Lambda::Function']);

  return async (received, response) => {
    response.setHeader('date', new Date(now()).toUTCString());
    if (!options.mayStart({ kind: 'function-url' }, target.identity.ref)) return sendForbidden(response);
    const event = httpEvent(received, { apiId: url.logicalId, routeKey: '$default', atMs: now() });
    const outcome = await lambda.invoke(target.identity.ref, JSON.stringify(event), 'function-url');
    if (outcome.throttled) return sendMessage(response, 429, 'Rate Exceeded.');
    if (outcome.error !== undefined || !sendAnswer(response, outcome.payload)) {
      sendMessage(response, 502, 'Internal Server Error');
    }
  };
}

function sendForbidden(response: ServerResponse): void {
  const message =
    'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html';
  response.writeHead(403, {
    'content-type': 'application/json',
    'x-amzn-errortype': 'AccessDeniedException',
  });
  response.end(JSON.stringify({ Message: message }));
}
