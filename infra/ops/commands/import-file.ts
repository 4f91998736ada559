import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import * as v from 'valibot';
import { rowOutcomes } from '../../../lib/domain/import-head.ts';
import { type ImportKind, importKinds, type OrderRow } from '../../../lib/domain/import-row.ts';
import { Currency, formatMoney, Money } from '../../../lib/domain/money.ts';
import { type ActorOptions, actorFrom, commandFor } from '../blast.ts';
import { aligned } from '../columns.ts';
import { confirm } from '../confirm.ts';
import type { Environment } from '../environment.ts';
import type { DayOrder, DecimalMark } from '../import/cells.ts';
import { wordsOf } from '../import/file-problem.ts';
import { kinds } from '../import/kinds.ts';
import { type ImportFile, readImportFile } from '../import/read.ts';
import { templateOf } from '../import/write.ts';
import type { ApplyOptions, StageOptions } from '../options.ts';
import { quoted } from '../plan.ts';
import { OpsProblem, StalePlanProblem, UnreachableProblem, UsageProblem } from '../problem.ts';
import { inSlices } from '../progress.ts';
import type { Report } from '../report.ts';

export type ImportOptions = StageOptions &
  ActorOptions &
  ApplyOptions & {
    kind?: string;
    currency: string;
    decimal?: DecimalMark;
    dates?: DayOrder;
    ignore?: string[];
  };

/** Rows that are sent at a time. */
const CHUNK = 200;

const Sample = v.object({
  key: v.string(),
  line: v.number(),
  outcome: v.picklist(rowOutcomes),
  detail: v.string(),
});
const Counts = v.object({ new: v.number(), changes: v.number(), same: v.number(), conflict: v.number() });
const Look = v.object({
  hash: v.nullable(v.string()),
  counts: Counts,
  sums: v.array(Money),
  samples: v.array(Sample),
  conflicts: v.array(Sample),
  returning: v.array(Sample),
  halfDone: v.boolean(),
  committedAt: v.nullable(v.string()),
});
type Look = v.InferOutput<typeof Look>;
const Shown = v.object({ hash: v.string(), counts: Counts, sums: v.array(Money), done: v.boolean() });
const Failure = v.object({
  key: v.string(),
  line: v.number(),
  outcome: v.picklist(['failed', 'moved']),
  detail: v.string(),
});
const Slice = v.variant('done', [
  v.object({ done: v.literal(false), total: v.number(), from: v.looseObject({ written: v.number() }) }),
  v.object({
    done: v.literal(true),
    total: v.number(),
    written: v.number(),
    failures: v.array(Failure),
    committed: v.boolean(),
  }),
]);

/** What the columns of a file are, and two lines to be replaced. */
export const showTemplate = (kind: string, report: Report): void => {
  const known = kindFrom(kind);
  const { columns } = kinds[known];
  report.data({ kind: known, columns, template: templateOf(known) });
  report.plain(templateOf(known));
  report.plain(
    aligned(columns.map(({ name, what, required = false }) => [name, required ? 'needed' : '', what])),
  );
};

/**
 * Looks at a file by itself: where a line is wrong, all that are wrong are told, and nothing is sent to anybody.
 * @returns whether to go on
 */
export const checkFile = (file: string, options: ImportOptions, report: Report): boolean => {
  // Which instants a day means is asked again on the club's clocks; whether it is one is the same everywhere.
  const read = readImportFile(bytesOf(file), howToRead(options, 'UTC'));
  if ('file' in read) return true;
  const { problems, unit } = read;
  report.data({ problems });
  for (const problem of problems.slice(0, MOST_TOLD)) report.missing(wordsOf(problem, unit));
  const more = problems.length - MOST_TOLD;
  if (more > 0) report.missing(`And ${more} more.`, 'All of them are told with --json.');
  report.plain('Nothing was sent. Put these right in the file, and give the same command again.');
  return false;
};
const MOST_TOLD = 200;

/** Shows what a file would do, or does exactly what was shown. */
export const importFile = async (
  environment: Environment,
  report: Report,
  options: ImportOptions,
  file: string,
): Promise<void> => {
  const read = readImportFile(bytesOf(file), howToRead(options, environment.outputs.ClubTimeZone));
  if (!('file' in read))
    throw new OpsProblem('The file was changed at this moment.', 'Give the same command again.');
  const invoke = (input: object): Promise<unknown> =>
    environment.invoke(environment.outputs.ImportOrdersFunctionName, input);
  report.data({ importId: read.file.importId, kind: read.file.kind, rows: read.file.rows.length });
  await (options.apply === undefined ? look : apply)(read.file, { invoke, file, options, report });
};

