import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const files = (...patterns: string[]): string[] =>
  globSync(patterns, { cwd: ROOT, exclude: (name) => /node_modules|cdk\.out|build$/.test(name) }).sort();
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** What a file imports: project files by their path from the root, packages by their name. */
const importsOf = (file: string): string[] =>
  [...read(file).matchAll(/(?:\bfrom\s+|\bimport(?:\s+|\s*\(\s*))'([^'\n]+)'/g)].map(([, target = '']) =>
    target.startsWith('.') ? normalize(join(dirname(file), target)) : target,
  );

/** Where a layer may import from, by the beginning of the path or package name. */
const layers: { name: string; of: string[]; may: string[] }[] = [
  {
    name: 'the domain is pure: nothing but itself, hashing, spellings, the schema library and the calendar',
    of: ['lib/domain/**/*.ts'],
    may: ['lib/domain/', 'fastest-levenshtein', 'node:crypto', 'node:url', 'temporal-polyfill', 'valibot'],
  },
  { name: 'ports name only the domain', of: ['lib/ports.ts'], may: ['lib/domain/'] },
  {
    name: 'use cases know ports, domain, and what they say to people; no SDK',
    of: ['lib/usecases/**/*.ts'],
    may: [
      'lib/usecases/',
      'lib/domain/',
      'lib/ports.ts',
      'lib/email/render.ts',
      'lib/pages/page.ts',
      'lib/words/words.ts',
      'node:crypto',
      'valibot',
    ],
  },
  {
    name: 'pages and words know the domain, and the ports for the type of a club',
    of: ['lib/pages/**/*.ts', 'lib/words/**/*.ts'],
    may: ['lib/pages/', 'lib/words/', 'lib/domain/', 'lib/ports.ts', 'escape-goat', 'node:crypto', 'valibot'],
  },
  {
    name: 'adapters know ports and domain, never a use case',
    of: ['lib/adapters/**/*.ts'],
    may: [
      'lib/adapters/',
      'lib/domain/',
      'lib/ports.ts',
      '@aws-sdk/',
      'stripe',
      'nodemailer',
      'node:',
      'valibot',
    ],
  },
  {
    name: 'a function parses, calls one use case and answers; it gets its adapters from the wiring',
    of: ['functions/**/*.ts'],
    may: [
      'functions/',
      'lib/usecases/',
      'lib/domain/',
      'lib/pages/page.ts',
      'lib/ports.ts',
      '@middy/core',
      'aws-lambda',

      'valibot',
    ],
  },
];

describe('imports go in one direction', () => {
  it.each(layers)('$name', ({ of, may }) => {
    const strays = files(...of)
      .filter((file) => file !== 'functions/wiring.ts')
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => !may.some((allowed) => target.startsWith(allowed)))
          .map((target) => `${file} imports ${target}`),
      );
    expect(files(...of)).not.toEqual([]);
    expect(strays).toEqual([]);
  });

  it('only the wiring, and the local tools with a reason, import adapters', () => {
    const reasons: Record<string, string> = {
      'functions/wiring.ts': 'the place where adapters are chosen',
      'infra/local/club/at-hand.ts':
        'the front desk and the demo write seed data and read the tables of their own stack',
      'infra/ops/mail.ts': 'a test mail leaves exactly as the mails of families do',
    };
    const importers = files('functions/**/*.ts', 'infra/**/*.ts', 'lib/**/*.ts').filter(
      (file) =>
        !file.startsWith('lib/adapters/') &&
        importsOf(file).some((target) => target.startsWith('lib/adapters/')),
    );
    expect(importers).toEqual(Object.keys(reasons).sort());
  });

  it('lib imports nothing from functions, infra or test', () => {
    const strays = files('lib/**/*.{ts,tsx}').flatMap((file) =>
      importsOf(file)
        .filter((target) => /^(functions|infra|test)\//.test(target))
        .map((target) => `${file} imports ${target}`),
    );
    expect(strays).toEqual([]);
  });
});

describe('rules of the code', () => {
  const matches = (pattern: RegExp, ...patterns: string[]): string[] =>
    files(...patterns).flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
    );

  it.each<[string, RegExp, string[]]>([
    [
      'domain and use cases read no clock, no environment and no chance',
      /Date\.now\(|new Date\(\)|process\.env|Math\.random\(/,
      ['lib/domain/**/*.ts', 'lib/usecases/**/*.ts'],
    ],
    ['lib never asks where it runs', /isLocal|NODE_ENV|if \(local\)|AWS_SAM_LOCAL/, ['lib/**/*.ts']],
    [
      'nobody sets the end of a Stripe session: 24 hours are Stripe’s own longest',
      /expires_at\s*:/,
      ['lib/**/*.ts', 'functions/**/*.ts'],
    ],
    [
      'no table is ever scanned',
      /ScanCommand|dynamodb:Scan/,
      ['lib/**/*.ts', 'functions/**/*.ts', 'infra/**/*.ts'],
    ],
    [
      'no test is skipped by hand, and no module of ours is mocked',
      /\b(it|test|describe)\.(skip|only|todo)\b|vi\.mock\(/,
      ['test/**/!(imports).test.ts'],
    ],
  ])('%s', (_, pattern, patterns) => {
    expect(files(...patterns)).not.toEqual([]);
    expect(matches(pattern, ...patterns)).toEqual([]);
  });

  it('nobody outside the policy table asks for a category by name', () => {
    const asks = matches(
      /category\s*[!=]==?\s*'|case '(tournament|monthly|jersey|tryout)'/,
      'lib/**/*.ts',
      'functions/**/*.ts',
    );
    expect(asks).toEqual([]);
  });

  it('a module of ours does nothing when it is only imported, so that a bundle can leave it out', () => {
    const acts = files('lib/domain/**/*.ts', 'lib/usecases/**/*.ts', 'lib/adapters/**/*.ts').flatMap((file) =>
      read(file)
        .split('\n')
        .filter((line) => /^(await |console\.|process\.|for |if |while )/.test(line))
        .map((line) => `${relative('.', file)}: ${line}`),
    );
    expect(acts).toEqual([]);
  });
});
