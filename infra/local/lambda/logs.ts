import type { LogKeeper } from './log-keeper.ts';

export type LogLine = {
  functionName: string;
  /** Milliseconds since the epoch, in the stack's time. */
  at: number;
  line: string;
};

/** What the functions wrote, in the sequence it came. */
export type Logs = {
  lines(functionName?: string): readonly LogLine[];
  add(line: LogLine): void;
  clear(): void;
};

/** @param keep is told of each line as well, and what it has is not cleared */
export function createLogs(keep: LogKeeper = () => undefined): Logs {
  let all: LogLine[] = [];
  return {
    lines: (functionName) =>
      functionName === undefined ? [...all] : all.filter((line) => line.functionName === functionName),
    add: (line) => {
      all.push(line);
      keep(line.functionName, line.line);
    },
    clear: () => {
      all = [];
    },
  };
}
