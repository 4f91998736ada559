import { describe, expect, it } from 'vitest';
import { type Question, readPolicies } from '../../../infra/local/aws/iam/policies.ts';
import { deploy } from '../../../infra/local/template/identity.ts';
import type { Resource } from '../../../infra/local/template/template.ts';

const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/Orders';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:jobs';

/** The policies of a template with one role, which has these statements. */
const policiesOf = (statements: object[], resources: Record<string, Resource> = {}) => {
  const role = roleOf(statements);
  const template = { Resources: { Role: role, ...resources } };
  const assembly = { stackName: 'club', template, assetDirectory: () => '' };
  const addresses = { gatewayUrl: 'http://127.0.0.1:1', urlOf: () => 'http://127.0.0.1:2' };
  return readPolicies(deploy(assembly, addresses));
};

const document = (statements: object[]) => ({ Version: '2012-10-17', Statement: statements });
const roleOf = (statements: object[], over: Record<string, unknown> = {}): Resource => ({
  Type: 'AWS::IAM::Role',
  Properties: { Policies: [{ PolicyName: 'p', PolicyDocument: document(statements) }], ...over },
});
const allow = (Action: unknown, Resource: unknown) => ({ Effect: 'Allow', Action, Resource });
const deny = (Action: unknown, Resource: unknown) => ({ Effect: 'Deny', Action, Resource });

const asks = (action: string, resource: string): Question => ({ by: 'role', role: 'Role', action, resource });
const allows = (statements: object[], action: string, resource: string): boolean =>
  policiesOf(statements).verdictOn(asks(action, resource)).allowed;

describe('a role', () => {
  it('that says nothing allows nothing, and AWS says so', () => {
    expect(policiesOf([]).verdictOn(asks('dynamodb:GetItem', TABLE))).toEqual({
      allowed: false,
      action: 'dynamodb:GetItem',
      because: 'because no identity-based policy allows the dynamodb:GetItem action',
    });
  });

  it.each([
    ['the action itself', 'dynamodb:GetItem', TABLE, true],
    ['the action in other letters', 'DynamoDB:getitem', TABLE, true],
    ['one of several actions', ['dynamodb:PutItem', 'dynamodb:GetItem'], TABLE, true],
    ['one of several resources', 'dynamodb:GetItem', [QUEUE, TABLE], true],
    ['actions by a wildcard', 'dynamodb:Get*', TABLE, true],
    ['actions by a wildcard for one letter', 'dynamodb:?etItem', TABLE, true],
    ['everything', '*', '*', true],
    ['resources by a wildcard', 'dynamodb:GetItem', `${TABLE.slice(0, -3)}*`, true],
    ['a part of the ARN by a wildcard', 'dynamodb:GetItem', TABLE.replace('us-east-1', '*'), true],
    ['another action', 'dynamodb:BatchGetItem', TABLE, false],
    ['an action that only begins like it', 'dynamodb:Get', TABLE, false],
    ['another table', 'dynamodb:GetItem', `${TABLE}2`, false],
    ['an index of the table', 'dynamodb:GetItem', `${TABLE}/index/due`, false],
    ['a wildcard that would have to cover a colon', 'dynamodb:GetItem', 'arn:aws:*:table/Orders', false],
    [
      'a table whose name has a dot where ours has any letter',
      'dynamodb:GetItem',
      TABLE.replace('Orders', 'O.ders'),
      false,
    ],
  ])('that allows %s', (_, action, resource, allowed) => {
    expect(allows([allow(action, resource)], 'dynamodb:GetItem', TABLE)).toBe(allowed);
  });

  it('for a table has no word on its indexes, and for its indexes none on the table', () => {
    expect(allows([allow('dynamodb:Query', TABLE)], 'dynamodb:Query', `${TABLE}/index/due`)).toBe(false);
    const indexes = [allow('dynamodb:Query', `${TABLE}/index/*`)];
    expect(allows(indexes, 'dynamodb:Query', `${TABLE}/index/due`)).toBe(true);
    expect(allows(indexes, 'dynamodb:Query', TABLE)).toBe(false);
  });

  it('that allows and denies, denies', () => {
    const both = [allow('dynamodb:*', TABLE), deny('dynamodb:GetItem', '*')];
    expect(policiesOf(both).verdictOn(asks('dynamodb:GetItem', TABLE))).toMatchObject({
      because: 'with an explicit deny in an identity-based policy',
    });
    expect(allows(both, 'dynamodb:PutItem', TABLE)).toBe(true);
  });

  it('has what policies beside it say as well', () => {
    const beside = {
      Policy: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          Roles: [{ Ref: 'Role' }],
          PolicyDocument: document([allow('sqs:SendMessage', QUEUE)]),
        },
      },
      OfSomebodyElse: {
        Type: 'AWS::IAM::Policy',
        Properties: { Roles: ['other'], PolicyDocument: document([allow('sqs:DeleteMessage', QUEUE)]) },
      },
    };
    const policies = policiesOf([], beside);
    expect(policies.verdictOn(asks('sqs:SendMessage', QUEUE)).allowed).toBe(true);
    expect(policies.verdictOn(asks('sqs:DeleteMessage', QUEUE)).allowed).toBe(false);
  });
});

