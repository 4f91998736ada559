import { createHash } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Length of the part after the prefix, as Stripe's ids have it (a session's is much longer than the others'). */
const LENGTHS: Record<string, number> = { cs_test_: 58, whsec_: 32, test_: 18, req_: 14 };
const USUAL_LENGTH = 24;

export type Ids = { next(prefix: string): string };

/** Ids that look like Stripe's, are unique within a simulator, and are the same on every run with the same seed. */
export function createIds(seed: string): Ids {
  let counter = 0;
  return {
    next(prefix) {
      counter += 1;
      const digest = createHash('sha512').update(`${seed}:${prefix}:${counter}`).digest();
      const length = LENGTHS[prefix] ?? USUAL_LENGTH;
      let id = prefix;
      for (let i = 0; i < length; i += 1) id += ALPHABET[(digest[i] ?? 0) % ALPHABET.length];
      return id;
    },
  };
}
