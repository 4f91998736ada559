import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { functions } from '../../infra/functions.ts';
import { families, players } from '../../infra/local/seed/incident.ts';
import { USE_CASES } from './kept-log.ts';

/** Whom the tests know besides the families of the seed. */
const people = 'Maya Alex Leo Alvarez Ana Ben Mia Sam Zoe Zoë Åström Chris Dana Pat'.split(' ');

/** By each part of a name: a surname alone says who it is. `Office` is the club's own family. */
const names = new Set(
  [
    ...people,
    ...families
      .flatMap(({ parents }) => parents)
      .concat(players as never)
      .map(({ name }) => name),
  ]
    .flatMap((name) => name.split(' '))
    .filter((part) => part !== 'Office'),
);

/** What no line of a log may hold: what it is, and how it looks. */
const forbidden: readonly (readonly [what: string, looks: RegExp])[] = [
  ['an e-mail address', /[\p{L}\d.+%_-]+(?:@|%40)[\p{L}\d-]+(?:\.[\p{L}\d-]+)*\.\p{L}{2,}/u],
  ['a name of a family', new RegExp(`(?<!\\p{L})(?:${[...names].join('|')})(?!\\p{L})`, 'u')],
  ['a key of Stripe', /\b[sr]k_(?:test|live)_\w/],
  ['a secret of Stripe’s webhooks', /\bwhsec_\w/],
  ['a signature of Stripe', /\bt=\d+,\s*v\d=|\bv1=[0-9a-f]{16}/],
  [
    'an access key of AWS',
    /\b(?:AKIA|ASIA)[0-9A-Z]{12,}|AWS4-HMAC-SHA256|\bX-Amz-(?:Signature|Security-Token)\b/i,
  ],
  ['a header that authorizes', /\bauthorization[\\"']*\s*[:=]|\bBearer\s+\S/i],
  // Key id, subject and MAC, in a URL or by itself: whoever has it opens what it names.
  [
    'a token of a mailed link',
    /\b[a-z0-9]{1,16}-[\w-]{1,64}-(?=[0-9a-z]*[g-z])[0-9a-hjkmnp-tv-z]{32}(?![\w])/,
  ],
  // As Secrets Manager makes it: 64 letters and digits. A hash in hex has no capitals.
  ['a key that signs tokens', /\b(?=[a-z\d]*[A-Z])(?=[A-Z\d]*[a-z])[A-Za-z\d]{64}\b|k{32,}/],
];

/** What a line tells that it must not. */
export const toldBy = (line: string): string[] =>
  forbidden.filter(([, looks]) => looks.test(line)).map(([what]) => what);

export type Audit = {
  lines: number;
  /** That have logged anything. */
  functions: number;
  /** Function, what it told, and a line where it did. */
  findings: { functionName: string; what: string; line: string; times: number }[];
  /** Of the stack, that have logged nothing. */
  silent: string[];
};

/** Reads everything that was kept in a directory. Functions that are none of the stack's are a test's own. */
export const auditLogs = async (directory: string): Promise<Audit> => {
  const ours = new Set<string>([...Object.keys(functions), USE_CASES]);
  const heard = new Set<string>();
  const findings = new Map<string, Audit['findings'][number]>();
  let lines = 0;
  for (const name of existsSync(directory) ? readdirSync(directory) : []) {
    for await (const kept of createInterface({ input: createReadStream(join(directory, name)) })) {
      const [functionName = '', line = ''] = kept.split(/\t(.*)/s);
      if (!ours.has(functionName)) continue;
      lines += 1;
      heard.add(functionName);
      for (const what of toldBy(line)) {
        const key = `${functionName} ${what}`;
        const known = findings.get(key);
        if (known === undefined) findings.set(key, { functionName, what, line, times: 1 });
        else known.times += 1;
      }
    }
  }
  return {
    lines,
    functions: [...heard].filter((name) => name !== USE_CASES).length,
    findings: [...findings.values()],
    silent: Object.keys(functions).filter((name) => !heard.has(name)),
  };
};
