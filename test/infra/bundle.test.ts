import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, BundleError, bundleFunctions } from '../../infra/bundle.ts';
import { type FunctionName, functionNames } from '../../infra/functions.ts';
import { functionEnvironment as environment } from '../support/function-environment.ts';
import { temporaryDirectory, writeIdleFunctions } from './template.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const scratch = temporaryDirectory();
afterAll(() => scratch.remove());

/** Runs a piece of CommonJS in a process of its own; resolves to what it printed, as JSON. */
const inOwnProcess = (code: string, env: Record<string, string> = {}): unknown => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', code], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
};

/** The same without holding up this process, which has to answer it; resolves to what it printed. */
const inOtherProcess = (code: string, env: Record<string, string>): Promise<string> =>
  new Promise((done, failed) => {
    const child = spawn(process.execPath, ['-e', code], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.on('data', (text) => (printed += String(text)));
    child.on('error', failed);
    child.on('close', () => done(printed));
  });

describe('the functions of this project', () => {
  let bundles: Record<FunctionName, Bundle>;
  beforeAll(async () => {
    bundles = await bundleFunctions({
      directory: join(scratch.path, 'bundles'),
      functionsDirectory: join(PROJECT, 'functions'),
    });
  });
  const code = (name: FunctionName): string =>
    readFileSync(join(bundles[name].directory, 'index.js'), 'utf8');

  test.each(functionNames)('%s is made of libraries for production only, without React', (name) => {
    const lock: { packages: Record<string, { dev?: boolean }> } = JSON.parse(
      readFileSync(join(PROJECT, 'package-lock.json'), 'utf8'),
    );
    const forDevelopment = bundles[name].packages.filter(
      (library) => lock.packages[`node_modules/${library}`]?.dev,
    );
    expect(forDevelopment).toEqual([]);
    expect(bundles[name].packages.filter((library) => library.includes('react'))).toEqual([]);
    // The name under which every version of React marks its elements.
    expect(code(name)).not.toContain('react.transitional.element');
  });

  test.each(functionNames)('%s has no Stripe library inside', (name) => {
    expect(bundles[name].packages).not.toContain('stripe');
    expect(code(name)).not.toContain('api.stripe.com');
  });

  test('the Stripe library lies beside the functions that may call Stripe or check its signature', () => {
    const beside = functionNames.filter((name) => readdirSync(bundles[name].directory).includes('stripe.js'));
    expect(beside).toEqual([
      'first-payment',
      'mint-link',
      'start-checkout',
      'stripe-webhook',
      'fulfil-payment',
      'retire-link',
      'tick',
      'recover-orders',
      'reconcile',
      'settle-payment',
    ]);
    expect(readFileSync(join(bundles['first-payment'].directory, 'stripe.js'), 'utf8')).toContain(
      'api.stripe.com',
    );
  });

  test('the SQS client lies beside the functions that seldom send, and is in no other', () => {
    const beside = functionNames.filter((name) => bundles[name].beside.includes('sqs'));
    expect(beside).toEqual([
      ...['first-payment', 'mint-link', 'start-checkout', 'retire-link'],
      ...['import-orders', 'keep-record'],
    ]);
    for (const name of beside) expect(bundles[name].packages).not.toContain('@aws-sdk/client-sqs');
  });

  test('the calendar library lies beside the functions that reckon with local times, and is in none', () => {
    const beside = functionNames.filter((name) => bundles[name].beside.includes('local-time'));
    expect(beside).toEqual(['tick', 'plan-blast', 'set-schedule']);
    for (const name of functionNames) expect(bundles[name].packages).not.toContain('temporal-polyfill');
  });

  test('only the webhook loads the Stripe library at its start', () => {
    const loading = functionNames.filter((name) => {
      const loaded = inOwnProcess(
        `require('${bundles[name].directory}/index.js'); console.log(JSON.stringify(Object.keys(require.cache)))`,
        environment,
      );
      return JSON.stringify(loaded).includes('stripe.js');
    });
    expect(loading).toEqual(['stripe-webhook']);
  });

  test('a function holds no client of a service that it never calls', () => {
    const clients = Object.fromEntries(
      functionNames.map((name) => [
        name,
        bundles[name].packages
          .flatMap((library) => /^@aws-sdk\/client-(.+)$/.exec(library)?.[1] ?? [])
          .join(' '),
      ]),
    );
    expect(clients).toEqual({
      'first-payment': 'dynamodb secrets-manager',
      'mint-link': 'dynamodb secrets-manager',
      'start-checkout': 'dynamodb secrets-manager',
      'stripe-webhook': 'secrets-manager sqs',
      'fulfil-payment': 'dynamodb secrets-manager sqs',
      'retire-link': 'dynamodb secrets-manager',
      tick: 'dynamodb secrets-manager sqs',
      'plan-blast': 'dynamodb secrets-manager ses sqs',
      'send-blast': 'dynamodb secrets-manager ses sqs',
      'ses-feedback': 'dynamodb',
      unsubscribe: 'dynamodb secrets-manager',
      'recover-orders': 'dynamodb secrets-manager sqs',
      reconcile: 'dynamodb secrets-manager',
      'report-blast': 'dynamodb',
      'look-up': 'dynamodb secrets-manager',
      'set-schedule': 'dynamodb',
      'decide-order': 'dynamodb sqs',
      'settle-payment': 'dynamodb secrets-manager sqs',
      'import-orders': 'dynamodb',
      'keep-record': 'dynamodb',
      'export-records': 'dynamodb',
      'forget-family': 'dynamodb',
      'create-test-order': 'dynamodb secrets-manager',
    });
    const mailing = functionNames.filter((name) => bundles[name].beside.includes('compose'));
    expect(mailing).toEqual(['plan-blast', 'send-blast']);
    for (const name of functionNames) expect(bundles[name].packages).not.toContain('nodemailer');
  });

  test('what a parent waits for stays small', () => {
    expect(statSync(join(bundles['first-payment'].directory, 'index.js')).size).toBeLessThan(400_000);
  });

  test('a function reaches AWS with the credentials that Lambda puts into its environment', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(
        `${request.headers['x-amz-target']} ${/Credential=(\w+)/.exec(request.headers.authorization ?? '')?.[1]}`,
      );
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify({ SecretString: '["whsec_x"]' }));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      const { port } = server.address() as AddressInfo;
      const answer = await inOtherProcess(
        `require('${bundles['stripe-webhook'].directory}/index.js')
          .handler({ headers: { 'stripe-signature': 't=1,v1=00' }, body: '{}', isBase64Encoded: false }, {})
          .then(({ statusCode }) => console.log(statusCode))`,
        { ...environment, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` },
      );
      expect(asked).toEqual(['secretsmanager.GetSecretValue AKIDTEST']);
      expect(answer.trim().split('\n').at(-1)).toBe('400');
    } finally {
      server.close();
    }
  });
});

describe('bundling', () => {
  const written = (name: string, files: Record<string, string>): string => {
    const root = join(scratch.path, name);
    mkdirSync(join(root, 'functions'), { recursive: true });
    writeIdleFunctions(join(root, 'functions'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return root;
  };
  const bundle = (root: string) =>
    bundleFunctions({ directory: join(root, 'out'), functionsDirectory: join(root, 'functions') });

  const withAdapter = {
    'lib/errors.ts': 'export class Refused extends Error {}',
    'lib/gateway.ts': `import Stripe from 'stripe';
      import { Refused } from './errors.ts';
      export const gateway = (key: string) => ({ kind: typeof new Stripe(key).paymentLinks, refuse: () => { throw new Refused(); } });`,
    'functions/mint-link.ts': `import { Refused } from '../lib/errors.ts';
      export const handler = async () => {
        const before = Object.keys(require.cache).length;
        const { gateway } = await import('../lib/gateway.ts');
        const made = gateway('sk_test_x');
        try { made.refuse(); } catch (error) {
          return { kind: made.kind, ownError: error instanceof Refused, filesLoaded: Object.keys(require.cache).length - before };
        }
      };`,
  };

  test('an adapter that is imported late loads Stripe late, and throws errors that the function knows', async () => {
    const bundles = await bundle(written('late', withAdapter));
    const answer = inOwnProcess(
      `require('${bundles['mint-link'].directory}/index.js').handler().then((answer) => console.log(JSON.stringify(answer)))`,
    );
    expect(answer).toEqual({ kind: 'object', ownError: true, filesLoaded: 1 });
  });

  test('the same sources give the same bytes, wherever they lie', async () => {
    const [here, there] = [written('here', withAdapter), written('elsewhere/deeper', withAdapter)];
    const [first, second] = [await bundle(here), await bundle(there)];
    for (const name of functionNames) {
      for (const file of readdirSync(first[name].directory)) {
        expect(readFileSync(join(second[name].directory, file), 'utf8')).toBe(
          readFileSync(join(first[name].directory, file), 'utf8'),
        );
      }
    }
  });

  test('nothing of an earlier build is left over', async () => {
    const root = written('leftover', withAdapter);
    await bundle(root);
    cpSync(join(root, 'functions/tick.ts'), join(root, 'functions/mint-link.ts'));
    const { 'mint-link': again } = await bundle(root);
    expect(readdirSync(again.directory).sort()).toEqual(['index.js', 'package.json']);
  });

  test('a function that is listed but not written is named', async () => {
    const root = written('missing', {});
    rmSync(join(root, 'functions/tick.ts'));
    await expect(bundle(root)).rejects.toThrow(
      /infra\/functions\.ts lists "tick", but there is no .*tick\.ts/,
    );
  });

  test('a function that exports no handler is named', async () => {
    const root = written('no-handler', { 'functions/tick.ts': 'export const run = 1;' });
    await expect(bundle(root)).rejects.toThrow(/tick\.ts exports no "handler"/);
  });

  test('a source that does not build says where', async () => {
    const root = written('broken', { 'functions/tick.ts': `export { handler } from './nowhere.ts';` });
    const failure = await bundle(root).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BundleError);
    expect(String(failure)).toContain('nowhere.ts');
  });
});
