import type { BlastTicket, RetireMessage } from '../lib/ports.ts';
import { tick } from '../lib/usecases/tick.ts';
import { readConfig } from './config.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  'BLASTS_TABLE',
  'PLANS_TABLE',
  'BLAST_QUEUE_URL',
  ...wiring.mintVariables,
]);
const deps = {
  ...wiring.minting(config, wiring.queue<RetireMessage>(config.RETIRE_QUEUE_URL)),
  newId: wiring.newId,
  blasts: wiring.blasts(config),
  schedules: wiring.schedules(config),
  pace: wiring.pace(config),
  blastQueue: wiring.queue<BlastTicket>(config.BLAST_QUEUE_URL),
  runs: wiring.runs(config),
  opsStripe: wiring.stripeForOps(config),
  books: wiring.booksForOps(config),
};

/** The one schedule of the system. */
export const handler = () => tick(deps);
