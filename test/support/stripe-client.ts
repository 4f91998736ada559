import Stripe from 'stripe';

/** Stripe's own library on the simulator: what somebody does there by hand, in its dashboard. */
export const stripeAt = ({ apiKey, host, port }: { apiKey: string; host: string; port: number }): Stripe =>
  new Stripe(apiKey, { host, port, protocol: 'http', telemetry: false });
