import { describe, expect, it } from 'vitest';
import { addressKeyOf } from '../../../lib/domain/blast.ts';
import { addressesOf, type Family, normalizeAddress } from '../../../lib/domain/roster.ts';

const familyWith = (...addresses: string[]): Family => ({
  familyId: 'fam_1',
  language: 'en',
  parents: addresses.map((address, i) => ({ parentId: `${i}`, name: 'Alex', addresses: [address] })),
});

describe('one address', () => {
  it.each([
    [' Ana@Family.Example ', 'ana@family.example'],
    ['ana@müller.example', 'ana@xn--mller-kva.example'],
    ['ana@MÜLLER.example', 'ana@xn--mller-kva.example'],
    // u and a combining diaeresis: how macOS writes it.
    ['ana@mu\u0308ller.example', 'ana@xn--mller-kva.example'],
    ['ana@xn--MLLER-kva.example', 'ana@xn--mller-kva.example'],
    ['ana@例え。テスト', 'ana@xn--r8jz45g.xn--zckzah'],
    // Before the @ nothing is known of spellings: https://www.rfc-editor.org/rfc/rfc6531
    ['Añá@müller.example', 'añá@xn--mller-kva.example'],
  ])('%j is written %j', (address, written) => {
    expect(normalizeAddress(address)).toBe(written);
    expect(normalizeAddress(written)).toBe(written);
  });

  it.each([
    'ana',
    'müller',
    'ana@',
    '@',
    'ana@1.2',
    'ana@mü\nller.example',
    'ana@müller.example\r\nbcc: all@other.example',
    'ana@müller.example/x',
    'ana@müller.example, ben@family.example',
    'ana@mü%41.example',
    'ana@family.example/x',
  ])('%j is no domain in other letters, and stays as it is', (address) => {
    expect(normalizeAddress(address)).toBe(address);
  });

  it('keeps the key that rows of ASCII addresses are stored under', () => {
    expect(addressKeyOf(normalizeAddress('Ana@Family.example'))).toBe('9ceb77e6a7c68bf55c05d3fee10448db');
  });

  it('is written to once, whichever parent spells it how', () => {
    expect(addressesOf(familyWith('ana@müller.example', 'ANA@xn--mller-kva.example', ' '))).toEqual([
      'ana@xn--mller-kva.example',
    ]);
  });
});
