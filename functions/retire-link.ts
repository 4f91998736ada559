import * as v from 'valibot';
import { OrderId } from '../lib/domain/ids.ts';
import type { RetireMessage } from '../lib/ports.ts';
import { workForStripe } from '../lib/usecases/work-for-stripe.ts';
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
  // Only an order that came to owe more meanwhile is sent back.
  retireQueue: wiring.seldomUsedQueue<RetireMessage>(config.RETIRE_QUEUE_URL),
  stripe: wiring.stripeForQueue(config),
  site: wiring.site(config),
};

/** What orders owe Stripe, from the queue. */
export const handler = sqs(v.object({ orderId: OrderId }), (message) => workForStripe(message, deps), deps);
