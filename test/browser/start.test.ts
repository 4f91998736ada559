import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const START = resolve(import.meta.dirname, '../../infra/local/start.ts');

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
    const { url } = await press('/mailings/previews', { productId: 'monthly-fee' });
    const [, hash = ''] = /previews\/(\w+)/.exec(url) ?? [];
    const sent = await press('/mailings', { hash, createdBy: 'test' });
    expect(await sent.text()).toContain('The mailing is out.');
    expect(await Promise.all(addresses.map(answers))).not.toContain(false);
    const pid = started.child.pid ?? 0;
    const processes = process.platform === 'linux' ? descendantsOf(pid) : [];

    started.child.kill(signal);
    expect(await started.ended).toBe(0);
    expect(await Promise.all(addresses.map(answers))).not.toContain(true);
    expect(processes.filter(runs)).toEqual([]);
  },
);

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
