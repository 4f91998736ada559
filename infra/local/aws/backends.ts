import type { Answer } from '../http/loopback.ts';
import type { Lambda } from '../lambda/lambda.ts';
import type { Deployment } from '../template/identity.ts';
import type { ApiCall } from './call.ts';
import type { Backend } from './gateway.ts';
import type { createSecrets } from './secrets.ts';

/** Secrets Manager: `GetSecretValue` and `PutSecretValue`, of the secrets that the template makes. */
export function secretsBackend(secrets: ReturnType<typeof createSecrets>): Backend {
  return async ({ action, input }) => {
    if (action !== 'GetSecretValue' && action !== 'PutSecretValue')
      return refusal(400, 'InvalidAction', `The local runner has no ${action}.`);
    const id = String(input.SecretId);
    if (secrets.getSecretValue(id) === undefined) {
      return refusal(400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    if (action === 'PutSecretValue') secrets.put(id, String(input.SecretString));
    const { SecretString, ...version } = secrets.getSecretValue(id) ?? {};
    return json(200, JSON.stringify(action === 'PutSecretValue' ? version : { ...version, SecretString }));
  };
}

/** Lambda: `Invoke`, waiting for the answer or not; and a function's environment, read and changed. */
export function lambdaBackend(lambda: Lambda, deployment: Deployment): Backend {
  return async (call: ApiCall) => {
    const named = deployment
      .ofType('AWS::Lambda::Function')
      .find((each) => each.identity.ref === call.resource);
    if (named === undefined) {
      return refusal(404, 'ResourceNotFoundException', `Function not found: ${call.resource}`);
    }
    const { request, body } = call.received;
    const { ref } = named.identity;
    if (call.action === 'GetFunctionConfiguration') return json(200, configurationOf(lambda, ref));
    if (call.action === 'UpdateFunctionConfiguration') {
      const { Environment } = JSON.parse(body.toString('utf8')) as {
        Environment?: { Variables?: Record<string, string> };
      };
      lambda.reconfigure(ref, Environment?.Variables ?? lambda.environmentOf(ref));
      return json(200, configurationOf(lambda, ref));
    }
    const payload = body.length === 0 ? '{}' : body.toString('utf8');
    const invocation = lambda.invoke(ref, payload, 'invoke');
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

/** The part of a function's configuration that changes here. An update is complete at once. */
function configurationOf(lambda: Lambda, functionName: string): string {
  return JSON.stringify({
    FunctionName: functionName,
    Environment: { Variables: lambda.environmentOf(functionName) },
    LastUpdateStatus: 'Successful',
    State: 'Active',
  });
}

function json(status: number, body: string, headers: Record<string, string> = {}): Answer {
  const contentType = { 'content-type': 'application/x-amz-json-1.1' };
  return { status, headers: { ...contentType, ...headers }, body: Buffer.from(body) };
}

function refusal(status: number, code: string, message: string): Answer {
  return json(status, JSON.stringify({ __type: code, message }), { 'x-amzn-errortype': code });
}
