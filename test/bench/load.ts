import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { functionEnvironment } from '../support/function-environment.ts';

/**
 * From before the first line of the bundle until its handler is there: reading and compiling the file, evaluating
 * its modules, reading the configuration and making the clients. Node's own start is the same for all and left out.
 */
const LOAD = `
  const before = process.hrtime.bigint();
  const { handler } = require(process.env.BUNDLE);
  const after = process.hrtime.bigint();
  if (typeof handler !== 'function') throw new Error('no handler');
  process.stdout.write(String(Number(after - before) / 1e6));
`;

/** Milliseconds that the `index.js` in a directory takes to load, in a process of its own. */
export const loadMs = (directory: string): number =>
  Number(runNode(['-e', LOAD], { BUNDLE: join(directory, 'index.js') }));

/** Runs Node with nothing in its environment but what a function is told; resolves to what it printed. */
export const runNode = (args: readonly string[], environment: Record<string, string> = {}): string => {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    env: { ...functionEnvironment, ...environment },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed: ${stderr}`);
  return stdout;
};
