import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, SingleValueWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ClubFunction } from './club-function.ts';
import type { StageMetrics } from './stage-metrics.ts';

export type ClubDashboardProps = {
  name: string;
  metrics: StageMetrics;
  functions: Readonly<Record<string, ClubFunction>>;
  queues: Readonly<Record<string, IQueue>>;
};

const HOUR = 60;
const DAY = 24 * HOUR;
const HALF = 12;

/** One page that answers: do families pay, do mails arrive, does the machinery keep up. */
export class ClubDashboard extends Construct {
  constructor(scope: Construct, id: string, props: ClubDashboardProps) {
    super(scope, id);
    const { metrics } = props;
    const today = (title: string, ...shown: IMetric[]): SingleValueWidget =>
      new SingleValueWidget({ title, metrics: shown, width: HALF, height: 3, setPeriodToTimeRange: true });
    const graph = (title: string, ...left: IMetric[]): GraphWidget =>
      new GraphWidget({ title, left, width: HALF, height: 6, leftYAxis: { min: 0, showUnits: false } });
    const period = Duration.minutes(5);

    new Dashboard(this, 'Dashboard', {
      dashboardName: props.name,
      defaultInterval: Duration.days(7),
      widgets: [
        [
          today('Families', metrics.sum('Paid', DAY), metrics.sum('Minted', DAY)),
          today('For a person', metrics.sum('Unmatched', DAY), metrics.largest('OldestDueWork', DAY)),
        ],
        [
          graph('Payments of what is owed', metrics.sum('Paid', HOUR)),
          graph('Money that came, in minor units', metrics.by('PaidMinorUnits', 'Currency', HOUR)),
        ],
        [
          graph('Visits that ended without a payment', metrics.by('ExpiredVisits', 'Category', HOUR)),
          graph('What a person has to decide', metrics.by('AttentionItems', 'Reason', HOUR)),
        ],
        [
          graph('Mails, as SES tells', metrics.by('Mails', 'Outcome', HOUR)),
          graph(
            'Webhooks that are wrong',
            metrics.sum('WebhooksRefused', HOUR),
            metrics.sum('WebhooksOfOtherVersion', HOUR),
          ),
        ],
        [
          graph(
            'How long the oldest message has waited, in seconds',
            ...Object.entries(props.queues).map(([label, queue]) =>
              queue.metricApproximateAgeOfOldestMessage({ label, period, statistic: 'Maximum' }),
            ),
          ),
          graph('How long work for Stripe is overdue, in seconds', metrics.largest('OldestDueWork', 5)),
        ],
        [
          graph('Stranded, as the daily comparison found', metrics.largest('Stranded', HOUR)),
          graph('Webhooks that were lost, as it found', metrics.largest('LostWebhooks', HOUR)),
        ],
        [
          graph(
            'Functions that failed',
            ...Object.entries(props.functions).map(([label, { lambda }]) =>
              lambda.metricErrors({ label, period }),
            ),
          ),
          graph(
            'How long a click takes, in milliseconds',
            ...['p50', 'p99'].flatMap((statistic) => {
              const click = props.functions['first-payment'];
              return click === undefined
                ? []
                : [click.lambda.metricDuration({ label: statistic, statistic, period })];
            }),
          ),
        ],
      ],
    });
  }
}
