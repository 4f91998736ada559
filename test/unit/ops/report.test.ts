import { describe, expect, it } from 'vitest';
import { createReport, EXIT, exitCodeOf, exitMeanings } from '../../../infra/ops/report.ts';

const codeAfter = (...states: ('ok' | 'advice' | 'missing' | 'unfinished')[]): number => {
  const report = createReport();
  for (const state of states) report[state]('A sentence.');
  return exitCodeOf(report);
};

describe('the exit code of a command', () => {
  it.each([
    [[], EXIT.ok],
    [['ok', 'advice'], EXIT.ok],
    [['ok', 'missing'], EXIT.missing],
    [['ok', 'unfinished'], EXIT.unfinished],
    [['unfinished', 'missing'], EXIT.unfinished],
  ] as const)('after %j is %i', (states, code) => {
    expect(codeAfter(...states)).toBe(code);
  });

  it('means one thing each', () => {
    expect(new Set(Object.values(EXIT)).size).toBe(Object.keys(EXIT).length);
    expect(new Set(Object.values(exitMeanings)).size).toBe(Object.keys(EXIT).length);
  });
});
