import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { KEEP_ALIVE_MS } from '../http/loopback.ts';
import { installShiftedDate } from '../time/shifted-date.ts';
import type { EmulatorUrls, EmulatorWorkerData } from './emulators.ts';

// Before anything is loaded: a queue's visibility, a message's delay and a mail's date are in the stack's time.
const { offset } = workerData as EmulatorWorkerData;
installShiftedDate(() => offset[0] ?? 0);

const [{ default: dynalite }, { buildApp }, { default: ses }] = await Promise.all([
  import('dynalite'),
  import('fauxqs'),
  import('aws-ses-v2-local'),
]);

const host = '127.0.0.1';

const dynamodb = dynalite({ createTableMs: 0 });
await new Promise<void>((resolve) => dynamodb.listen(0, host, resolve));

const queues = buildApp({ logger: false });
await queues.listen({ port: 0, host });

const mail = await ses.default({ host, port: 0 });

for (const server of [dynamodb, queues.server, mail]) server.keepAliveTimeout = KEEP_ALIVE_MS;

const urlOf = (server: Server) => `http://${host}:${(server.address() as AddressInfo).port}`;
parentPort?.postMessage({
  dynamodb: urlOf(dynamodb),
  queues: urlOf(queues.server),
  mail: urlOf(mail),
} satisfies EmulatorUrls);
