import type { Page } from '../../../../lib/ports.ts';

/** What Stripe lists on a page at most, and what our books ask for. */
export const PAGE = 100;

/** Objects of one kind, by id and in sequence of their making. */
export type Shelf<T extends { readonly id: string }> = {
  readonly all: readonly T[];
  add(record: T): T;
  get(id: string): T | undefined;
  /**
   * A page as Stripe lists: the newest first, behind the one named, with a cursor only where more of them match.
   * `undefined`: the one named does not exist.
   */
  page<R>(
    after: string | undefined,
    matches: (record: T) => boolean,
    read: (record: T) => R,
  ): Page<R> | undefined;
};

export const shelf = <T extends { readonly id: string }>(): Shelf<T> => {
  const all: T[] = [];
  const places = new Map<string, number>();
  return {
    all,
    add: (record) => {
      if (places.has(record.id)) throw new Error(`There is a ${record.id} already.`);
      places.set(record.id, all.length);
      all.push(record);
      return record;
    },
    get: (id) => {
      const place = places.get(id);
      return place === undefined ? undefined : all[place];
    },
    page: (after, matches, read) => {
      const from = after === undefined ? all.length : places.get(after);
      if (from === undefined) return undefined;
      const items: ReturnType<typeof read>[] = [];
      let last = '';
      for (let place = from - 1; place >= 0; place--) {
        const record = all[place];
        if (record === undefined || !matches(record)) continue;
        if (items.length === PAGE) return { items, next: last };
        items.push(read(record));
        last = record.id;
      }
      return { items };
    },
  };
};
