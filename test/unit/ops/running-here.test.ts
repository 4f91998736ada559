import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { announce, runningHere } from '../../../infra/running-here.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'club-payments-running-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const stack = { stage: 'dev', gatewayUrl: 'http://127.0.0.1:4000' };
/** What another process left: the one that runs this test's, unless another is named. */
const left = (over: object, pid = process.ppid): void =>
  writeFileSync(join(directory, `${pid}.json`), JSON.stringify({ ...stack, startedAt: 1, ...over }));
/** Of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

describe('a stack that runs on this machine', () => {
  it('is found from its start to its end', () => {
    const ended = announce(stack, directory);
    expect(runningHere(directory)).toMatchObject(stack);
    ended();
    expect(runningHere(directory)).toBeUndefined();
  });

  it('is none where none was ever started', () => {
    expect(runningHere(join(directory, 'never'))).toBeUndefined();
  });

  it('is the one that was started last, of several', () => {
    announce(stack, directory);
    left({ gatewayUrl: 'http://127.0.0.1:5000' });
    expect(runningHere(directory)?.gatewayUrl).toBe('http://127.0.0.1:4000');
    left({ gatewayUrl: 'http://127.0.0.1:5000', startedAt: Date.now() + 60_000 });
    expect(runningHere(directory)?.gatewayUrl).toBe('http://127.0.0.1:5000');
  });

  it('is not one whose process was killed, and that is forgotten', () => {
    left({}, deadPid());
    expect(runningHere(directory)).toBeUndefined();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is not one that is only half written, and that is left to its process', () => {
    writeFileSync(join(directory, `${process.pid}.json`), '{"stage":');
    expect(runningHere(directory)).toBeUndefined();
    expect(readdirSync(directory)).toHaveLength(1);
  });
});
