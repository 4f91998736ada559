import * as v from 'valibot';
import type { RetireMessage } from '../lib/ports.ts';
import { fulfilPayment } from '../lib/usecases/fulfil-payment.ts';
import { readConfig } from './config.ts';
import { sqs } from './sqs.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  'STAGE',
  'LIVEMODE',
  'BASE_URL',
  'ORDERS_TABLE',
  'RETIRE_QUEUE_URL',
  'STRIPE_KEY_SECRET_ID',
  'STRIPE_ENDPOINT_URL',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  orders: wiring.orders(config),
  retireQueue: wiring.queue<RetireMessage>(config.RETIRE_QUEUE_URL),
  stripe: wiring.stripeForQueue(config),
  site: wiring.site(config),
  readEvent: wiring.readEvent,
};

const Message = v.object({ eventId: v.string(), type: v.string(), body: v.string() });

/** Verified Stripe events, from the queue. */
export const handler = sqs(Message, (message) => fulfilPayment(message, deps), deps);