type Work = {
  invoke(input: object): Promise<unknown>;
  file: string;
  options: ImportOptions;
  report: Report;
};

const look = async (read: ImportFile, { invoke, file, options, report }: Work): Promise<void> => {
  const { kind, importId, rows } = read;
  const total = rows.length;
  await inSlices<{ done: boolean; sent: number }>(
    'Looking at each line',
    async (before = { done: false, sent: 0 }) => {
      const chunk = rows.slice(before.sent, before.sent + CHUNK);
      await invoke({ action: 'stage', importId, kind, total, rows: chunk });
      const sent = before.sent + chunk.length;
      return { done: sent >= total, sent };
    },
    ({ sent }) => ({ done: sent, total }),
    options,
  );
  const found = v.parse(Look, await invoke({ action: 'plan', importId }));
  report.data({ look: found, hash: found.hash });
  show(read, found, { file, report });
  if (found.counts.conflict > 0) {
    report.plain('Nothing was written. What is in the way is for a person to decide; then look again.');
    return;
  }
  if (found.hash === null) {
    report.ok('All of it stands already: there is nothing to do.');
    return;
  }
  if (found.halfDone) report.advice('Somebody has begun to write this file, and not finished: do it now.');
  report.plain(
    `To do exactly this, within a day:\n  ${commandFor(`${wordsFor(file, options)} --apply ${found.hash}`, options)}`,
  );
};

const show = (
  { kind, rows }: ImportFile,
  found: Look,
  { file, report }: Pick<Work, 'file' | 'report'>,
): void => {
  report.ok(`${basename(file)}: ${counted(kind, rows.length)}, and every line of it can be read.`);
  const words = {
    new: 'new',
    changes: 'changed',
    same: 'the same as here',
    conflict: 'in the way of something',
  };
  report.plain(
    aligned(
      rowOutcomes
        .filter((outcome) => found.counts[outcome] > 0)
        .map((outcome) => [
          String(found.counts[outcome]),
          words[outcome],
          outcome === 'new' ? found.sums.map((sum) => formatMoney(sum)).join(', ') : '',
        ]),
      { right: [0] },
    ),
  );
  if (found.samples.length > 0) {
    report.plain(
      aligned(
        found.samples.map(({ line, key, outcome, detail }) => [
          `line ${line}`,
          key,
          [words[outcome], detail].filter((part) => part !== '').join(': '),
        ]),
      ),
    );
  }
  for (const { line, key, detail } of found.conflicts) report.missing(`line ${line}, ${key}: ${detail}`);
  const more = found.counts.conflict - found.conflicts.length;
  if (more > 0) report.missing(`And ${more} more.`);
  for (const { line, key } of found.returning) {
    report.advice(
      `line ${line}, ${key}: was forgotten, as the family wished. This would bring the names and addresses back. If it should not, take it out of the file.`,
    );
  }
  const strange =
    kind !== 'orders'
      ? []
      : rows
          .flatMap(({ row }) => (row as OrderRow).surfaces)
          .filter(({ stripeId }) => !/^(plink|cs)_/.test(stripeId));
  if (strange.length > 0) {
    const ids = strange.slice(0, 3).map(({ stripeId }) => stripeId);
    report.advice(
      `${strange.length} ids are of neither a link nor a session (${ids.join(', ')}): they are kept, and recovery leaves them alone.`,
    );
  }
};

