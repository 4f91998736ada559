import type { StripeEventMessage } from '../lib/ports.ts';
import { receiveWebhook } from '../lib/usecases/receive-webhook.ts';
import { readConfig } from './config.ts';
import { http, json, rawBodyOf } from './http.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, ['EVENTS_QUEUE_URL', 'STRIPE_WEBHOOK_SECRET_ID']);
const deps = {
  log: wiring.log,
  eventQueue: wiring.queue<StripeEventMessage>(config.EVENTS_QUEUE_URL),
  verifySignature: wiring.verifySignature(config),
  apiVersion: wiring.webhookApiVersion(),
};

/** The Function URL that Stripe calls. 200 means durably queued; 400 is final; with anything else Stripe tries again. */
export const handler = http(async (event) => {
  await receiveWebhook({ rawBody: rawBodyOf(event), signature: event.headers['stripe-signature'] }, deps);
  return json(200, { received: true });
}, deps);
