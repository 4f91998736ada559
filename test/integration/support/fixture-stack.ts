import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { admitAll } from '../../../infra/local/aws/authorizer.ts';
import { type RunningStack, type RunOptions, runAssembly } from '../../../infra/local/stack.ts';
import type { Assembly, Resource } from '../../../infra/local/template/template.ts';

/** A function of a test: CommonJS source that exports `handler`. */
export type FixtureFunction = {
  code: string;
  /** Seconds. */
  timeout?: number;
  environment?: Record<string, unknown>;
  properties?: Record<string, unknown>;
};

export type Fixture = {
  /** By logical id. */
  functions?: Record<string, FixtureFunction>;
  resources?: Record<string, Resource>;
};

const require = createRequire(import.meta.url);

/** For a fixture's code: requires a package of this project, from wherever the code lies. */
export const requireOf = (name: string): string => `require(${JSON.stringify(require.resolve(name))})`;

/** Writes a template and its bundles as the CDK would, and resolves to both. */
export function fixtureAssembly(fixture: Fixture): Assembly & { remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'local-runner-'));
  const resources: Record<string, Resource> = { ...fixture.resources };
  for (const [logicalId, spec] of Object.entries(fixture.functions ?? {})) {
    mkdirSync(join(root, logicalId));
    writeFileSync(join(root, logicalId, 'index.js'), spec.code);
    resources[`${logicalId}Role`] = { Type: 'AWS::IAM::Role', Properties: {} };
    resources[logicalId] = {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { S3Bucket: { 'Fn::Sub': `assets-\${AWS::AccountId}` }, S3Key: `${logicalId}.zip` },
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': [`${logicalId}Role`, 'Arn'] },
        Timeout: spec.timeout ?? 10,
        Environment: { Variables: spec.environment ?? {} },
        ...spec.properties,
      },
    };
  }
  return {
    stackName: 'fixture',
    template: { Resources: resources },
    assetDirectory: (hash) => join(root, hash),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Runs a fixture, whose roles grant nothing and are not evaluated unless a test asks for it. `stop` removes its files as well. */
export async function startFixture(fixture: Fixture, options: RunOptions = {}): Promise<RunningStack> {
  const assembly = fixtureAssembly(fixture);
  try {
    const stack = await runAssembly(assembly, { authorizer: admitAll, ...options });
    const stop = async () => {
      await stack.stop();
      assembly.remove();
    };
    return { ...stack, stop };
  } catch (error) {
    assembly.remove();
    throw error;
  }
}

/** An HTTP API `Api` with routes to functions: `{ 'GET /pay/{token}': 'Click' }`. */
export function httpApi(
  routes: Record<string, string | { to: string; iam: true }>,
  stage: Record<string, unknown> = {},
): Record<string, Resource> {
  const resources: Record<string, Resource> = {
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'Api', ProtocolType: 'HTTP' } },
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true, ...stage },
    },
  };
  for (const [at, [routeKey, target]] of Object.entries(routes).entries()) {
    const { to, iam } = typeof target === 'string' ? { to: target, iam: false } : target;
    resources[`Integration${at}`] = {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: { Ref: 'Api' },
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: { 'Fn::GetAtt': [to, 'Arn'] },
        PayloadFormatVersion: '2.0',
      },
    };
    resources[`Route${at}`] = {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: 'Api' },
        AuthorizationType: iam ? 'AWS_IAM' : 'NONE',
        RouteKey: routeKey,
        Target: { 'Fn::Join': ['', ['integrations/', { Ref: `Integration${at}` }]] },
      },
    };
  }
  return resources;
}

/** A queue `JobsQueue` with `JobsDeadLetters`, consumed by a function. */
export function jobsQueue(
  consumer: string,
  options: {
    visibilityTimeout: number;
    maxReceiveCount: number;
    batchSize?: number;
    maxConcurrency?: number;
  },
): Record<string, Resource> {
  return {
    JobsDeadLetters: { Type: 'AWS::SQS::Queue' },
    JobsQueue: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        VisibilityTimeout: options.visibilityTimeout,
        RedrivePolicy: {
          deadLetterTargetArn: { 'Fn::GetAtt': ['JobsDeadLetters', 'Arn'] },
          maxReceiveCount: options.maxReceiveCount,
        },
      },
    },
    Source: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        EventSourceArn: { 'Fn::GetAtt': ['JobsQueue', 'Arn'] },
        FunctionName: { Ref: consumer },
        BatchSize: options.batchSize ?? 10,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: options.maxConcurrency ?? 2 },
      },
    },
  };
}
