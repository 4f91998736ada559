import { type FunctionName, functionNames, specOf } from '../../infra/functions.ts';
import { DURABLE } from './template.ts';

/** A finding of cdk-nag that stands, and why. */
export type Suppression = {
  rule: string;
  /** Paths of resources in the stack. */
  at: readonly string[];
  because: string;
};

const functionAt = (name: FunctionName): string =>
  `${name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())}/Function/Resource`;

const overHttp = [
  'first-payment',
  'unsubscribe',
  'mint-link',
  'start-checkout',
  'keep-record',
  'stripe-webhook',
] as const;
const fromQueues = ['fulfil-payment', 'retire-link', 'send-blast', 'ses-feedback'] as const;
const byOps = [
  'plan-blast',
  'report-blast',
  'look-up',
  'recover-orders',
  'reconcile',
  'decide-order',
  'settle-payment',
  'create-test-order',
  'import-orders',
  'export-records',
  'forget-family',
  'set-schedule',
] as const;

/** Every one that there is. A resource that is new is found until its place is here, or until it is mended. */
export const suppressions: readonly Suppression[] = [
  {
    rule: 'AwsSolutions-APIG4',
    at: [
      'PublicApi/GET --pay--{token}/Resource',
      'PublicApi/HEAD --pay--{token}/Resource',
      'PublicApi/GET --checkout--first-payment/Resource',
      'PublicApi/HEAD --checkout--first-payment/Resource',
      'PublicApi/GET --unsubscribe--{token}/Resource',
      'PublicApi/HEAD --unsubscribe--{token}/Resource',
      'PublicApi/POST --unsubscribe--{token}/Resource',
    ],
    because:
      'Parents come from a mail, without an account: the token in the link authorizes, and is checked before any I/O.',
  },
  {
    rule: 'AwsSolutions-SMG4',
    at: ['Secrets/TokenKeys/Resource'],
    because:
      'A rotation by the clock would kill links in mail boxes: a new key first verifies everywhere, then signs, and old ones stay.',
  },
  {
    rule: 'AwsSolutions-SMG4',
    at: ['Secrets/StripeKey/Resource', 'Secrets/StripeWebhook/Resource'],
    because: 'Issued by Stripe, which has no call that rotates them: a person rolls them in its dashboard.',
  },
  {
    rule: 'Serverless-SQSRedrivePolicy',
    at: ['Events', 'Retire', 'Blast', 'Feedback'].map((queue) => `${queue}/DeadLetters/Resource`),
    because:
      'These are the dead-letter queues; nothing receives from them but a person, whom an alarm calls.',
  },
  {
    rule: 'Serverless-LambdaDLQ',
    at: overHttp.map(functionAt),
    because: 'Called and waited for: whoever asked gets the failure, and Stripe sends its event again.',
  },
  {
    rule: 'Serverless-LambdaDLQ',
    at: fromQueues.map(functionAt),
    because: 'Fed by a queue, which sets aside what fails and has its own dead-letter queue.',
  },
  {
    rule: 'Serverless-LambdaDLQ',
    at: byOps.map(functionAt),
    because: 'Called and waited for by a person, who sees the failure.',
  },
  {
    rule: 'Serverless-LambdaDLQ',
    at: [functionAt('tick')],
    because:
      'A tick that is lost is worth nothing five minutes later: the next one does its work. An alarm rings when none succeeds.',
  },
  {
    rule: 'Serverless-EventBusDLQ',
    at: ['Schedule/Resource'],
    because: 'As above: the next tick does what this one could not, and an alarm rings when none starts.',
  },
  {
    rule: 'Serverless-LambdaTracing',
    at: [...overHttp, ...fromQueues, ...byOps, 'tick' as const].map(functionAt),
    because:
      'X-Ray can be granted on every resource only, and no role here may write to all there is. Log lines carry the ids that join the calls about one order.',
  },
  {
    rule: 'Serverless-LambdaEventSourceMappingDestination',
    at: fromQueues.map((name) => functionAt(name).replace('/Resource', '/Source/Resource')),
    because:
      'Lambda takes a failure destination for streams and Kafka only; what a queue fails with goes to its dead-letter queue.',
  },
  ...['AwsSolutions-IAM5[Resource::*]', 'Serverless-LambdaStarPermissions'].map((rule) => ({
    rule,
    at: functionNames
      .filter((name) => specOf(name).may.readsMailQuota)
      .map((name) => functionAt(name).replace('/Function/', '/Role/')),
    because:
      'One action, ses:GetSendQuota: the quota is the account’s, and SES knows no resource that it could be granted on.',
  })),
  {
    rule: 'Serverless-SNSRedrivePolicy',
    at: ['MailEvents/ToQueue/Resource'],
    because:
      'SNS tries a queue of the account for weeks, and an alarm rings when one does not admit it. A mail of which nothing was heard is held for a person.',
  },
  {
    rule: 'Serverless-SNSRedrivePolicy',
    at: [`Alarms/Topic/${DURABLE.alarmEmail}/Resource`],
    because: 'An alarm that could not be mailed would wait in a queue that only another alarm points to.',
  },
];
