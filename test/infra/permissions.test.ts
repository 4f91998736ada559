import { beforeAll, expect, test } from 'vitest';
import { type FunctionName, functionNames } from '../../infra/functions.ts';
import {
  DURABLE,
  type Json,
  list,
  ofType,
  type Resource,
  record,
  said,
  type TemplateJson,
  templateOf,
} from './template.ts';

let prod: TemplateJson;
beforeAll(async () => {
  prod = await templateOf('prod', DURABLE);
});

const LOGS = 'logs:CreateLogStream PutLogEvents';
const CONSUME = 'sqs:ReceiveMessage DeleteMessage GetQueueAttributes';
const READ = 'secretsmanager:GetSecretValue';
const SEND = 'sqs:SendMessage';
const IDENTITY = 'ses:identity/hillside.example';
const CONFIGURATION_SET = 'ses:configuration-set/MailEventsConfigurationSet';
/** SES knows no resource for this one action. */
const ANYTHING = '*';

/** Everything that each role allows. A change here is a change of what a leaked function can do. */
const allowed: Record<FunctionName, Record<string, string>> = {
  'first-payment': {
    OrdersTable: 'dynamodb:GetItem UpdateItem',
    RosterTable: 'dynamodb:GetItem',
    TokenKeysSecret: READ,
    StripeKeySecret: READ,
    RetireQueue: SEND,
    FirstPaymentLogs: LOGS,
  },
  'mint-link': {
    OrdersTable: 'dynamodb:GetItem UpdateItem',
    RosterTable: 'dynamodb:GetItem',
    TokenKeysSecret: READ,
    StripeKeySecret: READ,
    RetireQueue: SEND,
    MintLinkLogs: LOGS,
  },
  'start-checkout': {
    OrdersTable: 'dynamodb:GetItem UpdateItem PutItem',
    RosterTable: 'dynamodb:GetItem',
    TokenKeysSecret: READ,
    StripeKeySecret: READ,
    RetireQueue: SEND,
    StartCheckoutLogs: LOGS,
  },
  'stripe-webhook': {
    StripeWebhookSecret: READ,
    EventsQueue: SEND,
    StripeWebhookLogs: LOGS,
  },
  'fulfil-payment': {
    OrdersTable: 'dynamodb:GetItem UpdateItem PutItem',
    StripeKeySecret: READ,
    RetireQueue: SEND,
    EventsQueue: CONSUME,
    FulfilPaymentLogs: LOGS,
  },
  'retire-link': {
    OrdersTable: 'dynamodb:GetItem UpdateItem',
    StripeKeySecret: READ,
    RetireQueue: `${SEND}, ${CONSUME}`,
    RetireLinkLogs: LOGS,
  },
  tick: {
    OrdersTable: 'dynamodb:GetItem BatchGetItem PutItem UpdateItem',
    RosterTable: 'dynamodb:GetItem BatchGetItem',
    BlastsTable: 'dynamodb:GetItem BatchGetItem PutItem UpdateItem Query',
    PlansTable: 'dynamodb:GetItem PutItem UpdateItem Query',
    'OrdersTable/index/due': 'dynamodb:Query',
    'OrdersTable/index/byProduct': 'dynamodb:Query',
    'OrdersTable/index/byFirstMail': 'dynamodb:Query',
    'BlastsTable/index/listed': 'dynamodb:Query',
    'RosterTable/index/listed': 'dynamodb:Query',
    TokenKeysSecret: READ,
    StripeKeySecret: READ,
    RetireQueue: SEND,
    BlastQueue: SEND,
    TickLogs: LOGS,
  },
  'plan-blast': {
    OrdersTable: 'dynamodb:GetItem BatchGetItem UpdateItem',
    'OrdersTable/index/byProduct': 'dynamodb:Query',
    RosterTable: 'dynamodb:GetItem BatchGetItem',
    BlastsTable: 'dynamodb:GetItem BatchGetItem PutItem UpdateItem Query',
    'BlastsTable/index/listed': 'dynamodb:Query',
    TokenKeysSecret: READ,
    BlastQueue: SEND,
    [IDENTITY]: 'ses:SendRawEmail',
    [CONFIGURATION_SET]: 'ses:SendRawEmail',
    PlanBlastLogs: LOGS,
  },
  'send-blast': {
    OrdersTable: 'dynamodb:GetItem BatchGetItem',
    PlansTable: 'dynamodb:Query',
    RosterTable: 'dynamodb:GetItem BatchGetItem',
    BlastsTable: 'dynamodb:GetItem PutItem UpdateItem Query',
    'OrdersTable/index/byProduct': 'dynamodb:Query',
    'OrdersTable/index/byFirstMail': 'dynamodb:Query',
    TokenKeysSecret: READ,
    BlastQueue: `${SEND}, ${CONSUME}`,
    [IDENTITY]: 'ses:SendRawEmail',
    [CONFIGURATION_SET]: 'ses:SendRawEmail',
    [ANYTHING]: 'ses:GetSendQuota',
    SendBlastLogs: LOGS,
  },
  'ses-feedback': {
    OrdersTable: 'dynamodb:GetItem UpdateItem',
    RosterTable: 'dynamodb:UpdateItem',
    BlastsTable: 'dynamodb:GetItem UpdateItem',
    FeedbackQueue: CONSUME,
    SesFeedbackLogs: LOGS,
  },
  unsubscribe: {
    RosterTable: 'dynamodb:UpdateItem',
    TokenKeysSecret: READ,
    UnsubscribeLogs: LOGS,
  },
  'report-blast': {
    OrdersTable: 'dynamodb:BatchGetItem',
    BlastsTable: 'dynamodb:GetItem BatchGetItem PutItem Query',
    'BlastsTable/index/listed': 'dynamodb:Query',
    ReportBlastLogs: LOGS,
  },
  'look-up': {
    OrdersTable: 'dynamodb:GetItem BatchGetItem',
    RosterTable: 'dynamodb:GetItem BatchGetItem',
    BlastsTable: 'dynamodb:BatchGetItem',
    'OrdersTable/index/byProduct': 'dynamodb:Query',
    'OrdersTable/index/byFamily': 'dynamodb:Query',
    'RosterTable/index/listed': 'dynamodb:Query',
    'BlastsTable/index/byOrder': 'dynamodb:Query',
    TokenKeysSecret: READ,
    LookUpLogs: LOGS,
  },
  'recover-orders': {
    OrdersTable: 'dynamodb:BatchGetItem GetItem UpdateItem',
    RosterTable: 'dynamodb:GetItem BatchGetItem',
    PlansTable: 'dynamodb:GetItem PutItem UpdateItem Query',
    BlastsTable: 'dynamodb:PutItem GetItem UpdateItem',
    'OrdersTable/index/byProduct': 'dynamodb:Query',
    'RosterTable/index/listed': 'dynamodb:Query',
    TokenKeysSecret: READ,
    StripeKeySecret: READ,
    BlastQueue: SEND,
    RecoverOrdersLogs: LOGS,
  },
  reconcile: {
    OrdersTable: 'dynamodb:GetItem BatchGetItem PutItem UpdateItem',
    'OrdersTable/index/byProduct': 'dynamodb:Query',
    'OrdersTable/index/due': 'dynamodb:Query',
    RosterTable: 'dynamodb:BatchGetItem',
    'RosterTable/index/listed': 'dynamodb:Query',
    BlastsTable: 'dynamodb:GetItem BatchGetItem UpdateItem Query',
    'BlastsTable/index/listed': 'dynamodb:Query',
    PlansTable: 'dynamodb:GetItem PutItem UpdateItem Query',
    StripeKeySecret: READ,
    ReconcileLogs: LOGS,
  },
  'set-schedule': {
    RosterTable: 'dynamodb:GetItem',
    BlastsTable: 'dynamodb:GetItem BatchGetItem PutItem',
    'BlastsTable/index/listed': 'dynamodb:Query',
    SetScheduleLogs: LOGS,
  },
  'decide-order': {
    OrdersTable: 'dynamodb:GetItem UpdateItem PutItem',
    RetireQueue: SEND,
    DecideOrderLogs: LOGS,
  },
  'settle-payment': {
    OrdersTable: 'dynamodb:GetItem BatchGetItem UpdateItem PutItem',
    'OrdersTable/index/due': 'dynamodb:Query',
    StripeKeySecret: READ,
    RetireQueue: SEND,
    SettlePaymentLogs: LOGS,
  },
  'import-orders': {
    OrdersTable: 'dynamodb:GetItem BatchGetItem PutItem UpdateItem',
    'OrdersTable/index/byFamily': 'dynamodb:Query',
    RosterTable: 'dynamodb:GetItem BatchGetItem PutItem UpdateItem',
    PlansTable: 'dynamodb:PutItem UpdateItem Query',
    RetireQueue: SEND,
    ImportOrdersLogs: LOGS,
  },
  'keep-record': {
    OrdersTable: 'dynamodb:GetItem BatchGetItem PutItem UpdateItem',
    'OrdersTable/index/byFamily': 'dynamodb:Query',
    RosterTable: 'dynamodb:GetItem BatchGetItem PutItem UpdateItem',
    RetireQueue: SEND,
    KeepRecordLogs: LOGS,
  },
  'export-records': {
    OrdersTable: 'dynamodb:GetItem BatchGetItem',
    'OrdersTable/index/byProduct': 'dynamodb:Query',
    RosterTable: 'dynamodb:BatchGetItem',
    'RosterTable/index/listed': 'dynamodb:Query',
    ExportRecordsLogs: LOGS,
  },
  'forget-family': {
    OrdersTable: 'dynamodb:BatchGetItem',
    'OrdersTable/index/byFamily': 'dynamodb:Query',
    RosterTable: 'dynamodb:GetItem BatchGetItem PutItem UpdateItem',
    'RosterTable/index/listed': 'dynamodb:Query',
    BlastsTable: 'dynamodb:BatchGetItem UpdateItem',
    'BlastsTable/index/byOrder': 'dynamodb:Query',
    ForgetFamilyLogs: LOGS,
  },
  'create-test-order': {
    OrdersTable: 'dynamodb:GetItem PutItem',
    RosterTable: 'dynamodb:PutItem',
    TokenKeysSecret: READ,
    CreateTestOrderLogs: LOGS,
  },
};

