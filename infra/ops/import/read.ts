import { distance } from 'fastest-levenshtein';
import * as v from 'valibot';
import {
  claimsOf,
  type ImportKind,
  type ImportRow,
  importIdOf,
  importKinds,
  rowSchemas,
} from '../../../lib/domain/import-row.ts';
import { Currency, type Money } from '../../../lib/domain/money.ts';
import { legacyTokenHash } from '../../../lib/domain/pay-token.ts';
import {
  type DayOrder,
  type DecimalMark,
  dayOrderIn,
  decimalMarkIn,
  isAmbiguousAmount,
  isAmbiguousDay,
  type Reading,
  readAmount,
  readDay,
  readFlag,
  readMoment,
} from './cells.ts';
import { type FileProblem, quote, UnreadableFile } from './file-problem.ts';
import { type Cells, kinds, snake, suffixOf } from './kinds.ts';
import { type Line, type Table, tableOf, textOf, withoutDefusal } from './table.ts';

export type HowToRead = {
  /** Absent: told by the columns. */
  kind?: ImportKind;
  /** Of amounts whose line names none. */
  currency: Currency;
  /** Absent: told by the file as a whole. */
  decimal?: DecimalMark;
  dates?: DayOrder;
  /** Columns of the club's own that mean nothing here. */
  ignore: readonly string[];
  /** Of the club's clocks. */
  timeZone: string;
};

export type NumberedRow = { line: number; row: ImportRow };
export type ImportFile = { kind: ImportKind; importId: string; rows: NumberedRow[] };
/** `unit`: by what lines are counted. */
export type Read = { file: ImportFile } | { problems: FileProblem[]; unit: 'line' | 'row' };

