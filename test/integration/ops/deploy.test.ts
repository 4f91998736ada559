import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { runOps } from '../../support/ops.ts';

/** CloudFormation with nothing but the stack that `cdk bootstrap` makes, or not even that; and a `cdk` that notes how it is called. */
let cloudFormation: Server;
let directory: string;
let bootstrapped: boolean;
beforeAll(async () => {
  cloudFormation = createServer((_, response) => {
    response.writeHead(bootstrapped ? 200 : 400, { 'content-type': 'text/xml' });
    response.end(
      bootstrapped
        ? '<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>CDKToolkit</StackName>' +
            '<StackId>arn:aws:cloudformation:us-west-2:123456789012:stack/CDKToolkit/1</StackId>' +
            '</member></Stacks></DescribeStacksResult></DescribeStacksResponse>'
        : '<ErrorResponse><Error><Code>ValidationError</Code><Message>no such stack</Message></Error></ErrorResponse>',
    );
  });
  await new Promise<void>((resolve) => cloudFormation.listen(0, '127.0.0.1', resolve));
  directory = mkdtempSync(join(tmpdir(), 'club-payments-cdk-'));
  writeFileSync(
    join(directory, 'cdk'),
    `#!/bin/sh\nprintf '%s\\n' "$@" > '${directory}/arguments'\nexit "\${CDK_ENDS_WITH:-0}"\n`,
  );
  chmodSync(join(directory, 'cdk'), 0o755);
});
afterAll(() => {
  cloudFormation.close();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  bootstrapped = true;
  writeFileSync(join(directory, 'arguments'), '');
});

const deploy = (args: readonly string[], env: Record<string, string> = {}) => {
  const { port } = cloudFormation.address() as AddressInfo;
  return runOps(['deploy', ...args], {
    env: {
      PATH: `${directory}${delimiter}${process.env.PATH ?? ''}`,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-west-2',
      AWS_ACCESS_KEY_ID: 'somebody',
      AWS_SECRET_ACCESS_KEY: 'secret',
      ...env,
    },
  });
};
const cdkCalledWith = () =>
  readFileSync(join(directory, 'arguments'), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

it('says what will be deployed, and hands stage and settings to cdk', async () => {
  const { code, stdout } = await deploy(['--stage', 'dev-anna', '-c', 'clubName=Hill & Side = Club']);
  expect(code).toBe(0);
  expect(stdout).toContain('dev-anna (may be deleted with all it holds)');
  expect(stdout).toContain('account 123456789012, us-west-2');
  expect(stdout).toContain('test mode');
  expect(stdout).toContain('as fast as SES lets it');
  expect(cdkCalledWith()).toEqual([
    'deploy',
    'club-payments-dev-anna',
    '--context',
    'clubName=Hill & Side = Club',
    '--context',
    'stage=dev-anna',
  ]);
});

it('--dry-run only compares, --bootstrap only prepares', async () => {
  await deploy(['--stage', 'dev', '--dry-run']);
  expect(cdkCalledWith().slice(0, 2)).toEqual(['diff', 'club-payments-dev']);
  bootstrapped = false;
  await deploy(['--stage', 'dev', '--bootstrap']);
  expect(cdkCalledWith()).toEqual(['bootstrap', '--context', 'stage=dev']);
});

it('ends as cdk ends', async () => {
  expect((await deploy(['--stage', 'dev'], { CDK_ENDS_WITH: '1' })).code).toBe(1);
});

it.each([
  [[], 2, 'Which stage?'],
  [['--stage', 'dev', '-c', 'clubName'], 2, '"clubName" is not a context value'],
  [['--stage', 'dev', '-c', 'stage=prod'], 2, 'The stage is given with --stage'],
  [['--stage', 'prod'], 1, 'needs the context value "clubName"'],
])('%j stops before cdk, with a sentence', async (args, exitCode, sentence) => {
  const { code, stdout } = await deploy(args);
  expect(stdout).toContain(sentence);
  expect(code).toBe(exitCode);
  expect(cdkCalledWith()).toEqual([]);
});

it('says how to prepare an account that the CDK does not know yet', async () => {
  bootstrapped = false;
  const { code, stdout } = await deploy(['--stage', 'dev']);
  expect(code).toBe(1);
  expect(stdout).toContain('npm run deploy -- --stage dev --bootstrap');
  expect(cdkCalledWith()).toEqual([]);
});
