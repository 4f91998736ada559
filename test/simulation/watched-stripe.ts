import { StripeRefused, StripeUnavailable } from '../../lib/domain/errors.ts';
import type { Stripe } from '../../lib/ports.ts';
import type { Violation } from './club.ts';
import { HOUR, MINUTE } from './plan.ts';
import type { Timeline } from './timeline.ts';

/** For so long a key is used again, less what the clocks of functions are apart. */
const KEY_LIVES_MS = 20 * HOUR - MINUTE;

/**
 * Stripe, held against what it is asked for: whoever asks for the same page of an order, or the same refund, again, because an
 * answer was lost or somebody else asks at the same moment, gets the one that was made. There is another only after Stripe
 * itself has failed, which it would repeat for a day, or when the key is no longer used: Stripe knows a repetition for a day.
 */
export const watchStripe = (
  stripe: Stripe,
  timeline: Timeline,
  violated: (violation: Violation) => void,
): Stripe => {
  const made = new Map<string, { id: string; atMs: number }>();
  const wrong = (detail: string): void =>
    violated({ promise: 'what is asked of Stripe again is made once', detail });
  const once = async <T>(request: object, ask: () => Promise<T>, idOf: (made: T) => string): Promise<T> => {
    const wanted = JSON.stringify(request);
    const nowMs = timeline.nowMs();
    const known = made.get(wanted);
    const before = known !== undefined && nowMs - known.atMs < KEY_LIVES_MS ? known.id : undefined;
    try {
      const answer = await ask();
      const id = idOf(answer);
      if (before === undefined) made.set(wanted, { id, atMs: nowMs });
      else if (before !== id) wrong(`${before} and ${id} were made of the same request`);
      return answer;
    } catch (error) {
      if (error instanceof StripeUnavailable && error.answered) made.delete(wanted);
      if (error instanceof StripeRefused && before !== undefined) {
        wrong(`what made ${before} was asked for as if it were something else, and refused`);
      }
      throw error;
    }
  };
  return {
    ...stripe,
    createSurface: (request, key) =>
      once(
        request,
        () => stripe.createSurface(request, key),
        ({ stripeId }) => stripeId,
      ),
    createRefund: (request, key) =>
      once(
        request,
        () => stripe.createRefund(request, key),
        ({ id }) => id,
      ),
  };
};
