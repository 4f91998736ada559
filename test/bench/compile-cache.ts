import { cpSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import { buildReal } from './bundles.ts';
import { loadMs, runNode } from './load.ts';
import { alternating, rounded } from './rounds.ts';

/** What a parent waits for, and so where a gain would count most. */
const FUNCTION = 'first-payment';

/** Takes the place of a bundle's `index.js`: compiles it with the cache that lies beside it, if V8 takes that. */
const LOADER = `
  const { readFileSync } = require('node:fs');
  const { Script } = require('node:vm');
  const { wrap } = require('node:module');
  const filename = __dirname + '/bundle.js';
  let cachedData;
  try { cachedData = readFileSync(__dirname + '/bundle.cache'); } catch {}
  const script = new Script(wrap(readFileSync(filename, 'utf8')), { filename, cachedData });
  script.runInThisContext().call(exports, exports, require, module, filename, __dirname);
  module.exports.script = script;
`;

/** After the bundle has run, so that the functions that a start compiles are in the cache as well. */
const WRITE_CACHE = `
  const { script } = require(process.env.BUNDLE);
  require('node:fs').writeFileSync(process.env.CACHE, script.createCachedData());
`;

const REJECTED = `process.stdout.write(String(require(process.env.BUNDLE).script.cachedDataRejected))`;

/**
 * What V8's compile cache inside the asset would gain if the function ran on the machine that made it, and what it
 * would cost where V8 rejects it: another processor, another patch of Node, other flags.
 */
export const compileCache = async (scratch: string, rounds: number): Promise<object> => {
  const plain = (await buildReal(join(scratch, 'real')))[FUNCTION];
  const withCache = (name: string, flags: readonly string[], rejected: boolean): string => {
    const directory = join(scratch, name);
    cpSync(plain, directory, { recursive: true });
    renameSync(join(directory, 'index.js'), join(directory, 'bundle.js'));
    writeFileSync(join(directory, 'index.js'), LOADER);
    const where = { BUNDLE: join(directory, 'index.js'), CACHE: join(directory, 'bundle.cache') };
    runNode([...flags, '-e', WRITE_CACHE], where);
    const answer = runNode(['-e', REJECTED], where);
    if (answer !== String(rejected)) throw new Error(`The cache "${name}" was rejected: ${answer}.`);
    return directory;
  };
  const accepted = withCache('accepted', [], false);
  // Made under another flag: the cheapest way to a cache that V8 won't have.
  const rejected = withCache('rejected', ['--no-opt'], true);

  const [load = 0, acceptedLoad = 0, rejectedLoad = 0] = await alternating(rounds, [
    () => loadMs(plain),
    () => loadMs(accepted),
    () => loadMs(rejected),
  ]);
  const cacheBytes = statSync(join(accepted, 'bundle.cache')).size;
  const table = new Table({
    head: [FUNCTION, 'load ms', 'of plain'],
    colAligns: ['left', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  table.push(
    ['without a cache', load.toFixed(1), '1.00'],
    [
      `with one that is accepted (${cacheBytes} bytes)`,
      acceptedLoad.toFixed(1),
      (acceptedLoad / load).toFixed(2),
    ],
    ['with one that is rejected', rejectedLoad.toFixed(1), (rejectedLoad / load).toFixed(2)],
  );
  console.log(table.toString());
  return {
    loadMs: rounded(load),
    acceptedMs: rounded(acceptedLoad),
    rejectedMs: rounded(rejectedLoad),
    cacheBytes,
  };
};
