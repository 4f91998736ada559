import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runOps } from '../../support/ops.ts';

const home = mkdtempSync(join(tmpdir(), 'club-payments-completion-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

let script: string;
beforeAll(async () => {
  const { stdout, stderr, code } = await runOps(['completion', 'bash']);
  expect([code, stderr]).toEqual([0, '']);
  script = join(home, 'ops.bash');
  writeFileSync(script, stdout);
});

/** What a bash prints that has read the script, from a directory that is not the project's. */
const inBash = (commands: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const bash = spawn('bash', ['--noprofile', '--norc', '-c', `source ${script}\n${commands}`], {
      cwd: home,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let printed = '';
    bash.stdout.on('data', (text) => (printed += String(text)));
    bash.once('error', reject);
    bash.once('close', () => resolve(printed));
  });

/** What the tab key offers behind these words; an empty last one is a word that has not begun. */
const offered = async (...lines: readonly string[][]): Promise<string[][]> => {
  const tries = lines.map(
    (
      words,
    ) => `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; COMPREPLY=()
      "$(complete -p ops | sed 's/.*-F \\([^ ]*\\) .*/\\1/')"; echo "> \${COMPREPLY[*]}"`,
  );
  const answers = (await inBash(tries.join('\n'))).split('\n').filter((line) => line.startsWith('> '));
  return answers.map((line) =>
    line
      .slice(2)
      .split(/\s+/)
      .filter((word) => word !== ''),
  );
};

it('offers commands, their commands, and their options', async () => {
  const [blasts, stop, only, statusOptions, shells] = await offered(
    ['ops', 'bla'],
    ['ops', 'schedule', 's'],
    ['ops', 'blast', 'preview', 'utah-invitational', '--only'],
    ['ops', 'status', 'ord_1', '--json', '--'],
    ['ops', 'completion', ''],
  );
  expect(blasts).toEqual(['blast', 'blasts', 'blast-report']);
  expect(stop).toEqual(['stop']);
  expect(only).toEqual(['--only-never-mailed']);
  expect(statusOptions).toEqual(expect.arrayContaining(['--stage', '--region', '--local', '--json']));
  expect(shells).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
});

it('gives a shell the command "ops" itself, and may be read twice', async () => {
  expect(await inBash(`source ${script} 2>&1; ops status; echo "code $?"`)).toBe('code 2\n');
  expect(await inBash('ops --help')).toMatch(/^Usage: ops/m);
});

it.each(['zsh', 'fish'])('prints the same for %s', async (shell) => {
  const { stdout, code } = await runOps(['completion', shell]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^(ops\(\)|function ops;) ?.*'[^']+\/infra\/ops\/cli\.ts'/);
  expect(stdout).toContain('ops complete --');
});

it('refuses a shell that it does not know', async () => {
  const { stderr, code } = await runOps(['completion', 'cmd']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('Allowed choices are')]);
});
