import type { Books, Connecting } from '../ports.ts';
import { connectedAs } from './each-call.ts';

/** As `eachCall`, for what the account at Stripe holds. */
export const eachBooksCall = (ready: () => Promise<Books>, connecting: Connecting = {}): Books => ({
  ...connectedAs(connecting),
  payments: async (...call) => (await ready()).payments(...call),
  refunds: async (...call) => (await ready()).refunds(...call),
  disputes: async (...call) => (await ready()).disputes(...call),
  activeLinks: async (...call) => (await ready()).activeLinks(...call),
  payment: async (...call) => (await ready()).payment(...call),
  refund: async (...call) => (await ready()).refund(...call),
  dispute: async (...call) => (await ready()).dispute(...call),
  link: async (...call) => (await ready()).link(...call),
  paymentsOn: async (...call) => (await ready()).paymentsOn(...call),
});