describe('the policy of a queue', () => {
  const policyOf = (statement: object): Record<string, Resource> => ({
    Policy: { Type: 'AWS::SQS::QueuePolicy', Properties: { PolicyDocument: document([statement]) } },
  });
  const send = asks('sqs:SendMessage', QUEUE);
  const insecure = { Bool: { 'AWS:SecureTransport': 'false' } };

  it('denies what the role allows', () => {
    const policies = policiesOf(
      [allow('sqs:*', QUEUE)],
      policyOf({ ...deny('sqs:*', QUEUE), Principal: '*' }),
    );
    expect(policies.verdictOn(send)).toMatchObject({
      because: 'with an explicit deny in a resource-based policy',
    });
  });

  it('admits whom it admits, within one account', () => {
    const everybody = policyOf({ ...allow('sqs:SendMessage', QUEUE), Principal: { AWS: '*' } });
    expect(policiesOf([], everybody).verdictOn(send).allowed).toBe(true);
    const ses = policyOf({
      ...allow('sqs:SendMessage', QUEUE),
      Principal: { Service: 'ses.amazonaws.com' },
    });
    expect(policiesOf([], ses).verdictOn(send).allowed).toBe(false);
  });

  it('that denies who comes without TLS denies no SDK', () => {
    const statement = { ...deny('sqs:*', QUEUE), Principal: { AWS: '*' }, Condition: insecure };
    expect(policiesOf([allow('sqs:*', QUEUE)], policyOf(statement)).verdictOn(send).allowed).toBe(true);
  });
});

describe('a service', () => {
  const TOPIC = 'arn:aws:sns:us-east-1:000000000000:told';
  const asTopic: Question = {
    by: 'service',
    service: 'sns.amazonaws.com',
    source: TOPIC,
    action: 'sqs:SendMessage',
    resource: QUEUE,
  };
  const admits = (statement: object): Record<string, Resource> => ({
    Policy: { Type: 'AWS::SQS::QueuePolicy', Properties: { PolicyDocument: document([statement]) } },
  });
  const sns = { ...allow('sqs:SendMessage', QUEUE), Principal: { Service: 'sns.amazonaws.com' } };
  const from = (key: string, value: string, operator = 'ArnEquals') => ({
    ...sns,
    Condition: { [operator]: { [key]: value } },
  });

  it('may do nothing of which no resource speaks, whatever the roles say, and AWS says so', () => {
    expect(policiesOf([allow('sqs:*', '*')]).verdictOn(asTopic)).toEqual({
      allowed: false,
      action: 'sqs:SendMessage',
      because: 'because no resource-based policy allows the sqs:SendMessage action',
    });
  });

  it.each<[string, object, boolean]>([
    ['for whatever it acts', sns, true],
    ['for this very topic', from('aws:SourceArn', TOPIC), true],
    ['for another topic', from('aws:SourceArn', `${TOPIC}2`), false],
    ['for topics by a wildcard', from('AWS:SourceArn', `${TOPIC.slice(0, -4)}*`), true],
    ['for this account', from('aws:SourceAccount', '000000000000', 'StringEquals'), true],
    ['for another account', from('aws:SourceAccount', '111122223333', 'StringEquals'), false],
    ['only without TLS', from('aws:SecureTransport', 'false', 'Bool'), false],
    ['to do something else', { ...sns, Action: 'sqs:ReceiveMessage' }, false],
    ['on another queue', { ...sns, Resource: `${QUEUE}2` }, false],
    ['if it is another service', { ...sns, Principal: { Service: 'events.amazonaws.com' } }, false],
    [
      'among several services',
      { ...sns, Principal: { Service: ['ses.amazonaws.com', 'sns.amazonaws.com'] } },
      true,
    ],
    ['as everybody', { ...sns, Principal: '*' }, true],
  ])('that a queue admits %s', (_, statement, allowed) => {
    expect(policiesOf([], admits(statement)).verdictOn(asTopic).allowed).toBe(allowed);
  });

  it('that a queue denies may not, whoever admits it', () => {
    const both: Record<string, Resource> = {
      ...admits(sns),
      Denies: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: { PolicyDocument: document([{ ...deny('sqs:*', QUEUE), Principal: '*' }]) },
      },
    };
    expect(policiesOf([], both).verdictOn(asTopic)).toMatchObject({
      because: 'with an explicit deny in a resource-based policy',
    });
  });

  it('is nobody whose condition a function could meet', () => {
    const forTopic = { ...from('aws:SourceArn', TOPIC), Principal: '*' };
    expect(policiesOf([], admits(forTopic)).verdictOn(asks('sqs:SendMessage', QUEUE)).allowed).toBe(false);
  });
});

