import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { logsOf } from '../../infra/constructs/club-function.ts';
import { routes } from '../../infra/constructs/public-api.ts';
import {
  type FunctionName,
  functionNames,
  type SecretName,
  specOf,
  type TableName,
} from '../../infra/functions.ts';
import { PLANS_KEPT_DAYS } from '../../lib/adapters/dynamodb/plans.ts';
import { PREVIEWS_KEPT_DAYS } from '../../lib/adapters/dynamodb/previews.ts';
import { RUNS_KEPT_DAYS } from '../../lib/adapters/dynamodb/runs.ts';
import { ROWS_KEPT_MS } from '../../lib/domain/import-head.ts';
import { opsArguments, problemWith } from '../support/command-line.ts';
import { DURABLE, ofType, record, said, type TemplateJson, templateOf } from './template.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const guide = read('docs/security.md');

let prod: TemplateJson;
beforeAll(async () => {
  prod = await templateOf('prod', DURABLE);
});

/** The cells of the table whose first column has this name, without their backquotes. */
const tableOf = (column: string): string[][] => {
  const [, table = ''] = guide.split(new RegExp(`^\\| ${column} +\\|`, 'm'));
  const [rows = ''] = table.split('\n\n');
  return rows
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
};

const secretWords: Record<SecretName, string> = {
  tokenKeys: 'token keys',
  stripeKey: 'Stripe key',
  stripeWebhook: 'webhook secret',
};

const startedBy = (name: FunctionName): string => {
  const ways = new Set(routes.filter(({ to }) => to === name).map(({ access }) => access));
  if (ways.has('public')) return 'anybody, with a token';
  if (ways.has('iam')) return "the club's systems";
  const { consumes } = specOf(name).may;
  if (consumes !== undefined) return `queue ${consumes}`;
  if (name === 'stripe-webhook') return 'anybody, signed by Stripe';
  return name === 'tick' ? 'schedule' : 'ops';
};

/** What the list of functions says of one, as a row of the guide. */
const rowOf = (name: FunctionName): string[] => {
  const { tables = {}, indexes = [], reads = [], sendsTo = [], sendsMail, readsMailQuota } = specOf(name).may;
  const named = Object.entries(tables) as [TableName, readonly string[]][];
  const lists = (table: TableName): boolean =>
    tables[table]?.includes('Query') === true || indexes.some((index) => index.startsWith(`${table}/`));
  const readable = named.filter(
    ([table, may]) => lists(table) || may.some((action) => action.includes('Get')),
  );
  const written = named.filter(([, may]) => may.includes('PutItem') || may.includes('UpdateItem'));
  const words = (all: readonly string[]): string => all.join(', ') || '–';
  return [
    name,
    startedBy(name),
    words(readable.map(([table]) => (lists(table) ? `${table} (lists)` : table))),
    words(written.map(([table]) => table)),
    words(reads.map((secret) => secretWords[secret])),
    words([
      ...sendsTo.map((queue) => `sends to ${queue}`),
      ...(sendsMail ? ['sends mail'] : []),
      ...(readsMailQuota ? ['asks for the mail quota'] : []),
    ]),
  ];
};

