import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findingWords } from '../../infra/finding-words.ts';
import { deliveryTagOf } from '../../lib/domain/blast.ts';
import { findingKinds, treatments } from '../../lib/domain/reconciliation.ts';
import { helpOf, leavesOf, opsArguments, problemWith } from '../support/command-line.ts';
import { aLedgerRow } from '../support/ledger.ts';

const leaves = leavesOf();
const names = leaves.map(({ name }) => name);

/** The examples that a command shows, or the group that it is in. */
const examplesIn = (help: string): string[] =>
  help
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('npm run '));

/** They change nothing that a family could notice: no order, no mail, no setting. */
const looks = new Set([
  'check all',
  'check mail',
  'check stripe',
  'blast preview',
  'blasts',
  'blast-report',
  'schedule list',
  'status',
  'statement',
  'unpaid',
  'attention',
  'unmatched list',
  'export',
  'payments',
  'completion',
]);

/**
 * They change something at once, without showing it first and being told its hash. A new one needs a reason as good
 * as these; whatever writes to families or changes what they owe takes `--apply`.
 */
const immediate: Readonly<Record<string, string>> = {
  deploy: 'shows the changes itself and asks, or takes --dry-run',
  'setup stripe-key': 'stores what was just typed in; families notice nothing',
  'setup stripe-webhook': 'may be repeated, and finds what is there',
  'setup token-key': 'each step of a rotation is an option of its own that names the key',
  'test-mail': 'writes to whoever types it',
  'test-order': "makes the club's own order and writes to whoever types it",
  restart: 'only lets the functions read their secrets again',
  'blast send': 'is given the hash of the preview: it is the approval',
  'blast test': 'writes to one address that is typed, marked as a test',
  'blast pause': 'stops something: whoever wants that is in a hurry',
  'blast resume': 'lets go on what was approved before',
  'blast cancel': 'stops something: whoever wants that is in a hurry',
  'schedule reminders': 'mails nobody now, and shows when it will',
  'schedule monthly': 'mails nobody now, and shows when it will',
  'schedule stop': 'stops something: whoever wants that is in a hurry',
};

describe('the help of the command line', () => {
  it.each(leaves.map((leaf) => [leaf.name, leaf] as const))('shows how "%s" is used', (name, { command }) => {
    expect(command.description()).toMatch(/^[A-Z]/);
    const own = examplesIn(helpOf(command)).filter((line) =>
      opsArguments(line)?.join(' ').startsWith(`${name} `),
    );
    expect(own, `no example of ${name}`).not.toEqual([]);
    expect(own.flatMap((line) => problemWith(opsArguments(line) ?? []) ?? [])).toEqual([]);
  });

  it('shows no example that the command line would not take', () => {
    const shown = [...new Set(leaves.flatMap(({ command }) => examplesIn(helpOf(command))))];
    expect(shown.length).toBeGreaterThan(20);
    const wrong = shown.flatMap((line) => {
      const words = opsArguments(line);
      const problem = words === undefined ? 'is no command of ours' : problemWith(words);
      return problem === undefined ? [] : [`${line}: ${problem}`];
    });
    expect(wrong).toEqual([]);
  });
});

describe('a command that changes something', () => {
  const takesApply = ({ command }: (typeof leaves)[number]): boolean =>
    command.options.some(({ long }) => long === '--apply');

  it('shows first what it would do, or says why not', () => {
    const unaccounted = leaves
      .filter((leaf) => !takesApply(leaf) && !looks.has(leaf.name) && !(leaf.name in immediate))
      .map(({ name }) => name);
    expect(unaccounted).toEqual([]);
  });

  it('is named in the runbook where it acts at once', () => {
    const runbook = readFileSync(
      join(import.meta.dirname, '../../docs/tournament-billing-runbook.md'),
      'utf8',
    );
    const [, named = ''] = /In doubt, look\.\*\*([\s\S]*?)\n\n/.exec(runbook) ?? [];
    const words = Object.keys(immediate).map((name) => name.replace(/^setup .*/, 'setup').replace(/.* /, ''));
    expect(words.filter((word) => !named.includes(`\`${word}\``))).toEqual([]);
  });

  it('is excused only where it is one that exists and does not show it first', () => {
    const applying = new Set(leaves.filter(takesApply).map(({ name }) => name));
    const excused = [...looks, ...Object.keys(immediate)];
    expect(excused.filter((name) => !names.includes(name) || applying.has(name))).toEqual([]);
    expect(excused.filter((name) => looks.has(name) && name in immediate)).toEqual([]);
  });
});

describe('what reconciliation leaves to a person', () => {
  it.each(findingKinds.filter((kind) => treatments[kind] === 'person'))(
    'is settled by a command: %s',
    (kind) => {
      const about = kind === 'held_delivery' ? deliveryTagOf(aLedgerRow({})) : 'id_1';
      const found = {
        kind,
        about,
        via: null,
        orderId: '81',
        amount: null,
        foundAt: '2026-04-14T12:00:00.000Z',
      };
      const command = findingWords[kind].settle?.(found) ?? '';
      const words = opsArguments(`npm run ops -- ${command} --stage prod`);
      expect(problemWith(words ?? [])).toBeUndefined();
      expect(words).toContain(kind === 'held_delivery' ? aLedgerRow({}).orderId : about);
    },
  );
});
