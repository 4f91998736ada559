import type { Answer } from '../http/loopback.ts';
import type { Lambda } from '../lambda/lambda.ts';
import type { Deployment } from '../template/identity.ts';
import type { ApiCall } from './call.ts';
import type { Backend } from './gateway.ts';
import type { createSecrets } from './secrets.ts';

/** Secrets Manager: `GetSecretValue` from the map. */
export function secretsBackend(secrets: ReturnType<typeof createSecrets>): Backend {
  return async ({ action, input }) => {
    if (action !== 'GetSecretValue')
      return refusal(400, 'InvalidAction', `The local runner has no ${action}.`);
    const value = secrets.getSecretValue(String(input.SecretId));
    if (value === undefined) {
      return refusal(400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    return json(200, JSON.stringify(value));
  };
}

/** Lambda: `Invoke`, waiting for the answer or not. */
export function lambdaBackend(lambda: Lambda, deployment: Deployment): Backend {
  return async (call: ApiCall) => {
    const named = deployment
      .ofType('AWS::Lambda::Function')
      .find((each) => each.identity.ref === call.resource);
    if (named === undefined) {
      return refusal(404, 'ResourceNotFoundException', `Function not found: ${call.resource}`);
    }
    const { request, body } = call.received;
    const payload = body.length === 0 ? '{}' : body.toString('utf8');
    const invocation = lambda.invoke(named.identity.ref, payload, 'invoke');
    if (request.headers['x-amz-invocation-type'] === 'Event') return json(202, '');

    const outcome = await invocation;
    if (outcome.throttled) return refusal(429, 'TooManyRequestsException', 'Rate Exceeded.');
    return outcome.error === undefined
      ? json(200, outcome.payload, { 'x-amz-executed-version': '$LATEST' })
      : json(200, JSON.stringify(outcome.error), {
          'x-amz-executed-version': '$LATEST',
          'x-amz-function-error': 'Unhandled',
        });
  };
}

function json(status: number, body: string, headers: Record<string, string> = {}): Answer {
  const contentType = { 'content-type': 'application/x-amz-json-1.1' };
  return { status, headers: { ...contentType, ...headers }, body: Buffer.from(body) };
}

function refusal(status: number, code: string, message: string): Answer {
  return json(status, JSON.stringify({ __type: code, message }), { 'x-amzn-errortype': code });
}