describe('docs/security.md', () => {
  it('says of each function what its role allows, and who starts it', () => {
    expect(tableOf('function')).toEqual(functionNames.map(rowOf));
  });

  it('lets volunteers invoke the functions of ops, and no other', () => {
    const [, policy = ''] = /```json\n([\s\S]*?)```/.exec(guide) ?? [];
    const allowed = [...policy.matchAll(/function:club-payments-prod-(\w+)\*/g)].map(([, name]) => name);
    const ofOps = Object.keys(prod.Outputs).flatMap(
      (output) => /^(?!Tick)(\w+Function)Name$/.exec(output)?.[1] ?? [],
    );
    expect(allowed.sort()).toEqual(ofOps.sort());
    expect(() => JSON.parse(policy)).not.toThrow();
  });

  it('says how long everything is kept, as the stack and the stores have it', () => {
    const kept = new Map(tableOf('where').map(([where = '', , howLong = '']) => [where, howLong]));
    const days = (type: string, property: string): Set<unknown> =>
      new Set(ofType(prod, type).map(([, { Properties }]) => Properties[property]));
    const rows = ROWS_KEPT_MS / (24 * 60 * 60 * 1000);
    expect(RUNS_KEPT_DAYS).toBe(PLANS_KEPT_DAYS);
    expect(kept.get('table Plans')).toBe(`rows of an import ${rows} days; the rest ${PLANS_KEPT_DAYS} days`);
    expect(kept.get('table Blasts')).toContain(`previews ${PREVIEWS_KEPT_DAYS} days`);
    expect([...days('AWS::SQS::Queue', 'MessageRetentionPeriod')]).toEqual([14 * 24 * 60 * 60]);
    const queues = [...kept].filter(([where]) => where.startsWith('queue'));
    expect(queues.map(([, howLong]) => howLong)).toEqual(
      queues.map(() => 'until worked on, 14 days at most'),
    );
    const ofLogs = [...days('AWS::Logs::LogGroup', 'RetentionInDays')];
    const onTrial = logsOf({ ephemeral: true }).retention;
    expect(kept.get('logs of functions and of the API')).toBe(
      `${ofLogs.join()} days; ${onTrial} days on stages for trying`,
    );
    // 35 days is what AWS keeps where nothing else is said.
    const backups = ofType(prod, 'AWS::DynamoDB::Table').map(
      ([, { Properties }]) => Properties.PointInTimeRecoverySpecification,
    );
    expect(backups).toEqual(backups.map(() => ({ PointInTimeRecoveryEnabled: true })));
    expect(kept.get('backups of the tables')).toBe('35 days');
  });

  it('lists every table and every queue, and which of them forget by themselves', () => {
    const places = tableOf('where').map(([where = '']) => where);
    const tables = ofType(prod, 'AWS::DynamoDB::Table').map(([id]) =>
      said({ Ref: id }).replace(/Table$/, ''),
    );
    expect(places.filter((place) => place.startsWith('table ')).sort()).toEqual(
      tables.map((table) => `table ${table}`).sort(),
    );
    const withTime = ofType(prod, 'AWS::DynamoDB::Table')
      .filter(([, { Properties }]) => Properties.TimeToLiveSpecification !== undefined)
      .map(([id, { Properties }]) => [
        said({ Ref: id }),
        record(Properties.TimeToLiveSpecification).AttributeName,
      ]);
    expect(withTime.sort()).toEqual([
      ['BlastsTable', 'ttl'],
      ['PlansTable', 'ttl'],
    ]);
    const named = places.filter((place) => place.startsWith('queue')).join(' ');
    const queues = ofType(prod, 'AWS::SQS::Queue')
      .map(([id]) => said({ Ref: id }))
      .filter((id) => !id.includes('DeadLetters'));
    expect(queues.filter((id) => !named.includes(id.replace(/Queue$/, '')))).toEqual([]);
  });

  it('names commands as they are', () => {
    const commands = [
      ...guide.matchAll(/`((?:setup|check|forget|payments|status|reconcile)(?:\s[^`]*)?)`/g),
    ].map(([, command = '']) =>
      command.replaceAll('<family>', 'fam_1').replaceAll('<order>', '81').replace('<day>', '2026-05-01'),
    );
    expect(commands.length).toBeGreaterThan(8);
    const wrong = commands.flatMap((command) => {
      const problem = problemWith(opsArguments(`npm run ops -- ${command} --stage prod`) ?? []);
      return problem === undefined ? [] : [`${command}: ${problem}`];
    });
    expect(wrong).toEqual([]);
  });

  it('names only files that there are', () => {
    const files = [...guide.matchAll(/`((?:lib|infra|test|functions)\/[\w./-]+)`/g)].map(
      ([, file = '']) => file,
    );
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) expect(() => readFileSync(join(ROOT, file)), file).not.toThrow(/ENOENT/);
  });
});

type Locked = {
  version?: string;
  dev?: boolean;
  integrity?: string;
  hasInstallScript?: boolean;
  resolved?: string;
  inBundle?: boolean;
  link?: boolean;
};

describe('what is installed', () => {
  const manifest = JSON.parse(read('package.json')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
    overrides: Record<string, string>;
    allowScripts: Record<string, boolean>;
  };
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
  const locked = Object.entries(lock.packages).filter(([path]) => path !== '');
  const nameOf = (path: string): string =>
    path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

  it('has exact versions, and a checksum in the lock, which names no server', () => {
    const wanted = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.overrides };
    expect(Object.entries(wanted).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
    // What a package brings inside itself is under the checksum of that package.
    expect(
      locked.filter(([, { integrity, inBundle }]) => integrity === undefined && inBundle !== true),
    ).toEqual([]);
  });

  it('runs no install script that is not allowed by name', () => {
    const withScripts = locked
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => nameOf(path));
    expect(withScripts.sort()).toEqual(Object.keys(manifest.allowScripts).sort());
    const allowed = Object.keys(manifest.allowScripts).filter((name) => manifest.allowScripts[name]);
    expect(allowed).toEqual(['node', 'esbuild']);
  });

  it('overrides nothing that reaches a bundle', () => {
    const overridden = locked.filter(([path]) => nameOf(path) in manifest.overrides);
    expect(overridden.map(([path]) => nameOf(path)).sort()).toEqual(Object.keys(manifest.overrides).sort());
    expect(overridden.filter(([, { dev }]) => dev !== true)).toEqual([]);
  });
});
