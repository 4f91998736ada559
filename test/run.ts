import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPILE_CACHE } from '../infra/compile-cache.ts';
import { KEEP_LOGS_IN } from '../infra/local/lambda/log-keeper.ts';

/**
 * `npm test`: types, lint and format, every test project, then all that was logged meanwhile. Ends with one line that counts everything that ran:
 * `N passed, N failed`, and `, N skipped` with the reasons above it. Arguments go to vitest: `npm test -- click`.
 */
// Each test process starts others by the dozen, all of the same code: compiled once for all of them.
process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE;

const counts = { passed: 0, failed: 0, skipped: 0 };
/** Said again at the end, where whoever has only the last lines of a long log looks. */
const failures: string[] = [];

const check = (name: string, command: string, args: string[]): void => {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  console.log(`${status === 0 ? 'passed' : 'FAILED'}: ${name}`);
  counts[status === 0 ? 'passed' : 'failed'] += 1;
  if (status !== 0) failures.push(name);
};

const only = process.argv.slice(2);
if (only.length === 0) {
  check('types', 'tsc', ['--noEmit']);
  check('lint and format', 'biome', ['check', '.']);
  // Of a seed that nobody has chosen, which is told: `npm run simulate` lives through it again.
  check('histories of a club', 'node', [
    'test/simulation/run.ts',
    '--seconds',
    '15',
    '--histories',
    '100000',
  ]);
}

type Report = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
};

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

const scratch = mkdtempSync(join(tmpdir(), 'club-payments-test-'));
try {
  const file = join(scratch, 'report.json');
  const logs = join(scratch, 'logs');
  const { status } = spawnSync(
    'vitest',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...only],
    { stdio: 'inherit', shell: process.platform === 'win32', env: { ...process.env, [KEEP_LOGS_IN]: logs } },
  );
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  // A file that could not even be loaded has failed without having a test to say so.
  const unloaded = report.testResults.filter(
    (one) => one.status === 'failed' && one.assertionResults.length === 0,
  );
  counts.passed += report.numPassedTests;
  counts.failed += report.numFailedTests + unloaded.length;
  counts.skipped += report.numPendingTests + report.numTodoTests;
  for (const test of tests.filter((one) => one.status === 'pending' || one.status === 'skipped')) {
    console.log(`skipped: ${test.fullName}`);
  }
  if (status !== 0 && counts.failed === 0) {
    counts.failed += 1;
    failures.push(`vitest ended with ${status}`);
  }
  for (const { name, message } of unloaded) failures.push(`${name}: ${firstLine(message)}`);
  for (const { fullName, failureMessages } of tests.filter((one) => one.status === 'failed')) {
    failures.push(`${fullName}: ${firstLine(failureMessages[0] ?? '')}`);
  }
  const part = only.length === 0 ? [] : ['--part'];
  check('nothing private in any log', 'node', ['test/audit-logs.ts', logs, ...part]);
} catch (error) {
  console.error('The tests left no report:', error);
  counts.failed += 1;
  failures.push('the tests left no report');
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

for (const failure of failures) console.log(`FAILED: ${failure}`);
const { passed, failed, skipped } = counts;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
