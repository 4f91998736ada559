import { bugs } from './bugs.ts';
import { eachIn, editOf, plant } from './plant.ts';

/** Within so many histories each mistake has to be found. */
const HISTORIES = 20_000;
const LIMIT_MS = 60 * 60 * 1000;

export type SelfCheck = {
  planted: number;
  found: number;
  /** Histories until the one that took longest was found, or was not. */
  slowest: number;
};

/** Plants one mistake after the other, and tells of each how many histories it took to find it. */
export const selfCheck = async (seed: number, threads: number): Promise<SelfCheck> => {
  const result: SelfCheck = { planted: 0, found: 0, slowest: 0 };
  await eachIn(bugs, threads, async (bug) => {
    const { how, lived, broken } = await plant(editOf(bug), {
      seed,
      histories: HISTORIES,
      limitMs: LIMIT_MS,
    });
    result.planted += 1;
    if (how === 'found') result.found += 1;
    result.slowest = Math.max(result.slowest, lived);
    const after = how === 'found' ? `after ${lived}` : `NOT FOUND (${how} after ${lived})`;
    console.log(`${after.padStart(14)}  ${bug.name}${broken === null ? '' : `: ${broken.promise}`}`);
  });
  return result;
};
