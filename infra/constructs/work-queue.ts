import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';

/** As long as SQS keeps anything: an outage over a holiday loses nothing. */
const RETENTION = Duration.days(14);

const largest = { period: Duration.minutes(1), statistic: 'Maximum' };

export type WorkQueueProps = {
  /** Of the function that works on it. */
  workerTimeoutSeconds: number;
  /** Deliveries before a message is set aside. */
  attempts: number;
  /** How long a message may wait before a person is told; for ever when absent. */
  alarmAfterMinutes?: number;
  alarms: Alarms;
  ephemeral: boolean;
};

/** A queue, what is set aside from it after too many attempts, and the alarms that say so. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    const common = {
      retentionPeriod: RETENTION,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy: props.ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    };
    this.deadLetters = new Queue(this, 'DeadLetters', common);
    this.queue = new Queue(this, 'Queue', {
      ...common,
      // Six times the function's own limit, or a slow batch is handed out a second time while it is worked on.
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(props.workerTimeoutSeconds * 6),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: props.attempts },
    });
    // In alarm for as long as anything was set aside: each such message is work that a person has to look at.
    props.alarms.add(`${id}SetAside`, {
      description: `Messages of the ${id} queue were set aside after ${props.attempts} attempts`,
      runbook: 'Messages were set aside',
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible(largest),
      atLeast: 1,
    });
    if (props.alarmAfterMinutes !== undefined) {
      props.alarms.add(`${id}Late`, {
        description: `A message of the ${id} queue has waited for ${props.alarmAfterMinutes} minutes`,
        runbook: 'A queue is late',
        metric: this.queue.metricApproximateAgeOfOldestMessage(largest),
        atLeast: props.alarmAfterMinutes * 60,
      });
    }
  }
}
