import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type MetricName, namespaceOf } from '../../functions/metrics.ts';

/** The metrics that the functions of a stage write into their logs. */
export type StageMetrics = {
  /** Of what is counted as it happens, in periods of so many minutes. */
  sum(name: MetricName, minutes: number): Metric;
  /** Of what is measured now and then. */
  largest(name: MetricName, minutes: number): Metric;
  /** One line for each value of a dimension, whatever values there are. */
  by(name: MetricName, dimension: string, minutes: number): IMetric;
};

export const stageMetrics = (stage: string): StageMetrics => {
  const namespace = namespaceOf(stage);
  const metric = (metricName: MetricName, statistic: string, minutes: number): Metric =>
    new Metric({ namespace, metricName, statistic, period: Duration.minutes(minutes) });
  return {
    sum: (name, minutes) => metric(name, 'Sum', minutes),
    largest: (name, minutes) => metric(name, 'Maximum', minutes),
    by: (name, dimension, minutes) =>
      new MathExpression({
        expression: `SEARCH('{"${namespace}","${dimension}"} MetricName="${name}"', 'Sum', ${minutes * 60})`,
        label: '',
        usingMetrics: {},
        period: Duration.minutes(minutes),
      }),
  };
};
