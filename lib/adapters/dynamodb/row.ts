import * as v from 'valibot';
import { CorruptRow } from '../../domain/errors.ts';

export type Row = Record<string, unknown>;
export type Key = Record<string, string>;

/** What is stored under a key, as this version reads it; attributes that it does not know are left out. */
export const parseRow = <S extends v.GenericSchema>(
  schema: S,
  row: unknown,
  key: string,
): v.InferOutput<S> => {
  const parsed = v.safeParse(schema, row);
  if (parsed.success) return parsed.output;
  const where = parsed.issues.map((issue) => v.getDotPath(issue) ?? '(the row)');
  throw new CorruptRow(
    `Row ${key} can't be read: ${where.join(', ')}. Restore it from a backup, or put right the version that wrote it.`,
    { key },
  );
};
