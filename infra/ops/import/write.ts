import { stringify } from 'csv-stringify/sync';
import type { ImportKind, RowOf } from '../../../lib/domain/import-row.ts';
import { type DecimalMark, writeAmount } from './cells.ts';
import { kinds, suffixOf, type Written } from './kinds.ts';
import { defused } from './table.ts';

export type HowToWrite = { delimiter: string; decimal: DecimalMark };

/**
 * As a spreadsheet opens it by a double click: with a byte order mark, so that Excel takes it for UTF-8, and cells that
 * it would take for formulas with a `'` before them.
 */
export const csvOf = (
  header: readonly string[],
  lines: readonly Written[],
  { delimiter }: Pick<HowToWrite, 'delimiter'>,
): string =>
  `\ufeff${stringify([[...header], ...lines.map((line) => header.map((name) => defused(line[name] ?? '')))], {
    delimiter,
    record_delimiter: '\r\n',
    // A line break of any kind, not only one that ends lines here.
    quoted_match: /[\r\n]/,
  })}`;

/** The file that an import reads as these rows. */
export const importFileOf = <K extends ImportKind>(
  kind: K,
  rows: readonly RowOf<K>[],
  how: HowToWrite,
): string => {
  const { write } = kinds[kind];
  const amount = (money: Parameters<typeof writeAmount>[0]) => writeAmount(money, how.decimal);
  const lines = rows.flatMap((row) => write(row, { amount }));
  return csvOf(headerOf(kind, lines), lines, how);
};

/** Columns that come again do so as often as a line has need of. */
const headerOf = (kind: ImportKind, lines: readonly Written[]): string[] => {
  const used = new Set(lines.flatMap((line) => Object.keys(line)));
  const { columns, repeated } = kinds[kind];
  const again: string[] = [];
  for (const group of repeated) {
    for (let index = 1; group.some((name) => used.has(name + suffixOf(index))); index++) {
      again.push(...group.map((name) => name + suffixOf(index)));
    }
  }
  // A token in clear is only ever read.
  const own = columns.map(({ name }) => name).filter((name) => name !== 'legacy_tokens');
  return [...own, ...again];
};

/** A file to begin with: every column, and two lines to be replaced. */
export const templateOf = (kind: ImportKind): string => {
  const { columns } = kinds[kind];
  const line = (index: 0 | 1): Written =>
    Object.fromEntries(columns.map(({ name, samples }) => [name, samples[index]]));
  return csvOf(
    columns.map(({ name }) => name),
    [line(0), line(1)],
    { delimiter: ',' },
  ).slice(1);
};
