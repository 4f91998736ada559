import type { Resource } from '../../../infra/local/template/template.ts';

const getArn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const policy = (...Statement: object[]) => ({ PolicyDocument: { Version: '2012-10-17', Statement } });

/** A configuration set whose events go over the topic `Told` to the queue `FeedbackQueue`, as the policies of both allow. */
export const mailEvents = (
  types: readonly string[] = ['send', 'delivery', 'bounce', 'complaint', 'reject', 'renderingFailure'],
): Record<string, Resource> => ({
  Set: { Type: 'AWS::SES::ConfigurationSet', Properties: { Name: 'set' } },
  SetEvents: {
    Type: 'AWS::SES::ConfigurationSetEventDestination',
    Properties: {
      ConfigurationSetName: { Ref: 'Set' },
      EventDestination: {
        Enabled: true,
        MatchingEventTypes: types,
        SnsDestination: { TopicARN: { Ref: 'ToldTopic' } },
      },
    },
  },
  ToldTopic: { Type: 'AWS::SNS::Topic', Properties: {} },
  ToldTopicPolicy: {
    Type: 'AWS::SNS::TopicPolicy',
    Properties: {
      Topics: [{ Ref: 'ToldTopic' }],
      ...policy({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'ses.amazonaws.com' },
        Resource: { Ref: 'ToldTopic' },
        Condition: { StringEquals: { 'AWS:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    },
  },
  ToldSubscription: {
    Type: 'AWS::SNS::Subscription',
    Properties: {
      Protocol: 'sqs',
      TopicArn: { Ref: 'ToldTopic' },
      Endpoint: getArn('FeedbackQueue'),
      RawMessageDelivery: true,
    },
  },
  FeedbackQueue: { Type: 'AWS::SQS::Queue', Properties: {} },
  FeedbackQueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: 'FeedbackQueue' }],
      ...policy({
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Principal: { Service: 'sns.amazonaws.com' },
        Resource: getArn('FeedbackQueue'),
        Condition: { ArnEquals: { 'aws:SourceArn': { Ref: 'ToldTopic' } } },
      }),
    },
  },
});
