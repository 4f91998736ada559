import { auditLogs } from './support/log-audit.ts';

/**
 * Reads all that functions and use cases have logged in a whole run of the tests: no secret, no address, no name of a
 * family. `node test/audit-logs.ts <directory> [--part]`; `--part`: of a run of some tests, in which few functions ran.
 */
const [directory = '', part] = process.argv.slice(2);

/** A whole run logs many times more; far fewer would mean that somebody keeps the lines from here. */
const LINES_AT_LEAST = 5_000;

const { lines, functions, findings, silent } = await auditLogs(directory);
console.log(`${lines} lines of ${functions} functions and of use cases were read.`);
for (const { functionName, what, line, times } of findings) {
  console.log(`${functionName} logs ${what}, ${times} times: ${line.slice(0, 600)}`);
}
const tooFew = part === undefined && (lines < LINES_AT_LEAST || silent.length > 0);
if (tooFew) {
  const unheard = silent.length === 0 ? '' : ` Not one line came from ${silent.join(', ')}.`;
  console.log(`That is too little to say anything: at least ${LINES_AT_LEAST} lines are expected.${unheard}`);
}
process.exitCode = findings.length > 0 || tooFew ? 1 : 0;