/** Reads a file whole: every line that is wrong is told, and unless all are right nothing of it is to be used. */
export const readImportFile = (bytes: Uint8Array, how: HowToRead): Read => {
  let unit: 'line' | 'row' = 'line';
  try {
    const text = textOf(bytes);
    if (/^\s*[[{]/.test(text)) unit = 'row';
    const { kind, rows, problems } = unit === 'row' ? rowsInJson(text, how) : rowsInTable(tableOf(text), how);
    const all = [...problems, ...claimedTwice(kind, rows, unit)];
    if (all.length > 0) return { unit, problems: all.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
    const importId = importIdOf(
      kind,
      rows.map(({ row }) => row),
    );
    return { file: { kind, importId, rows } };
  } catch (error) {
    if (error instanceof UnreadableFile) return { unit, problems: [error.problem] };
    throw error;
  }
};

type Found = { kind: ImportKind; rows: NumberedRow[]; problems: FileProblem[] };

// ---- JSON ----

/** `[{…}, …]`, or `{"kind": "orders", "rows": [{…}, …]}`: rows as the HTTP API takes them. */
const rowsInJson = (text: string, how: HowToRead): Found => {
  const given = parseJson(text);
  const isList = Array.isArray(given);
  const rows: unknown = isList ? given : (given as { rows?: unknown }).rows;
  const told: unknown = isList ? how.kind : (how.kind ?? (given as { kind?: unknown }).kind);
  if (!Array.isArray(rows))
    throw new UnreadableFile('The file is neither a list of rows nor {"kind": …, "rows": […]}.');
  const kind = kindOf(told, new Set(rows.flatMap((row) => Object.keys(Object(row)).map(snake))));
  const found: Found = { kind, rows: [], problems: [] };
  rows.forEach((candidate: unknown, index) => {
    const line = index + 1;
    const parsed = v.safeParse(rowSchemas[kind], withHashedTokens(candidate));
    if (parsed.success) found.rows.push({ line, row: parsed.output });
    else {
      for (const issue of parsed.issues) {
        found.problems.push({ line, column: v.getDotPath(issue), rule: ruleOf(issue) });
      }
    }
  });
  if (rows.length === 0) throw new UnreadableFile('The file has no rows.');
  return found;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableFile('The file begins like JSON, and is none.');
  }
};

/** A token that was mailed goes no further than this. */
const withHashedTokens = (candidate: unknown): unknown => {
  if (typeof candidate !== 'object' || candidate === null || !('legacyTokens' in candidate)) return candidate;
  const { legacyTokens, ...row } = candidate as { legacyTokens: unknown; legacyTokenHashes?: unknown };
  if (!Array.isArray(legacyTokens) || legacyTokens.some((token) => typeof token !== 'string'))
    return candidate;
  const tokens = legacyTokens as string[];
  const known = Array.isArray(row.legacyTokenHashes) ? row.legacyTokenHashes : [];
  return { ...row, legacyTokenHashes: [...known, ...tokens.map(legacyTokenHash)] };
};

// ---- tables ----

/** Two ways of writing a column are one: `Order ID`, `order_id`, `orderId`. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const kindOf = (told: unknown, columns: ReadonlySet<string>): ImportKind => {
  if (told !== undefined) {
    const kind = importKinds.find((one) => one === told);
    if (kind === undefined)
      throw new UnreadableFile(
        `There is no kind ${quote(typeof told === 'string' ? told : JSON.stringify(told))}: it is one of ${importKinds.join(', ')}.`,
      );
    return kind;
  }
  const known = new Set([...columns].map(plain));
  const fits = importKinds.filter((kind) =>
    kinds[kind].columns.filter(({ required }) => required).every(({ name }) => known.has(plain(name))),
  );
  // Whoever has the columns of a player has those of a contract too.
  const [best] = fits.toSorted((a, b) => requiredOf(b) - requiredOf(a));
  if (best !== undefined) return best;
  throw new UnreadableFile(
    `From its columns it can't be told what the file is about. Say it with --kind: ${importKinds.join(', ')}. "import template <kind>" shows the columns of each.`,
    1,
  );
};

const requiredOf = (kind: ImportKind): number =>
  kinds[kind].columns.filter(({ required }) => required).length;

const rowsInTable = ({ header, rows: lines }: Table, how: HowToRead): Found => {
  const kind = kindOf(how.kind, new Set(header.cells));
  const problems: FileProblem[] = [];
  const columns = columnsIn(header, kind, how.ignore, problems);
  // Without its columns nothing can be said of the lines.
  if (problems.length > 0) return { kind, rows: [], problems };
  const styles = stylesOf(lines, columns, how);
  const read = lines.flatMap((line) => {
    const beyond = line.cells.slice(header.cells.length).some((cell) => cell.trim() !== '');
    if (!beyond) return [{ line, cells: cellsOf(line, columns, { ...how, ...styles }, problems) }];
    problems.push({
      line: line.line,
      column: null,
      rule: `has ${line.cells.length} cells, and the header has ${header.cells.length}. A cell with a delimiter in it must stand in quotes`,
    });
    return [];
  });
  const found: Found = { kind, rows: [], problems };
  for (const group of groupsOf(read, kinds[kind].groupedBy)) {
    const candidate = kinds[kind].read(group.map(({ cells }) => cells));
    const line = group[0]?.line.line ?? 0;
    const parsed = v.safeParse(rowSchemas[kind], candidate);
    if (parsed.success) found.rows.push({ line, row: parsed.output });
    for (const issue of parsed.issues ?? []) {
      const at = placeOf(issue, group, kinds[kind].repeated);
      // What the cell itself did not mean was told when it was read.
      const known = problems.some((one) => one.line === at.line && one.column === at.column);
      if (known || issue.received === 'undefined') continue;
      const cell = group.find((one) => one.line.line === at.line)?.cells.text(at.column ?? '') ?? '';
      problems.push({
        ...at,
        rule:
          cell === ''
            ? ruleOf(issue).replace(/^(is not|may hold) .*/, 'is empty')
            : `${quote(cell)} ${ruleOf(issue)}`,
      });
    }
  }
  return found;
};

const MOST_COLUMNS = 1_000;
const LONGEST_NAME = 100;

/** Where each column is, by its name. @throws {UnreadableFile} */
const columnsIn = (
  { line, cells }: Line,
  kind: ImportKind,
  ignore: readonly string[],
  problems: FileProblem[],
): ReadonlyMap<string, number> => {
  if (cells.length > MOST_COLUMNS)
    throw new UnreadableFile(`The first line has ${cells.length} cells: it is no header.`, line);
  const { columns, repeated } = kinds[kind];
  const names = columns.map(({ name }) => name);
  const byPlain = new Map(names.map((name) => [plain(name), name]));
  const ignored = new Set(ignore.map(plain));
  const found = new Map<string, number>();
  const numbered: { column: string; name: string; number: number }[] = [];
  cells.forEach((cell, index) => {
    // A longer one is none of ours, and would take its time.
    const [, base = '', number] = /^(.*?)(?:[_ ]?(\d+))?$/.exec(cell.trim().slice(0, LONGEST_NAME)) ?? [];
    const name = byPlain.get(plain(cell)) ?? byPlain.get(plain(base));
    const again = name !== undefined && byPlain.get(plain(cell)) === undefined && number !== undefined;
    if (cell.trim() === '' || ignored.has(plain(cell))) return;
    if (name === undefined || (again && !repeated.some((group) => group.includes(name)))) {
      problems.push({ line, column: cell.trim(), rule: unknownColumn(cell.trim(), names) });
      return;
    }
    const own = again ? name + suffixOf(Number(number) - 1) : name;
    if (found.has(own)) problems.push({ line, column: cell.trim(), rule: 'is there twice' });
    found.set(own, index);
    if (again) numbered.push({ column: cell.trim(), name, number: Number(number) });
  });
  // Groups are read one after the other, up to the first that is not there: what comes behind a gap would be lost.
  for (const { column, name, number } of numbered) {
    const group = repeated.find((names) => names.includes(name)) ?? [];
    const first = group[0] ?? name;
    if (number === 0) {
      const rule = `has no such number. The first is "${first}", the second "${first + suffixOf(1)}"`;
      problems.push({ line, column, rule });
      continue;
    }
    // Of a number beyond all cells a gap is among the first so many.
    const before = Array.from({ length: Math.min(number - 1, cells.length) }, (_, index) => suffixOf(index));
    const gap = before.find((suffix) => !group.some((one) => found.has(one + suffix)));
    if (gap !== undefined) problems.push({ line, column, rule: `comes without "${first + gap}"` });
  }
  for (const { name, required } of columns) {
    if (required && !found.has(name)) problems.push({ line, column: name, rule: 'is missing' });
  }
  return found;
};

