import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Alarms } from './alarms.ts';
import type { StageMetrics } from './stage-metrics.ts';

const DAY = 24 * 60;

/** Expired visits of a day from which on it is asked whether anybody paid: a few always only look. */
const VISITS_OF_A_DAY = 10;
/** So many families that looked for one that paid are no longer chance. */
const VISITS_PER_PAYMENT = 3;

/**
 * What goes wrong for families while every machine works. SES pauses an account at a bounce rate of 10 % and reviews it
 * at 5 %, at 0.5 % and 0.1 % of complaints: a person hears of it before that.
 * @see https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-bounce-rate.html
 */
export const addClubAlarms = (alarms: Alarms, metrics: StageMetrics): void => {
  alarms.add('FamiliesStranded', {
    description: 'Orders are owed and were mailed, and a click on their link finds a dead page at Stripe',
    runbook: 'Families are stranded',
    metric: metrics.largest('Stranded', 60),
    atLeast: 1,
    staysAsItWas: true,
  });
  alarms.add('WebhooksLost', {
    description:
      'Stripe had payments, refunds or disputes that no webhook had told: they are in the books now',
    runbook: 'Reconciliation found a lost webhook',
    metric: metrics.largest('LostWebhooks', 60),
    atLeast: 1,
    staysAsItWas: true,
  });
  alarms.add('VisitsWithoutPayment', {
    description:
      'Many visits to payment pages ended within a day without a payment: something may keep families from paying',
    runbook: 'Visits end without a payment',
    metric: new MathExpression({
      expression: `IF(visits >= ${VISITS_OF_A_DAY} AND visits > ${VISITS_PER_PAYMENT} * FILL(paid, 0), 1, 0)`,
      usingMetrics: {
        visits: metrics.sum('ExpiredVisitsUnpaid', DAY),
        paid: metrics.sum('Paid', DAY),
      },
      period: Duration.minutes(DAY),
    }),
    atLeast: 1,
  });
  alarms.add('WebhooksRefused', {
    description:
      'Webhooks came whose signature does not fit: the stored secret may not be that of the endpoint, and payments wait',
    runbook: 'Webhooks are refused',
    metric: metrics.sum('WebhooksRefused', 5),
    atLeast: 3,
  });
  alarms.add('WebhooksOfOtherVersion', {
    description: 'Stripe sends events of another API version than this release reads',
    runbook: 'Webhooks are of another version',
    metric: metrics.sum('WebhooksOfOtherVersion', 5),
    atLeast: 1,
  });
  alarms.add('WorkOverdue', {
    description:
      'Something that an order owes Stripe has been due for an hour, such as a page that is still to be closed',
    runbook: 'Work is overdue',
    metric: metrics.largest('OldestDueWork', 15),
    atLeast: 60 * 60,
  });
  const reputation = (metricName: string): Metric =>
    new Metric({
      namespace: 'AWS/SES',
      metricName,
      statistic: 'Average',
      period: Duration.hours(1),
    });
  alarms.add('MailsBounce', {
    description:
      'Of the mails of this account too many bounce: at 5 % SES reviews it, at 10 % it may stop it',
    runbook: 'Mails bounce',
    metric: reputation('Reputation.BounceRate'),
    atLeast: 0.04,
  });
  alarms.add('FamiliesComplain', {
    description:
      'Too many families call mails of this account spam: at 0.1 % SES reviews it, at 0.5 % it may stop it',
    runbook: 'Families complain about mails',
    metric: reputation('Reputation.ComplaintRate'),
    atLeast: 0.0008,
  });
};