const roleOf = (name: FunctionName): Resource => {
  const pascal = name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
  const lambda = ofType(prod, 'AWS::Lambda::Function').find(
    ([id]) => said({ Ref: id }) === `${pascal}Function`,
  );
  const [roleId] = list(record(lambda?.[1].Properties.Role)['Fn::GetAtt']);
  const role = prod.Resources[String(roleId)];
  if (role === undefined) throw new Error(`${name} has no role in the template.`);
  return role;
};

const statementsOf = (policyDocument: Json | undefined) =>
  list(record(policyDocument).Statement).map((statement) => {
    const { Action, Resource, Effect, NotAction, NotResource } = record(statement);
    if (NotAction !== undefined || NotResource !== undefined)
      throw new Error('A statement says what is allowed, not what is not.');
    return { effect: Effect, actions: list(Action).map(String), resources: list(Resource).map(said) };
  });

/** `dynamodb:GetItem UpdateItem`: the service once, then its actions. */
const inShort = (actions: readonly string[]): string =>
  `${actions[0]?.split(':')[0]}:${actions.map((action) => action.split(':')[1]).join(' ')}`;

test.each(functionNames)('%s may do exactly what it is for', (name) => {
  const granted: Record<string, string> = {};
  for (const policy of list(roleOf(name).Properties.Policies)) {
    for (const { actions, resources, effect } of statementsOf(record(policy).PolicyDocument)) {
      expect(effect).toBe('Allow');
      for (const resource of resources) {
        granted[resource] = [granted[resource], inShort(actions)]
          .filter((known) => known !== undefined)
          .join(', ');
      }
    }
  }
  expect(granted).toEqual(allowed[name]);
});

