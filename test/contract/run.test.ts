import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startStripeSimulator } from '../../infra/local/stripe/simulator.ts';
import { startDynalite } from '../support/dynalite.ts';
import { assertDynamoDb, assertHere, assertStripeMock } from './servers.ts';

/** The command as it is typed, of which only refusals can be tried in here: otherwise it runs these tests. */
const type = async (...words: string[]): Promise<{ code: unknown; said: string }> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'run.ts'), ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = child.stderr.toArray();
  const [code] = await once(child, 'close');
  return { code, said: Buffer.concat(await said).toString('utf8') };
};

test.each([
  [['--dynamodb', 'localhost'], "'localhost' is invalid. It is an address, such as http://127.0.0.1:8000."],
  [['--dynamo', 'http://127.0.0.1:1'], "unknown option '--dynamo'"],
  [['http://127.0.0.1:1'], 'too many arguments'],
  [['--stripe-mock', 'http://127.0.0.1:1'], 'Nobody answers at http://127.0.0.1:1/.'],
  [
    ['--stripe-mock', 'https://api.stripe.com'],
    'https://api.stripe.com/ is not on this machine. Say --elsewhere',
  ],
  [['--stripe-openapi', 'package.json'], "package.json can't be read as Stripe's description"],
])('wrong input, %j, is said before anything runs', async (words, wanted) => {
  const { code, said } = await type(...words);
  expect(said).toContain(wanted);
  expect(code).toBe(2);
});

test('what is not stripe-mock, or not DynamoDB, is not taken for it', async () => {
  const simulator = await startStripeSimulator();
  onTestFinished(() => simulator.stop());
  const dynalite = await startDynalite();
  onTestFinished(() => dynalite.stop());
  const [stripe, dynamo] = [new URL(simulator.url), new URL(dynalite.endpoint)];
  await expect(assertStripeMock(stripe)).rejects.toThrow('is not stripe-mock. Start it: docker run');
  await expect(assertStripeMock(dynamo)).rejects.toThrow('is not stripe-mock');
  await expect(assertDynamoDb(stripe)).rejects.toThrow('is not DynamoDB. Start it: docker run');
  await expect(assertDynamoDb(dynamo)).resolves.toBeUndefined();
});

test.each(['http://127.0.0.1:8000', 'http://localhost:8000', 'http://[::1]:8000'])(
  '%s is this machine',
  (url) => {
    expect(() => assertHere(new URL(url))).not.toThrow();
  },
);
