import { beforeAll, describe, expect, test } from 'vitest';
import { functionNames } from '../../infra/functions.ts';
import {
  DURABLE,
  list,
  ofType,
  publishersUnderKey,
  record,
  said,
  type TemplateJson,
  templateOf,
} from './template.ts';

let prod: TemplateJson;
beforeAll(async () => {
  prod = await templateOf('prod', DURABLE);
});

const routes = () =>
  ofType(prod, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => {
    const target = said(Properties.Target).replace('integrations/', '');
    const integration = ofType(prod, 'AWS::ApiGatewayV2::Integration').find(
      ([id]) => said({ Ref: id }) === target,
    );
    const [method = '', path = ''] = String(Properties.RouteKey).split(' ');
    return {
      method,
      path,
      access: String(Properties.AuthorizationType),
      to: said(integration?.[1].Properties.IntegrationUri),
    };
  });
const stage = () => record(ofType(prod, 'AWS::ApiGatewayV2::Stage')[0]?.[1].Properties);

describe('HTTP API', () => {
  test('has these routes and no other', () => {
    expect(routes().map(({ method, path, access, to }) => `${method} ${path} (${access}) -> ${to}`)).toEqual([
      'GET /pay/{token} (NONE) -> FirstPaymentFunction',
      'HEAD /pay/{token} (NONE) -> FirstPaymentFunction',
      'GET /checkout/first-payment (NONE) -> FirstPaymentFunction',
      'HEAD /checkout/first-payment (NONE) -> FirstPaymentFunction',
      'GET /unsubscribe/{token} (NONE) -> UnsubscribeFunction',
      'HEAD /unsubscribe/{token} (NONE) -> UnsubscribeFunction',
      'POST /unsubscribe/{token} (NONE) -> UnsubscribeFunction',
      'POST /orders/{orderId}/link (AWS_IAM) -> MintLinkFunction',
      'PUT /orders/{orderId} (AWS_IAM) -> KeepRecordFunction',
      'PUT /families/{familyId} (AWS_IAM) -> KeepRecordFunction',
      'PUT /players/{playerId}/contract (AWS_IAM) -> KeepRecordFunction',
      'POST /checkout (AWS_IAM) -> StartCheckoutFunction',
    ]);
  });

  test('answers HEAD wherever it answers GET, because mail scanners ask with HEAD', () => {
    const paths = (method: string) =>
      routes().flatMap((route) => (route.method === method ? [route.path] : []));
    expect(paths('HEAD')).toEqual(paths('GET'));
  });

  test('lets nobody in unsigned but to look, and to stop reminders with the token of a mail', () => {
    for (const { method, path, access } of routes()) {
      expect(`${method} ${path} ${access}`).toMatch(
        /^(GET|HEAD) .* NONE$|^POST \/unsubscribe\/\{token\} NONE$|^(POST|PUT) .* AWS_IAM$/,
      );
    }
  });

  test('is throttled, and tighter where a request may open something at Stripe', () => {
    const { DefaultRouteSettings, RouteSettings } = stage();
    expect(DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 });
    expect(RouteSettings).toEqual({
      'POST /orders/{orderId}/link': { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 },
      'POST /checkout': { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 },
    });
  });

  test('logs the route of a request, and nothing that could hold a token or tell who asked', () => {
    const { Format } = record(stage().AccessLogSettings);
    const variables = [...String(Format).matchAll(/\$context\.([A-Za-z.]+)/g)].map(([, name]) => name);
    expect(variables).toEqual([
      'requestId',
      'routeKey',
      'status',
      'responseLatency',
      'integration.status',
      'integrationStatus',
      'integrationErrorMessage',
    ]);
  });
});

describe('webhook', () => {
  test('has a URL that Stripe can call, with both permissions that AWS asks for', () => {
    expect(
      ofType(prod, 'AWS::Lambda::Url').map(([, { Properties }]) => [
        said(Properties.TargetFunctionArn),
        Properties.AuthType,
      ]),
    ).toEqual([['StripeWebhookFunction', 'NONE']]);
    const open = ofType(prod, 'AWS::Lambda::Permission')
      .map(([, { Properties }]) => Properties)
      .filter(({ Principal }) => Principal === '*')
      .map(({ Action, FunctionName, FunctionUrlAuthType = null, InvokedViaFunctionUrl = null }) => ({
        Action,
        on: said(FunctionName),
        FunctionUrlAuthType,
        InvokedViaFunctionUrl,
      }));
    expect(open).toEqual([
      {
        Action: 'lambda:InvokeFunctionUrl',
        on: 'StripeWebhookFunction',
        FunctionUrlAuthType: 'NONE',
        InvokedViaFunctionUrl: null,
      },
      {
        Action: 'lambda:InvokeFunction',
        on: 'StripeWebhookFunction',
        FunctionUrlAuthType: null,
        InvokedViaFunctionUrl: true,
      },
    ]);
  });
});

