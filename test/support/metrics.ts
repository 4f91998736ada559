import * as v from 'valibot';
import type { LocalStack } from '../../infra/local/runner.ts';

const EmbeddedMetric = v.object({
  _aws: v.object({
    Timestamp: v.number(),
    CloudWatchMetrics: v.strictTuple([
      v.object({
        Namespace: v.string(),
        Dimensions: v.array(v.array(v.string())),
        Metrics: v.strictTuple([v.object({ Name: v.string(), Unit: v.string() })]),
      }),
    ]),
  }),
});

/** What CloudWatch would read from the logs of the functions: sums of each metric, and by each of its dimensions. */
export const metricsIn = ({ logs }: LocalStack): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const { line } of logs.lines()) {
    if (!line.includes('"_aws"')) continue;
    const embedded: unknown = JSON.parse(line);
    const [{ Namespace, Dimensions, Metrics }] = v.parse(EmbeddedMetric, embedded)._aws.CloudWatchMetrics;
    const values = embedded as Record<string, unknown>;
    const [{ Name }] = Metrics;
    for (const names of Dimensions) {
      const of = names.map((name) => `${name}=${values[name]}`).join();
      const key = `${Namespace} ${Name}${of === '' ? '' : ` ${of}`}`;
      sums[key] = (sums[key] ?? 0) + Number(values[Name]);
    }
  }
  return sums;
};
