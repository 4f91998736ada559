import { Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { ConfigurationSet, EmailSendingEvent, EventDestination } from 'aws-cdk-lib/aws-ses';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** What SES tells of each mail that was sent with this configuration set. Opens and clicks are never tracked: that rewrites links. */
export class MailEvents extends Construct {
  readonly configurationSet: ConfigurationSet;
  readonly topic: Topic;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    // A key of ours, because SES can't publish to a topic under the key that AWS manages.
    // https://docs.aws.amazon.com/ses/latest/dg/monitor-sending-activity-using-notifications-sns.html
    const key = new Key(this, 'Key', {
      description: 'SES events on their way through the topic',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY, // nothing is stored under it
    });
    const ses = new ServicePrincipal('ses.amazonaws.com');
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [ses],
        actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
        resources: ['*'], // in a key's policy: this key
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    this.topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    this.configurationSet = new ConfigurationSet(this, 'ConfigurationSet', { reputationMetrics: true });
    this.configurationSet.addEventDestination('Events', {
      destination: EventDestination.snsTopic(this.topic),
      events: [
        EmailSendingEvent.SEND,
        EmailSendingEvent.DELIVERY,
        EmailSendingEvent.BOUNCE,
        EmailSendingEvent.COMPLAINT,
        EmailSendingEvent.REJECT,
        EmailSendingEvent.RENDERING_FAILURE,
      ],
    });
  }

  get configurationSetArn(): string {
    return Stack.of(this).formatArn({
      service: 'ses',
      resource: 'configuration-set',
      resourceName: this.configurationSet.configurationSetName,
    });
  }
}
