import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
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

/** DynamoDB on a free port of this machine. */
export const startDynalite = async (): Promise<LocalDynamo> => {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const client = documentClient({ connectMs: 1_000, answerMs: 5_000 }, { endpoint, ...localAws });
  let sets = 0;

  return {
    client,
    endpoint,
    createTables: async () => {
      const set = ++sets;
      const created = tableNames.map(async (name) => {
        const TableName = `${name}-${set}`;
        await client.send(new CreateTableCommand({ TableName, ...tableDefinitions[name] }));
        const active = async (): Promise<boolean> =>
          (await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus === 'ACTIVE';
        while (!(await active())) await sleep(1);
        return [name, TableName] as const;
      });
      return Object.fromEntries(await Promise.all(created)) as Record<TableName, string>;
    },
    stop: async () => {
      client.config.requestHandler.destroy?.();
      server.close();
      await once(server, 'close');
    },
  };
};
