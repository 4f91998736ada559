import { StripeUnavailable } from '../../lib/domain/errors.ts';
import type { Stripe } from '../../lib/ports.ts';
import type { Violation } from './club.ts';

/**
 * Stripe, held against what it is asked for: whoever asks for the same page of an order again, because an answer was lost or
 * somebody else asks at the same moment, gets the one that was made. Only after Stripe itself has failed, which it would
 * repeat for a day, is there another.
 */
export const watchStripe = (stripe: Stripe, violated: (violation: Violation) => void): Stripe => {
  const made = new Map<string, string>();
  return {
    ...stripe,
    createSurface: async (request, idempotencyKey) => {
      const wanted = JSON.stringify(request);
      try {
        const surface = await stripe.createSurface(request, idempotencyKey);
        const before = made.get(wanted) ?? surface.stripeId;
        made.set(wanted, surface.stripeId);
        if (before !== surface.stripeId) {
          violated({
            promise: 'what is asked of Stripe again is made once',
            detail: `${before} and ${surface.stripeId} were made of the same request`,
          });
        }
        return surface;
      } catch (error) {
        if (error instanceof StripeUnavailable && error.answered) made.delete(wanted);
        throw error;
      }
    },
  };
};
