import { randomBytes } from 'node:crypto';
import { parseTokenKeys, type TokenKey, type TokenKeys } from '../../../lib/domain/pay-token.ts';
import type { Environment } from '../environment.ts';
import { OpsProblem, UsageProblem } from '../problem.ts';
import type { Report } from '../report.ts';

export type TokenKeyOptions = { add?: boolean; signWith?: string; revoke?: string };

/**
 * The keys that sign the links in mails. Rotation has two steps, so that no function meets a link of a key that it
 * does not know yet: a new key is added, and only then signed with. Links of the old key live on; a key that has
 * leaked is revoked, and its links then say that they were replaced.
 */
export const setupTokenKey = async (
  environment: Environment,
  report: Report,
  options: TokenKeyOptions,
): Promise<void> => {
  const steps = [options.add, options.signWith, options.revoke].filter((step) => step !== undefined);
  if (steps.length > 1) {
    throw new UsageProblem(
      'Give one of --add, --sign-with and --revoke at a time: each is a step of its own.',
    );
  }
  const stored = await environment.readSecret('tokenKeys');
  const keys = parseTokenKeys(stored);
  const next = nextKeys(JSON.parse(stored) as StoredKeys, keys, options);
  if (next !== undefined) {
    parseTokenKeys(JSON.stringify(next.stored));
    await environment.writeSecret('tokenKeys', JSON.stringify(next.stored));
    report.done(next.text);
  }
  const now = next === undefined ? keys : parseTokenKeys(JSON.stringify(next.stored));
  for (const key of now.all.values()) report.ok(`${key.id}: ${standingOf(key, now)}`);
  report.data({
    tokenKeys: [...now.all.values()].map(({ id, revoked }) => ({
      id,
      revoked,
      signs: id === now.signWith.id,
    })),
  });
};

/** As `lib/domain/pay-token.ts` keeps them. */
type StoredKeys = { signWith: string; revoked?: string[] } & Record<string, unknown>;
type Next = { stored: StoredKeys; text: string } | undefined;

const nextKeys = (stored: StoredKeys, keys: TokenKeys, { add, signWith, revoke }: TokenKeyOptions): Next => {
  if (add === true) {
    const unused = [...keys.all.values()].find(({ id, revoked }) => !revoked && isNewerThanSigning(id, keys));
    if (unused !== undefined) return undefined;
    const id = `k${keys.all.size + 1}`;
    if (keys.all.has(id)) throw new OpsProblem(`The name ${id} of the next key is taken already.`);
    const text = `The key ${id} is added; links are still signed with ${keys.signWith.id}. Next: --sign-with ${id}`;
    return { stored: { ...stored, [id]: randomBytes(48).toString('hex') }, text };
  }
  if (signWith !== undefined) {
    const key = mustKnow(signWith, keys);
    if (key.revoked) throw new OpsProblem(`The key ${signWith} is revoked.`, 'Add another one with --add.');
    if (signWith === keys.signWith.id) return undefined;
    return { stored: { ...stored, signWith }, text: `New links are signed with ${signWith}.` };
  }
  if (revoke !== undefined) {
    if (mustKnow(revoke, keys).revoked) return undefined;
    if (revoke === keys.signWith.id) {
      throw new OpsProblem(
        `The key ${revoke} signs the links that are mailed now.`,
        'First add another with --add and sign with it (--sign-with); then revoke this one.',
      );
    }
    return {
      stored: { ...stored, revoked: [...(stored.revoked ?? []), revoke] },
      text: `The key ${revoke} is revoked: every link that it signed now says that it was replaced. Mail those families again.`,
    };
  }
  return undefined;
};

const mustKnow = (id: string, keys: TokenKeys) => {
  const key = keys.all.get(id);
  if (key !== undefined) return key;
  throw new OpsProblem(`There is no key ${id}.`, `There are: ${[...keys.all.keys()].join(', ')}.`);
};

const standingOf = ({ id, revoked }: TokenKey, keys: TokenKeys): string => {
  if (id === keys.signWith.id) return 'signs new links';
  if (revoked) return 'revoked: its links say that they were replaced';
  return isNewerThanSigning(id, keys)
    ? `ready; begin to use it with --sign-with ${id}`
    : 'its links are good';
};

const isNewerThanSigning = (id: string, keys: TokenKeys): boolean =>
  Number(id.slice(1)) > Number(keys.signWith.id.slice(1));
