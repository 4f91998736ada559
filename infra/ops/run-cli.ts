import { CommanderError } from 'commander';
import { programFor } from './program.ts';
import { EXIT } from './report.ts';

/** The command line on the words behind the program's name; sets the exit code. */
const program = programFor((code) => {
  process.exitCode = code;
});
const everyCommand = [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)];
for (const command of everyCommand) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has said already what was wrong; help that was asked for is no failure.
  process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}
