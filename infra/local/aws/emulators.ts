import type { OutgoingHttpHeaders } from 'node:http';
import { Worker } from 'node:worker_threads';
import type { Answer } from '../http/loopback.ts';
import type { VirtualClock } from '../time/virtual-clock.ts';

/** `queues` answers for SQS and SNS. */
export type EmulatorName = 'dynamodb' | 'queues' | 'mail';
/** An HTTP request, without a connection. `path`: `/` when absent. */
export type EmulatorCall = {
  method: 'GET' | 'POST';
  path?: string;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array | string;
};
export type Emulator = { send(call: EmulatorCall): Promise<Answer> };

export type EmulatorAnswer = { status: number; headers: OutgoingHttpHeaders; body: Uint8Array };

/**
 * A copy that a message can take along. A `Buffer` is often a small view of a large pool, and a message would carry the
 * whole pool.
 */
export const ownBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);

export type ToEmulators = { id: number; emulator: EmulatorName; call: EmulatorCall };
export type EmulatorWorkerData = { offset: Float64Array<SharedArrayBuffer> };
export type FromEmulators =
  | { kind: 'ready' }
  | { kind: 'answer'; id: number; answer: EmulatorAnswer }
  | { kind: 'failure'; id: number; message: string };

export type Emulators = Readonly<Record<EmulatorName, Emulator>> & {
  /** Why they have ended, if they have. */
  failure(): Error | undefined;
  /** Ends every call under way, and each that is still to come. */
  hangUp(): void;
  stop(): Promise<void>;
};

/**
 * dynalite, fauxqs and aws-ses-v2-local in one thread of their own: there their `Date` can run on the stack's clock,
 * and the inbox, which that package keeps in a global, belongs to this stack alone.
 */
export async function startEmulators(options: {
  clock: VirtualClock;
  accountId: string;
  region: string;
}): Promise<Emulators> {
  const worker = new Worker(new URL('./emulators.worker.ts', import.meta.url), {
    workerData: { offset: options.clock.shared } satisfies EmulatorWorkerData,
    env: { AWS_ACCOUNT_ID: options.accountId, AWS_REGION: options.region },
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  let failure: Error | undefined;
  let hungUp = false;
  let lastId = 0;
  const underWay = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  const hangUp = (): void => {
    hungUp = true;
    for (const { reject } of underWay.values()) reject(failure ?? new Error('The AWS emulators have ended.'));
    underWay.clear();
  };

  worker.on('error', (error: Error) => {
    failure = new Error(`An AWS emulator crashed: ${error.message}`, { cause: error });
    hangUp();
  });
  worker.on('exit', hangUp);
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`The AWS emulators ended with code ${code}.`)));
  });
  worker.on('message', (message: FromEmulators) => {
    if (message.kind === 'ready') return;
    const call = underWay.get(message.id);
    underWay.delete(message.id);
    if (message.kind === 'failure') return call?.reject(new Error(message.message));
    const { status, headers, body } = message.answer;
    call?.resolve({ status, headers, body: Buffer.from(body.buffer, body.byteOffset, body.byteLength) });
  });

  const emulator = (name: EmulatorName): Emulator => ({
    send: (call) =>
      new Promise((resolve, reject) => {
        if (hungUp) return reject(failure ?? new Error('The AWS emulators have ended.'));
        const id = ++lastId;
        underWay.set(id, { resolve, reject });
        const { body } = call;
        if (body === undefined || typeof body === 'string') {
          worker.postMessage({ id, emulator: name, call } satisfies ToEmulators);
        } else {
          const bytes = ownBytes(body);
          const message = { id, emulator: name, call: { ...call, body: bytes } } satisfies ToEmulators;
          worker.postMessage(message, [bytes.buffer]);
        }
      }),
  });
  return {
    dynamodb: emulator('dynamodb'),
    queues: emulator('queues'),
    mail: emulator('mail'),
    failure: () => failure,
    hangUp,
    stop: async () => {
      await worker.terminate();
    },
  };
}
