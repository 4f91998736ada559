import type { Command } from 'commander';
import { programFor } from '../../infra/ops/program.ts';

/** The command line as it describes itself. */

export type Leaf = { name: string; command: Command };

/** Every command that does something, by its whole name: `setup stripe-key`. Not those that only a shell asks. */
export const leavesOf = (
  command: Command = programFor(() => undefined),
  name: readonly string[] = [],
): Leaf[] => {
  const below = visibleIn(command);
  return below.length === 0
    ? [{ name: name.join(' '), command }]
    : below.flatMap((each) => leavesOf(each, [...name, each.name()]));
};

const visibleIn = (command: Command): Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help');

/** What is read below the command and the groups that it is in, with what is written behind. */
export const helpOf = (command: Command): string => {
  let text = '';
  for (let at: Command | null = command; at !== null; at = at.parent) {
    at.configureOutput({
      writeOut: (part) => {
        text += part;
      },
    });
    at.outputHelp();
  }
  return text;
};

/** The words behind `npm run ops --`, as a shell hands them over; `undefined` for another command. */
export const opsArguments = (command: string): string[] | undefined => {
  const [, script = '', rest = ''] =
    /^npm run (?:--silent )?(ops|deploy) -- (.*?)(?: >.*)?$/.exec(command) ?? [];
  if (script === '') return undefined;
  // The words of a shell: quoted ones may hold spaces.
  const words = (rest.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? []).map((word) => word.replace(/['"]/g, ''));
  return script === 'deploy' ? ['deploy', ...words] : words;
};

/** What is wrong with a command, by the command line's own description of itself. */
export const problemWith = (words: readonly string[]): string | undefined => {
  let command: Command = programFor(() => undefined);
  let at = 0;
  for (; at < words.length && command.commands.length > 0; at++) {
    const next = command.commands.find((each) => each.name() === words[at]);
    if (next === undefined) return `there is no command "${words[at]}"`;
    command = next;
  }
  const given = new Set<string>();
  const operands = [...command.registeredArguments];
  // The one word in the place of a file that is none, and needs no stage.
  if (command.name() === 'import' && words[at] === 'template') return undefined;
  while (at < words.length) {
    const word = words[at++] ?? '';
    if (!word.startsWith('-') && operands.shift() !== undefined) continue;
    const option = command.options.find(({ long, short }) => word === long || word === short);
    if (option === undefined) return `"${command.name()}" has no option "${word}"`;
    given.add(option.attributeName());
    if (!option.required) continue;
    if (at >= words.length) return `the option "${word}" lacks its value`;
    at++;
  }
  const missing = operands.find(({ required }) => required);
  if (missing !== undefined) return `it lacks its <${missing.name()}>`;
  const lacking = command.options.filter((option) => option.mandatory && !given.has(option.attributeName()));
  if (lacking.length > 0) return `${lacking[0]?.long} is missing`;
  const needsStage = command.options.some((option) => option.attributeName() === 'stage');
  return needsStage && !given.has('stage') ? 'it names no stage' : undefined;
};
