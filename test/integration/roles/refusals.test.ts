import { SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { enforceRoles } from '../../../infra/local/aws/authorizer.ts';
import type { Refusal, RunningStack } from '../../../infra/local/runner.ts';
import type { Resource } from '../../../infra/local/template/template.ts';
import { httpApi, jobsQueue, requireOf, startFixture } from '../support/fixture-stack.ts';
import { mailEvents } from '../support/ses-fixture.ts';

/** Sends the command that its event names, to the client that it names, and answers how that ended. */
const CALL = `
const packages = {
  DynamoDB: ${requireOf('@aws-sdk/client-dynamodb')},
  SQS: ${requireOf('@aws-sdk/client-sqs')},
  SES: ${requireOf('@aws-sdk/client-ses')},
  SecretsManager: ${requireOf('@aws-sdk/client-secrets-manager')},
  Lambda: ${requireOf('@aws-sdk/client-lambda')},
};
exports.handler = async ({ service, command, input }) => {
  const sdk = packages[service];
  const client = new sdk[service + 'Client']({ maxAttempts: 1 });
  if (input.RawMessage) input.RawMessage.Data = Buffer.from(input.RawMessage.Data);
  try {
    await client.send(new sdk[command + 'Command'](input));
    return 'done';
  } catch ({ name, message, $metadata }) {
    return { name, message, status: $metadata?.httpStatusCode };
  }
};`;

const trustOf = (Service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service } }],
});
const roleWith = (...statements: object[]): Resource => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: trustOf('lambda.amazonaws.com'),
    Policies: [{ PolicyName: 'p', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
  },
});
const allow = (Action: string | string[], ...Resource: unknown[]) => ({ Effect: 'Allow', Action, Resource });
const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

