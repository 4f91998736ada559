import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { programFor } from '../../infra/ops/program.ts';
import { permissions } from '../../infra/ops/stripe-key.ts';
import { DURABLE, ofType, type TemplateJson, templateOf } from './template.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const guide = read('docs/deploying.md');

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** Every `npm …` that a document tells its reader to type: within a line, in a block, in a table. */
const npmCommands = ['README.md', ...globSync('docs/*.md', { cwd: ROOT })].flatMap((file) =>
  [...read(file).matchAll(/npm (?:run|start|test|ci)\b[^\n`|)]*/g)].map(([command]) => ({
    file,
    command: command.trim().replace(/(?<!\.)[.,;:]$/, ''),
  })),
);

/** Our own command line, as its scripts reach it. */
const opsArguments = (command: string): string[] | undefined => {
  const [, script = '', rest = ''] = /^npm run (ops|deploy) -- (.*)$/.exec(command) ?? [];
  if (script === '') return undefined;
  // The words of a shell: quoted ones may hold spaces.
  const words = (rest.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? []).map((word) => word.replace(/['"]/g, ''));
  return script === 'deploy' ? ['deploy', ...words] : words;
};

/** What is wrong with a command, by the command line's own description of itself. */
const problemWith = (words: readonly string[]): string | undefined => {
  let command: Command = programFor(() => undefined);
  let at = 0;
  for (; at < words.length && command.commands.length > 0; at++) {
    const next = command.commands.find((each) => each.name() === words[at]);
    if (next === undefined) return `there is no command "${words[at]}"`;
    command = next;
  }
  const given = new Set<string>();
  const operands = command.registeredArguments
    .toSorted((a, b) => Number(b.required) - Number(a.required))
    .map((operand) => ({ name: operand.name(), required: operand.required }));
  if (command.name() === 'import' && words[at] === 'template') return undefined;
  while (at < words.length) {
    const word = words[at++] ?? '';
    if (!word.startsWith('-') && operands.shift() !== undefined) continue;
    const option = command.options.find(({ long, short }) => word === long || word === short);
    if (option === undefined) return `"${command.name()}" has no option "${word}"`;
    given.add(option.attributeName());
    if (!option.required) continue;
    if (at >= words.length) return `the option "${word}" lacks its value`;
    at++;
  }
  const missing = operands.find(({ required }) => required);
  if (missing !== undefined) return `it lacks its <${missing.name}>`;
  const lacking = command.options.filter((option) => option.mandatory && !given.has(option.attributeName()));
  if (lacking.length > 0) return `${lacking[0]?.long} is missing`;
  return given.has('stage') ? undefined : 'it names no stage';
};

describe('the commands in the documents', () => {
  it('are found at all', () => {
    expect(npmCommands.length).toBeGreaterThan(30);
    expect(npmCommands.filter(({ command }) => opsArguments(command) !== undefined).length).toBeGreaterThan(
      20,
    );
  });

  it('name scripts that package.json has', () => {
    const own = new Set(['ci', ...Object.keys(scripts)]);
    const strangers = npmCommands.filter(
      ({ command }) => !own.has(/^npm (?:run )?([\w:-]+)/.exec(command)?.[1] ?? ''),
    );
    expect(strangers).toEqual([]);
  });

  it('name commands and options that the command line has', () => {
    const wrong = npmCommands.flatMap(({ file, command }) => {
      const words = opsArguments(command);
      const problem = words === undefined ? undefined : problemWith(words);
      return problem === undefined ? [] : [`${file}: ${command}: ${problem}`];
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    ['check everything --stage dev', 'there is no command "everything"'],
    ['check all --stage dev --loud', '"all" has no option "--loud"'],
    ['test-mail --stage dev', '--to is missing'],
    ['check all', 'it names no stage'],
    ['check all --stage', 'the option "--stage" lacks its value'],
  ])('"%s" would be found out', (command, problem) => {
    expect(problemWith(command.split(' '))).toBe(problem);
  });

  it('leave out no command that the command line has', () => {
    const leaves = (command: Command, name: readonly string[]): string[] =>
      command.commands.length === 0
        ? [name.join(' ')]
        : command.commands.flatMap((each) => leaves(each, [...name, each.name()]));
    const shown = npmCommands.map(({ command }) => opsArguments(command)?.join(' ') ?? '');
    const untold = leaves(
      programFor(() => undefined),
      [],
    ).filter((name) => !shown.some((words) => words.startsWith(`${name} `)));
    expect(untold).toEqual([]);
  });
});

describe('docs/deploying.md', () => {
  let prod: TemplateJson;
  beforeAll(async () => {
    prod = await templateOf('prod', DURABLE);
  });

  it('lists exactly the permissions of the Stripe key that are checked', () => {
    const [beforeWebhook = ''] = guide.split('### The webhook');
    const listed = [...beforeWebhook.matchAll(/^\| ([A-Z][\w ]*: (?:Read|Write)) +\|/gm)].map(
      ([, name]) => name,
    );
    expect(listed).toEqual(permissions.map(({ name }) => name));
  });

  it('and those are what the gateway calls: no call without its permission, no permission without a call', () => {
    const nameOf: Record<string, string> = {
      paymentLinks: 'Payment Links',
      'checkout.sessions': 'Checkout Sessions',
      paymentIntents: 'PaymentIntents',
      refunds: 'Charges and Refunds',
    };
    const calls = read('lib/adapters/stripe/gateway.ts').matchAll(/\bstripe\.([\w.]+)\.(\w+)\(/g);
    const writes = new Map<string, boolean>();
    for (const [, resource = '', method = ''] of calls) {
      const name = nameOf[resource] ?? `unknown: ${resource}`;
      writes.set(name, (writes.get(name) ?? false) || !/^(retrieve|list)/.test(method));
    }
    const needed = [...writes].map(([name, write]) => `${name}: ${write ? 'Write' : 'Read'}`);
    expect(needed.sort()).toEqual(permissions.map(({ name }) => name).sort());
  });

  it('explains every setting that a stage takes', () => {
    const taken = new Set(
      [
        ...read('infra/settings.ts').matchAll(
          /'((?:club|mail|domain|hosted|certificate|alarm|legacy|live|lambda|accept)[A-Za-z]+)'/g,
        ),
      ].map(([, key]) => key ?? ''),
    );
    expect(taken.size).toBeGreaterThan(8);
    expect([...taken].filter((key) => !guide.includes(`\`${key}\``))).toEqual([]);
  });

  it('counts what costs by the piece as the template has it', () => {
    const count = (type: string): number => ofType(prod, type).length;
    expect(guide).toContain(`${count('AWS::SecretsManager::Secret')} secrets × $0.40`);
    expect(guide).toContain(`${count('AWS::KMS::Key')} × $1.00`);
    expect(guide).toContain(`${count('AWS::CloudWatch::Alarm')} × $0.10`);
  });

  it('its example of a settings file builds the stage', async () => {
    const example = /```json\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
    const built = await templateOf('prod', JSON.parse(example) as Record<string, string>);
    expect(Object.keys(built.Outputs)).toContain('BaseUrl');
  });

  it('names only outputs that the stack has', () => {
    const named = [...guide.matchAll(/<(\w+(?:Name|Target|Arn|Url))>|`(DomainTarget)`/g)].map(
      ([, inBrackets, inQuotes]) => inBrackets ?? inQuotes ?? '',
    );
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !(name in prod.Outputs))).toEqual([]);
  });
});