describe('schedule', () => {
  test('there is one, and it starts the tick every five minutes', () => {
    const rules = ofType(prod, 'AWS::Events::Rule').map(([, { Properties }]) => [
      Properties.ScheduleExpression,
      Properties.State,
      list(Properties.Targets).map((target) => said(record(target).Arn)),
    ]);
    expect(rules).toEqual([['rate(5 minutes)', 'ENABLED', ['TickFunction']]]);
  });
});

describe('functions', () => {
  test('are all of them arm64 on Node 24, with JSON logs in a group of their own that expires', () => {
    const groups = new Map(ofType(prod, 'AWS::Logs::LogGroup'));
    const used = new Set<string>();
    for (const [, { Properties }] of ofType(prod, 'AWS::Lambda::Function')) {
      expect(Properties).toMatchObject({
        Architectures: ['arm64'],
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        LoggingConfig: { LogFormat: 'JSON' },
      });
      const group = String(record(record(Properties.LoggingConfig).LogGroup).Ref);
      expect(groups.get(group)?.Properties.RetentionInDays).toBe(90);
      used.add(group);
    }
    expect(used.size).toBe(functionNames.length);
  });

  test('reserve no concurrency: a new account has ten in all', () => {
    for (const [, { Properties }] of ofType(prod, 'AWS::Lambda::Function')) {
      expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    }
  });

  test('that answer HTTP end before the API gives up after 30 s', () => {
    const behindApi = new Set(routes().map(({ to }) => to));
    for (const [id, { Properties }] of ofType(prod, 'AWS::Lambda::Function')) {
      if (behindApi.has(said({ Ref: id }))) expect(Properties.Timeout).toBeLessThan(30);
    }
  });

  test('know a live stage from a test stage', async () => {
    const livemode = (template: TemplateJson) =>
      new Set(
        ofType(template, 'AWS::Lambda::Function').map(
          ([, { Properties }]) => record(record(Properties.Environment).Variables).LIVEMODE,
        ),
      );
    expect(livemode(prod)).toEqual(new Set(['true']));
    expect(livemode(await templateOf('dev'))).toEqual(new Set(['false']));
  });
});