const unknownColumn = (given: string, names: readonly string[]): string => {
  const name = given.slice(0, LONGEST_NAME);
  const [nearest] = names.toSorted(
    (a, b) => distance(plain(name), plain(a)) - distance(plain(name), plain(b)),
  );
  const near =
    nearest !== undefined && distance(plain(name), plain(nearest)) <= 3 ? ` Is it "${nearest}"?` : '';
  return `is not known.${near} If it means nothing here, give --ignore ${quote(name)}`;
};

// ---- what the file as a whole says of its amounts and days ----

type Style<T> = { is: T; since: string; decided: boolean };
type Styles = { amounts: Style<DecimalMark>; days: Style<DayOrder> };

const amountColumns = /^(amount|price|paid_amount|refunded_amount)(_\d+)?$/;
const dayColumns = /^(pay_by|closes_at|minted_at|paid_at|refunded_at)(_\d+)?$/;

const stylesOf = (lines: readonly Line[], columns: ReadonlyMap<string, number>, how: HowToRead): Styles => {
  const style = <T extends string>(
    wanted: RegExp,
    shownIn: (cell: string) => T | null,
    given: T | undefined,
    otherwise: T,
  ): Style<T> => {
    if (given !== undefined) return { is: given, since: 'the command', decided: true };
    const seen = new Map<T, { times: number; first: string }>();
    for (const [name, index] of columns) {
      if (!wanted.test(name)) continue;
      for (const { line, cells } of lines) {
        const cell = cells[index] ?? '';
        const shown = shownIn(cell);
        if (shown === null) continue;
        const before = seen.get(shown);
        seen.set(shown, {
          times: (before?.times ?? 0) + 1,
          first: before?.first ?? `line ${line} (${quote(cell.trim())})`,
        });
      }
    }
    const [most] = [...seen].sort(([, a], [, b]) => b.times - a.times);
    return most === undefined
      ? { is: otherwise, since: '', decided: false }
      : { is: most[0], since: most[1].first, decided: true };
  };
  return {
    amounts: style(amountColumns, decimalMarkIn, how.decimal, 'point'),
    days: style(dayColumns, dayOrderIn, how.dates, 'mdy'),
  };
};

const markWords: Record<DecimalMark, string> = { point: 'a decimal point', comma: 'a decimal comma' };
const orderWords: Record<DayOrder, string> = { mdy: 'the month first', dmy: 'the day first' };

const amountIn = (
  cell: string,
  currency: Currency,
  { is, since, decided }: Style<DecimalMark>,
): Reading<Money> => {
  if (!decided && isAmbiguousAmount(cell, currency)) {
    return {
      rule: `${quote(cell)} can be two amounts, and no other line decides it. Give --decimal point or --decimal comma`,
    };
  }
  const shown = decimalMarkIn(cell);
  if (shown !== null && shown !== is && 'value' in readAmount(cell, currency, shown)) {
    return { rule: `${quote(cell)} has ${markWords[shown]}, and ${since} has ${markWords[is]}` };
  }
  return readAmount(cell, currency, is);
};

const dayStyle = (cell: string, { is, since, decided }: Style<DayOrder>): { rule: string } | null => {
  if (!decided && isAmbiguousDay(cell)) {
    return {
      rule: `${quote(cell)} can be two days, and no other line decides it. Give --dates mdy (month first) or --dates dmy`,
    };
  }
  const shown = dayOrderIn(cell);
  return shown === null || shown === is
    ? null
    : { rule: `${quote(cell)} has ${orderWords[shown]}, and ${since} has ${orderWords[is]}` };
};

// ---- one line ----

