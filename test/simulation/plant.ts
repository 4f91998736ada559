import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMPILE_CACHE } from '../../infra/compile-cache.ts';
import type { Bug } from './bugs.ts';

/** A piece of a file, and what stands there instead of it. Offsets in characters. */
export type Edit = { file: string; from: number; to: number; says: string };

/** What became of a mistake. */
export type Fate = {
  /** Histories that were lived through, with the one that broke a promise. */
  lived: number;
  broken: { seed: number; promise: string; detail: string } | null;
};

/**
 * `stuck`: it did not come to an end. `dies`: the code does not even load, or the process breaks. `not_played`: its file was
 * never loaded.
 */
export type Ending = Fate & { how: 'found' | 'survived' | 'stuck' | 'dies' | 'not_played' };

const ROOT = join(import.meta.dirname, '../..');
export const sourceOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** @throws {Error} the piece of code is not there any more, or stands there several times */
export const editOf = ({ name, file, instead, says }: Bug): Edit => {
  const source = sourceOf(file);
  const from = source.indexOf(instead);
  if (from === -1 || source.indexOf(instead, from + 1) !== -1) {
    throw new Error(`"${name}" can't be planted: its piece of code does not stand in ${file} exactly once.`);
  }
  return { file, from, to: from + instead.length, says };
};

export const plant = (
  edit: Edit,
  { seed, histories, limitMs }: { seed: number; histories: number; limitMs: number },
): Promise<Ending> =>
  new Promise((resolve) => {
    const given = JSON.stringify({ edit, seed, histories });
    const child = spawn(process.execPath, [join(import.meta.dirname, 'planted.ts'), given], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
    });
    let said = '';
    let stuck = false;
    const timer = setTimeout(() => {
      stuck = true;
      child.kill('SIGKILL');
    }, limitMs);
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      if (code !== 0) return resolve({ lived: 0, broken: null, how: stuck ? 'stuck' : 'dies' });
      const last = said.trim().split('\n').at(-1) ?? '';
      const { planted, ...fate } = JSON.parse(last) as Fate & { planted: boolean };
      const survived = planted ? 'survived' : 'not_played';
      resolve({ ...fate, how: fate.broken === null ? survived : 'found' });
    });
  });

/** Several at a time. */
export const eachIn = async <T>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const left = [...items];
  const lane = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
};