test('each function has a role of its own, and nothing is added to a role from elsewhere', () => {
  const roles = ofType(prod, 'AWS::IAM::Role');
  expect(new Set(functionNames.map(roleOf)).size).toBe(functionNames.length);
  expect(roles).toHaveLength(functionNames.length);
  expect(roles.filter(([, { Properties }]) => Properties.ManagedPolicyArns !== undefined)).toEqual([]);
  expect([...ofType(prod, 'AWS::IAM::Policy'), ...ofType(prod, 'AWS::IAM::ManagedPolicy')]).toEqual([]);
});

test('there is no wildcard but where AWS has no other way of saying it', () => {
  const reasons: Record<string, string> = {
    'AWS::KMS::Key kms:* on *': 'the account itself; in the policy of a key `*` is that key',
    'AWS::KMS::Key kms:GenerateDataKey on *': 'in the policy of a key `*` is that key',
    'AWS::KMS::Key kms:Decrypt on *': 'in the policy of a key `*` is that key',
    'AWS::SQS::QueuePolicy sqs:* on the queue': 'denies everything to whoever comes without TLS',
    'AWS::IAM::Role ses:GetSendQuota on *': 'the quota is the account’s, and SES knows no resource for it',
  };
  const found = new Set<string>();
  for (const [, { Type, Properties }] of Object.entries(prod.Resources)) {
    const documents = [
      Properties.PolicyDocument,
      Properties.KeyPolicy,
      ...list(Properties.Policies).map((policy) => record(policy).PolicyDocument),
    ];
    for (const { actions, resources } of documents
      .filter((document) => document !== undefined)
      .flatMap(statementsOf)) {
      for (const action of actions) {
        for (const resource of resources) {
          if (!action.includes('*') && !resource.includes('*')) continue;
          found.add(`${Type} ${action} on ${resource.includes('*') ? resource : 'the queue'}`);
        }
      }
    }
  }
  expect([...found].sort()).toEqual(Object.keys(reasons).sort());
});
