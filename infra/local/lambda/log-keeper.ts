import { randomUUID } from 'node:crypto';
import { mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Names the directory in which every process of a run keeps what functions log; where it is absent, nothing is kept. */
export const KEEP_LOGS_IN = 'KEEP_LOGS_IN';

/** Takes one line of a function. */
export type LogKeeper = (functionName: string, line: string) => void;

/**
 * Appends each line, with the name of its function before it, to a file of this process alone: many processes of one
 * run log at the same moment, and some of them are killed.
 */
export function logKeeper(directory: string | undefined): LogKeeper {
  if (directory === undefined) return () => undefined;
  let file: number | undefined;
  return (functionName, line) => {
    if (file === undefined) {
      mkdirSync(directory, { recursive: true });
      file = openSync(join(directory, `${process.pid}-${randomUUID()}.log`), 'a');
    }
    writeSync(file, `${functionName}\t${line}\n`);
  };
}
