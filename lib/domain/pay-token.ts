import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';
import { Misconfigured } from './errors.ts';

/** What a token opens. A token of one purpose opens nothing of another. */
export type TokenPurpose = 'pay' | 'unsubscribe' | 'statement';

export type TokenKey = { id: string; secret: string; revoked: boolean };
export type TokenKeys = { signWith: TokenKey; all: ReadonlyMap<string, TokenKey> };

export type OpenedToken =
  | { kind: 'valid'; subject: string }
  /** Genuinely ours, under a key that was revoked after a leak: say so, and show nothing. */
  | { kind: 'revoked' }
  | { kind: 'garbage' };

const MAC_BYTES = 20;
const shape = /^([a-z0-9]{1,16})-([A-Za-z0-9_-]{1,64})-([0-9a-z]{32})$/;

/**
 * `key id - subject - MAC`, where the MAC is HMAC-SHA256 cut to 160 bits, over key id, purpose and subject.
 * Lower-case letters and digits close it, so that no mail client takes its end for punctuation.
 */
export const signToken = (keys: TokenKeys, purpose: TokenPurpose, subject: string): string =>
  `${keys.signWith.id}-${subject}-${mac(keys.signWith, purpose, subject)}`;

/** Checks a token without any I/O. The comparison takes the same time wherever the MAC differs. */
export const openToken = (keys: TokenKeys, purpose: TokenPurpose, token: string): OpenedToken => {
  const [, keyId, subject, given] = shape.exec(token) ?? [];
  const key = keyId === undefined ? undefined : keys.all.get(keyId);
  if (key === undefined || subject === undefined || given === undefined) return { kind: 'garbage' };
  const expected = mac(key, purpose, subject);
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(given))) return { kind: 'garbage' };
  return key.revoked ? { kind: 'revoked' } : { kind: 'valid', subject };
};

/** What is stored of a token that an older system mailed: enough to find its order, too little to use it. */
export const legacyTokenHash = (token: string): string => hash('sha256', token, 'hex');

/**
 * The secret as it is kept: `{"signWith":"k2","revoked":["k0"],"k0":"…","k1":"…","k2":"…"}`. A key is first
 * added (every environment verifies it), later named in `signWith`; revoked keys stay, to be recognised.
 */
const StoredKeys = v.objectWithRest(
  { signWith: v.string(), revoked: v.optional(v.array(v.string())) },
  v.pipe(v.string(), v.minLength(32)),
);

/** @throws {Misconfigured} without repeating any part of the secret */
export const parseTokenKeys = (secret: string): TokenKeys => {
  const stored = v.safeParse(StoredKeys, parseJson(secret));
  if (!stored.success) {
    throw new Misconfigured(
      'The pay-token secret is not the JSON that it should be: {"signWith":"k1","k1":"<at least 32 characters>"}.',
    );
  }
  const { signWith, revoked = [], ...secrets } = stored.output;
  const all = new Map<string, TokenKey>();
  for (const [id, value] of Object.entries(secrets)) {
    if (!/^[a-z0-9]{1,16}$/.test(id)) {
      throw new Misconfigured('A pay-token key id has other characters than a-z and 0-9, or more than 16.');
    }
    all.set(id, { id, secret: String(value), revoked: revoked.includes(id) });
  }
  const signing = all.get(signWith);
  if (signing === undefined || signing.revoked) {
    throw new Misconfigured(
      'The pay-token secret signs with a key that it does not hold, or that is revoked.',
    );
  }
  return { signWith: signing, all };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const mac = (key: TokenKey, purpose: TokenPurpose, subject: string): string =>
  base32(
    createHmac('sha256', readOnce(key))
      .update(`${key.id}\n${purpose}\n${subject}`)
      .digest()
      .subarray(0, MAC_BYTES),
  );

/** Each time that Node is given a secret as text it reads it anew, which takes longer than the MAC. */
const read = new WeakMap<TokenKey, KeyObject>();
const readOnce = (key: TokenKey): KeyObject => {
  const known = read.get(key) ?? createSecretKey(Buffer.from(key.secret));
  read.set(key, known);
  return known;
};

/** Crockford's alphabet in lower case: no letter that reads like another. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

const base32 = (bytes: Uint8Array): string => {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; ) {
      bits -= 5;
      text += ALPHABET.charAt((held >> bits) & 31);
    }
  }
  return text;
};
