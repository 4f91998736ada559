import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { admitAll, type Caller } from '../../../infra/local/aws/authorizer.ts';
import type { RunningStack } from '../../../infra/local/runner.ts';
import { jobsQueue, requireOf, startFixture } from '../support/fixture-stack.ts';

/** Does what its event says: reads or writes one item, sends one message. Tries once. */
const CLIENT = `
const { DynamoDBClient, GetItemCommand, PutItemCommand } = ${requireOf('@aws-sdk/client-dynamodb')};
const { SQSClient, SendMessageCommand } = ${requireOf('@aws-sdk/client-sqs')};
const db = new DynamoDBClient({ maxAttempts: 1 });
const sqs = new SQSClient({ maxAttempts: 1 });
exports.handler = async ({ put, get, send }) => {
  if (put) await db.send(new PutItemCommand({ TableName: process.env.ORDERS_TABLE, Item: { pk: { S: put } } }));
  if (send) await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody: send }));
  if (get) return (await db.send(new GetItemCommand({ TableName: process.env.ORDERS_TABLE, Key: { pk: { S: get } } }))).Item ?? null;
  return 'done';
};`;

let stack: RunningStack;
const authorized: Caller[] = [];
const clients: { destroy(): void }[] = [];
const client = <C extends { destroy(): void }>(
  Client: new (config: ReturnType<RunningStack['clientConfig']> & { maxAttempts: number }) => C,
): C => {
  const made = new Client({ ...stack.clientConfig(), maxAttempts: 1 });
  clients.push(made);
  return made;
};

beforeAll(async () => {
  stack = await startFixture(
    {
      functions: {
        ClientFunction: {
          code: CLIENT,
          environment: { ORDERS_TABLE: { Ref: 'OrdersTable' }, QUEUE_URL: { Ref: 'JobsQueue' } },
        },
        WorkFunction: { code: 'exports.handler = async () => ({});' },
        FailFunction: { code: 'exports.handler = async () => { throw new TypeError("no"); };' },
      },
      resources: {
        ...jobsQueue('WorkFunction', { visibilityTimeout: 30, maxReceiveCount: 3 }),
        OrdersTable: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
            AttributeDefinitions: [
              { AttributeName: 'pk', AttributeType: 'S' },
              { AttributeName: 'family', AttributeType: 'S' },
            ],
            BillingMode: 'PAY_PER_REQUEST',
            GlobalSecondaryIndexes: [
              {
                IndexName: 'byFamily',
                KeySchema: [{ AttributeName: 'family', KeyType: 'HASH' }],
                Projection: { ProjectionType: 'KEYS_ONLY' },
              },
            ],
          },
        },
        KeysSecret: {
          Type: 'AWS::SecretsManager::Secret',
          Properties: {
            GenerateSecretString: {
              SecretStringTemplate: '{"signWith":"k1"}',
              GenerateStringKey: 'k1',
              PasswordLength: 64,
              ExcludePunctuation: true,
            },
          },
        },
      },
    },
    {
      authorizer: (deployment) => ({
        ...admitAll(deployment),
        call(call, caller) {
          authorized.push(caller);
          if (call.action !== 'Query' || deployment.find('Orders').identity.ref !== call.resource)
            return { allowed: true };
          return {
            allowed: false,
            error: { status: 400, code: 'AccessDeniedException', message: 'not granted' },
          };
        },
      }),
    },
  );
});
afterAll(async () => {
  for (const each of clients) each.destroy();
  await stack?.stop();
});
beforeEach(() => {
  stack.calls.clear();
  stack.faults.clear();
  authorized.length = 0;
});

describe('the call log', () => {
  it('tells who called what, in the words of the CDK code', async () => {
    await stack.invoke('client', { put: 'a', get: 'a', send: 'hello' });
    expect(stack.calls.all()).toMatchObject([
      { functionName: 'client', service: 'dynamodb', action: 'PutItem', resource: 'Orders', status: 200 },
      { functionName: 'client', service: 'sqs', action: 'SendMessage', resource: 'jobs', status: 200 },
      { functionName: 'client', service: 'dynamodb', action: 'GetItem', resource: 'Orders', status: 200 },
    ]);
    expect(stack.calls.count({ functionName: 'client', service: 'dynamodb' })).toBe(2);
    await stack.settled();
  });

  it('counts what tests do as ops', async () => {
    await client(DynamoDBClient).send(
      new GetItemCommand({ TableName: stack.tableName('Orders'), Key: { pk: { S: 'x' } } }),
    );
    expect(stack.calls.all()).toMatchObject([{ functionName: 'ops', action: 'GetItem' }]);
  });
});

