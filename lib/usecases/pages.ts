import type { Page } from '../ports.ts';

type Read<T> = (after: { after?: string }) => Promise<Page<T>>;

/** One page after the other, each asked for only when the one before has been dealt with. */
export async function* pagesOf<T>(read: Read<T>): AsyncGenerator<readonly T[]> {
  let after: string | undefined;
  do {
    const page = await read(after === undefined ? {} : { after });
    yield page.items;
    after = page.next;
  } while (after !== undefined);
}

export async function* itemsOf<T>(read: Read<T>): AsyncGenerator<T> {
  for await (const items of pagesOf(read)) yield* items;
}
