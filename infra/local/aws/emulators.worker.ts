import type { Server } from 'node:http';
import { enableCompileCache } from 'node:module';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import inject, { type DispatchFunc } from 'light-my-request';
import { COMPILE_CACHE } from '../../compile-cache.ts';
import { installShiftedDate } from '../time/shifted-date.ts';
import {
  type EmulatorAnswer,
  type EmulatorCall,
  type EmulatorName,
  type EmulatorWorkerData,
  type FromEmulators,
  ownBytes,
  type ToEmulators,
} from './emulators.ts';

enableCompileCache(COMPILE_CACHE);
// Before anything is loaded: a queue's visibility, a message's delay and a mail's date are in the stack's time.
const { offset } = workerData as EmulatorWorkerData;
installShiftedDate(() => offset[0] ?? 0);

const [{ default: dynalite }, { buildApp }, { default: ses }] = await Promise.all([
  import('dynalite'),
  import('fauxqs'),
  import('aws-ses-v2-local'),
]);

const queues = buildApp({ logger: false });
await queues.ready();
const inbox = await ses.default({ host: '127.0.0.1', port: 0 });

type Answers = (call: EmulatorCall) => Promise<EmulatorAnswer>;

/** What would answer an HTTP request is asked without one: half the work of a connection. */
const injected =
  (server: Server): Answers =>
  async ({ method, path = '/', headers = {}, body }) => {
    const dispatch: DispatchFunc = (request, response) => void server.emit('request', request, response);
    const answer = await inject(dispatch, {
      method,
      url: path,
      headers,
      ...(body !== undefined && { payload: typeof body === 'string' ? body : Buffer.from(body) }),
    });
    return { status: answer.statusCode, headers: answer.headers, body: answer.rawPayload };
  };

/** Express takes a response's methods away from whoever injects it. */
const connected =
  (server: Server): Answers =>
  async ({ method, path = '/', headers = {}, body }) => {
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: typeof body === 'string' ? body : Buffer.from(body) }),
    });
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: new Uint8Array(await answer.arrayBuffer()),
    };
  };

const answers: Record<EmulatorName, Answers> = {
  dynamodb: injected(dynalite({ createTableMs: 0 })),
  queues: injected(queues.server),
  mail: connected(inbox),
};

const tell = (message: FromEmulators, along: readonly ArrayBuffer[] = []) =>
  parentPort?.postMessage(message, along);

parentPort?.on('message', async ({ id, emulator, call }: ToEmulators) => {
  try {
    const { status, headers, body: answered } = await answers[emulator](call);
    const body = ownBytes(answered);
    tell({ kind: 'answer', id, answer: { status, headers, body } }, [body.buffer]);
  } catch (error) {
    tell({ kind: 'failure', id, message: error instanceof Error ? error.message : String(error) });
  }
});
tell({ kind: 'ready' });
