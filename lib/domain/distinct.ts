import { createHash } from 'node:crypto';

/** Up to so many are counted one by one. */
export const EXACT_UP_TO = 16_384;

/**
 * Counts how many different ids it has been given, in memory that does not grow with them: exactly up to
 * {@link EXACT_UP_TO}, within about one in a hundred beyond. Keeps the hashes below a bound, and halves the bound
 * whenever they become too many; what is kept stands for as much as the bound was halved.
 * @see https://doi.org/10.1007/BF02241657 (Flajolet: On adaptive sampling)
 */
export const distinctCounter = (capacity = EXACT_UP_TO) => {
  const kept = new Set<number>();
  let share = 1;
  return {
    add(id: string): void {
      const hash = createHash('sha256').update(id).digest().readUIntBE(0, 6) / 2 ** 48;
      if (hash >= share) return;
      kept.add(hash);
      while (kept.size > capacity) {
        share /= 2;
        for (const known of kept) if (known >= share) kept.delete(known);
      }
    },
    get count(): number {
      return Math.round(kept.size / share);
    },
  };
};
