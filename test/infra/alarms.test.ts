import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { metricNames } from '../../functions/metrics.ts';
import { functionNames } from '../../infra/functions.ts';
import { anchorOf, RUNBOOK, runbookSections } from '../../infra/runbook.ts';
import {
  assemblyOf,
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

/** `AWS/SQS ApproximateAge… of EventsQueue ≥ 1800, Maximum of 60 s`. */
const alarms = (): string[] =>
  ofType(prod, 'AWS::CloudWatch::Alarm').map(([, { Properties: alarm }]) => {
    const of = list(alarm.Dimensions).map((dimension) => said(record(dimension).Value));
    const sign = { GreaterThanOrEqualToThreshold: '≥', LessThanThreshold: '<' }[
      String(alarm.ComparisonOperator)
    ];
    expect(alarm.EvaluationPeriods).toBe(1);
    const limit = `${sign} ${alarm.Threshold}`;
    if (alarm.Metrics !== undefined) return `${record(list(alarm.Metrics)[0]).Expression} ${limit}`;
    return `${alarm.Namespace} ${alarm.MetricName} of ${of.join()} ${limit}, ${alarm.Statistic} of ${alarm.Period} s`;
  });

describe('an alarm rings', () => {
  test('when anything was set aside', () => {
    expect(alarms().filter((alarm) => alarm.includes('DeadLetters'))).toEqual(
      ['Events', 'Retire', 'Blast', 'Feedback'].map(
        (queue) =>
          `AWS/SQS ApproximateNumberOfMessagesVisible of ${queue}DeadLetters.QueueName ≥ 1, Maximum of 60 s`,
      ),
    );
  });

  test('when a payment has waited for half an hour to be marked', () => {
    expect(alarms()).toContain(
      'AWS/SQS ApproximateAgeOfOldestMessage of EventsQueue.QueueName ≥ 1800, Maximum of 60 s',
    );
  });

  test('when what SES tells has waited for half an hour, or never reached its queue', () => {
    expect(alarms()).toContain(
      'AWS/SQS ApproximateAgeOfOldestMessage of FeedbackQueue.QueueName ≥ 1800, Maximum of 60 s',
    );
    expect(alarms()).toContain(
      'AWS/SNS NumberOfNotificationsFailed of MailEventsTopic.TopicName ≥ 1, Sum of 300 s',
    );
  });

  test('when the API answers 5xx', () => {
    expect(alarms()).toContain('AWS/ApiGateway 5xx of PublicApi ≥ 1, Sum of 300 s');
  });

  test('when the API answers 429, which only its access log tells', () => {
    expect(alarms()).toContain('club-payments-prod TurnedAway of  ≥ 1, Sum of 300 s');
    const [filter, ...others] = ofType(prod, 'AWS::Logs::MetricFilter').map(
      ([, { Properties }]) => Properties,
    );
    expect(others).toEqual([]);
    expect(filter).toMatchObject({
      FilterPattern: '{ $.status = "429" }',
      MetricTransformations: [
        { MetricNamespace: 'club-payments-prod', MetricName: 'TurnedAway', MetricValue: '1' },
      ],
    });
    const [stage] = ofType(prod, 'AWS::ApiGatewayV2::Stage');
    const log = record(stage?.[1].Properties.AccessLogSettings);
    expect(said(log.DestinationArn)).toContain(said(filter?.LogGroupName));
    expect(JSON.parse(String(log.Format))).toMatchObject({ status: '$context.status' });
  });

  test('when a function crashes, times out or cannot start', () => {
    const failing = alarms().flatMap(
      (alarm) => /^AWS\/Lambda Errors of (.*) ≥ 1, Sum/.exec(alarm)?.[1] ?? [],
    );
    const expected = ofType(prod, 'AWS::Lambda::Function').map(([id]) => said({ Ref: id }));
    expect(failing.toSorted()).toEqual(expected.toSorted());
    expect(failing).toHaveLength(functionNames.length);
  });

  test('when the schedule stands still, which is when nothing is measured', () => {
    expect(alarms()).toContain('AWS/Lambda Invocations of TickFunction < 1, Sum of 900 s');
    const missing = ofType(prod, 'AWS::CloudWatch::Alarm').flatMap(([id, { Properties }]) =>
      Properties.TreatMissingData === 'notBreaching'
        ? []
        : [`${said({ Ref: id })} ${Properties.TreatMissingData}`],
    );
    expect(missing.toSorted()).toEqual([
      'AlarmsFamiliesStranded ignore',
      'AlarmsTickStandsStill breaching',
      'AlarmsWebhooksLost ignore',
    ]);
  });
});

describe('an alarm about families rings', () => {
  test.each([
    ['when Stripe signs with another secret', 'club-payments-prod WebhooksRefused of  ≥ 3, Sum of 300 s'],
    ['when Stripe writes another version', 'club-payments-prod WebhooksOfOtherVersion of  ≥ 1, Sum of 300 s'],
    ['when work has been due for an hour', 'club-payments-prod OldestDueWork of  ≥ 3600, Maximum of 900 s'],
    ['before SES reviews bounces', 'AWS/SES Reputation.BounceRate of  ≥ 0.04, Average of 3600 s'],
    ['before SES reviews complaints', 'AWS/SES Reputation.ComplaintRate of  ≥ 0.0008, Average of 3600 s'],
    ['when families are stranded', 'club-payments-prod Stranded of  ≥ 1, Maximum of 3600 s'],
    ['when a webhook was lost', 'club-payments-prod LostWebhooks of  ≥ 1, Maximum of 3600 s'],
    ['when many look and hardly anybody pays', 'IF(visits >= 10 AND visits > 3 * FILL(paid, 0), 1, 0) ≥ 1'],
  ])('%s', (_, alarm) => {
    expect(alarms()).toContain(alarm);
  });

  test('on what the functions count, and nothing else', () => {
    const measured = JSON.stringify(
      ofType(prod, 'AWS::CloudWatch::Alarm')
        .map(([, { Properties }]) => Properties)
        .concat(ofType(prod, 'AWS::CloudWatch::Dashboard').map(([, { Properties }]) => Properties)),
    );
    const named = [...measured.matchAll(/"MetricName":"(\w+)","Namespace":"club-payments-prod"/g)]
      .concat([...measured.matchAll(/\\"club-payments-prod\\",\\"(\w+)\\"/g)])
      .concat([...measured.matchAll(/MetricName=[\\"]+(\w+)/g)])
      .map(([, name]) => name ?? '');
    const known: readonly string[] = [...metricNames, 'TurnedAway'];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    expect(known.filter((name) => !named.includes(name))).toEqual([]);
  });
});

describe('alarms', () => {
  test('say where to read on, in a section that the runbook has; each of its sections is of an alarm', () => {
    const headings = [
      ...readFileSync(join(import.meta.dirname, '../..', RUNBOOK), 'utf8').matchAll(/^### (.*)$/gm),
    ].map(([, heading]) => heading);
    expect(runbookSections.filter((section) => !headings.includes(section))).toEqual([]);
    const named = ofType(prod, 'AWS::CloudWatch::Alarm').map(
      ([, { Properties }]) => /What to do: (\S+)$/.exec(String(Properties.AlarmDescription))?.[1],
    );
    expect(new Set(named)).toEqual(new Set(runbookSections.map(anchorOf)));
  });

  test('go to one topic, when they begin and when they are over', () => {
    for (const [id, { Properties }] of ofType(prod, 'AWS::CloudWatch::Alarm')) {
      for (const actions of [Properties.AlarmActions, Properties.OKActions]) {
        expect([id, list(actions).map(said)]).toEqual([id, ['AlarmsTopic']]);
      }
    }
  });

  test('may be published: CloudWatch is let in by the topic and by its key', () => {
    const topic = ofType(prod, 'AWS::SNS::Topic').find(([id]) => said({ Ref: id }) === 'AlarmsTopic');
    expect(said(topic?.[1].Properties.KmsMasterKeyId)).toBe('NotificationsKey');
    expect(publishersUnderKey(prod)).toContain('cloudwatch.amazonaws.com');
    const policy = ofType(prod, 'AWS::SNS::TopicPolicy').find(
      ([, { Properties }]) => list(Properties.Topics).map(said).join() === 'AlarmsTopic',
    );
    const allowed = list(record(policy?.[1].Properties.PolicyDocument).Statement)
      .map(record)
      .filter(({ Effect }) => Effect === 'Allow');
    expect(allowed).toMatchObject([
      {
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      },
    ]);
  });

  test('are published over TLS alone, as mail events are', () => {
    const refusing = ofType(prod, 'AWS::SNS::TopicPolicy').flatMap(([, { Properties }]) =>
      list(record(Properties.PolicyDocument).Statement)
        .map(record)
        .filter(({ Effect }) => Effect === 'Deny')
        .map(({ Resource, Condition }) => [said(Resource), Condition]),
    );
    const withoutTls = { Bool: { 'aws:SecureTransport': 'false' } };
    expect(refusing).toEqual([
      ['AlarmsTopic', withoutTls],
      ['MailEventsTopic', withoutTls],
    ]);
  });

  test('are mailed to whoever was named', () => {
    const subscriptions = ofType(prod, 'AWS::SNS::Subscription')
      .filter(([, { Properties }]) => Properties.Protocol === 'email')
      .map(
        ([, { Properties }]) => `${said(Properties.TopicArn)} ${Properties.Protocol} ${Properties.Endpoint}`,
      );
    expect(subscriptions).toEqual([`AlarmsTopic email ${DURABLE.alarmEmail}`]);
  });

  test('that nobody is told of are a warning in a stage that families pay in, and no matter in another', async () => {
    const warnings = (stage: string, context: Record<string, string>) =>
      assemblyOf(stage, context, ({ stacks }) => JSON.stringify(stacks[0]?.messages));
    expect(await warnings('prod', { ...DURABLE, alarmEmail: '' })).toContain('Nobody is told of alarms');
    expect(await warnings('prod', DURABLE)).not.toContain('Nobody is told');
    expect(await warnings('dev', {})).not.toContain('Nobody is told');
    expect(JSON.stringify(ofType(await templateOf('dev'), 'AWS::SNS::Subscription'))).not.toContain('email');
  });
});
