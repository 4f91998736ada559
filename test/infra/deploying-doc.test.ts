import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { permissions } from '../../infra/ops/stripe-key.ts';
import { leavesOf, opsArguments, problemWith } from '../support/command-line.ts';
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
      ({ command }) => !own.has(/^npm (?:run )?(?:--silent )?([\w:-]+)/.exec(command)?.[1] ?? ''),
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
    const shown = npmCommands.map(({ command }) => opsArguments(command)?.join(' ') ?? '');
    const untold = leavesOf()
      .map(({ name }) => name)
      .filter((name) => !shown.some((words) => words.startsWith(`${name} `)));
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
      disputes: 'Disputes',
    };
    const adapters = ['gateway', 'books'].map((name) => read(`lib/adapters/stripe/${name}.ts`)).join('\n');
    const calls = adapters.matchAll(/\bstripe\.([\w.]+)\.(\w+)\(/g);
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
