import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stripeForQueue } from '../../../functions/wiring.ts';
import { Misconfigured } from '../../../lib/domain/errors.ts';

describe('the Stripe key of a stage', () => {
  const asked: string[] = [];
  /** Stands for Secrets Manager, where each secret holds its own name; and for Stripe, where there is no such object. */
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    response.setHeader('content-type', 'application/json');
    if (request.headers['x-amz-target'] !== undefined) {
      response.end(JSON.stringify({ SecretString: JSON.parse(body).SecretId }));
      return;
    }
    asked.push(String(request.headers.authorization));
    response.statusCode = 404;
    response.end(JSON.stringify({ error: { type: 'invalid_request_error', code: 'resource_missing' } }));
  });
  let url = '';

  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    vi.stubEnv('AWS_ENDPOINT_URL', url);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDTEST');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });

  const use = (key: string, livemode: boolean) =>
    stripeForQueue({
      STRIPE_KEY_SECRET_ID: key,
      STRIPE_ENDPOINT_URL: url,
      LIVEMODE: livemode,
    }).paymentIntent('pi_1');
  const refusal = (key: string, livemode: boolean) =>
    use(key, livemode).then(
      () => 'taken',
      (error: unknown) => {
        expect(error).toBeInstanceOf(Misconfigured);
        return (error as Misconfigured).message;
      },
    );

  it.each([
    ['sk_test_a', false],
    ['rk_test_a', false],
    ['sk_live_a', true],
    ['rk_live_a', true],
  ])('%s is taken where live mode is %s', async (key, livemode) => {
    await use(key, livemode);
    expect(asked.at(-1)).toBe(`Bearer ${key}`);
  });

  it.each([
    [
      'sk_live_b',
      false,
      'The Stripe key that is stored is a live key, and this stage takes test keys only: store a test key, or deploy another stage.',
    ],
    [
      'rk_test_b',
      true,
      'The Stripe key that is stored is a test key, and this stage takes live keys only: store a live key, or deploy another stage.',
    ],
    [
      'not-set',
      false,
      'The Stripe key has not been stored yet, or is not a secret or restricted key: store a test key.',
    ],
    [
      'pk_live_b',
      true,
      'The Stripe key has not been stored yet, or is not a secret or restricted key: store a live key.',
    ],
  ])('%s is refused where live mode is %s, and Stripe is not asked', async (key, livemode, sentence) => {
    const before = asked.length;
    expect(await refusal(key, livemode)).toBe(sentence);
    expect(asked).toHaveLength(before);
  });
});
