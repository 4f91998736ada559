/** The resource types that the local runner runs. */
const RUN: ReadonlySet<string> = new Set([
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::Events::Rule',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Url',
  'AWS::SES::ConfigurationSet',
  'AWS::SES::ConfigurationSetEventDestination',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
  'AWS::Scheduler::Schedule',
  'AWS::SecretsManager::Secret',
]);

/** The resource types that do nothing here, and why that changes nothing about what the functions do. */
const INERT: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::ApiMapping': 'the API answers at its own address here',
  'AWS::ApiGatewayV2::DomainName': 'the API answers at its own address here',
  'AWS::CDK::Metadata': 'is for the CDK',
  'AWS::CertificateManager::Certificate': 'plain HTTP here',
  'AWS::CloudWatch::Alarm': 'no metrics here',
  'AWS::CloudWatch::CompositeAlarm': 'no metrics here',
  'AWS::CloudWatch::Dashboard': 'no metrics here',
  'AWS::IAM::ManagedPolicy': 'nothing to run: the authorizer reads it',
  'AWS::IAM::Policy': 'nothing to run: the authorizer reads it',
  'AWS::IAM::Role': 'nothing to run: the authorizer reads it',
  'AWS::KMS::Key': 'nothing is encrypted here',
  'AWS::Lambda::Permission': 'nothing to run: the authorizer reads it',
  'AWS::Logs::LogGroup': 'lines are kept in memory',
  'AWS::Logs::MetricFilter': 'no metrics here',
  'AWS::Route53::RecordSet': 'no names here',
  'AWS::SES::EmailIdentity': 'every sender is taken for verified',
  'AWS::SNS::TopicPolicy': 'nothing to run: the authorizer reads it',
  'AWS::SQS::QueuePolicy': 'nothing to run: the authorizer reads it',
};

export const isRun = (type: string): boolean => RUN.has(type);
export const isInert = (type: string): boolean => Object.hasOwn(INERT, type);
