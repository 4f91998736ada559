import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  functionNames,
  type IndexName,
  specOf,
  type TableAction,
  type TableName,
} from '../../infra/functions.ts';
import { attentionReasons } from '../../lib/domain/due-work.ts';
import { templateOf } from './template.ts';

const doc = (name: string): string => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');

/** The rows of the first table under a heading, cells without their backquotes. */
const tableUnder = (heading: string, of = 'access-patterns.md'): string[][] => {
  const [, section = ''] = doc(of).split(`## ${heading}\n`);
  const lines = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
};

describe('docs/access-patterns.md', () => {
  it('lists the keys and indexes of the template, and no other', async () => {
    type Key = { AttributeName: string; KeyType: 'HASH' | 'RANGE' };
    type Table = { KeySchema: Key[]; GlobalSecondaryIndexes?: { IndexName: string; KeySchema: Key[] }[] };
    const keyOf = (schema: Key[], type: Key['KeyType']) =>
      schema.find(({ KeyType }) => KeyType === type)?.AttributeName ?? '–';
    const { Resources } = await templateOf('dev');
    const tables = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table');
    const inTemplate = tables.flatMap(([logicalId, { Properties }]) => {
      const table = Properties as unknown as Table;
      const name = logicalId.replace(/Table$/, '');
      return [
        [name, '–', keyOf(table.KeySchema, 'HASH'), keyOf(table.KeySchema, 'RANGE')],
        ...(table.GlobalSecondaryIndexes ?? []).map(({ IndexName, KeySchema }) => [
          name,
          IndexName,
          keyOf(KeySchema, 'HASH'),
          keyOf(KeySchema, 'RANGE'),
        ]),
      ];
    });
    expect(
      tableUnder('Keys and indexes')
        .map((row) => row.slice(0, 4))
        .sort(),
    ).toEqual(inTemplate.sort());
  });

  it('names every function that may touch a table, and the calls that it may make', () => {
    const rows = tableUnder('Who reads and writes what');
    const mentions = (name: string, action: TableAction): boolean =>
      rows.some(([, calls = '', by = '']) => by.split(', ').includes(name) && calls.includes(action));
    const forgotten = functionNames.flatMap((name) => {
      const { tables = {}, indexes = [] } = specOf(name).may as {
        tables?: Partial<Record<TableName, readonly TableAction[]>>;
        indexes?: readonly IndexName[];
      };
      const actions = new Set([
        ...Object.values(tables).flat(),
        ...(indexes.length > 0 ? (['Query'] as const) : []),
      ]);
      return [...actions].filter((action) => !mentions(name, action)).map((action) => `${name}: ${action}`);
    });
    expect(forgotten).toEqual([]);
  });
});

describe('docs/money.md', () => {
  it('says of each thing that needs a person what has happened and what to do', () => {
    const reasons = tableUnder('What needs a person', 'money.md').map(([reason]) => reason);
    expect(reasons.sort()).toEqual([...attentionReasons].sort());
  });
});

describe('docs/testing.md', () => {
  const project = (file: string): string => readFileSync(join(import.meta.dirname, '../..', file), 'utf8');

  it('names the versions of the official emulators that .ci runs', () => {
    const ci = project('.ci/official-emulators');
    const wanted = [
      /stripe-mock@(v[\d.]+)/.exec(ci)?.[1]?.replace('v', 'stripe/stripe-mock:v'),
      /cfn-lint==[\d.]+/.exec(ci)?.[0],
      /<artifactId>DynamoDBLocal<\/artifactId>\s*<version>(.+)<\/version>/
        .exec(project('.ci/dynamodb-local/pom.xml'))?.[1]
        ?.replace(/^/, 'amazon/dynamodb-local:'),
    ];
    expect(wanted.map((words) => words !== undefined && doc('testing.md').includes(words))).toEqual([
      true,
      true,
      true,
    ]);
  });
});