const table = (TableName: string): Resource => ({
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'familyId', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byFamily',
        KeySchema: [{ AttributeName: 'familyId', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  },
});

const ACCOUNT = 'us-east-1:000000000000';

describe('a call that the role does not allow', () => {
  let stack: RunningStack;
  const told: Refusal[] = [];
  const call = (service: string, command: string, input: object) =>
    stack.invoke('call', { service, command, input });

  beforeAll(async () => {
    stack = await startFixture(
      {
        functions: {
          CallFunction: { code: CALL, properties: { FunctionName: 'call', Role: arnOf('Role') } },
        },
        resources: {
          Role: {
            ...roleWith(
              allow('dynamodb:BatchGetItem', arnOf('OrdersTable')),
              allow('dynamodb:Query', { 'Fn::Sub': `\${OrdersTable.Arn}/index/byFamily` }),
              allow('ses:SendRawEmail', `arn:aws:ses:${ACCOUNT}:identity/club.example`),
              allow('sqs:SendMessage', arnOf('FreeQueue')),
            ),
          },
          OrdersTable: table('orders'),
          PlansTable: table('plans'),
          FreeQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'free' } },
          BusyQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'busy' } },
          KeysSecret: {
            Type: 'AWS::SecretsManager::Secret',
            Properties: { Name: 'keys', SecretString: 'secret' },
          },
        },
      },
      { authorizer: enforceRoles(), onRefusal: (refusal) => told.push(refusal) },
    );
  });
  afterAll(() => stack?.stop());
  beforeEach(() => {
    stack.refusals.clear();
    told.length = 0;
  });

  const USER = /User: arn:aws:sts::000000000000:assumed-role\/fixture-Role\/call is not authorized/;
  const key = { pk: { S: '1' } };

  it.each<[string, string, () => object, string, number, string]>([
    [
      'DynamoDB',
      'GetItem',
      () => ({ TableName: 'orders', Key: key }),
      'AccessDeniedException',
      400,
      `dynamodb:GetItem on resource: arn:aws:dynamodb:${ACCOUNT}:table/orders because no identity-based policy allows`,
    ],
    [
      'SQS',
      'SendMessage',
      () => ({ QueueUrl: stack.queueUrl('busy'), MessageBody: 'x' }),
      'AccessDenied',
      403,
      `sqs:sendmessage on resource: arn:aws:sqs:${ACCOUNT}:busy`,
    ],
    [
      'SQS',
      'SendMessageBatch',
      () => ({ QueueUrl: stack.queueUrl('busy'), Entries: [{ Id: '1', MessageBody: 'x' }] }),
      'AccessDenied',
      403,
      `sqs:sendmessage on resource: arn:aws:sqs:${ACCOUNT}:busy`,
    ],
    [
      'SecretsManager',
      'GetSecretValue',
      () => ({ SecretId: 'keys' }),
      'AccessDeniedException',
      400,
      `secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:${ACCOUNT}:secret:keys-`,
    ],
    [
      'Lambda',
      'Invoke',
      () => ({ FunctionName: 'call' }),
      'AccessDeniedException',
      403,
      `lambda:InvokeFunction on resource: arn:aws:lambda:${ACCOUNT}:function:call`,
    ],
  ])('is refused by %s, %s, as it words that', async (service, command, input, name, status, words) => {
    const answer = await call(service, command, input());
    expect(answer).toEqual({ name, status, message: expect.stringMatching(USER) });
    expect(answer).toMatchObject({ message: expect.stringContaining(words) });
    expect(stack.refusals.all()).toMatchObject([
      { functionName: 'call', message: expect.stringContaining(words) },
    ]);
    expect(told).toEqual(stack.refusals.all());
    expect(
      stack.calls.all({ functionName: 'call', service: service.toLowerCase() as 'sqs' }).at(-1),
    ).toMatchObject({
      status,
    });
  });

  it('on one table of a batch, or on a table where an index is allowed, is refused', async () => {
    const tables = (...names: string[]) => ({
      RequestItems: Object.fromEntries(names.map((name) => [name, { Keys: [key] }])),
    });
    expect(await call('DynamoDB', 'BatchGetItem', tables('orders'))).toBe('done');
    expect(await call('DynamoDB', 'BatchGetItem', tables('orders', 'plans'))).toMatchObject({
      message: expect.stringContaining(
        'dynamodb:BatchGetItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table/plans',
      ),
    });
    const query = (attribute: string, over = {}) => ({
      TableName: 'orders',
      KeyConditionExpression: `${attribute} = :value`,
      ExpressionAttributeValues: { ':value': { S: '1' } },
      ...over,
    });
    expect(await call('DynamoDB', 'Query', query('familyId', { IndexName: 'byFamily' }))).toBe('done');
    expect(await call('DynamoDB', 'Query', query('pk'))).toMatchObject({ name: 'AccessDeniedException' });
  });

  it('takes no effect', async () => {
    await call('SQS', 'SendMessage', { QueueUrl: stack.queueUrl('busy'), MessageBody: 'x' });
    expect((await stack.queue('busy')).visible).toBe(0);
    await call('SQS', 'SendMessage', { QueueUrl: stack.queueUrl('free'), MessageBody: 'x' });
    expect((await stack.queue('free')).visible).toBe(1);
  });

  const mail = (over: object, from = 'Club <fees@club.example>') =>
    call('SES', 'SendRawEmail', {
      RawMessage: { Data: `From: ${from}\r\nTo: a@home.example\r\nSubject: Fee\r\n\r\nHello` },
      Destinations: ['a@home.example'],
      ...over,
    });

  it('is refused by SES for the identity of the sender, and for the configuration set', async () => {
    expect(await mail({})).toBe('done');
    const user = "User `arn:aws:sts::000000000000:assumed-role/fixture-Role/call' is not authorized";
    const refused = (resource: string) => ({
      name: 'AccessDenied',
      status: 403,
      message: `${user} to perform \`ses:SendRawEmail' on resource \`arn:aws:ses:${ACCOUNT}:${resource}'`,
    });
    expect(await mail({}, 'fees@other.example')).toEqual(refused('identity/other.example'));
    expect(await mail({ Source: 'fees@other.example' })).toEqual(refused('identity/other.example'));
    expect(await mail({ ConfigurationSetName: 'set' })).toEqual(refused('configuration-set/set'));
  });

  it('whose permissions are not known here is an error, not a pass', async () => {
    const answer = await call('DynamoDB', 'TransactGetItems', { TransactItems: [] });
    expect(answer).toMatchObject({ name: 'UnknownCall' });
  });
});

