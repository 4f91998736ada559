import { Worker } from 'node:worker_threads';
import type { VirtualClock } from '../time/virtual-clock.ts';

/** Where the emulators of AWS services listen. `queues` serves SQS and SNS. */
export type EmulatorUrls = { dynamodb: string; queues: string; mail: string };
export type EmulatorWorkerData = { offset: Float64Array<SharedArrayBuffer> };

export type Emulators = {
  readonly urls: EmulatorUrls;
  /** Why they have ended, if they have. */
  failure(): Error | undefined;
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
  worker.on('error', (error: Error) => {
    failure = new Error(`An AWS emulator crashed: ${error.message}`, { cause: error });
  });
  const urls = await new Promise<EmulatorUrls>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`The AWS emulators ended with code ${code}.`)));
  });
  return {
    urls,
    failure: () => failure,
    stop: async () => {
      await worker.terminate();
    },
  };
}
