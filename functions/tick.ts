import type { BlastTicket, RetireMessage } from '../lib/ports.ts';
import { tick } from '../lib/usecases/tick.ts';
import { readConfig } from './config.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  'ORDERS_TABLE',
  'BLASTS_TABLE',
  'RETIRE_QUEUE_URL',
  'BLAST_QUEUE_URL',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  orders: wiring.orders(config),
  blasts: wiring.blasts(config),
  retireQueue: wiring.queue<RetireMessage>(config.RETIRE_QUEUE_URL),
  blastQueue: wiring.queue<BlastTicket>(config.BLAST_QUEUE_URL),
};

/** The one schedule of the system. */
export const handler = () => tick(deps);
