import { describe, expect, it } from 'vitest';
import { functionsOf } from '../../../infra/local/lambda/functions.ts';
import { deploy } from '../../../infra/local/template/identity.ts';
import { evaluate, type Scope } from '../../../infra/local/template/intrinsics.ts';
import type { Resource, Template } from '../../../infra/local/template/template.ts';
import { startFixture } from '../support/fixture-stack.ts';

const deployed = (resources: Record<string, Resource>, rest: Partial<Template> = {}) =>
  deploy(
    {
      stackName: 'club',
      template: { Resources: resources, ...rest },
      assetDirectory: (hash) => `/assets/${hash}`,
    },
    { gatewayUrl: 'http://127.0.0.1:1', urlOf: (logicalId) => `http://127.0.0.1:2/${logicalId}` },
  );

describe('a template', () => {
  it('with a resource type that is neither run nor inert is refused, naming type and logical id', async () => {
    const resources = { Cluster: { Type: 'AWS::ECS::Cluster' } };
    expect(() => deployed(resources)).toThrow(
      /AWS::ECS::Cluster Cluster: .* does not know this resource type/,
    );
    await expect(startFixture({ resources })).rejects.toThrow('AWS::ECS::Cluster Cluster');
  });

  it('may hold alarms, dashboards, log groups and policies, which do nothing', () => {
    const inert = [
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::Logs::LogGroup',
      'AWS::IAM::Policy',
    ];
    expect(() => deployed(Object.fromEntries(inert.map((Type, at) => [`R${at}`, { Type }])))).not.toThrow();
  });

  it('leaves out what its condition excludes, even of an unknown type', () => {
    const conditions = {
      IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
      IsNot: { 'Fn::Not': [{ Condition: 'IsProd' }] },
    };
    const { resources } = deployed(
      {
        Excluded: { Type: 'AWS::ECS::Cluster', Condition: 'IsProd' },
        Included: { Type: 'AWS::SQS::Queue', Condition: 'IsNot' },
      },
      { Conditions: conditions, Parameters: { Stage: { Default: 'dev' } } },
    );
    expect(resources.map(({ logicalId }) => logicalId)).toEqual(['Included']);
  });

  it('that asks for an attribute nobody knows is refused where it asks', () => {
    const deployment = deployed({
      Queue: { Type: 'AWS::SQS::Queue', Properties: { Name: { 'Fn::GetAtt': ['Other', 'Colour'] } } },
      Other: { Type: 'AWS::SQS::Queue' },
    });
    expect(() => deployment.get('Queue')?.properties).toThrow('AWS::SQS::Queue Other: Fn::GetAtt Colour');
  });

  it('finds a resource by the name that the CDK code gives it', () => {
    const deployment = deployed({
      OrdersTable: { Type: 'AWS::DynamoDB::Table' },
      FirstPaymentFunction4F2B448A: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'fp' } },
      EventsDeadLetters8A90034E: { Type: 'AWS::SQS::Queue' },
      EventsQueue7396B467: { Type: 'AWS::SQS::Queue' },
    });
    for (const name of ['first-payment', 'FirstPayment', 'fp', 'FirstPaymentFunction4F2B448A']) {
      expect(deployment.find(name).logicalId).toBe('FirstPaymentFunction4F2B448A');
    }
    expect(deployment.resources.map(({ shortName }) => shortName)).toEqual([
      'Orders',
      'first-payment',
      'events-dead-letters',
      'events',
    ]);
    expect(() => deployment.find('nobody')).toThrow(
      '0 resources are called nobody; there are: Orders, first-payment',
    );
  });

  it('gives functions their settings, and refuses code that is not an asset', () => {
    const spec = (Properties: Record<string, unknown>) => {
      const template = { Resources: { Fn: { Type: 'AWS::Lambda::Function', Properties } } };
      const assembly = { stackName: 'club', template, assetDirectory: (hash: string) => `/assets/${hash}` };
      return functionsOf(assembly, deployed(template.Resources))[0];
    };
    const common = { Handler: 'index.handler', Role: 'arn:aws:iam::1:role/x' };
    expect(spec({ ...common, Code: { S3Key: 'ab12.zip' }, Timeout: 20 })).toMatchObject({
      codeDirectory: '/assets/ab12',
      timeoutMs: 20_000,
      memoryMb: 128,
      role: 'arn:aws:iam::1:role/x',
    });
    expect(() => spec({ ...common, Code: { ZipFile: 'x' } })).toThrow(
      'AWS::Lambda::Function Fn: only code from an asset',
    );
  });
});

describe('an intrinsic function', () => {
  const scope: Scope = {
    ref: (name) => `ref-${name}`,
    attribute: (logicalId, name) => `${logicalId}.${name}`,
    template: {
      Mappings: { Sizes: { dev: { memory: '512' } } },
      Conditions: { No: { 'Fn::Or': [false, false] } },
    },
  };

  it.each([
    [{ Ref: 'A' }, 'ref-A'],
    [{ 'Fn::GetAtt': ['A', 'Arn'] }, 'A.Arn'],
    [{ 'Fn::GetAtt': 'A.Arn' }, 'A.Arn'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'B' }, 1]] }, 'a-ref-B-1'],
    [{ 'Fn::Sub': `\${A}/\${B.Arn}/\${!literal}` }, `ref-A/B.Arn/\${literal}`],
    [{ 'Fn::Sub': [`\${x}-\${A}`, { x: { Ref: 'Y' } }] }, 'ref-Y-ref-A'],
    [{ 'Fn::Select': [1, { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
    [{ 'Fn::If': ['No', 'then', 'otherwise'] }, 'otherwise'],
    [{ 'Fn::FindInMap': ['Sizes', 'dev', 'memory'] }, '512'],
    [
      { Ref: 'A', other: 1 },
      { Ref: 'A', other: 1 },
    ],
  ])('%j is %j', (value, expected) => {
    expect(evaluate(value, scope, 'here')).toEqual(expected);
  });

  it('that is not known is refused, saying where it stands', () => {
    expect(() => evaluate({ a: [{ b: { 'Fn::Cidr': [] } }] }, scope, 'AWS::X::Y Name')).toThrow(
      'AWS::X::Y Name.a.b: Fn::Cidr is not known',
    );
    expect(() => evaluate('{{resolve:ssm:/x}}', scope, 'AWS::X::Y Name')).toThrow('dynamic reference');
  });
});
