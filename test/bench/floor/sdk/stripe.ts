import type { Stripe } from 'stripe';
import { secret } from './secrets.ts';

/** Loaded by the first call that needs it, as the functions do. */
export const stripe = async (): Promise<Stripe> => {
  const key = await secret(process.env.STRIPE_KEY_SECRET_ID);
  const { default: Client } = await import('stripe');
  const { hostname, port, protocol } = new URL(process.env.STRIPE_ENDPOINT_URL ?? 'https://api.stripe.com');
  return new Client(key, {
    host: hostname,
    port,
    protocol: protocol === 'http:' ? 'http' : 'https',
    telemetry: false,
  });
};
