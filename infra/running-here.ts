import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

/** The name by which commands speak of the stack that `npm start` runs on this machine. No stage of AWS may have it. */
export const LOCAL_STAGE = 'local';

const RunningStack = v.object({
  /** As which it was synthesized. */
  stage: v.string(),
  gatewayUrl: v.string(),
  /** Milliseconds since the epoch. */
  startedAt: v.number(),
});
type RunningStack = v.InferOutput<typeof RunningStack>;

/** A file for each process that runs one, named after its id. */
const DIRECTORY = join(import.meta.dirname, '..', 'node_modules', '.cache', 'club-payments', 'running');

/** Lets commands find the stack that this process runs. Call what it returns when the stack ends. */
export const announce = (
  { stage, gatewayUrl }: Omit<RunningStack, 'startedAt'>,
  directory = DIRECTORY,
): (() => void) => {
  mkdirSync(directory, { recursive: true });
  const running: RunningStack = { stage, gatewayUrl, startedAt: Date.now() };
  const file = join(directory, `${process.pid}.json`);
  writeFileSync(file, JSON.stringify(running));
  return () => rmSync(file, { force: true });
};

/** The stack that was started last, of those that run; `undefined`: none does. What a process left that was killed is removed. */
export const runningHere = (directory = DIRECTORY): RunningStack | undefined => {
  let files: string[];
  try {
    files = readdirSync(directory);
  } catch {
    return undefined;
  }
  const running = files.flatMap((file) => {
    if (isAlive(Number.parseInt(file, 10))) return readRunning(join(directory, file));
    rmSync(join(directory, file), { force: true });
    return [];
  });
  return running.sort((a, b) => b.startedAt - a.startedAt)[0];
};

/** None, where the file is of another version, or just being written. */
const readRunning = (file: string): RunningStack[] => {
  try {
    return [v.parse(RunningStack, JSON.parse(readFileSync(file, 'utf8')))];
  } catch {
    return [];
  }
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Alive, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};