describe('mail events', () => {
  test('all that can become of a mail is published, and no open or click is tracked', () => {
    const [destination] = ofType(prod, 'AWS::SES::ConfigurationSetEventDestination');
    expect(record(destination?.[1].Properties.EventDestination).MatchingEventTypes).toEqual([
      'send',
      'delivery',
      'bounce',
      'complaint',
      'reject',
      'renderingFailure',
    ]);
  });

  test('go to a topic under a key that SES may use, which the AWS-managed one does not allow', () => {
    const topic = ofType(prod, 'AWS::SNS::Topic').find(([id]) => said({ Ref: id }) === 'MailEventsTopic');
    expect(said(topic?.[1].Properties.KmsMasterKeyId)).toBe('NotificationsKey');
    expect(publishersUnderKey(prod)).toContain('ses.amazonaws.com');
  });

  const allowedBy = (type: string, id: string) =>
    ofType(prod, type)
      .filter(([each]) => said({ Ref: each }) === id)
      .flatMap(([, { Properties }]) => list(record(Properties.PolicyDocument).Statement).map(record))
      .filter(({ Effect }) => Effect === 'Allow');

  test('are published by SES for this one configuration set', () => {
    const [statement, ...others] = allowedBy('AWS::SNS::TopicPolicy', 'MailEventsTopicPolicy');
    expect(others).toEqual([]);
    expect(statement).toMatchObject({
      Action: 'sns:Publish',
      Principal: { Service: 'ses.amazonaws.com' },
      Condition: { StringEquals: { 'AWS:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
    expect(said(record(record(statement?.Condition).StringEquals)['AWS:SourceArn'])).toContain(
      ':configuration-set/MailEventsConfigurationSet',
    );
  });

  test('go on to their queue as SES wrote them', () => {
    const subscriptions = ofType(prod, 'AWS::SNS::Subscription').flatMap(([, { Properties }]) =>
      said(Properties.TopicArn) === 'MailEventsTopic' ? [Properties] : [],
    );
    expect(subscriptions).toMatchObject([{ Protocol: 'sqs', RawMessageDelivery: true }]);
    expect(said(subscriptions[0]?.Endpoint)).toBe('FeedbackQueue');
  });

  test('are all that their queue takes, and no other queue takes anything from a service', () => {
    const statements = ofType(prod, 'AWS::SQS::QueuePolicy').flatMap(([id]) =>
      allowedBy('AWS::SQS::QueuePolicy', said({ Ref: id })),
    );
    expect(statements).toMatchObject([
      { Action: 'sqs:SendMessage', Principal: { Service: 'sns.amazonaws.com' } },
    ]);
    expect(said(statements[0]?.Resource)).toBe('FeedbackQueue');
    const { ArnEquals, ...others } = record(statements[0]?.Condition);
    expect(others).toEqual({});
    expect(said(record(ArnEquals)['aws:SourceArn'])).toBe('MailEventsTopic');
  });

  test('lie in a queue under a key of SQS, for which SNS needs no permission', () => {
    const [, queue] =
      ofType(prod, 'AWS::SQS::Queue').find(([id]) => said({ Ref: id }) === 'FeedbackQueue') ?? [];
    expect(queue?.Properties).toMatchObject({ SqsManagedSseEnabled: true });
    expect(queue?.Properties).not.toHaveProperty('KmsMasterKeyId');
  });
});

test('whoever operates the system finds in the outputs what to call and where', () => {
  expect(
    Object.fromEntries(Object.entries(prod.Outputs).map(([name, { Value }]) => [name, said(Value)])),
  ).toEqual({
    BaseUrl: 'https://pay.hillside.example',
    ApiUrl: 'PublicApi.ApiEndpoint',
    DomainTarget: 'DomainName.RegionalDomainName',
    AlarmTopicArn: 'AlarmsTopic',
    WebhookUrl: 'StripeWebhookFunctionFunctionUrl.FunctionUrl',
    OrdersTableName: 'OrdersTable',
    RosterTableName: 'RosterTable',
    BlastsTableName: 'BlastsTable',
    PlansTableName: 'PlansTable',
    PlanBlastFunctionName: 'PlanBlastFunction',
    ReportBlastFunctionName: 'ReportBlastFunction',
    LookUpFunctionName: 'LookUpFunction',
    SetScheduleFunctionName: 'SetScheduleFunction',
    RecoverOrdersFunctionName: 'RecoverOrdersFunction',
    ReconcileFunctionName: 'ReconcileFunction',
    DecideOrderFunctionName: 'DecideOrderFunction',
    SettlePaymentFunctionName: 'SettlePaymentFunction',
    CreateTestOrderFunctionName: 'CreateTestOrderFunction',
    ImportOrdersFunctionName: 'ImportOrdersFunction',
    ExportRecordsFunctionName: 'ExportRecordsFunction',
    ForgetFamilyFunctionName: 'ForgetFamilyFunction',
    TickFunctionName: 'TickFunction',
    ClubTimeZone: DURABLE.clubTimeZone,
    Livemode: 'true',
    MailFrom: DURABLE.mailFrom,
    MailConfigurationSet: 'MailEventsConfigurationSet',
    StripeKeySecretArn: 'StripeKeySecret',
    StripeWebhookSecretArn: 'StripeWebhookSecret',
    TokenKeysSecretArn: 'TokenKeysSecret',
  });
});

test('what has an address out there keeps its logical id, or CloudFormation would give it another address', () => {
  const addressed = ['AWS::ApiGatewayV2::Api', 'AWS::Lambda::Url'];
  expect(addressed.flatMap((type) => ofType(prod, type).map(([id]) => id))).toEqual([
    'PublicApi6461FF4B', // the links that were mailed before there was a domain
    'StripeWebhookFunctionFunctionUrlEC75F4A6', // the webhook endpoint at Stripe
  ]);
  // A Function URL belongs to its function and goes with it.
  expect(prod.Resources).toHaveProperty('StripeWebhookFunction7888DC24');
});

test('the template is made of plain resources: no custom resource, nested stack, parameter or condition', () => {
  expect(Object.keys(prod).sort()).toEqual(['Description', 'Outputs', 'Resources']);
  const types = new Set(Object.values(prod.Resources).map(({ Type }) => Type));
  expect([...types].filter((type) => type.startsWith('Custom::') || type.includes('CloudFormation'))).toEqual(
    [],
  );
});