const cellsOf = (
  { line, cells }: Line,
  columns: ReadonlyMap<string, number>,
  { amounts, days, currency: common, timeZone }: HowToRead & Styles,
  problems: FileProblem[],
): Cells => {
  const text = (column: string): string =>
    withoutDefusal((cells[columns.get(column) ?? -1] ?? '').trimEnd().replace(/^[ \u00a0]+/, ''));
  const orNull = (column: string): string | null => (text(column) === '' ? null : text(column));
  const read = <T>(column: string, reading: Reading<T>): T | undefined => {
    if ('value' in reading) return reading.value;
    problems.push({ line, column, rule: reading.rule });
    return undefined;
  };
  const filled = (group: readonly string[]): string[] => {
    const suffixes = [];
    for (let index = 0; group.some((name) => columns.has(name + suffixOf(index))); index++) {
      const suffix = suffixOf(index);
      if (group.some((name) => text(name + suffix) !== '')) suffixes.push(suffix);
    }
    return suffixes;
  };
  return {
    text,
    orNull,
    currency: (column) => {
      const given = text(column).toLowerCase();
      if (given === '') return common;
      const parsed = v.safeParse(Currency, given);
      return read(
        column,
        parsed.success
          ? { value: parsed.output }
          : { rule: `${quote(text(column))} is not one of ${Currency.options.join(', ')}` },
      );
    },
    amount: (column, currency) => {
      if (text(column) === '') return read(column, { rule: 'is empty' });
      return currency && read(column, amountIn(text(column), currency, amounts));
    },
    day: (column) =>
      text(column) === ''
        ? null
        : read(column, dayStyle(text(column), days) ?? readDay(text(column), days.is)),
    moment: (column, { until = false } = { until: false }) =>
      text(column) === ''
        ? null
        : read(
            column,
            dayStyle(text(column), days) ?? readMoment(text(column), { order: days.is, timeZone, until }),
          ),
    flag: (column) => read(column, readFlag(text(column))),
    filled,
    several: (group, readOne) => filled(group).map(readOne),
  };
};

type ReadLine = { line: Line; cells: Cells };

const groupsOf = (lines: readonly ReadLine[], by: string | null): ReadLine[][] => {
  if (by === null) return lines.map((line) => [line]);
  const groups = new Map<string, ReadLine[]>();
  lines.forEach((line, index) => {
    const id = line.cells.text(by);
    const key = id === '' ? `line ${index}` : id;
    groups.set(key, [...(groups.get(key) ?? []), line]);
  });
  return [...groups.values()];
};

/** The column that a rule is about, and the line of it. */
const placeOf = (
  issue: v.BaseIssue<unknown>,
  lines: readonly ReadLine[],
  repeated: readonly (readonly string[])[],
): { line: number; column: string | null } => {
  const path = (issue.path ?? []).map(({ key }) => key);
  const field = path.find((key): key is string => typeof key === 'string' && !isList.has(key));
  const index = path.find((key) => typeof key === 'number') ?? 0;
  const list = path[0];
  const column = field === undefined ? (list === undefined ? null : snake(String(list))) : snake(field);
  const ofParent = list === 'parents';
  const filled = lines[0]?.cells.filled(repeated.find((names) => names.includes(column ?? '')) ?? []) ?? [];
  return {
    line: ((ofParent ? lines[index] : undefined) ?? lines[0])?.line.line ?? 0,
    column:
      ofParent && field === 'name'
        ? 'parent_name'
        : column === null || ofParent || !numberedLists.has(String(list))
          ? column
          : column + (filled[index] ?? ''),
  };
};
const numberedLists = new Set(['surfaces', 'payments', 'refunds']);
const isList = new Set([...numberedLists, 'parents']);

/** What a rule without words of its own asks for. */
const ruleOf = ({ type, received, expected, message, kind }: v.BaseIssue<unknown>): string => {
  if (type === 'picklist' && /^Invalid /.test(message)) {
    return `is not one of ${(expected ?? '').replace(/[()"]/g, '').replaceAll(' | ', ', ')}`;
  }
  if (received === 'undefined') return 'is missing';
  if (expected === 'never') return 'is not known here';
  return kind === 'schema' && /^Invalid /.test(message) ? `must be ${expected ?? 'another'}` : message;
};

/** Two rows that claim one thing: both lines are named. */
const claimedTwice = (kind: ImportKind, rows: readonly NumberedRow[], unit: string): FileProblem[] => {
  const first = new Map<string, number>();
  return rows.flatMap(({ line, row }) =>
    claimsOf(kind, row).flatMap(({ claim, field }): FileProblem[] => {
      const before = first.get(claim);
      if (before === undefined) {
        first.set(claim, line);
        return [];
      }
      return [{ line, column: snake(field), rule: `${claim} is in ${unit} ${before} already` }];
    }),
  );
};
