/** What a row may hold: it came from JSON, or could go there. */
type Plain =
  | null
  | undefined
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/**
 * A copy of a row that shares nothing with it: in memory, too, what is read must not change what is stored. For plain
 * data this takes a tenth of the time of `structuredClone`, and tests copy rows by the million.
 */
export const copy = <T>(row: T): T => copied(row as Plain) as T;

const copied = (value: Plain): Plain => {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(copied);
  const result: Record<string, Plain> = {};
  for (const [key, held] of Object.entries(value)) result[key] = copied(held);
  return result;
};
