import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

export const tableNames = ['orders', 'roster', 'blasts', 'plans'] as const;
export type TableName = (typeof tableNames)[number];

export type TableDefinition = Omit<CreateTableCommandInput, 'TableName'>;

type Index = { name: string; keys: string[]; include?: string[] };

const define = (keys: string[], indexes: Index[] = []): TableDefinition => ({
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: keySchema(keys),
  AttributeDefinitions: [...new Set([...keys, ...indexes.flatMap((index) => index.keys)])].map(
    (AttributeName) => ({ AttributeName, AttributeType: 'S' as const }),
  ),
  ...(indexes.length > 0 && {
    GlobalSecondaryIndexes: indexes.map(({ name, keys: indexKeys, include }) => ({
      IndexName: name,
      KeySchema: keySchema(indexKeys),
      Projection: include
        ? { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: include }
        : { ProjectionType: 'KEYS_ONLY' as const },
    })),
  }),
});

const keySchema = (keys: string[]) =>
  keys.map((AttributeName, i) => ({
    AttributeName,
    KeyType: i === 0 ? ('HASH' as const) : ('RANGE' as const),
  }));

/** The four tables with their keys and indexes. */
export const tableDefinitions: Record<TableName, TableDefinition> = {
  orders: define(
    ['pk'],
    [
      {
        name: 'byProduct',
        keys: ['productShard', 'orderId'],
        include: ['familyId', 'playerId', 'period', 'createdAt', 'importId'],
      },
      { name: 'byFamily', keys: ['familyId', 'orderId'], include: ['playerId'] },
      { name: 'byFirstMail', keys: ['firstMailShard', 'orderId'], include: ['familyId', 'playerId'] },
      { name: 'due', keys: ['duePartition', 'dueAt'] },
    ],
  ),
  roster: define(['pk'], [{ name: 'listed', keys: ['listing', 'pk'] }]),
  blasts: define(
    ['pk', 'sk'],
    [
      { name: 'listed', keys: ['listing', 'startsAt'] },
      { name: 'byOrder', keys: ['orderId', 'claimedAt'] },
    ],
  ),
  plans: define(['pk', 'sk']),
};