const apply = async (
  { kind, importId, rows }: ImportFile,
  { invoke, file, options, report }: Work,
): Promise<void> => {
  const hash = options.apply ?? '';
  const shown = v.parse(Shown, await invoke({ action: 'show', importId }));
  if (shown.hash !== hash) {
    throw new StalePlanProblem(
      'This is not what the file would do now; nothing was written.',
      `Look again: ${lookAgain(file, options)}`,
    );
  }
  if (shown.done) {
    report.ok(`${counted(kind, rows.length)} were imported before: nothing was left to do.`);
    return;
  }
  const { counts } = shown;
  const what = `Import ${counted(kind, rows.length)}: ${counts.new} new, ${counts.changes} changed, ${counts.same} the same`;
  await confirm(what, shown.sums, options);
  const actor = actorFrom(options);
  let end: v.InferOutput<typeof Slice>;
  try {
    end = await inSlices<v.InferOutput<typeof Slice>>(
      'Writing',
      async (before) => {
        const from = before?.done === false ? { from: before.from } : {};
        return v.parse(Slice, await invoke({ action: 'apply', importId, hash, actor, ...from }));
      },
      (slice) => ({ done: slice.done ? slice.written : slice.from.written, total: slice.total }),
      options,
    );
  } catch (error) {
    if (!(error instanceof UnreachableProblem)) throw error;
    report.unfinished(
      `${error.message} What is written is written, and counts for nobody yet.`,
      'Give the same command again: it does the rest.',
    );
    return;
  }
  if (!end.done) return;
  report.data({ committed: end.committed, written: end.written, failures: end.failures });
  if (end.committed) {
    report.done(
      `${counted(kind, end.total)} are imported.${kind === 'orders' ? ' From now on mailings count them.' : ''}`,
    );
    return;
  }
  const [moved, failed] = (['moved', 'failed'] as const).map((sought) =>
    end.failures.filter(({ outcome }) => outcome === sought),
  );
  for (const { line, key, detail } of failed ?? []) report.missing(`line ${line}, ${key}: ${detail}`);
  for (const { line, key, detail } of moved ?? []) report.unfinished(`line ${line}, ${key}: ${detail}`);
  const written = `${counted(kind, end.written)} of ${end.total} are written${kind === 'orders' ? ', and none of them counts yet' : ''}.`;
  const again = `Look again, and apply what that shows: ${lookAgain(file, options)}`;
  if (moved?.length !== 0) report.unfinished(`${written} What has changed was left as it is.`, again);
  else report.missing(written, 'Put right what is in the way, and give the same command again.');
};

const singular: Record<ImportKind, string> = {
  products: 'product',
  families: 'family',
  players: 'player',
  contracts: 'contract',
  orders: 'order',
};
const counted = (kind: ImportKind, count: number): string =>
  `${count} ${count === 1 ? singular[kind] : kind}`;

/** The command with which this file is looked at. */
export const wordsFor = (file: string, options: ImportOptions): string =>
  `import ${[file, ...askedFor(options)].map(quoted).join(' ')}`;
const lookAgain = (file: string, options: ImportOptions): string =>
  commandFor(wordsFor(file, options), options);

/** The options of this file that the next command needs as well. */
const askedFor = ({ kind, currency, decimal, dates, ignore = [] }: ImportOptions): string[] => [
  ...(kind === undefined ? [] : ['--kind', kind]),
  ...(currency === 'usd' ? [] : ['--currency', currency]),
  ...(decimal === undefined ? [] : ['--decimal', decimal]),
  ...(dates === undefined ? [] : ['--dates', dates]),
  ...(ignore.length === 0 ? [] : ['--ignore', ignore.join(',')]),
];

const howToRead = ({ kind, currency, decimal, dates, ignore = [] }: ImportOptions, timeZone: string) => {
  const known = v.safeParse(Currency, currency.toLowerCase());
  if (!known.success) {
    throw new UsageProblem(
      `"${currency}" is not a currency that the service takes.`,
      `One of: ${Currency.options.join(', ')}`,
    );
  }
  return {
    ...(kind !== undefined && { kind: kindFrom(kind) }),
    ...(decimal !== undefined && { decimal }),
    ...(dates !== undefined && { dates }),
    ...{ currency: known.output, ignore, timeZone },
  };
};

export const kindFrom = (given: string): ImportKind => {
  const kind = importKinds.find((one) => one === given.toLowerCase());
  if (kind !== undefined) return kind;
  throw new UsageProblem(`There is no kind "${given}".`, `One of: ${importKinds.join(', ')}`);
};

/** npm starts a script in the project's folder, whatever folder somebody is in. */
export const pathOf = (file: string): string => resolve(process.env.INIT_CWD ?? process.cwd(), file);

const bytesOf = (file: string): Uint8Array => {
  try {
    return readFileSync(pathOf(file));
  } catch (error) {
    const { code } = error as { code?: unknown };
    throw new UsageProblem(
      `The file ${file} can't be read (${String(code)}).`,
      'Give the path of a CSV or JSON file; "import template orders" shows what is in one.',
    );
  }
};
