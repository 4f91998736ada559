/** Objects of one kind in order of their creation. Values are never changed in place, so a reference is a snapshot. */
export type Collection<T extends { readonly id: string }> = {
  readonly size: number;
  get(id: string): T | undefined;
  add(object: T): T;
  /** @throws if the object does not exist: callers have looked it up first. */
  update(id: string, change: Partial<T>): T;
  remove(id: string): void;
  /** Oldest first. */
  all(): T[];
  /** Newest first, the way Stripe lists. Starts after the object named, or at the newest. */
  newestFirst(startingAfter?: string): Iterable<T>;
  /** From the object after the one named towards the newest. */
  newerThan(id: string): Iterable<T>;
};

export function createCollection<T extends { readonly id: string }>(): Collection<T> {
  const order: string[] = [];
  const places = new Map<string, number>();
  const objects = new Map<string, T>();

  function* walk(from: number, step: 1 | -1): Iterable<T> {
    for (let place = from; place >= 0 && place < order.length; place += step) {
      const object = objects.get(order[place] ?? '');
      if (object !== undefined) yield object;
    }
  }

  return {
    get size() {
      return objects.size;
    },
    get: (id) => objects.get(id),
    add(object) {
      places.set(object.id, order.length);
      order.push(object.id);
      objects.set(object.id, object);
      return object;
    },
    update(id, change) {
      const current = objects.get(id);
      if (current === undefined) throw new Error(`No object ${id} to update.`);
      const changed = { ...current, ...change };
      objects.set(id, changed);
      return changed;
    },
    // The place stays taken, so that a page cursor on a removed object still finds its way.
    remove: (id) => void objects.delete(id),
    all: () => [...walk(0, 1)],
    newestFirst: (startingAfter) =>
      walk(startingAfter === undefined ? order.length - 1 : (places.get(startingAfter) ?? 0) - 1, -1),
    newerThan: (id) => walk((places.get(id) ?? order.length) + 1, 1),
  };
}