describe('what would be read wrongly stops the start, naming the place', () => {
  const statement = allow('sqs:*', QUEUE);
  const trust = (Service: string) => ({
    AssumeRolePolicyDocument: document([
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service } },
    ]),
  });
  const lambda = (role: unknown): Resource => ({ Type: 'AWS::Lambda::Function', Properties: { Role: role } });
  const permission = (over: object): Resource => ({
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: { Ref: 'Fn' },
      Principal: 'events.amazonaws.com',
      ...over,
    },
  });

  it.each<[string, object[], Record<string, Resource>, string]>([
    [
      'an action that is not meant',
      [{ Effect: 'Allow', NotAction: 'sqs:*', Resource: '*' }],
      {},
      'Statement[0].NotAction',
    ],
    [
      'a resource that is not meant',
      [{ Effect: 'Allow', Action: '*', NotResource: QUEUE }],
      {},
      'Statement[0].NotResource',
    ],
    ['a statement without a resource', [{ Effect: 'Allow', Action: '*' }], {}, 'Statement[0].Resource'],
    ['an effect of another kind', [{ ...statement, Effect: 'Maybe' }], {}, 'Statement[0].Effect'],
    [
      'an unknown operator',
      [{ ...statement, Condition: { StringLike: { 'aws:SourceArn': 'x' } } }],
      {},
      'operator StringLike',
    ],
    [
      'an unknown key',
      [{ ...statement, Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }],
      {},
      'key aws:MultiFactorAuthPresent',
    ],
    ['a policy variable', [allow('sqs:*', `${QUEUE}\${aws:username}`)], {}, 'policy variables'],
    [
      'a policy of AWS',
      [],
      {
        Other: roleOf([], {
          ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
        }),
      },
      'AWSLambdaBasicExecutionRole is not in the template',
    ],
    [
      'a permissions boundary',
      [],
      { Other: roleOf([], { PermissionsBoundary: 'arn:x' }) },
      'PermissionsBoundary',
    ],
    ['a function with a role from elsewhere', [], { Fn: lambda('arn:aws:iam::1:role/x') }, 'Fn.Role'],
    [
      'a role that Lambda may not assume',
      [],
      {
        Other: roleOf([], trust('ec2.amazonaws.com')),
        Fn: lambda({ 'Fn::GetAtt': ['Other', 'Arn'] }),
      },
      'cannot be assumed by Lambda',
    ],
    [
      'a permission with a property that is not read',
      [],
      {
        Other: roleOf([], trust('lambda.amazonaws.com')),
        Fn: lambda({ 'Fn::GetAtt': ['Other', 'Arn'] }),
        Permission: permission({ PrincipalOrgID: 'o-1' }),
      },
      'Permission.PrincipalOrgID',
    ],
    [
      'a queue policy about somebody in particular',
      [],
      {
        Policy: {
          Type: 'AWS::SQS::QueuePolicy',
          Properties: { PolicyDocument: document([{ ...statement, Principal: { AWS: 'arn:x' } }]) },
        },
      },
      'Statement[0].Principal',
    ],
    [
      'a key of our own',
      [],
      { Keys: { Type: 'AWS::SecretsManager::Secret', Properties: { KmsKeyId: 'k' } } },
      'Keys.KmsKeyId',
    ],
    [
      'a queue under a key of our own, for which a topic would need permissions of KMS',
      [],
      { Feed: { Type: 'AWS::SQS::Queue', Properties: { KmsMasterKeyId: 'k' } } },
      'Feed.KmsMasterKeyId',
    ],
  ])('%s', (_, statements, resources, place) => {
    expect(() => policiesOf(statements, resources)).toThrow(place);
  });
});
