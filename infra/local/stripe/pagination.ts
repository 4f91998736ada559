import type { Collection } from './collection.ts';
import { invalidRequest, noSuchReference } from './errors.ts';
import type { ListOf } from './wire.ts';

const DEFAULT_LIMIT = 10;

export type Page = {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
};

type Listing = Page & {
  /** What Stripe calls the object in "No such …". */
  kind: string;
  /** The list's own path. */
  url: string;
};

/**
 * One page, newest first. `starting_after` goes on towards older objects, `ending_before` back towards newer ones.
 * @see https://docs.stripe.com/api/pagination
 */
export function listResources<T extends { readonly id: string }>(
  collection: Collection<T>,
  listing: Listing,
  matches: (object: T) => boolean = () => true,
): ListOf<T> {
  const { starting_after: startingAfter, ending_before: endingBefore } = listing;
  if (startingAfter !== undefined && endingBefore !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: starting_after, ending_before.', {
      param: 'ending_before',
    });
  }
  for (const [param, cursor] of [
    ['starting_after', startingAfter],
    ['ending_before', endingBefore],
  ] as const) {
    if (cursor !== undefined && collection.get(cursor) === undefined) {
      throw noSuchReference(listing.kind, cursor, param);
    }
  }

  const limit = listing.limit ?? DEFAULT_LIMIT;
  const candidates =
    endingBefore === undefined ? collection.newestFirst(startingAfter) : collection.newerThan(endingBefore);
  const found: T[] = [];
  for (const object of candidates) {
    if (!matches(object)) continue;
    found.push(object);
    if (found.length > limit) break;
  }
  const page = found.slice(0, limit);
  return {
    object: 'list',
    url: listing.url,
    has_more: found.length > limit,
    data: endingBefore === undefined ? page : page.reverse(),
  };
}

/** Line items come oldest first. Their cursors are not simulated: a limit cuts the list off. */
export const listInOrder = <T>(url: string, data: readonly T[], limit = data.length): ListOf<T> => ({
  object: 'list',
  url,
  has_more: data.length > limit,
  data: data.slice(0, limit),
});
