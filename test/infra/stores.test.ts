import { beforeAll, describe, expect, test } from 'vitest';
import { functions } from '../../infra/functions.ts';
import { tableDefinitions } from '../support/tables.ts';
import {
  DURABLE,
  list,
  ofType,
  type Resource,
  record,
  said,
  type TemplateJson,
  templateOf,
} from './template.ts';

let prod: TemplateJson;
let dev: TemplateJson;
beforeAll(async () => {
  [prod, dev] = [await templateOf('prod', DURABLE), await templateOf('dev')];
});

const sorted = (items: readonly unknown[]): unknown[] =>
  items.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));

const tables = (template: TemplateJson) => ofType(template, 'AWS::DynamoDB::Table');
const secrets = (template: TemplateJson) => ofType(template, 'AWS::SecretsManager::Secret');

describe('tables', () => {
  test('have logical ids that never change, or CloudFormation would replace them', () => {
    expect(tables(prod).map(([id]) => id)).toEqual([
      'OrdersTable',
      'BlastsTable',
      'RosterTable',
      'PlansTable',
    ]);
  });

  test('of a durable stage survive a deleted stack, a mistaken delete and a bad write', () => {
    for (const [id, { Properties, DeletionPolicy, UpdateReplacePolicy }] of tables(prod)) {
      expect([id, DeletionPolicy, UpdateReplacePolicy]).toEqual([id, 'Retain', 'Retain']);
      expect(Properties).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    }
  });

  test('of an ephemeral stage go with the stack', () => {
    for (const [id, { Properties, DeletionPolicy }] of tables(dev)) {
      expect([id, DeletionPolicy, Properties.DeletionProtectionEnabled]).toEqual([id, 'Delete', false]);
    }
  });

  test('are encrypted under a key whose use can be audited, and paid for by request', () => {
    for (const template of [dev, prod]) {
      for (const [, { Properties }] of tables(template)) {
        expect(Properties).toMatchObject({
          SSESpecification: { SSEEnabled: true },
          BillingMode: 'PAY_PER_REQUEST',
        });
      }
    }
  });

  test('have the keys and indexes that the access patterns need, and no other', () => {
    const keys = (schema: Resource['Properties'][string] | undefined): string =>
      list(schema)
        .map((key) => record(key).AttributeName)
        .join(' + ');
    const shapes = tables(prod).flatMap(([id, { Properties }]) => [
      `${id}: ${keys(Properties.KeySchema)}`,
      ...list(Properties.GlobalSecondaryIndexes).map((index) => {
        const { IndexName, KeySchema, Projection } = record(index);
        const { ProjectionType, NonKeyAttributes } = record(Projection);
        const projected = [ProjectionType, ...list(NonKeyAttributes)].join(' ');
        return `${id} ${IndexName}: ${keys(KeySchema)} (${projected})`;
      }),
    ]);
    expect(shapes).toEqual([
      'OrdersTable: pk',
      'OrdersTable byProduct: productShard + orderId (INCLUDE familyId playerId period createdAt importId)',
      'OrdersTable byFamily: familyId + orderId (INCLUDE playerId)',
      'OrdersTable byFirstMail: firstMailShard + orderId (INCLUDE familyId playerId)',
      'OrdersTable due: duePartition + dueAt (KEYS_ONLY)',
      'BlastsTable: pk + sk',
      'BlastsTable listed: listing + startsAt (KEYS_ONLY)',
      'BlastsTable byOrder: orderId + claimedAt (KEYS_ONLY)',
      'RosterTable: pk',
      'RosterTable listed: listing + pk (KEYS_ONLY)',
      'PlansTable: pk + sk',
    ]);
  });

  test('are those that the suites of the stores run on, here and on DynamoDB Local', () => {
    const made = Object.fromEntries(
      tables(prod).map(([id, { Properties }]) => {
        const { AttributeDefinitions, BillingMode, GlobalSecondaryIndexes, KeySchema } = Properties;
        const indexes = GlobalSecondaryIndexes === undefined ? {} : { GlobalSecondaryIndexes };
        const inSequence = sorted(list(AttributeDefinitions));
        return [id, { BillingMode, KeySchema, AttributeDefinitions: inSequence, ...indexes }];
      }),
    );
    const inSuites = Object.fromEntries(
      Object.entries(tableDefinitions).map(([name, { AttributeDefinitions = [], ...definition }]) => [
        `${name.charAt(0).toUpperCase()}${name.slice(1)}Table`,
        { ...definition, AttributeDefinitions: sorted(AttributeDefinitions) },
      ]),
    );
    expect(inSuites).toEqual(made);
  });

  test('only plans and previews are removed with time', () => {
    const withTimeToLive = tables(prod).flatMap(([id, { Properties }]) =>
      Properties.TimeToLiveSpecification === undefined ? [] : [[id, Properties.TimeToLiveSpecification]],
    );
    expect(withTimeToLive).toEqual([
      ['BlastsTable', { AttributeName: 'ttl', Enabled: true }],
      ['PlansTable', { AttributeName: 'ttl', Enabled: true }],
    ]);
  });
});

