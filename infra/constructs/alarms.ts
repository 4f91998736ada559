import { Annotations, Aws, Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export type AlarmsProps = {
  key: IKey;
  /** SNS asks this address to confirm once; until then it gets nothing. */
  email: string | undefined;
  ephemeral: boolean;
};

export type AlarmProps = {
  /** What happened, in a sentence: the text of the mail. */
  description: string;
  metric: IMetric;
} & (
  | { atLeast: number }
  /** Also while nothing is measured at all. */
  | { below: number }
);

/** Every alarm of the stack, and the one topic to which they all go. */
export class Alarms extends Construct {
  readonly topic: Topic;
  private readonly action: SnsAction;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { masterKey: props.key, enforceSSL: true });
    // A topic with a policy of its own has lost the default one, by which everything in the account may publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    this.action = new SnsAction(this.topic);
    if (props.email !== undefined) {
      this.topic.addSubscription(new EmailSubscription(props.email));
    } else if (!props.ephemeral) {
      Annotations.of(this).addWarningV2(
        'club-payments:nobodyIsTold',
        'Nobody is told of alarms: give an address with "-c alarmEmail=…".',
      );
    }
  }

  /** Rings as soon as one period of the metric says so, and says again when it is over. */
  add(id: string, props: AlarmProps): void {
    const alarm = new Alarm(this, id, {
      alarmDescription: props.description,
      metric: props.metric,
      evaluationPeriods: 1,
      ...('atLeast' in props
        ? {
            threshold: props.atLeast,
            comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treatMissingData: TreatMissingData.NOT_BREACHING,
          }
        : {
            threshold: props.below,
            comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
            treatMissingData: TreatMissingData.BREACHING,
          }),
    });
    alarm.addAlarmAction(this.action);
    alarm.addOkAction(this.action);
  }
}

/** Of whatever is counted as it happens. */
export const summed = (minutes: number) => ({ period: Duration.minutes(minutes), statistic: 'Sum' });
