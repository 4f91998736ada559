import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** In alarm for as long as anything was set aside: each such message is work that a person has to look at. */
export class DeadLetterAlarm extends Construct {
  constructor(scope: Construct, id: string, props: { deadLetters: Queue; queueName: string }) {
    super(scope, id);
    new Alarm(this, 'NotEmpty', {
      alarmDescription: `Messages of the ${props.queueName} queue were set aside after too many attempts`,
      metric: props.deadLetters.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
