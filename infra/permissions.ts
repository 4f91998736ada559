import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Permissions, QueueName, SecretName, TableAction, TableName } from './functions.ts';

export type Resources = {
  tables: Readonly<Record<TableName, Table>>;
  queues: Readonly<Record<QueueName, Queue>>;
  secrets: Readonly<Record<SecretName, Secret>>;
  /** ARNs of the identity that mails are sent as and of the configuration set: SES asks for both. */
  mail: string[];
};

/**
 * The statements of one role, one per resource. Not the constructs' own grants (`grantReadWriteData` and the
 * like): those allow scans, deletes and streams that nothing here calls.
 */
export const statementsFor = (may: Permissions, resources: Resources): PolicyStatement[] => {
  const statements: PolicyStatement[] = [];
  const allow = (actions: readonly string[], on: readonly string[]): void => {
    statements.push(new PolicyStatement({ actions: [...actions], resources: [...on] }));
  };

  for (const [table, actions] of Object.entries(may.tables ?? {}) as [TableName, readonly TableAction[]][]) {
    allow(
      actions.map((action) => `dynamodb:${action}`),
      [resources.tables[table].tableArn],
    );
  }
  for (const index of may.indexes ?? []) {
    const [table, name] = index.split('/') as [TableName, string];
    allow(['dynamodb:Query'], [`${resources.tables[table].tableArn}/index/${name}`]);
  }
  for (const secret of may.reads ?? []) {
    allow(['secretsmanager:GetSecretValue'], [resources.secrets[secret].secretArn]);
  }
  for (const queue of may.sendsTo ?? []) allow(['sqs:SendMessage'], [resources.queues[queue].queueArn]);
  if (may.consumes !== undefined) {
    // What Lambda's poller does in the function's name.
    allow(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      [resources.queues[may.consumes].queueArn],
    );
  }
  if (may.sendsMail) allow(['ses:SendRawEmail'], resources.mail);
  // The quota is the account's: SES knows no resource for it.
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonses.html
  if (may.readsMailQuota) allow(['ses:GetSendQuota'], ['*']);
  return statements;
};
