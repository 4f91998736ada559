import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { type FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Bundle } from './bundle.ts';
import { Alarms, summed } from './constructs/alarms.ts';
import { addClubAlarms } from './constructs/club-alarms.ts';
import { ClubDashboard } from './constructs/club-dashboard.ts';
import { ClubDomain } from './constructs/club-domain.ts';
import { ClubFunction } from './constructs/club-function.ts';
import { MailEvents } from './constructs/mail-events.ts';
import { notificationsKey } from './constructs/notifications-key.ts';
import { PublicApi } from './constructs/public-api.ts';
import { Secrets } from './constructs/secrets.ts';
import { stageMetrics } from './constructs/stage-metrics.ts';
import { Tables } from './constructs/tables.ts';
import { WorkQueue } from './constructs/work-queue.ts';
import { type FunctionName, functionNames, type QueueName, specOf } from './functions.ts';
import { statementsFor } from './permissions.ts';
import type { Settings } from './settings.ts';

/**
 * The most workers that a queue starts at once, but for the senders, which are a setting. Two is the least that SQS
 * event sources know, and enough: two of each settle some forty payments a second. A new AWS account may run ten
 * functions at once in all, and the four queues leave two of them to clicks, webhooks and the schedule.
 */
const MAX_WORKERS = 2;

type Consumer = {
  by: FunctionName;
  batchSize: number;
  /** Deliveries of a message before it is set aside. */
  attempts: number;
  alarmAfterMinutes?: number;
};

const consumers: Record<QueueName, Consumer> = {
  // Ten deliveries, twelve minutes apart: an outage of two hours sets no payment aside. After half an hour, two
  // failed deliveries, a person is told: families have paid and are still asked to.
  events: { by: 'fulfil-payment', batchSize: 10, attempts: 10, alarmAfterMinutes: 30 },
  // Fewer at a time: one retirement may be several calls to Stripe.
  retire: { by: 'retire-link', batchSize: 5, attempts: 10 },
  // One ticket is one shard for minutes. The half-hour between deliveries is rarely waited for: a ticket that
  // ends well has sent its successor, and the schedule sends one for a shard that stands still.
  blast: { by: 'send-blast', batchSize: 1, attempts: 5 },
  // Ten deliveries over an hour: after that a mail of which nothing was heard is held for a person anyway. Who is
  // told after half an hour may still prevent that.
  feedback: { by: 'ses-feedback', batchSize: 10, attempts: 10, alarmAfterMinutes: 30 },
};

export type ClubPaymentsStackProps = StackProps & {
  settings: Settings;
  bundles: Readonly<Record<FunctionName, Pick<Bundle, 'directory'>>>;
};

