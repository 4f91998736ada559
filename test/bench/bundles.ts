import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { bundleFunctions } from '../../infra/bundle.ts';
import { type FunctionName, functionNames } from '../../infra/functions.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const FUNCTIONS = join(PROJECT, 'functions');
const FLOORS = join(import.meta.dirname, 'floor');

/** By function, the directory that holds its `index.js`. */
export type Directories = Record<FunctionName, string>;

/** The functions as they are deployed. */
export const buildReal = (directory: string): Promise<Directories> => built(directory, FUNCTIONS);

/** Only the SDK clients and calls of each function, bundled with the same settings. */
export const buildFloors = (directory: string): Promise<Directories> => built(directory, FLOORS);

const built = async (directory: string, functionsDirectory: string): Promise<Directories> => {
  const bundles = await bundleFunctions({ directory, functionsDirectory });
  return perFunction((name) => bundles[name].directory);
};

/** What brings in the libraries that a function loads late. */
const lateModules = {
  stripe: 'lib/adapters/stripe/gateway.ts',
  sqs: 'lib/adapters/sqs/client.ts',
  'local-time': 'lib/domain/local-time.ts',
  compose: 'lib/adapters/ses/compose.ts',
};

/**
 * The same sources as they would be bundled without a second thought: esbuild's defaults, the whole of the
 * schema library, and what a function loads late inside and loaded from the start.
 */
export const buildNaive = async (directory: string, real: Directories): Promise<Directories> => {
  await Promise.all(
    functionNames.map((name) => {
      const eager = Object.entries(lateModules)
        .filter(([library]) => existsSync(join(real[name], `${library}.js`)))
        .map(([, late]) => `import '${join(PROJECT, late)}';\n`);
      return build({
        stdin: {
          contents: `${eager.join('')}export { handler } from '${join(FUNCTIONS, `${name}.ts`)}';`,
          resolveDir: PROJECT,
        },
        outfile: join(directory, name, 'index.js'),
        plugins: [wholeValibot],
        bundle: true,
        platform: 'node',
        logLevel: 'error',
      });
    }),
  );
  // Else a directory inside this project would be read as ES modules.
  writeFileSync(join(directory, 'package.json'), '{"type":"commonjs"}\n');
  return perFunction((name) => join(directory, name));
};

const wholeValibot: Plugin = {
  name: 'whole-valibot',
  setup: ({ onResolve }) => {
    // Of its CommonJS file esbuild can leave out nothing.
    onResolve({ filter: /^valibot$/ }, () => ({ path: createRequire(import.meta.url).resolve('valibot') }));
  },
};

/** Of what Lambda has to read before the function can answer. */
export const bytesOf = (directory: string): number => statSync(join(directory, 'index.js')).size;

const perFunction = (directoryOf: (name: FunctionName) => string): Directories =>
  Object.fromEntries(functionNames.map((name) => [name, directoryOf(name)])) as Directories;
