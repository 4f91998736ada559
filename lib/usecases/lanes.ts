/**
 * Works on items in their sequence, so many side by side, for as long as `goOn` says; at least on one. Resolves to how
 * many were taken, when all of those have ended; rejects then if one of them failed.
 */
export const inLanes = async <T>(
  { items, lanes, goOn = () => true }: { items: readonly T[]; lanes: number; goOn?: () => boolean },
  work: (item: T) => Promise<void>,
): Promise<number> => {
  let taken = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (taken < items.length && !failed && (taken === 0 || goOn())) {
      const item = items[taken++] as T;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(lanes, items.length) }, lane));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
  return taken;
};