describe('what starts a function', () => {
  const permission = (name: string, properties: object): Resource => ({
    Type: 'AWS::Lambda::Permission',
    Properties: { Action: 'lambda:InvokeFunction', FunctionName: arnOf(name), ...properties },
  });
  const url = (name: string): Resource => ({
    Type: 'AWS::Lambda::Url',
    Properties: { AuthType: 'NONE', TargetFunctionArn: arnOf(name) },
  });
  const forUrl = (name: string) =>
    permission(name, { Action: 'lambda:InvokeFunctionUrl', Principal: '*', FunctionUrlAuthType: 'NONE' });
  const viaUrl = (name: string) => permission(name, { Principal: '*', InvokedViaFunctionUrl: true });
  const rule = (name: string): Resource => ({
    Type: 'AWS::Events::Rule',
    Properties: { ScheduleExpression: 'rate(5 minutes)', Targets: [{ Id: 't', Arn: arnOf(name) }] },
  });
  const ofRule = (name: string, SourceArn: unknown) =>
    permission(name, { Principal: 'events.amazonaws.com', SourceArn });
  const ofApi = (name: string, path: string) =>
    permission(name, {
      Principal: 'apigateway.amazonaws.com',
      SourceArn: { 'Fn::Sub': `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}${path}` },
    });

  const NAMES = ['Neither', 'UrlAlone', 'FunctionAlone', 'Both', 'Unscheduled', 'OtherRule', 'Scheduled'];
  let stack: RunningStack;
  beforeAll(async () => {
    const own = { code: "exports.handler = async () => 'ok';", properties: { Role: arnOf('Role') } };
    stack = await startFixture(
      {
        functions: Object.fromEntries(NAMES.map((name) => [name, own])),
        resources: {
          Role: roleWith(),
          NeitherUrl: url('Neither'),
          UrlAloneUrl: url('UrlAlone'),
          UrlAloneForUrl: forUrl('UrlAlone'),
          FunctionAloneUrl: url('FunctionAlone'),
          FunctionAloneViaUrl: viaUrl('FunctionAlone'),
          BothUrl: url('Both'),
          BothForUrl: forUrl('Both'),
          BothViaUrl: viaUrl('Both'),
          UnscheduledRule: rule('Unscheduled'),
          OtherRuleRule: rule('OtherRule'),
          OtherRulePermission: ofRule('OtherRule', arnOf('ScheduledRule')),
          ScheduledRule: rule('Scheduled'),
          ScheduledPermission: ofRule('Scheduled', arnOf('ScheduledRule')),
          ...httpApi({ 'GET /pay/{token}': 'Both', 'GET /other': 'Both', 'GET /url': 'FunctionAlone' }),
          ApiPermission: ofApi('Both', '/*/*/pay/{token}'),
        },
      },
      { authorizer: enforceRoles() },
    );
  });
  afterAll(() => stack?.stop());
  beforeEach(() => {
    stack.refusals.clear();
    stack.invocations.clear();
  });

  it.each([
    ['neither permission', 'neither', 'lambda:InvokeFunctionUrl'],
    ['the one for the URL alone', 'url-alone', 'lambda:InvokeFunction '],
    ['the one for the function alone', 'function-alone', 'lambda:InvokeFunctionUrl'],
  ])('a Function URL with %s is forbidden', async (_, name, lacking) => {
    const answer = await fetch(stack.functionUrls[name] ?? '');
    const forbidden = { Message: expect.stringMatching(/^Forbidden/) };
    expect([answer.status, await answer.json()]).toEqual([403, forbidden]);
    expect(stack.invocations.all()).toEqual([]);
    expect(stack.refusals.all()).toMatchObject([
      { functionName: name, message: expect.stringContaining(`perform: ${lacking}`) },
    ]);
  });

  it('a Function URL with both is open', async () => {
    expect((await fetch(stack.functionUrls.both ?? '')).status).toBe(200);
  });

  it('an HTTP API needs the permission for its own route; that of a Function URL is none', async () => {
    expect((await fetch(`${stack.apiUrl}/pay/abc`)).status).toBe(200);
    for (const path of ['/other', '/url']) {
      const answer = await fetch(`${stack.apiUrl}${path}`);
      expect([answer.status, await answer.json()]).toEqual([500, { message: 'Internal Server Error' }]);
    }
    expect(stack.refusals.all()).toMatchObject([
      {
        functionName: 'both',
        message: expect.stringMatching(/^apigateway.amazonaws.com .*\$default\/GET\/other/),
      },
      { functionName: 'function-alone', message: expect.stringContaining('lambda:InvokeFunction ') },
    ]);
  });

  it('a schedule starts its function if that admits this very rule', async () => {
    await stack.clock.advance(5 * 60 * 1_000);
    expect(stack.invocations.all().map(({ functionName }) => functionName)).toEqual(['scheduled']);
    expect(stack.refusals.all().map(({ functionName }) => functionName)).toEqual([
      'unscheduled',
      'other-rule',
    ]);
  });
});

