import { Command, type CommandOptions } from 'commander';
import { type StageOptions, withPlace } from './options.ts';
import { carryOut } from './program/carry-out.ts';
import type { Load } from './program/command-line.ts';
import { completion } from './program/completion.ts';
import { records } from './program/import.ts';
import { lookup } from './program/lookup.ts';
import { mailings } from './program/mailings.ts';
import { money } from './program/money.ts';
import { reconciliation } from './program/reconcile.ts';
import { recovery } from './program/recovery.ts';
import { schedules } from './program/schedules.ts';
import { stage } from './program/stage.ts';
import { EXIT, exitMeanings } from './report.ts';

const EXIT_CODES = `\nExit codes:\n${Object.entries(EXIT)
  .map(([outcome, code]) => `  ${code}  ${exitMeanings[outcome as keyof typeof EXIT]}`)
  .join('\n')}`;

/** The whole command line, chapter by chapter. What a command comes to is given to `exit`. */
export const programFor = (exit: (code: number) => void): Command => {
  const program = new Command('ops')
    .description('Sets up and looks after a stage of club-payments.')
    .showHelpAfterError('(--help lists what there is)')
    .addHelpText('after', EXIT_CODES);
  const command = <O>(
    group: Command,
    name: string,
    description: string,
    load: Load<StageOptions & O>,
    how: CommandOptions = {},
  ): Command => {
    const self = withPlace(group.command(name, how).description(description));
    return self.action(async () => {
      const options = self.opts<StageOptions & O>();
      exit(
        await carryOut(nameOf(self), options, async (environment, report) =>
          (await load())(environment, report, options, ...self.args),
        ),
      );
    });
  };
  const chapters = [stage, records, mailings, schedules, recovery, reconciliation, money, lookup, completion];
  for (const chapter of chapters) chapter({ program, command, exit });
  return program;
};

/** `setup stripe-key` */
const nameOf = (command: Command): string => {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${parent.name()} ${command.name()}`;
};
