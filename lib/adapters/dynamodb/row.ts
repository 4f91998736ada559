import type * as z from 'zod/mini';
import { CorruptRow } from '../../domain/errors.ts';

export type Row = Record<string, unknown>;
export type Key = Record<string, string>;

/** What is stored under a key, as this version reads it; attributes that it does not know are left out. */
export const parseRow = <S extends z.ZodMiniType>(schema: S, row: unknown, key: string): z.output<S> => {
  const parsed = schema.safeParse(row);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join('.') || '(the row)');
  throw new CorruptRow(
    `Row ${key} can't be read: ${where.join(', ')}. Restore it from a backup, or put right the version that wrote it.`,
    { key },
  );
};
