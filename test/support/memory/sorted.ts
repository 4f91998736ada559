import type { Page } from '../../../lib/ports.ts';

/** Keys in sequence, as an index of DynamoDB keeps them. */
export type Sorted = {
  add(key: string): void;
  delete(key: string): void;
  /** As a Query with a limit: a full page says that there may be more, also when there is not. */
  page(q: { from?: string; below?: string; after?: string | undefined; limit: number }): Page<string>;
  /** The same from the highest key down. */
  pageBackwards(q: { after?: string | undefined; limit: number }): Page<string>;
};

export const sorted = (): Sorted => {
  const keys: string[] = [];

  /** Where `key` is, or would be. Most keys are added at the end, so that is looked at first. */
  const place = (key: string): number => {
    let low = 0;
    let high = keys.length;
    if (high > 0 && (keys[high - 1] ?? '') < key) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    add: (key) => {
      const at = place(key);
      if (keys[at] !== key) keys.splice(at, 0, key);
    },
    delete: (key) => {
      const at = place(key);
      if (keys[at] === key) keys.splice(at, 1);
    },
    page: ({ from = '', below, after, limit }) => {
      // The smallest key above `after` is that key with the lowest character behind it.
      const first = place(after === undefined || after < from ? from : `${after}\0`);
      const end = below === undefined ? keys.length : place(below);
      return pageOf(keys.slice(first, Math.min(first + limit, Math.max(first, end))), limit);
    },
    pageBackwards: ({ after, limit }) => {
      const end = after === undefined ? keys.length : place(after);
      return pageOf(keys.slice(Math.max(0, end - limit), end).reverse(), limit);
    },
  };
};

const pageOf = (items: string[], limit: number): Page<string> => {
  const next = items.length === limit ? items.at(-1) : undefined;
  return next === undefined ? { items } : { items, next };
};

/** One sorted index per partition, made when it is first named. */
export const partitions = (): ((partition: string) => Sorted) => {
  const all = new Map<string, Sorted>();
  return (partition) => {
    const known = all.get(partition) ?? sorted();
    all.set(partition, known);
    return known;
  };
};

/** A page of something else, under the same cursor. */
export const mapPage = <A, B>({ items, ...rest }: Page<A>, to: (item: A) => B): Page<B> => ({
  items: items.map(to),
  ...rest,
});
