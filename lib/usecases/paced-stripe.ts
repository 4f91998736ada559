import { epochMs } from '../domain/ids.ts';
import type { Books, Stripe } from '../ports.ts';
import type { Deps } from './deps.ts';
import { eachBooksCall } from './each-books-call.ts';
import { eachCall } from './each-call.ts';

/**
 * Stripe takes 100 requests a second in live mode and 25 of one kind. What ops do at length keeps to a part of it, so
 * that parents who click meanwhile never wait for it.
 * @see https://docs.stripe.com/rate-limits
 */
export const OPS_REQUESTS_PER_SECOND = 20;

/**
 * Stripe, at a pace that everything which ops set going shares, on whatever machine. A call that the client repeats by
 * itself would not be counted: give it a client that does not.
 */
export const pacedStripe = (stripe: Stripe, deps: Pick<Deps, 'pace' | 'clock'>): Stripe =>
  eachCall(async () => {
    await turn(deps);
    return stripe;
  });

/** The same, for what the account holds: from the same places. */
export const pacedBooks = (books: Books, deps: Pick<Deps, 'pace' | 'clock'>): Books =>
  eachBooksCall(async () => {
    await turn(deps);
    return books;
  });

const turn = async ({ pace, clock }: Pick<Deps, 'pace' | 'clock'>): Promise<void> => {
  const nowMs = epochMs(clock.now());
  const at = await pace.reserve({ lane: 'ops', count: 1, perSecond: OPS_REQUESTS_PER_SECOND, nowMs });
  if (at > nowMs) await clock.sleep(at - nowMs);
};