describe('a fault', () => {
  const stored = async (pk: string) => {
    stack.faults.clear();
    return (await stack.invoke('client', { get: pk })) !== null;
  };

  it('before the effect answers with the error of the service, as often as it is told', async () => {
    const fault = stack.faults.inject(
      'before',
      { service: 'dynamodb', action: 'PutItem', functionName: 'client' },
      { kind: 'status', status: 500, code: 'InternalServerError' },
      1,
    );
    await expect(stack.invoke('client', { put: 'b1' })).rejects.toMatchObject({
      name: 'InternalServerError',
    });
    await expect(stack.invoke('client', { put: 'b2' })).resolves.toBe('done');
    expect(fault.hits()).toBe(1);
    expect([await stored('b1'), await stored('b2')]).toEqual([false, true]);
  });

  it('after the effect loses only the answer', async () => {
    stack.faults.inject('after', { action: 'PutItem' }, { kind: 'reset' });
    await expect(stack.invoke('client', { put: 'c' })).rejects.toThrow();
    expect(await stored('c')).toBe(true);
  });

  it('can kill the process that makes the call, after the effect', async () => {
    stack.faults.inject('after', { action: 'PutItem' }, { kind: 'crash' }, 1);
    await expect(stack.invoke('client', { put: 'd' })).rejects.toMatchObject({ name: 'Runtime.ExitError' });
    expect(await stored('d')).toBe(true);
  });

  it('strikes only what fits', async () => {
    stack.faults.inject('before', { functionName: 'work' }, { kind: 'reset' });
    stack.faults.inject('before', { resource: 'Roster' }, { kind: 'reset' });
    await expect(stack.invoke('client', { put: 'e' })).resolves.toBe('done');
  });
});

describe('the authorizer', () => {
  it('is asked about every call, and told the function and its role', async () => {
    await stack.invoke('client', { get: 'a' });
    expect(authorized).toEqual([
      { kind: 'function', logicalId: 'ClientFunction', role: 'ClientFunctionRole' },
    ]);
  });

  it('refuses as AWS does', async () => {
    const query = new QueryCommand({
      TableName: stack.tableName('Orders'),
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'a' } },
    });
    await expect(client(DynamoDBClient).send(query)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('the services behind the gateway', () => {
  it('have the template’s tables with their indexes', async () => {
    const db = client(DynamoDBClient);
    const item = { pk: { S: 'g' }, family: { S: 'fam_1' } };
    const put = new PutItemCommand({
      TableName: stack.tableName('ORDERS_TABLE'),
      Item: item,
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    await db.send(put);
    await expect(db.send(put)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  });

  it('hold generated secrets, and what is put in their place', async () => {
    const read = async () =>
      (
        await client(SecretsManagerClient).send(
          new GetSecretValueCommand({ SecretId: stack.secretId('Keys') }),
        )
      ).SecretString;
    expect(JSON.parse((await read()) ?? '')).toEqual({
      signWith: 'k1',
      k1: expect.stringMatching(/^[a-zA-Z0-9]{64}$/),
    });
    stack.secrets.put(stack.secretId('Keys'), 'rotated');
    expect(await read()).toBe('rotated');
    await expect(
      client(SecretsManagerClient).send(new GetSecretValueCommand({ SecretId: 'unknown' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('invoke functions, and tell their errors apart from answers', async () => {
    const lambda = client(LambdaClient);
    const invoke = async (name: string) => {
      const answer = await lambda.send(
        new InvokeCommand({ FunctionName: stack.functionName(name), Payload: Buffer.from('{}') }),
      );
      return [answer.FunctionError, JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8'))] as const;
    };
    expect(await invoke('client')).toEqual([undefined, 'done']);
    expect(await invoke('fail')).toEqual(['Unhandled', expect.objectContaining({ errorType: 'TypeError' })]);
    await expect(lambda.send(new InvokeCommand({ FunctionName: 'missing' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});