export class ClubPaymentsStack extends Stack {
  constructor(scope: Construct, id: string, props: ClubPaymentsStackProps) {
    super(scope, id, props);
    const { settings, bundles } = props;
    const { ephemeral } = settings;

    const tables = new Tables(this, 'Tables', { ephemeral }).byName;
    const secrets = new Secrets(this, 'Secrets').byName;
    const key = notificationsKey(this, 'NotificationsKey');
    const alarms = new Alarms(this, 'Alarms', { key, email: settings.alarmEmail, ephemeral });
    const mail = new MailEvents(this, 'MailEvents', { key });
    const publicApi = new PublicApi(this, 'PublicApi', { name: id, alarms, ephemeral });
    const domain =
      settings.domain === undefined
        ? undefined
        : new ClubDomain(this, 'Domain', { domain: settings.domain, stage: publicApi.stage });

    const workQueue = (name: QueueName, id: string): WorkQueue => {
      const { by, attempts, alarmAfterMinutes } = consumers[name];
      return new WorkQueue(this, id, {
        workerTimeoutSeconds: specOf(by).timeoutSeconds,
        attempts,
        ...(alarmAfterMinutes === undefined ? {} : { alarmAfterMinutes }),
        alarms,
        ephemeral,
      });
    };
    const queues = {
      events: workQueue('events', 'Events').queue,
      retire: workQueue('retire', 'Retire').queue,
      blast: workQueue('blast', 'Blast').queue,
      feedback: workQueue('feedback', 'Feedback').queue,
    };
    mail.goTo(queues.feedback, alarms);

    // Every function is told the same; what it may touch is decided by its role alone.
    const environment: Record<string, string> = {
      STAGE: settings.stage,
      LIVEMODE: String(settings.livemode),
      BASE_URL: settings.domain === undefined ? publicApi.api.apiEndpoint : `https://${settings.domain.name}`,
      ORDERS_TABLE: tables.Orders.tableName,
      ROSTER_TABLE: tables.Roster.tableName,
      BLASTS_TABLE: tables.Blasts.tableName,
      PLANS_TABLE: tables.Plans.tableName,
      EVENTS_QUEUE_URL: queues.events.queueUrl,
      RETIRE_QUEUE_URL: queues.retire.queueUrl,
      BLAST_QUEUE_URL: queues.blast.queueUrl,
      TOKEN_KEYS_SECRET_ID: secrets.tokenKeys.secretArn,
      STRIPE_KEY_SECRET_ID: secrets.stripeKey.secretArn,
      STRIPE_WEBHOOK_SECRET_ID: secrets.stripeWebhook.secretArn,
      CLUB_NAME: settings.club.name,
      CLUB_CONTACT: settings.club.contact,
      CLUB_TIME_ZONE: settings.club.timeZone,
      MAIL_FROM: settings.mail.from,
      MAIL_CONFIGURATION_SET: mail.configurationSet.configurationSetName,
      ...(settings.mail.ratePerSecond === undefined
        ? {}
        : { MAIL_RATE_PER_SECOND: String(settings.mail.ratePerSecond) }),
      ...(settings.legacyTokenPattern === undefined
        ? {}
        : { LEGACY_TOKEN_PATTERN: settings.legacyTokenPattern }),
    };

    const identityArn = this.formatArn({
      service: 'ses',
      resource: 'identity',
      resourceName: settings.mail.domain,
    });
    const functions = {} as Record<FunctionName, ClubFunction>;
    for (const name of functionNames) {
      const spec = specOf(name);
      functions[name] = new ClubFunction(this, pascalCase(name), {
        spec,
        bundleDirectory: bundles[name].directory,
        environment,
        permissions: statementsFor(spec.may, {
          tables,
          queues,
          secrets,
          mail: [identityArn, mail.configurationSetArn],
        }),
        ephemeral,
      });
    }

    for (const name of functionNames) {
      alarms.add(`${pascalCase(name)}Fails`, {
        description: `The function ${name} crashed, timed out or could not start`,
        runbook: 'A function fails',
        metric: functions[name].lambda.metricErrors(summed(5)),
        atLeast: 1,
      });
    }
    const metrics = stageMetrics(settings.stage);
    addClubAlarms(alarms, metrics);
    new ClubDashboard(this, 'Dashboard', { name: id, metrics, functions, queues });
    alarms.add('TickStandsStill', {
      description: 'The schedule has not started the tick for a quarter of an hour: no blast or sweep begins',
      runbook: 'The schedule stands still',
      metric: functions.tick.lambda.metricInvocations(summed(15)),
      below: 1,
    });

    publicApi.connect(functions);
    const webhookUrl: FunctionUrl = functions['stripe-webhook'].lambda.addFunctionUrl({
      authType: FunctionUrlAuthType.NONE, // Stripe signs the body instead
    });
    for (const [name, { by, batchSize }] of Object.entries(consumers)) {
      functions[by].lambda.addEventSourceMapping('Source', {
        eventSourceArn: queues[name as QueueName].queueArn,
        batchSize,
        maxConcurrency: name === 'blast' ? settings.mail.senders : MAX_WORKERS,
        reportBatchItemFailures: true,
      });
    }
    new Rule(this, 'Schedule', {
      description: 'Starts the tick',
      schedule: Schedule.rate(Duration.minutes(5)),
      // No retries: the next tick does what this one could not.
      targets: [
        new LambdaTarget(functions.tick.lambda, { retryAttempts: 0, maxEventAge: Duration.minutes(5) }),
      ],
    });

    const output = (id: string, value: string, description: string) =>
      new CfnOutput(this, id, { value, description });
    output('BaseUrl', environment.BASE_URL ?? '', 'Where the links in our e-mails lead');
    output('ApiUrl', publicApi.api.apiEndpoint, 'The HTTP API itself');
    if (domain !== undefined) {
      output(
        'DomainTarget',
        domain.target,
        'Where a CNAME of the domain must lead, if its DNS is not in Route 53',
      );
    }
    output('AlarmTopicArn', alarms.topic.topicArn, 'All alarms');
    output('WebhookUrl', webhookUrl.url, 'To be entered at Stripe');
    for (const [name, table] of Object.entries(tables)) {
      output(`${name}TableName`, table.tableName, `The table ${name}`);
    }
    for (const name of [
      'plan-blast',
      'report-blast',
      'look-up',
      'recover-orders',
      'reconcile',
      'set-schedule',
      'decide-order',
      'settle-payment',
      'create-test-order',
      'import-orders',
      'export-records',
      'forget-family',
      'tick',
    ] as const) {
      output(`${pascalCase(name)}FunctionName`, functions[name].lambda.functionName, `To invoke ${name}`);
    }
    output('ClubTimeZone', settings.club.timeZone, "The club's clocks");
    output('Livemode', environment.LIVEMODE ?? '', "Whether families' real money is taken");
    output('MailFrom', settings.mail.from, 'The sender of our e-mails');
    output('MailConfigurationSet', mail.configurationSet.configurationSetName, 'What they are sent with');
    if (environment.MAIL_RATE_PER_SECOND !== undefined) {
      output('MailRatePerSecond', environment.MAIL_RATE_PER_SECOND, 'How many are sent a second at most');
    }
    output('StripeKeySecretArn', secrets.stripeKey.secretArn, 'Where the Stripe key is to be put');
    output(
      'StripeWebhookSecretArn',
      secrets.stripeWebhook.secretArn,
      'Where the webhook secrets are to be put',
    );
    output('TokenKeysSecretArn', secrets.tokenKeys.secretArn, 'The keys that sign links');
  }
}

const pascalCase = (name: string): string =>
  name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
