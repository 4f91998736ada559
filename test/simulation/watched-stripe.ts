import { StripeUnavailable } from '../../lib/domain/errors.ts';
import type { Stripe } from '../../lib/ports.ts';
import type { Violation } from './club.ts';
import { HOUR, MINUTE } from './plan.ts';
import type { Timeline } from './timeline.ts';

/** For so long a key is used again, less what the clocks of functions are apart. */
const KEY_LIVES_MS = 20 * HOUR - MINUTE;

/**
 * Stripe, held against what it is asked for: whoever asks for the same page of an order again, because an answer was lost or
 * somebody else asks at the same moment, gets the one that was made. There is another only after Stripe itself has failed,
 * which it would repeat for a day, or when the key is no longer used: Stripe knows a repetition for a day.
 */
export const watchStripe = (
  stripe: Stripe,
  timeline: Timeline,
  violated: (violation: Violation) => void,
): Stripe => {
  const made = new Map<string, { stripeId: string; atMs: number }>();
  return {
    ...stripe,
    createSurface: async (request, idempotencyKey) => {
      const wanted = JSON.stringify(request);
      const nowMs = timeline.nowMs();
      try {
        const surface = await stripe.createSurface(request, idempotencyKey);
        const { stripeId } = surface;
        const before = made.get(wanted);
        if (before === undefined || nowMs - before.atMs >= KEY_LIVES_MS)
          made.set(wanted, { stripeId, atMs: nowMs });
        else if (before.stripeId !== stripeId) {
          violated({
            promise: 'what is asked of Stripe again is made once',
            detail: `${before.stripeId} and ${stripeId} were made of the same request`,
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
