import { describe, expect, it } from 'vitest';
import { nearestTo } from '../../../lib/domain/nearest.ts';

const nearest = (wanted: string, ids: readonly (string | readonly [string, string])[]): string[] => {
  const found = nearestTo(wanted);
  for (const id of ids) {
    if (typeof id === 'string') found.offer(id);
    else found.offer(id[0], id[1]);
  }
  return found.found();
};

const ULID = 'ord_01jt5w7f8k3m2n4p6q9r0s1t2v';

describe('what somebody meant who wrote an id that there is not', () => {
  it.each([
    ['a letter too few', ULID.replace('k3', 'k')],
    ['a letter too many', ULID.replace('k3', 'k33')],
    ['two letters the other way round', ULID.replace('k3', '3k')],
    ['a wrong letter', ULID.replace('k3', 'x3')],
    ['large letters', ULID.toUpperCase()],
    ['a hyphen', ULID.replace('_', '-')],
    ['without what is before the _', ULID.replace('ord_', '')],
    ['the end of it', ULID.slice(-6)],
  ])('is found from one with %s', (_, wanted) => {
    expect(nearest(wanted, ['ord_01jt5w0000000000000000000x', ULID])).toEqual([ULID]);
  });

  it('is nothing where nothing is near', () => {
    expect(nearest('ord_zzzzzzzz', [ULID])).toEqual([]);
    expect(nearest(ULID.replace('k3m2', 'xxxx'), [ULID])).toEqual([]);
  });

  it('is found among short numbers, where almost everything is two letters away', () => {
    expect(nearest('82', ['81', '93', '118', '9'])).toEqual(['81']);
    expect(nearest('93', ['ord_93', '113'])).toEqual(['ord_93']);
  });

  it('is named once, the nearest first, three at most', () => {
    const ids = ['utah-2024', 'utah-2025', 'utah-202', 'utah-2027', 'utah-2028', 'utah-2025'];
    expect(nearest('utah-2026', ids)).toEqual(['utah-202', 'utah-2024', 'utah-2025']);
    expect(nearest('utah-2026x', ['utah-2020', 'utah-2026'])).toEqual(['utah-2026', 'utah-2020']);
  });

  it('is found by a part of it, and by the name that people know it by', () => {
    const products = [
      ['utah-invitational', 'Utah Invitational'],
      ['u12-fees', 'Monthly fee, under 12'],
    ] as const;
    expect(nearest('utah', products)).toEqual(['utah-invitational']);
    expect(nearest('monthly', products)).toEqual(['u12-fees']);
    expect(nearest('Utah Invitatoinal', products)).toEqual(['utah-invitational']);
    expect(nearest('u', products)).toEqual([]);
  });
});
