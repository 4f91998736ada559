import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { connectDynamo, type LocalDynamo } from './dynamodb.ts';

/** DynamoDB on a free port of this machine. */
export const startDynalite = async (): Promise<LocalDynamo> => {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dynamo = connectDynamo(`http://127.0.0.1:${port}`);
  return {
    ...dynamo,
    stop: async () => {
      // Its tables end with it.
      dynamo.client.config.requestHandler.destroy?.();
      server.close();
      await once(server, 'close');
    },
  };
};
