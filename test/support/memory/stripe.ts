import { StripeRefused } from '../../../lib/domain/errors.ts';
import { instantAfter } from '../../../lib/domain/ids.ts';
import type { SurfaceAtStripe } from '../../../lib/domain/recovery-plan.ts';
import type { Books, Clock, Stripe } from '../../../lib/ports.ts';

type Known = SurfaceAtStripe & { openSessions: string[] };

/** As much of Stripe as recovery sees, for tests that begin anew hundreds of times. Nobody pays here. */
export const memoryStripe = (clock: Clock) => {
  const objects = new Map<string, Known>();
  const byKey = new Map<string, string>();
  const set = (id: string, state: Known['state']): void => {
    const known = objects.get(id);
    if (known !== undefined) objects.set(id, { ...known, state });
  };
  const stripe: Stripe = {
    createSurface: async ({ kind, metadata }, key) => {
      const stripeId = byKey.get(key) ?? `${kind === 'payment_link' ? 'plink' : 'cs_test'}_${byKey.size + 1}`;
      if (!byKey.has(key)) {
        objects.set(stripeId, { state: 'open', orderId: metadata.order_id, openSessions: [] });
      }
      byKey.set(key, stripeId);
      const expiresAt = kind === 'payment_link' ? null : instantAfter(clock.now(), 24 * 60 * 60 * 1000);
      return { stripeId, url: `https://stripe.example/${stripeId}`, expiresAt };
    },
    deactivateLink: async (id) => set(id, 'inactive'),
    openSessionsOf: async (id) => objects.get(id)?.openSessions ?? [],
    expireSession: async (id) => {
      for (const known of objects.values()) {
        known.openSessions = known.openSessions.filter((session) => session !== id);
      }
      if (objects.get(id)?.state !== 'open') return 'not_open';
      set(id, 'expired');
      return 'expired';
    },
    hasCompletedSession: async () => false,
    lookUpSurface: async (id) => {
      const { state, orderId } = objects.get(id) ?? { state: 'missing', orderId: null };
      return { state, orderId };
    },
    paymentIntent: async () => undefined,
    refundsOf: async () => [],
    createRefund: async () => {
      throw new StripeRefused('Nobody has paid here.');
    },
  };
  const none = async () => ({ items: [] });
  const books: Books = {
    payments: none,
    refunds: none,
    disputes: none,
    activeLinks: none,
    payment: async () => undefined,
    refund: async () => undefined,
    dispute: async () => undefined,
    link: async () => undefined,
    paymentsOn: async () => [],
  };
  return {
    stripe,
    books,
    objects,
    /** The ids of those that were made, in the sequence of their keys. */
    made: (): string[] => [...byKey.values()],
  };
};
