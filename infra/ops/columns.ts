import type { Waits } from '../../lib/domain/blast-report.ts';
import { waitsWords } from '../mailing-words.ts';

/** Rows of texts, each column as wide as its widest. @param right columns of numbers, which end at the same place */
export const aligned = (
  rows: readonly (readonly string[])[],
  { right = [] }: { right?: readonly number[] } = {},
): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((text, column) => {
          const width = widths[column] ?? 0;
          return right.includes(column) ? text.padStart(width) : text.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** `2026-05-01 16:00 UTC` */
export const momentOf = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`;

/** `2026-05-01 09:00`, as a clock on the wall there shows it. */
export const localMoment = (at: string, timeZone: string): string =>
  new Date(at).toLocaleString('sv-SE', { timeZone }).slice(0, 16);

export const waitsLine = ({ reason, since, until, by }: Waits): string =>
  [
    waitsWords[reason],
    by === undefined ? '' : ` (${by})`,
    since === null ? '' : `, since ${momentOf(since)}`,
    until === null ? '; a person has to let it go on' : `; goes on by itself at ${momentOf(until)}`,
  ].join('');
