import { invalidRequest } from '../errors.ts';
import type { Field } from './params.ts';

/** @see https://docs.stripe.com/api/metadata */
const MAX_KEYS = 50;
const MAX_KEY_LENGTH = 40;
const MAX_VALUE_LENGTH = 500;

export type Metadata = { [name: string]: string };

/** A change of metadata: an empty value removes its key. The number of keys counts after the change, so see `mergeMetadata`. */
export const metadata = (): Field<Metadata, false> => ({
  required: false,
  parse(value, at) {
    if (typeof value !== 'object' || value === null) throw invalidRequest('Invalid object', { param: at });
    const change: Metadata = {};
    for (const [key, text] of Object.entries(value)) {
      if (key.length > MAX_KEY_LENGTH) {
        throw invalidRequest(
          `Metadata keys can have up to ${MAX_KEY_LENGTH} characters, but you passed in a key with ${key.length} characters.`,
          { param: at },
        );
      }
      if (typeof text !== 'string') {
        throw invalidRequest('Metadata values must be strings.', { param: `${at}[${key}]` });
      }
      if ([...text].length > MAX_VALUE_LENGTH) {
        throw invalidRequest(
          `Metadata values can have up to ${MAX_VALUE_LENGTH} characters, but you passed in a value with ${[...text].length} characters.`,
          { param: `${at}[${key}]` },
        );
      }
      change[key] = text;
    }
    mergeMetadata({}, change, at);
    return change;
  },
});

/** Keys are merged one by one; an empty value removes its key, an empty `metadata` removes all. */
export function mergeMetadata(
  current: Metadata,
  change: Metadata | '' | undefined,
  at = 'metadata',
): Metadata {
  if (change === undefined) return current;
  if (change === '') return {};
  const merged = Object.fromEntries(
    Object.entries({ ...current, ...change }).filter(([, value]) => value !== ''),
  );
  if (Object.keys(merged).length > MAX_KEYS) {
    throw invalidRequest(
      `You can have at most ${MAX_KEYS} metadata keys; this would make ${Object.keys(merged).length}.`,
      { param: at },
    );
  }
  return merged;
}
