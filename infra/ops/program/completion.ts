import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import tab from '@bomb.sh/tab/commander';
import type { Chapter } from './command-line.ts';

const PROJECT = join(import.meta.dirname, '../../..');
const CLI = join(PROJECT, 'infra/ops/cli.ts');

const NAME = 'completion';
const EXAMPLES = `
What it prints defines a command "ops", the same as "npm run ops --", whose words the shell completes.

For example:
  npm run --silent ops -- completion bash > ~/.ops-completion.bash
  echo 'source ~/.ops-completion.bash' >> ~/.bashrc`;

/** Comes last: it knows the commands that are there by then. */
export const completion: Chapter = ({ program }) => {
  const known = tab(program, { completionCommandName: NAME });
  for (const { options } of known.commands.values()) {
    const stage = options.get('stage');
    if (stage !== undefined) {
      stage.handler = (complete) => {
        for (const name of stagesIn(PROJECT)) complete(name, 'a stage');
      };
    }
  }
  const own = program.commands.find((command) => command.name() === NAME);
  own
    ?.description('Prints what makes a shell complete the words of these commands')
    .hook('preAction', (_, { args: [shell = ''] }) => console.log(before[shell]?.() ?? ''))
    .hook('postAction', (_, { args: [shell = ''] }) => console.log(after[shell] ?? ''))
    .addHelpText('after', EXAMPLES);
};

/** Those that a settings file is for. */
export const stagesIn = (directory: string): string[] =>
  readdirSync(directory).flatMap((file) => /^club\.([a-z][a-z0-9-]*)\.json$/.exec(file)?.[1] ?? []);

/**
 * A shell completes the words after a command's name, and of ours that is `npm`. So each gets a function `ops`, which
 * starts the very program that prints this, from wherever it is typed.
 */
const before: Readonly<Record<string, () => string>> = {
  bash: () => `# May be read twice.
if ! declare -F __ops_complete > /dev/null; then
ops() { ${posix(process.execPath)} ${posix(CLI)} "$@"; }
${BASH_WORDS}
`,
  zsh: () => `ops() { ${posix(process.execPath)} ${posix(CLI)} "$@"; }\n`,
  fish: () => `function ops; ${fish(process.execPath)} ${fish(CLI)} $argv; end\n`,
  powershell: () => `function ops { & ${power(process.execPath)} ${power(CLI)} @args }\n`,
};
const after: Readonly<Record<string, string>> = { bash: 'fi' };

/** Where the package bash-completion is not installed: the words as bash itself parts them. */
const BASH_WORDS = `if ! declare -F _get_comp_words_by_ref > /dev/null; then
  _get_comp_words_by_ref() {
    words=("\${COMP_WORDS[@]}")
    cword=$COMP_CWORD
    cur=\${COMP_WORDS[COMP_CWORD]}
    prev=\${COMP_WORDS[COMP_CWORD - 1]}
  }
fi`;

const posix = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const fish = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const power = (text: string): string => `'${text.replaceAll("'", "''")}'`;
