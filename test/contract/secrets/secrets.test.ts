import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { patient } from '../../../lib/adapters/aws.ts';
import { type SecretReader, secretReader } from '../../../lib/adapters/secrets.ts';
import { Misconfigured, StoreUnavailable } from '../../../lib/domain/errors.ts';
import { localAws } from '../../support/dynamodb.ts';
import { type Fault, type FaultyProxy, startFaultyProxy } from '../../support/faulty-proxy.ts';

let proxy: FaultyProxy;
let client: SecretsManagerClient;
let secrets: SecretReader;

beforeAll(async () => {
  proxy = await startFaultyProxy('http://127.0.0.1:1');
  client = new SecretsManagerClient({
    ...patient({ connectMs: 1_000, answerMs: 2_000, attempts: 1 }),
    endpoint: proxy.endpoint,
    ...localAws,
  });
});
beforeEach(() => {
  secrets = secretReader({ client });
  proxy.calls.length = 0;
});
afterAll(async () => {
  client.destroy();
  await proxy.stop();
});

const answer = (body: object, status = 200): Fault => ({
  kind: 'answer',
  status,
  body: JSON.stringify(body),
});
const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:stripe';

test('a secret is read once, also by those who ask at the same moment', async () => {
  proxy.fail('GetSecretValue', answer({ SecretString: 'sk_test_1' }));
  expect(await Promise.all([secrets.read(arn), secrets.read(arn)])).toEqual(['sk_test_1', 'sk_test_1']);
  expect(await secrets.read(arn)).toBe('sk_test_1');
  expect(proxy.calls).toEqual(['GetSecretValue']);
});

test('two secrets are two', async () => {
  proxy.fail('GetSecretValue', answer({ SecretString: 'one' }), answer({ SecretString: 'two' }));
  expect(await secrets.read('a')).toBe('one');
  expect(await secrets.read('b')).toBe('two');
});

test('a failed read is not remembered', async () => {
  proxy.fail(
    'GetSecretValue',
    answer({ __type: 'InternalServiceError' }, 500),
    answer({ SecretString: 'one' }),
  );
  const both = await Promise.allSettled([secrets.read(arn), secrets.read(arn)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await secrets.read(arn)).toBe('one');
  expect(proxy.calls).toHaveLength(2);
});

test.each([
  ['throttling', answer({ __type: 'ThrottlingException' }, 400), StoreUnavailable],
  ['no answer', { kind: 'silence' } as const, StoreUnavailable],
  ['a secret that is not there', answer({ __type: 'ResourceNotFoundException' }, 400), Misconfigured],
  ['a secret that is not ours', answer({ __type: 'AccessDeniedException' }, 400), Misconfigured],
  ['a secret of bytes', answer({ SecretBinary: 'AAAA' }), Misconfigured],
])('%s is told as what it is, with the id of the secret', async (_, fault, kind) => {
  proxy.fail('GetSecretValue', fault);
  const error = await secrets.read(arn).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(kind);
  expect(error).toMatchObject({ evidence: { secretId: arn } });
});
