import { SingleBar } from 'cli-progress';
import type { StageOptions } from './options.ts';

/** How far a long work has come. `total` is null while nobody knows. */
export type Progress = { done: number; total: number | null };

const LINE_EVERY_MS = 10_000;

/**
 * Does a long work in slices that a function has time for: each is asked for when the one before has ended, so that
 * whoever stops between two of them can go on later. How far it has come is shown on stderr: a bar on a terminal, a
 * line now and then elsewhere, nothing with `--json`.
 * @param slice begins with `undefined`, and gets what it came to the last time
 */
export const inSlices = async <S extends { done: boolean }>(
  what: string,
  slice: (before: S | undefined) => Promise<S>,
  progressOf: (after: S) => Progress,
  { json = false }: Pick<StageOptions, 'json'>,
): Promise<S> => {
  const bar = new SingleBar({
    format: `${what}  {bar}  {value}/{total}`,
    hideCursor: true,
    clearOnComplete: true,
    noTTYOutput: true,
    notTTYSchedule: LINE_EVERY_MS,
    stream: process.stderr,
  });
  let shown = false;
  try {
    for (let after: S | undefined; ; ) {
      after = await slice(after);
      if (after.done) return after;
      const { done, total } = progressOf(after);
      if (json) continue;
      // Shown only for work that is not done at once.
      if (!shown) bar.start(total ?? 0, done);
      else bar.setTotal(total ?? done);
      shown = true;
      bar.update(done);
    }
  } finally {
    if (shown) bar.stop();
  }
};
