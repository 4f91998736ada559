import { writeFileSync } from 'node:fs';
import { shardNumbers } from '../../../lib/domain/ids.ts';
import type { ImportKind, PlayerRow, ProductRow, RowOf } from '../../../lib/domain/import-row.ts';
import type { Page } from '../../../lib/ports.ts';
import type { ExportInput } from '../../../lib/usecases/export-records.ts';
import type { Environment } from '../environment.ts';
import type { DecimalMark } from '../import/cells.ts';
import { importFileOf } from '../import/write.ts';
import type { StageOptions } from '../options.ts';
import { UsageProblem } from '../problem.ts';
import { inSlices } from '../progress.ts';
import type { Report } from '../report.ts';
import { kindFrom, pathOf } from './import-file.ts';

export type ExportOptions = StageOptions & {
  product?: string;
  out: string;
  delimiter: string;
  decimal: DecimalMark;
};

/** What the club has here, as files that an import reads. */
export const exportRows = async (
  environment: Environment,
  report: Report,
  options: ExportOptions,
  given: string,
): Promise<void> => {
  const kind = kindFrom(given);
  if (options.product !== undefined && kind !== 'orders') {
    throw new UsageProblem('Only orders are those of a product.', 'Leave --product out, or export orders.');
  }
  const rows = await rowsOf(kind, environment, options);
  const { delimiter, decimal } = options;
  const text = options.out.endsWith('.json')
    ? `${JSON.stringify({ kind, rows }, null, 1)}\n`
    : importFileOf(kind, rows as RowOf<typeof kind>[], { delimiter, decimal });
  writeNew(options.out, text);
  report.data({ kind, rows: rows.length, file: options.out });
  report.done(`${rows.length} ${kind} are in ${options.out}.`);
};

const rowsOf = async (
  kind: ImportKind,
  environment: Environment,
  options: ExportOptions,
): Promise<RowOf<ImportKind>[]> => {
  if (kind === 'orders') return orderPages(environment, 'orders', options);
  if (kind === 'products') return pages<ProductRow>([{ of: 'products' }], environment, options);
  if (kind === 'families') return pages<RowOf<'families'>>([{ of: 'families' }], environment, options);
  const players = await pages<PlayerRow>([{ of: 'players' }], environment, options);
  return kind === 'players'
    ? players
    : players.map(({ playerId, contract, signUrl }) => ({
        playerId,
        contract: contract ?? 'unsigned',
        signUrl,
      }));
};

/** Through all orders of one product, or of every one, shard by shard. */
export const orderPages = async <T>(
  environment: Environment,
  of: 'orders' | 'payments',
  options: StageOptions & { product?: string },
): Promise<T[]> => {
  const products = await pages<ProductRow>([{ of: 'products' }], environment, { json: true });
  const ids = products.map(({ productId }) => productId);
  const { product } = options;
  if (product !== undefined && !ids.includes(product)) {
    throw new UsageProblem(`There is no product ${product}.`, `There are: ${ids.join(', ') || 'none yet'}`);
  }
  const walks = (product === undefined ? ids : [product]).flatMap((productId) =>
    shardNumbers.map((shard): ExportInput => ({ of, productId, shard })),
  );
  return pages<T>(walks, environment, options);
};

/** Several pages side by side: most of the time goes by on the way. */
const LANES = 4;

const pages = async <T>(
  walks: readonly ExportInput[],
  environment: Environment,
  options: Pick<StageOptions, 'json'>,
): Promise<T[]> => {
  const found = walks.map((): T[] => []);
  const queue = walks.map((input, index) => ({ input, index }));
  const take = async (): Promise<void> => {
    const next = queue.shift();
    if (next === undefined) return;
    const { ExportRecordsFunctionName } = environment.outputs;
    const page = (await environment.invoke(ExportRecordsFunctionName, next.input)) as Page<T>;
    found[next.index]?.push(...page.items);
    if (page.next !== undefined) {
      queue.unshift({ ...next, input: { ...next.input, after: page.next } as ExportInput });
    }
  };
  await inSlices<{ done: boolean }>(
    'Reading',
    async () => {
      await Promise.all(Array.from({ length: LANES }, take));
      return { done: queue.length === 0 };
    },
    () => ({ done: walks.length - queue.length, total: walks.length }),
    options,
  );
  return found.flat();
};

/** A file that is there already is somebody's. @throws {UsageProblem} */
export const writeNew = (file: string, text: string): void => {
  try {
    writeFileSync(pathOf(file), text, { flag: 'wx' });
  } catch (error) {
    const { code } = error as { code?: unknown };
    throw new UsageProblem(
      code === 'EEXIST'
        ? `The file ${file} is there already.`
        : `The file ${file} can't be written (${String(code)}).`,
      'Give another name with --out.',
    );
  }
};
