import { epochMs } from '../domain/ids.ts';
import type { Books, Stripe } from '../ports.ts';
import type { Deps } from './deps.ts';
import { eachBooksCall } from './each-books-call.ts';
import { eachCall } from './each-call.ts';

/**
 * Stripe takes 100 requests a second in live mode and 25 of one kind. What ops do at length keeps to a part of it, so
 * that parents who click meanwhile never wait for it: no second, wherever it begins, holds more requests than these.
 * @see https://docs.stripe.com/rate-limits
 */
export const OPS_REQUESTS_PER_SECOND = 20;

/**
 * A request leaves while its own place lasts, or takes another: so no two leave in one place, and a second touches one
 * place more than it has room for.
 *
 *   |--- 1 ---|--- 2 ---|--- 3 ---|  …  |--- 20 --|
 *          x  x                           x          19 whole places, and a part of the first and of the last
 *          [------------- one second -----)
 */
export const PLACES_PER_SECOND = OPS_REQUESTS_PER_SECOND - 1;
const PLACE_MS = 1_000 / PLACES_PER_SECOND;

/** So far apart the clocks of two machines may be: the end of a place is given away. */
const CLOCKS_AGREE_MS = 5;

/** As many places as one request takes where a process wakes late again and again: two seconds of them. */
const MOST_PLACES = 2 * PLACES_PER_SECOND;

/**
 * Stripe, at a pace that everything which ops set going shares, on whatever machine. A call that the client repeats by
 * itself would not be counted: give it a client that does not.
 */
export const pacedStripe = (stripe: Stripe, deps: Pick<Deps, 'pace' | 'clock'>): Stripe =>
  eachCall(async () => {
    await stripe.connected?.();
    await turn(deps);
    return stripe;
  });

/** The same, for what the account holds: from the same places. */
export const pacedBooks = (books: Books, deps: Pick<Deps, 'pace' | 'clock'>): Books =>
  eachBooksCall(async () => {
    await books.connected?.();
    await turn(deps);
    return books;
  });

/**
 * Resolves within a place of one's own. Whoever is told of it, or wakes, when it has passed, takes twice as many the next
 * time: several in a row last long enough for a process that is seldom on time.
 */
const turn = async ({ pace, clock }: Pick<Deps, 'pace' | 'clock'>): Promise<void> => {
  const nowMs = (): number => epochMs(clock.now());
  for (let count = 1; ; count = Math.min(2 * count, MOST_PLACES)) {
    const from = await pace.reserve({
      lane: 'ops',
      count,
      perSecond: PLACES_PER_SECOND,
      nowMs: nowMs(),
    });
    // A timer may fire within the millisecond before.
    for (let waitMs = from - nowMs(); waitMs > 0; waitMs = from - nowMs()) {
      await clock.sleep(Math.ceil(waitMs));
    }
    if (nowMs() <= from + count * PLACE_MS - CLOCKS_AGREE_MS) return;
  }
};
