import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { assertDescription, assertDynamoDb, assertHere, assertStripeMock, NotUsable } from './servers.ts';

/**
 * `npm run test:contract`: the contract suites against what needs nothing (memory, dynalite, the Stripe simulator), and
 * against the emulators of Stripe and AWS that it is told of. The last line is `N passed, N failed`.
 */
type Options = { stripeMock?: URL; stripeOpenapi?: string; dynamodb?: URL; elsewhere?: true };

/** Of wrong input, as the command line of ops has it. */
const USAGE = 2;

const address = (text: string): URL => {
  const url = URL.parse(text);
  if (url !== null && ['http:', 'https:'].includes(url.protocol)) return url;
  throw new InvalidArgumentError('It is an address, such as http://127.0.0.1:8000.');
};

const program = new Command('npm run test:contract --')
  .description('Runs the contract suites, also against the official emulators that are named.')
  .option('--stripe-mock <url>', 'Stripe’s stripe-mock: requests and answers are held against it', address)
  .option('--stripe-openapi <file>', 'Stripe’s openapi/spec3.json: answers are held against it')
  .option('--dynamodb <url>', 'AWS’s DynamoDB Local: the stores run on it', address)
  .option('--elsewhere', 'allows servers that are not on this machine')
  .allowExcessArguments(false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE));

const { stripeMock, stripeOpenapi, dynamodb, elsewhere } = program.parse().opts<Options>();

try {
  for (const url of [stripeMock, dynamodb]) if (url !== undefined && elsewhere !== true) assertHere(url);
  if (stripeMock !== undefined) await assertStripeMock(stripeMock);
  if (dynamodb !== undefined) await assertDynamoDb(dynamodb);
  if (stripeOpenapi !== undefined) assertDescription(stripeOpenapi);
} catch (error) {
  if (!(error instanceof NotUsable)) throw error;
  console.error(error.message);
  process.exit(USAGE);
}

for (const [what, given, option] of [
  [
    'what we ask of Stripe, and what the simulator answers, beside stripe-mock',
    stripeMock,
    '--stripe-mock <url>',
  ],
  ['what the simulator answers, beside Stripe’s description', stripeOpenapi, '--stripe-openapi <file>'],
  ['the stores on DynamoDB Local', dynamodb, '--dynamodb <url>'],
  ['the gateway in Stripe’s test mode', process.env.STRIPE_TEST_API_KEY, 'STRIPE_TEST_API_KEY=sk_test_…'],
] as const) {
  console.log(given === undefined ? `not run: ${what} (no ${option})` : `to run: ${what}`);
}

const { status } = spawnSync(
  process.execPath,
  [join(import.meta.dirname, '../run.ts'), '--project', 'contract'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(stripeMock && { STRIPE_MOCK_URL: stripeMock.origin }),
      ...(stripeOpenapi !== undefined && { STRIPE_OPENAPI_FILE: resolve(stripeOpenapi) }),
      ...(dynamodb && { DYNAMODB_LOCAL_URL: dynamodb.origin }),
    },
  },
);
process.exitCode = status ?? 1;
