import Stripe from 'stripe';
import { asStripeFailure, isMissing } from './errors.ts';

export type StripeConnection = {
  apiKey: string;
  /** For each call; Stripe's own default of 80 s is far too long for somebody who waits at a page. */
  timeoutMs: number;
  /** The SDK's own repetitions, with the same idempotency key, of 409, 5xx and lost connections. */
  maxRetries: number;
  /** Only where an emulator stands in for Stripe: `http://127.0.0.1:12111`. */
  endpointUrl?: string | undefined;
};

export const connectStripe = (connection: StripeConnection): Stripe =>
  new Stripe(connection.apiKey, {
    timeout: connection.timeoutMs,
    maxNetworkRetries: connection.maxRetries,
    telemetry: false,
    ...endpoint(connection.endpointUrl),
  });

const endpoint = (url: string | undefined): Pick<Stripe.StripeConfig, 'host' | 'port' | 'protocol'> => {
  if (url === undefined) return {};
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname, port, protocol: protocol === 'http:' ? 'http' : 'https' };
};

export const orMissing = async <T>(call: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await call();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** @throws what a use case can act on: `asStripeFailure` */
export const attempt = async <T>(operation: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    throw asStripeFailure(operation, error);
  }
};
