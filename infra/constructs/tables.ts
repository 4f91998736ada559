import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type CfnTable,
  ProjectionType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { TableName } from '../functions.ts';

const text = (name: string) => ({ name, type: AttributeType.STRING });

/**
 * The four tables. A durable stage keeps them, and all they hold, through a deleted stack and a mistaken
 * `delete-table`; an ephemeral stage removes them with the stack.
 */
export class Tables extends Construct {
  readonly byName: Readonly<Record<TableName, Table>>;

  constructor(scope: Construct, id: string, props: { ephemeral: boolean }) {
    super(scope, id);
    const table = (name: TableName, keys: { sortKey?: string; timeToLive?: string } = {}): Table => {
      const made = new Table(this, name, {
        partitionKey: text('pk'),
        ...(keys.sortKey === undefined ? {} : { sortKey: text(keys.sortKey) }),
        ...(keys.timeToLive === undefined ? {} : { timeToLiveAttribute: keys.timeToLive }),
        billingMode: BillingMode.PAY_PER_REQUEST,
        // The key that AWS manages (aws/dynamodb): unlike the default its use is in CloudTrail, and the template
        // says that the table is encrypted; unlike a key of ours nobody can disable it and lock the club out.
        encryption: TableEncryption.AWS_MANAGED,
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
        deletionProtection: !props.ephemeral,
        removalPolicy: props.ephemeral ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      });
      // A fixed logical id: moving this construct must never replace a table.
      (made.node.defaultChild as CfnTable).overrideLogicalId(`${name}Table`);
      return made;
    };

    const orders = table('Orders');
    orders.addGlobalSecondaryIndex({
      indexName: 'byProduct',
      partitionKey: text('productShard'),
      sortKey: text('orderId'),
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: ['familyId', 'playerId', 'period', 'createdAt', 'importId'],
    });
    orders.addGlobalSecondaryIndex({
      indexName: 'byFamily',
      partitionKey: text('familyId'),
      sortKey: text('orderId'),
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: ['playerId'],
    });
    orders.addGlobalSecondaryIndex({
      indexName: 'byFirstMail',
      partitionKey: text('firstMailShard'),
      sortKey: text('orderId'),
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: ['familyId', 'playerId'],
    });
    orders.addGlobalSecondaryIndex({
      indexName: 'due',
      partitionKey: text('duePartition'),
      sortKey: text('dueAt'),
      projectionType: ProjectionType.KEYS_ONLY,
    });

    const blasts = table('Blasts', { sortKey: 'sk', timeToLive: 'ttl' });
    blasts.addGlobalSecondaryIndex({
      indexName: 'listed',
      partitionKey: text('listing'),
      sortKey: text('startsAt'),
      projectionType: ProjectionType.KEYS_ONLY,
    });
    blasts.addGlobalSecondaryIndex({
      indexName: 'byOrder',
      partitionKey: text('orderId'),
      sortKey: text('claimedAt'),
      projectionType: ProjectionType.KEYS_ONLY,
    });

    const roster = table('Roster');
    roster.addGlobalSecondaryIndex({
      indexName: 'listed',
      partitionKey: text('listing'),
      sortKey: text('pk'),
      projectionType: ProjectionType.KEYS_ONLY,
    });

    this.byName = {
      Orders: orders,
      Roster: roster,
      Blasts: blasts,
      Plans: table('Plans', { sortKey: 'sk', timeToLive: 'ttl' }),
    };
  }
}