describe('secrets', () => {
  test('are kept in every stage: without the token keys every mailed link is dead', () => {
    for (const template of [dev, prod]) {
      expect(
        secrets(template).map(([id, { DeletionPolicy, UpdateReplacePolicy }]) => [
          id,
          DeletionPolicy,
          UpdateReplacePolicy,
        ]),
      ).toEqual([
        ['TokenKeysSecret', 'Retain', 'Retain'],
        ['StripeKeySecret', 'Retain', 'Retain'],
        ['StripeWebhookSecret', 'Retain', 'Retain'],
      ]);
    }
  });

  test('have properties that never change: a changed one makes CloudFormation write a new value over the old', () => {
    const values = secrets(prod).map(([id, { Properties }]) => {
      const { Description: _, ...value } = Properties;
      return [id, value];
    });
    expect(values).toEqual([
      [
        'TokenKeysSecret',
        {
          GenerateSecretString: {
            ExcludePunctuation: true,
            GenerateStringKey: 'k1',
            PasswordLength: 64,
            SecretStringTemplate: '{"signWith":"k1"}',
          },
        },
      ],
      ['StripeKeySecret', { SecretString: 'not-set' }],
      ['StripeWebhookSecret', { SecretString: '[]' }],
    ]);
  });

  test('reach a function by name only, never as a value in its environment', () => {
    for (const [id, { Properties }] of ofType(prod, 'AWS::Lambda::Function')) {
      const variables = record(record(Properties.Environment).Variables);
      expect([id, JSON.stringify(variables).includes('{{resolve:')]).toEqual([id, false]);
      const told = Object.entries(variables)
        .filter(([name]) => /SECRET|KEY|TOKEN/.test(name))
        .map(([name, value]) => `${name}: ${said(value)}`);
      expect(told).toEqual([
        'TOKEN_KEYS_SECRET_ID: TokenKeysSecret',
        'STRIPE_KEY_SECRET_ID: StripeKeySecret',
        'STRIPE_WEBHOOK_SECRET_ID: StripeWebhookSecret',
      ]);
    }
  });
});

describe('queues', () => {
  const queues = () => ofType(prod, 'AWS::SQS::Queue');

  test('keep what they are given for 14 days, encrypted, and refuse whoever comes without TLS', () => {
    const tls = ofType(prod, 'AWS::SQS::QueuePolicy').flatMap(([, { Properties }]) =>
      JSON.stringify(Properties.PolicyDocument).includes(
        '{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny"',
      )
        ? list(Properties.Queues).map(said)
        : [],
    );
    expect(queues()).toHaveLength(8);
    for (const [id, { Properties }] of queues()) {
      expect(Properties).toMatchObject({
        MessageRetentionPeriod: 14 * 24 * 60 * 60,
        SqsManagedSseEnabled: true,
      });
      expect(tls).toContain(said({ Ref: id }));
    }
  });

  test('of a durable stage survive a deleted stack with what is in them', () => {
    for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of queues()) {
      expect([id, DeletionPolicy, UpdateReplacePolicy]).toEqual([id, 'Retain', 'Retain']);
    }
  });

  test('set a message aside only after several attempts, into a queue of its own', () => {
    const redrive = queues().flatMap(([id, { Properties }]) => {
      if (Properties.RedrivePolicy === undefined) return [];
      const { deadLetterTargetArn, maxReceiveCount } = record(Properties.RedrivePolicy);
      return [`${said({ Ref: id })} -> ${said(deadLetterTargetArn)} after ${maxReceiveCount}`];
    });
    expect(redrive).toEqual([
      'EventsQueue -> EventsDeadLetters after 10',
      'RetireQueue -> RetireDeadLetters after 10',
      'BlastQueue -> BlastDeadLetters after 5',
      'FeedbackQueue -> FeedbackDeadLetters after 10',
    ]);
  });

  test('are worked on by two workers each, which give back single messages, within a sixth of the visibility', () => {
    const sources = ofType(prod, 'AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => {
      expect(Properties).toMatchObject({
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 2 },
      });
      const queue = queues().find(([id]) => said({ Ref: id }) === said(Properties.EventSourceArn));
      return `${said(Properties.EventSourceArn)} -> ${said(Properties.FunctionName)}, ${Properties.BatchSize} at once, hidden for ${queue?.[1].Properties.VisibilityTimeout} s`;
    });
    expect(sources).toEqual([
      'EventsQueue -> FulfilPaymentFunction, 10 at once, hidden for 720 s',
      'RetireQueue -> RetireLinkFunction, 5 at once, hidden for 720 s',
      'BlastQueue -> SendBlastFunction, 1 at once, hidden for 1800 s',
      'FeedbackQueue -> SesFeedbackFunction, 10 at once, hidden for 360 s',
    ]);
    expect(functions['fulfil-payment'].timeoutSeconds * 6).toBeLessThanOrEqual(720);
    expect(functions['retire-link'].timeoutSeconds * 6).toBeLessThanOrEqual(720);
    expect(functions['send-blast'].timeoutSeconds * 6).toBeLessThanOrEqual(1800);
    expect(functions['ses-feedback'].timeoutSeconds * 6).toBeLessThanOrEqual(360);
  });

  const sendersOf = (template: TemplateJson) => {
    const [, source] =
      ofType(template, 'AWS::Lambda::EventSourceMapping').find(
        ([, { Properties }]) => said(Properties.FunctionName) === 'SendBlastFunction',
      ) ?? [];
    return record(source?.Properties.ScalingConfig).MaximumConcurrency;
  };

  test('as many senders run at once as the stage is told', async () => {
    const more = { mailSenders: '7', lambdaConcurrency: '35' };
    expect(sendersOf(prod)).toBe(2);
    expect(sendersOf(await templateOf('prod', { ...DURABLE, ...more }))).toBe(7);
  });
});
