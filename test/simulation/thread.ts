import { parentPort, workerData } from 'node:worker_threads';
import { type Histories, liveThrough } from './threads.ts';

/** One of several processors: tells whoever started it what each portion came to. */
await liveThrough(workerData as Histories, (more) => {
  parentPort?.postMessage(more);
  return true;
});
