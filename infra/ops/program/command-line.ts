import type { Command, CommandOptions } from 'commander';
import type { Environment } from '../environment.ts';
import type { StageOptions } from '../options.ts';
import type { Report } from '../report.ts';

/** A command finds what is, changes what is wanted, and tells both in the report. */
export type Run<O> = (
  environment: Environment,
  report: Report,
  options: O,
  ...operands: string[]
) => Promise<void>;
/** The libraries behind it are large: they are loaded by the command that is run, and by no other. */
export type Load<O> = () => Promise<Run<O>>;

/** What a chapter of the command line is written with. */
export type CommandLine = {
  program: Command;
  /** @param name with its operands, if it has any: `pause <mailing>` */
  command: <O>(
    group: Command,
    name: string,
    description: string,
    load: Load<StageOptions & O>,
    how?: CommandOptions,
  ) => Command;
  /** What a command comes to. */
  exit: (code: number) => void;
};

/** Some commands that belong together: each chapter is a file. */
export type Chapter = (line: CommandLine) => void;
