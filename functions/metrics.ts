import type { Log } from '../lib/ports.ts';

/**
 * CloudWatch metrics from the events that are logged anyway: what is counted is what the log says, and neither can
 * forget the other. One line of the embedded metric format for each, which CloudWatch reads from the log by itself.
 *
 * It goes to stdout as it is: what goes through the console is wrapped by Lambda, and CloudWatch would not find it.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */

export const metricNames = [
  'Minted',
  'Paid',
  'PaidMinorUnits',
  'AttentionItems',
  'Unmatched',
  'ExpiredVisits',
  'ExpiredVisitsUnpaid',
  'WebhooksRefused',
  'WebhooksOfOtherVersion',
  'Mails',
  'OldestDueWork',
  'Stranded',
  'LostWebhooks',
] as const;
export type MetricName = (typeof metricNames)[number];

type Fields = NonNullable<Parameters<Log>[1]>;
type Unit = 'Count' | 'Seconds';
type Metric = {
  name: MetricName;
  unit: Unit;
  value: number;
  /** Counted by this: CloudWatch asks money for every combination, so there is no sum of all beside it. */
  by?: { name: string; value: string };
};

const one = (name: MetricName, by?: Metric['by']): Metric => ({
  name,
  unit: 'Count',
  value: 1,
  ...(by && { by }),
});
const number = (value: Fields[string]): number => (typeof value === 'number' ? value : 0);

/** Which events count, and as what. Names of metrics are written in PascalCase, as AWS's own are. */
export const metricsOf: Readonly<Record<string, (fields: Fields) => readonly Metric[]>> = {
  'mint.minted': () => [one('Minted')],
  'order.money_came': ({ amountMinor, currency }) => [
    one('Paid'),
    {
      name: 'PaidMinorUnits',
      unit: 'Count',
      value: number(amountMinor),
      by: { name: 'Currency', value: String(currency) },
    },
  ],
  'attention.item': ({ reason }) => [one('AttentionItems', { name: 'Reason', value: String(reason) })],
  'attention.unmatched': () => [one('Unmatched')],
  'visit.expired': ({ category, paid }) => [
    one('ExpiredVisits', { name: 'Category', value: String(category) }),
    ...(paid === true ? [] : [one('ExpiredVisitsUnpaid')]),
  ],
  'webhook.refused': () => [one('WebhooksRefused')],
  'webhook.other_version': () => [one('WebhooksOfOtherVersion')],
  'mail.event': ({ told }) => [one('Mails', { name: 'Outcome', value: String(told) })],
  'blast.mail_not_made': () => [one('Mails', { name: 'Outcome', value: 'not_made' })],
  'blast.mail_refused': () => [one('Mails', { name: 'Outcome', value: 'refused' })],
  'blast.delivery_held': () => [one('Mails', { name: 'Outcome', value: 'held' })],
  'tick.swept': ({ oldestDueSeconds }) => [
    { name: 'OldestDueWork', unit: 'Seconds', value: number(oldestDueSeconds) },
  ],
  // Also when there is none: that is what ends an alarm. Nothing when it is not known.
  'reconcile.done': ({ stranded, whole, lost_payment, lost_refund, lost_dispute }) => {
    const lost = number(lost_payment) + number(lost_refund) + number(lost_dispute);
    return [
      ...(stranded === undefined
        ? []
        : [{ name: 'Stranded', unit: 'Count', value: number(stranded) } as const]),
      ...(lost === 0 && whole === false
        ? []
        : [{ name: 'LostWebhooks', unit: 'Count', value: lost } as const]),
    ];
  },
};

/** All metrics of a stage. @param stage as in the environment of its functions */
export const namespaceOf = (stage: string): string => `club-payments-${stage}`;

/** One line for CloudWatch. @param at epoch milliseconds */
export const metricLine = (metric: Metric, namespace: string, at: number): string => {
  const { name, unit, value, by } = metric;
  return JSON.stringify({
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [by === undefined ? [] : [by.name]],
          Metrics: [{ Name: name, Unit: unit }],
        },
      ],
    },
    ...(by && { [by.name]: by.value }),
    [name]: value,
  });
};

/** A log that counts what is counted. */
export const counting =
  (log: Log): Log =>
  (event, fields = {}) => {
    log(event, fields);
    const metrics = metricsOf[event]?.(fields) ?? [];
    const namespace = namespaceOf(process.env.STAGE ?? '');
    for (const metric of metrics) process.stdout.write(`${metricLine(metric, namespace, Date.now())}\n`);
  };
