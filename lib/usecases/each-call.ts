import type { Connecting, Stripe } from '../ports.ts';

/** A Stripe each of whose calls first waits for `ready`: until its library is loaded, or until its turn has come. */
export const eachCall = (ready: () => Promise<Stripe>, connecting: Connecting = {}): Stripe => ({
  ...connectedAs(connecting),
  createSurface: async (...call) => (await ready()).createSurface(...call),
  deactivateLink: async (...call) => (await ready()).deactivateLink(...call),
  openSessionsOf: async (...call) => (await ready()).openSessionsOf(...call),
  expireSession: async (...call) => (await ready()).expireSession(...call),
  hasCompletedSession: async (...call) => (await ready()).hasCompletedSession(...call),
  lookUpSurface: async (...call) => (await ready()).lookUpSurface(...call),
  paymentIntent: async (...call) => (await ready()).paymentIntent(...call),
  refundsOf: async (...call) => (await ready()).refundsOf(...call),
  createRefund: async (...call) => (await ready()).createRefund(...call),
});

/** Of a Stripe that stands before another one: it can't be called before that one. */
export const connectedAs = ({ connected }: Connecting): Connecting =>
  connected === undefined ? {} : { connected };
