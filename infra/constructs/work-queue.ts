import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DeadLetterAlarm } from './dead-letter-alarm.ts';

/** As long as SQS keeps anything: an outage over a holiday loses nothing. */
const RETENTION = Duration.days(14);

export type WorkQueueProps = {
  /** Of the function that works on it. */
  workerTimeoutSeconds: number;
  /** Deliveries before a message is set aside. */
  attempts: number;
  ephemeral: boolean;
};

/** A queue, what is set aside from it after too many attempts, and the alarm that says so. */
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
    new DeadLetterAlarm(this, 'Alarm', { deadLetters: this.deadLetters, queueName: id });
  }
}
