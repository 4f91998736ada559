import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/**
 * Encrypts the two topics. A key of ours, because neither SES nor CloudWatch can publish under the key that AWS
 * manages (aws/sns): the alarm would ring, and nobody would hear it.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
 */
export const notificationsKey = (scope: Construct, id: string): Key => {
  const key = new Key(scope, id, {
    description: 'Mail events and alarms on their way through their topics',
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.DESTROY, // nothing is stored under it
  });
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: ['ses', 'cloudwatch'].map((service) => new ServicePrincipal(`${service}.amazonaws.com`)),
      actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
      resources: ['*'], // in a key's policy: this key
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
  );
  return key;
};