describe('a queue', () => {
  const POLLER = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
  const start = async (actions: string[]) => {
    const stack = await startFixture(
      {
        functions: {
          Work: { code: 'exports.handler = async () => ({});', properties: { Role: arnOf('Role') } },
        },
        resources: {
          Role: roleWith(allow(actions, arnOf('JobsQueue'))),
          ...jobsQueue('Work', { visibilityTimeout: 30, maxReceiveCount: 3 }),
        },
      },
      { authorizer: enforceRoles() },
    );
    onTestFinished(stack.stop);
    return stack;
  };

  it.each(POLLER)(
    'needs %s in the role of the function that consumes it, or nothing starts',
    async (lacking) => {
      await expect(start(POLLER.filter((action) => action !== lacking))).rejects.toThrow(
        `The function execution role of work does not have permissions to call ${lacking.slice(4)} on SQS`,
      );
    },
  );

  it('whose consumer may do all three is polled', async () => {
    expect((await start(POLLER)).refusals.all()).toEqual([]);
  });
});

describe('what SES tells', () => {
  const events = mailEvents();
  const without = (policy: 'ToldTopicPolicy' | 'FeedbackQueuePolicy'): Record<string, Resource> =>
    Object.fromEntries(Object.entries(events).filter(([logicalId]) => logicalId !== policy));
  /** The policy of a queue that admits another topic. */
  const ofAnother = {
    ...events,
    OtherTopic: { Type: 'AWS::SNS::Topic', Properties: {} },
    FeedbackQueuePolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: JSON.parse(
        JSON.stringify(events.FeedbackQueuePolicy?.Properties).replaceAll('ToldTopic', 'OtherTopic'),
      ) as Record<string, unknown>,
    },
  };

  const mailedWith = async (resources: Record<string, Resource>) => {
    const stack = await startFixture({ resources }, { authorizer: enforceRoles() });
    onTestFinished(stack.stop);
    const ses = new SESClient({ ...stack.clientConfig(), maxAttempts: 1 });
    onTestFinished(() => ses.destroy());
    const Data = Buffer.from('From: club@club.example\r\nTo: a@home.example\r\n\r\nHello');
    await ses.send(new SendRawEmailCommand({ RawMessage: { Data }, ConfigurationSetName: 'set' }));
    await stack.settled();
    return { stack, told: (await stack.queue('feedback')).visible, refusals: stack.refusals.all() };
  };

  it('reaches a queue that admits the topic, from a topic that admits SES', async () => {
    expect(await mailedWith(events)).toMatchObject({ told: 2, refusals: [] });
  });

  it('reaches a queue that admits the topic beside one that does not', async () => {
    const policy = JSON.stringify(events.FeedbackQueuePolicy).replaceAll('FeedbackQueue', 'BesideQueue');
    const subscription = JSON.stringify(events.ToldSubscription).replaceAll('FeedbackQueue', 'BesideQueue');
    const { stack, told } = await mailedWith({
      ...without('FeedbackQueuePolicy'),
      BesideQueue: { Type: 'AWS::SQS::Queue' },
      BesideQueuePolicy: JSON.parse(policy) as Resource,
      BesideSubscription: JSON.parse(subscription) as Resource,
    });
    expect([told, (await stack.queue('beside')).visible]).toEqual([0, 2]);
  });

  const TOPIC = `arn:aws:sns:${ACCOUNT}:fixture-ToldTopic`;
  const QUEUE = `arn:aws:sqs:${ACCOUNT}:fixture-FeedbackQueue`;
  const bySns = `sns.amazonaws.com (${TOPIC}) is not authorized to perform: sqs:SendMessage on resource: ${QUEUE} because no resource-based policy allows the sqs:SendMessage action`;
  it.each([
    ['a queue without a policy', without('FeedbackQueuePolicy'), 'sns.amazonaws.com', bySns],
    ['a queue that admits another topic', ofAnother, 'sns.amazonaws.com', bySns],
    [
      'a topic without a policy',
      without('ToldTopicPolicy'),
      'ses.amazonaws.com',
      `ses.amazonaws.com (arn:aws:ses:${ACCOUNT}:configuration-set/set) is not authorized to perform: sns:Publish on resource: ${TOPIC} because no resource-based policy allows the sns:Publish action`,
    ],
  ])('does not get past %s', async (_, resources, functionName, message) => {
    const { told, refusals } = await mailedWith(resources);
    expect(told).toBe(0);
    // Send and delivery may have gone to the topic together, or one after the other.
    expect(new Set(refusals.map((each) => `${each.functionName}: ${each.message}`))).toEqual(
      new Set([`${functionName}: ${message}`]),
    );
  });
});
