import { Annotations, Aws, Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { anchorOf, type RunbookSection } from '../runbook.ts';

export type AlarmsProps = {
  key: IKey;
  /** SNS asks this address to confirm once; until then it gets nothing. */
  email: string | undefined;
  ephemeral: boolean;
};

export type AlarmProps = {
  /** What happened, in a sentence: the text of the mail, with where to read on. */
  description: string;
  runbook: RunbookSection;
  metric: IMetric;
} & (
  | {
      atLeast: number;
      /** Measured only now and then: in between it is as it was. Otherwise nothing measured is nothing wrong. */
      staysAsItWas?: true;
    }
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
      alarmDescription: `${props.description}. What to do: ${anchorOf(props.runbook)}`,
      metric: props.metric,
      evaluationPeriods: 1,
      ...('atLeast' in props
        ? {
            threshold: props.atLeast,
            comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treatMissingData: props.staysAsItWas ? TreatMissingData.IGNORE : TreatMissingData.NOT_BREACHING,
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
