import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { EXIT } from '../../infra/ops/report.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const START = resolve(PROJECT, 'infra/local/start.ts');

type Started = { child: ChildProcess; output: () => string; ended: Promise<number | null> };

const npmStart = (args: readonly string[] = []): Started => {
  const child = spawn(process.execPath, [START, ...args]);
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(String(chunk)));
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, ended, output: () => chunks.join('') };
};

/** Every address that was printed, once the desk is ready. */
const addressesOf = async ({ output, ended }: Started): Promise<string[]> => {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!output().includes('Ctrl-C')) {
    if (over) throw new Error(`It ended before it was ready:\n${output()}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
  return output().match(/http:\/\/[a-z0-9.]+:\d+/g) ?? [];
};

const answers = (address: string): Promise<boolean> =>
  fetch(address).then(
    () => true,
    () => false,
  );

/** Processes that were started by a process, and by those. */
const descendantsOf = (pid: number): number[] => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean);
  return children.map(Number).flatMap((child) => [child, ...descendantsOf(child)]);
};

const runs = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it.each(['SIGINT', 'SIGTERM'] as const)(
  'says first where the front desk is, and leaves no process and no port behind after %s',
  async (signal) => {
    const started = npmStart();
    const addresses = await addressesOf(started);
    expect(started.output()).toMatch(/^ready http:\/\/localhost:\d+\n/);
    const [desk = ''] = addresses;
    // A button of the desk, so that functions have run in processes of their own.
    const press = (path: string, form: Record<string, string>): Promise<Response> =>
      fetch(`${desk}${path}`, { method: 'POST', body: new URLSearchParams(form) });
    const shown = await press('/mailings/previews', { productId: 'monthly-fee' });
    expect(await shown.text()).toContain('Nothing has been sent.');
    expect(await Promise.all(addresses.map(answers))).not.toContain(false);
    const pid = started.child.pid ?? 0;
    const processes = process.platform === 'linux' ? descendantsOf(pid) : [];

    started.child.kill(signal);
    expect(await started.ended).toBe(0);
    expect(await Promise.all(addresses.map(answers))).not.toContain(true);
    expect(processes.filter(runs)).toEqual([]);
  },
);

/** What is typed, and what is seen afterwards: the lines of a block without a language were said above it. */
type Typed = { commands: string[]; seen: string[] };

/** The blocks below a heading of the README, in their sequence. */
const typedIn = (heading: string): Typed[] => {
  const readme = readFileSync(resolve(PROJECT, 'README.md'), 'utf8');
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const typed: Typed[] = [];
  for (const [, language = '', text = ''] of section.matchAll(/^```(\w*)\n(.*?)^```$/gms)) {
    const lines = text.split('\n').filter((line) => line !== '');
    if (language === 'sh') typed.push({ commands: lines, seen: [] });
    else typed.at(-1)?.seen.push(...lines.filter((line) => line !== '…'));
  }
  return typed;
};

/** As a shell takes it, with a yes for whatever is asked. */
const type = (command: string): Promise<{ heard: string; code: number | null }> =>
  new Promise((ended) => {
    const child = spawn('/bin/sh', ['-c', command], { cwd: PROJECT });
    let heard = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (heard += String(chunk)));
    child.once('close', (code) => ended({ heard, code }));
    child.stdin.end('yes\n');
  });

it('lets the day in ops of the README be typed as it stands', { timeout: 600_000 }, async () => {
  const [desk = ''] = await addressesOf(npmStart());
  for (const step of ['mail', 'day', 'take-over']) {
    const { ok } = await fetch(`${desk}/april/${step}`, { method: 'POST' });
    expect([step, ok]).toEqual([step, true]);
  }
  const typed = typedIn('A day in ops');
  expect(typed.length).toBeGreaterThan(5);
  let hash = '';
  for (const { commands, seen } of typed) {
    let said = '';
    for (const command of commands) {
      const { heard, code } = await type(command.replace('<hash>', hash));
      // 1: something needs a person, which is what the morning is for.
      expect(code, `${command}\n${heard}`).toBeLessThanOrEqual(EXIT.missing);
      [, hash = hash] = / (?:--apply|send) ([0-9a-f]{26,32}) /.exec(heard) ?? [];
      said += heard;
    }
    for (const line of seen) expect(said).toContain(line.trim());
  }
});

it('says in one line that a port is taken, and which other to take', async () => {
  const other = createServer();
  onTestFinished(() => void other.close());
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const started = npmStart(['--port', String(port)]);
  expect(await started.ended).toBe(1);
  expect(started.output().trim()).toBe(
    'That port is taken by another program. Choose another: npm start -- --port 0',
  );
});
