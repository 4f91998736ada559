import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

/** The SDK's client and the calls that functions make with it; nothing is checked, parsed or repeated. */

type Values = Record<string, unknown>;
export type Key = Record<string, string>;
/** As far as a floor looks into a row. */
export type Row = Values & {
  orderId?: string;
  productId?: string;
  playerId?: string;
  familyId?: string;
  target?: string;
  surfaces?: { stripeId: string; url: string | null; imported?: boolean }[];
  dueWork?: Record<string, unknown>;
  firstMailedOn?: string | null;
  clickedAt?: string | null;
  parents?: { addresses: string[] }[];
};

const client = DynamoDBDocumentClient.from(new DynamoDBClient());

export const tables = {
  orders: process.env.ORDERS_TABLE ?? '',
  roster: process.env.ROSTER_TABLE ?? '',
  blasts: process.env.BLASTS_TABLE ?? '',
  plans: process.env.PLANS_TABLE ?? '',
};

export const get = async (TableName: string, Key: Key): Promise<Row | undefined> =>
  (await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;

export const getMany = async (TableName: string, Keys: Key[]): Promise<Row[]> =>
  (await client.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } })))
    .Responses?.[TableName] ?? [];

export const put = async (TableName: string, Item: Values): Promise<void> => {
  await client.send(new PutCommand({ TableName, Item }));
};

export const set = async (TableName: string, Key: Key, values: Values): Promise<void> => {
  const names = Object.keys(values);
  await client.send(
    new UpdateCommand({
      TableName,
      Key,
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(names.map((name) => [`:${name}`, values[name]])),
    }),
  );
};

/** The rows of one partition, of the table or of an index. */
export const query = async (TableName: string, partition: Key, IndexName?: string): Promise<Row[]> => {
  const [name = '', value = ''] = Object.entries(partition)[0] ?? [];
  const answer = await client.send(
    new QueryCommand({
      TableName,
      ...(IndexName === undefined ? {} : { IndexName }),
      KeyConditionExpression: '#name = :value',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': value },
    }),
  );
  return answer.Items ?? [];
};

/** The 16 shards, as they are written in keys. */
export const shards = Array.from({ length: 16 }, (_, shard) => String(shard).padStart(2, '0'));
