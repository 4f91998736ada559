import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Numbers that follow from a seed alone. */
export type Random = {
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
};

/**
 * One source for each thing that is decided about, made of the seed and of what names that thing: what is decided about
 * one order stays the same when another is left out, which is what lets a failing history be made smaller.
 */
export const randomOf = (...seed: readonly number[]): Random => {
  const generator = xoroshiro128plus(mixed(seed));
  const between = (low: number, high: number): number =>
    high <= low ? low : uniformInt(generator, low, high);
  return {
    between,
    chance: (probability) => between(0, 999_999) < probability * 1_000_000,
    pick: (from) => {
      const picked = from[between(0, from.length - 1)];
      if (picked === undefined) throw new Error('There is nothing to pick from.');
      return picked;
    },
  };
};

/** Numbers that lie near to each other give seeds that do not: the finalizer of MurmurHash3, once for each. */
const mixed = (seed: readonly number[]): number => {
  let hash = 0x9e3779b9;
  for (const part of seed) {
    hash = Math.imul(hash ^ (part | 0) ^ Math.floor(part / 0x100000000), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash | 0;
};

/** A number for a name: FNV-1a. */
export const hashed = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};
