import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Misconfigured } from '../../../lib/domain/errors.ts';
import { openToken, parseTokenKeys, signToken } from '../../../lib/domain/pay-token.ts';

const SECRET = 'a'.repeat(32);
const keysOf = (stored: object) => parseTokenKeys(JSON.stringify(stored));
const keys = keysOf({ signWith: 'k1', k1: SECRET });
const subjects = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

describe('a pay token', () => {
  it('opens the order that it was made for', () => {
    fc.assert(
      fc.property(subjects, (orderId) => {
        expect(openToken(keys, 'pay', signToken(keys, 'pay', orderId))).toEqual({
          kind: 'valid',
          subject: orderId,
        });
      }),
    );
  });

  it('opens nothing when a single character of it is another', () => {
    fc.assert(
      fc.property(
        subjects,
        fc.nat(),
        fc.constantFrom(...'0123456789abcxyzABC-_'),
        (orderId, at, character) => {
          const token = signToken(keys, 'pay', orderId);
          const position = at % token.length;
          const forged = token.slice(0, position) + character + token.slice(position + 1);
          fc.pre(forged !== token);
          expect(openToken(keys, 'pay', forged)).toEqual({ kind: 'garbage' });
        },
      ),
    );
  });

  it('of one purpose opens nothing of another', () => {
    const purposes = ['pay', 'unsubscribe', 'statement'] as const;
    for (const made of purposes) {
      for (const asked of purposes) {
        const opened = openToken(keys, asked, signToken(keys, made, 'ord_1'));
        expect(opened.kind, `${made} as ${asked}`).toBe(made === asked ? 'valid' : 'garbage');
      }
    }
  });

  it.each([
    '',
    '-',
    'k1-',
    'k1--',
    '../../etc',
    'k1-ord_1-',
    `k1-ord_1-${'0'.repeat(32)}`,
    'x'.repeat(10_000),
  ])('garbage is garbage: %.20s', (token) =>
    expect(openToken(keys, 'pay', token)).toEqual({ kind: 'garbage' }),
  );

  it('holds 160 bits of authentication in letters and digits, so that no mail client cuts its end off', () => {
    expect(signToken(keys, 'pay', '93')).toMatch(/^k1-93-[0-9a-z]{32}$/);
  });

  it('of an older key lives on after the next key signs, and is told apart once its key is revoked', () => {
    const token = signToken(keys, 'pay', 'ord_1');
    const rotated = keysOf({ signWith: 'k2', k1: SECRET, k2: 'b'.repeat(32) });
    expect(openToken(rotated, 'pay', token).kind).toBe('valid');
    const revoked = keysOf({ signWith: 'k2', revoked: ['k1'], k1: SECRET, k2: 'b'.repeat(32) });
    expect(openToken(revoked, 'pay', token)).toEqual({ kind: 'revoked' });
    expect(openToken(revoked, 'pay', `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`)).toEqual({
      kind: 'garbage',
    });
  });

  it.each([
    ['no JSON', 'secret-value-that-is-no-json'],
    ['a key that is too short', JSON.stringify({ signWith: 'k1', k1: 'short-secret' })],
    ['a signing key that it does not hold', JSON.stringify({ signWith: 'k9', k1: SECRET })],
    ['a signing key that is revoked', JSON.stringify({ signWith: 'k1', revoked: ['k1'], k1: SECRET })],
    ['a key id that would not fit a URL', JSON.stringify({ signWith: 'k1', k1: SECRET, 'K/2': SECRET })],
  ])('a stored secret with %s is refused without being repeated', (_, stored) => {
    expect(() => parseTokenKeys(stored)).toThrow(Misconfigured);
    try {
      parseTokenKeys(stored);
    } catch (error) {
      expect((error as Error).message).not.toContain(SECRET);
      expect((error as Error).message).not.toContain('secret-value');
    }
  });
});
