export type LogLine = {
  functionName: string /** Milliseconds since the epoch, in the stack's time. */;
  at: number;
  line: string;
};

/** What the functions wrote, in the sequence it came. */
export type Logs = {
  lines(functionName?: string): readonly LogLine[];
  add(line: LogLine): void;
  clear(): void;
};

export function createLogs(): Logs {
  let all: LogLine[] = [];
  return {
    lines: (functionName) =>
      functionName === undefined ? [...all] : all.filter((line) => line.functionName === functionName),
    add: (line) => {
      all.push(line);
    },
    clear: () => {
      all = [];
    },
  };
}
