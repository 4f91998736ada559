import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../../ops/report.ts';

const CLI = fileURLToPath(new URL('../../ops/cli.ts', import.meta.url));

export type CommandLine = {
  /** Types a command, and prints it with what it says. Resolves to that. @throws it ended in another way than expected */
  type(words: readonly string[], expected?: number): Promise<string>;
  /** Looks at what a command would do, and does exactly that. Resolves to what was typed to do it. */
  approve(look: readonly string[], signed?: readonly string[]): Promise<readonly string[]>;
};

/**
 * The command line of ops, as a process of its own, at a stack on this machine.
 * @param directory where the files are that it is told to read
 */
export const commandLineAt = ({ gatewayUrl }: { gatewayUrl: string }, directory: string): CommandLine => {
  const place = ['--stage', 'dev', '--local', gatewayUrl];

  const type = async (words: readonly string[], expected: number = EXIT.ok): Promise<string> => {
    console.log(`$ npm run ops -- ${words.map(asTyped).join(' ')} ${place.join(' ')}`);
    const { code, said } = await run([...words, ...place], directory);
    console.log(said);
    if (code === expected) return said;
    throw new Error(`"${words.join(' ')}" ended with exit code ${code}.`);
  };

  return {
    type,
    async approve(look, signed = []) {
      const [, hash] = /--apply ([0-9a-f]+)/.exec(await type(look)) ?? [];
      if (hash === undefined) throw new Error(`"${look.join(' ')}" showed nothing to do.`);
      const apply = [...look, '--apply', hash, '--yes', '--by', 'demo', ...signed];
      await type(apply);
      return apply;
    },
  };
};

const asTyped = (word: string): string => (word.includes(' ') ? `"${word}"` : word);

const run = (words: readonly string[], cwd: string): Promise<{ code: number | null; said: string }> =>
  new Promise((ended, failed) => {
    const child = spawn(process.execPath, [CLI, ...words], {
      // npm says there where a person stands who types a command; here it would be where the demo was started.
      env: { ...process.env, INIT_CWD: cwd },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
    child.once('error', failed);
    child.once('close', (code) => ended({ code, said }));
  });
