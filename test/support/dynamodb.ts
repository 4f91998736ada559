import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { documentClient } from '../../lib/adapters/dynamodb/client.ts';
import { type TableName, tableDefinitions, tableNames } from './tables.ts';

/** What an AWS client needs besides its endpoint; the emulators don't look at it. */
export const localAws = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};

export type LocalDynamo = {
  client: DynamoDBClient;
  endpoint: string;
  /** The four tables, empty; their names. */
  createTables(): Promise<Record<TableName, string>>;
  stop(): Promise<void>;
};

/**
 * @param shared the server is not ours alone, and outlives us: tables have names that nobody else has, and are removed
 * before the next ones are made (DynamoDB Local is slow with hundreds of them) and in the end.
 */
export const connectDynamo = (endpoint: string, { shared = false } = {}): LocalDynamo => {
  const client = documentClient({ connectMs: 5_000, answerMs: 10_000 }, { endpoint, ...localAws });
  const suffix = shared ? `-${randomUUID().slice(0, 8)}` : '';
  let sets = 0;
  let toRemove: string[] = [];
  const removeTables = async (): Promise<void> => {
    const names = toRemove;
    toRemove = [];
    await Promise.all(names.map((TableName) => client.send(new DeleteTableCommand({ TableName }))));
  };

  return {
    client,
    endpoint,
    createTables: async () => {
      await removeTables();
      const set = ++sets;
      const names = tableNames.map((name) => [name, `${name}${suffix}-${set}`] as const);
      if (shared) toRemove = names.map(([, TableName]) => TableName);
      await Promise.all(
        names.map(async ([name, TableName]) => {
          await client.send(new CreateTableCommand({ TableName, ...tableDefinitions[name] }));
          const active = async (): Promise<boolean> =>
            (await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus === 'ACTIVE';
          while (!(await active())) await sleep(1);
        }),
      );
      return Object.fromEntries(names) as Record<TableName, string>;
    },
    stop: async () => {
      await removeTables();
      client.config.requestHandler.destroy?.();
    },
  };
};
