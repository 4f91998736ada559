import { parse } from 'csv-parse/sync';
import { UnreadableFile } from './file-problem.ts';

/** One record with the line that it begins on, as an editor counts. */
export type Line = { line: number; cells: string[] };
export type Table = { header: Line; rows: Line[] };

/**
 * The text of a file as spreadsheets write it: UTF-8, or UTF-16 as Excel's "Unicode Text".
 * @throws {UnreadableFile} any other: whatever it were read as, names would be wrong
 */
export const textOf = (bytes: Uint8Array): string => {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : // A header is plain letters: every other byte of it is zero.
          bytes[1] === 0 && bytes[3] === 0
          ? 'utf-16le'
          : 'utf-8';
  try {
    // The decoder takes a byte order mark off.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableFile(
      'The file is not in UTF-8. In Excel save it as "CSV UTF-8 (comma delimited)"; Google Sheets and Numbers write UTF-8 by themselves.',
    );
  }
};

const delimiters = [',', ';', '\t'] as const;

/** What spreadsheets make of a CSV: empty lines are none, a cell may have line breaks and quotes. @throws {UnreadableFile} */
export const tableOf = (text: string): Table => {
  // Excel's own way of saying which delimiter follows.
  const told = /^sep=(.)\r?\n/i.exec(text);
  const body = told === null ? text : text.slice(told[0].length);
  const delimiter = told?.[1] ?? delimiterOf(body);
  const records = recordsOf(body, delimiter)
    .map(({ line, cells }) => ({ line: line + (told === null ? 0 : 1), cells }))
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  const [header, ...rows] = records;
  if (header === undefined) throw new UnreadableFile('The file is empty.');
  if (rows.length === 0) throw new UnreadableFile('The file has a header, and no line below it.');
  return { header, rows };
};

/** The one that divides the header into the most cells. */
const delimiterOf = (text: string): string => {
  const cellsBy = (delimiter: string): number =>
    recordsOf(text.slice(0, 10_000), delimiter, { to: 1, lenient: true })[0]?.cells.length ?? 0;
  return delimiters.reduce((best, next) => (cellsBy(next) > cellsBy(best) ? next : best));
};

const recordsOf = (
  text: string,
  delimiter: string,
  { to, lenient = false }: { to?: number; lenient?: boolean } = {},
): Line[] => {
  const records: Line[] = [];
  let ended = 0;
  try {
    parse(text, {
      delimiter,
      // Of a file that was edited by hand the ends of lines may differ.
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      // As spreadsheets read `5" ball`: a quote within a cell that does not begin with one.
      relax_quotes: true,
      ...(to !== undefined && { to }),
      on_record: (cells: string[], { lines }) => {
        records.push({ line: ended + 1, cells });
        ended = lines;
        return null;
      },
    });
  } catch (error) {
    if (lenient) return records;
    const { code } = error as { code?: unknown };
    throw new UnreadableFile(
      code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'A cell begins with a quote (") that is never closed.'
        : `This is no line of a CSV file (${String(code)}).`,
      ended + 1,
    );
  }
  return records;
};

/**
 * Where a spreadsheet would take what follows for a formula: at the beginning of a cell, and behind whatever divides
 * cells and lines somewhere in the world, because a file with commas is opened where semicolons are meant. Quotes of
 * the file may stand between.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA = String.raw`(?='*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])`;
const BEGINS = String.raw`(?:^|[,;\t\r\n])"*`;
const dangerous = new RegExp(`(?<!')${FORMULA}(?<=${BEGINS})`, 'g');
const harmless = new RegExp(`(?<!')'${FORMULA}(?<=${BEGINS}')`, 'g');

/** A `'` stands there in what is written; this takes it off. */
export const withoutDefusal = (cell: string): string => cell.replace(harmless, '');
/** A number is none, also below zero: it must stay one that a spreadsheet adds up. */
export const defused = (cell: string): string => (isNumber.test(cell) ? cell : cell.replace(dangerous, "'"));
const isNumber = /^-?[0-9]+([.,][0-9]+)?$/;
