import { describe, expect, it } from 'vitest';
import { distinctCounter, EXACT_UP_TO } from '../../../lib/domain/distinct.ts';

const counted = (ids: Iterable<string>, capacity?: number): number => {
  const counter = distinctCounter(capacity);
  for (const id of ids) counter.add(id);
  return counter.count;
};
const families = (count: number): string[] => Array.from({ length: count }, (_, i) => `fam_${i}`);

describe('counting different families', () => {
  it('is exact up to its capacity, however often each comes', () => {
    expect(counted([])).toBe(0);
    expect(counted([...families(17), ...families(17)])).toBe(17);
    expect(counted(families(EXACT_UP_TO))).toBe(EXACT_UP_TO);
  });

  it('is right to a few in a hundred beyond it', () => {
    const count = 200_000;
    const error = Math.abs(counted([...families(count), ...families(count)]) - count) / count;
    expect(error).toBeLessThan(0.03);
  });

  it('does not depend on the sequence in which they come', () => {
    expect(counted(families(5_000), 256)).toBe(counted(families(5_000).reverse(), 256));
  });
});
