import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { build, type ImportKind, type Metafile, type Plugin } from 'esbuild';
import { type FunctionName, functionNames } from './functions.ts';

export type Bundle = {
  /** Holds `index.js` and the files that it may load later: all that Lambda gets. */
  directory: string;
  /** The npm packages in `index.js`, sorted. */
  packages: readonly string[];
  /** The libraries that it may load later, each in a file beside it. */
  beside: readonly Beside[];
};

/** What has to be done before the functions can be built, in sentences. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}

const PROJECT = resolve(import.meta.dirname, '..');

/** Libraries in files of their own, beside the functions that may load them. */
const besides = {
  // Stripe's CommonJS file by its path: asked for by name, esbuild would take the slower one for ES modules.
  stripe: createRequire(import.meta.url).resolve('stripe'),
  sqs: join(PROJECT, 'lib/adapters/sqs/client.ts'),
  'local-time': join(PROJECT, 'lib/domain/local-time.ts'),
  compose: join(PROJECT, 'lib/adapters/ses/compose.ts'),
} as const;
type Beside = keyof typeof besides;
const besideNames = Object.keys(besides) as Beside[];

/**
 * Builds every function into a directory of its own. The same sources give the same bytes wherever they lie, so
 * that an asset's hash changes only with its function.
 *
 * @throws {BundleError} a source is missing, does not build, or exports no `handler`
 */
export const bundleFunctions = async (options: {
  /** One directory per function is made in it; what was there before is removed. */
  directory: string;
  functionsDirectory: string;
}): Promise<Record<FunctionName, Bundle>> => {
  const sourceOf = (name: FunctionName): string => join(options.functionsDirectory, `${name}.ts`);
  const missing = functionNames.filter((name) => !existsSync(sourceOf(name)));
  if (missing.length > 0) {
    throw new BundleError(
      missing
        .map(
          (name) =>
            `infra/functions.ts lists "${name}", but there is no ${relative(PROJECT, sourceOf(name))}.`,
        )
        .join('\n'),
    );
  }

  rmSync(options.directory, { recursive: true, force: true });
  const { metafile } = await buildAll(
    Object.fromEntries(functionNames.map((name) => [`${name}/index`, sourceOf(name)])),
    options.directory,
  );
  const outputOf = (name: FunctionName): Output =>
    outputAt(metafile, join(options.directory, name, 'index.js'));
  const besideOf = (name: FunctionName): Beside[] =>
    besideNames.filter((library) =>
      outputOf(name).imports.some((imported) => imported.path === `./${library}.js`),
    );
  const needed = new Set(functionNames.flatMap(besideOf));
  await buildAll(
    Object.fromEntries([...needed].map((library) => [library, besides[library]])),
    options.directory,
  );

  const bundleOf = (name: FunctionName): Bundle => {
    const directory = join(options.directory, name);
    if (!exportsHandler(readFileSync(join(directory, 'index.js'), 'utf8'))) {
      throw new BundleError(`${relative(PROJECT, sourceOf(name))} exports no "handler".`);
    }
    const beside = besideOf(name);
    for (const library of beside) {
      copyFileSync(join(options.directory, `${library}.js`), join(directory, `${library}.js`));
    }
    // Without it a directory inside this project would be read as ES modules, as our own package.json says.
    writeFileSync(join(directory, 'package.json'), '{"type":"commonjs"}\n');
    return { directory, packages: packagesIn(outputOf(name)), beside };
  };
  return Object.fromEntries(functionNames.map((name) => [name, bundleOf(name)])) as Record<
    FunctionName,
    Bundle
  >;
};

/**
 * Takes Stripe's package out of the bundles into a file beside them. What is imported with `import()` (our
 * adapter) stays in the bundle, unevaluated until then, and evaluating it is what loads the file. So everything of
 * ours exists once per process: were the adapter split off instead, it would bring its own copy of the error
 * classes, and no `instanceof` would hold between the two files.
 *
 * The SQS client, and local times with the calendar library, are taken out only where they are imported with
 * `import()`. Those files hold no error class of ours.
 */
const beside: Plugin = {
  name: 'beside',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^stripe$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './stripe.js', external: true },
    );
    onResolve({ filter: /\/adapters\/sqs\/client\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './sqs.js', external: true } : undefined,
    );
    onResolve({ filter: /\/compose\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './compose.js', external: true } : undefined,
    );
    onResolve({ filter: /\/domain\/local-time\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './local-time.js', external: true } : undefined,
    );
  },
};

/**
 * Drops the modules of ours that a function does not use: none of them does anything when it is only imported
 * (an architecture rule), but esbuild would keep each one that `functions/wiring.ts` names, and the library
 * behind it, in every bundle.
 */
const onlyWhatIsUsed: Plugin = {
  name: 'only-what-is-used',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
      sideEffects: false,
    }));
  },
};

/** What libraries bring along and no function here ever uses. */
const neverNeeded: readonly { modules: RegExp; of: RegExp; kind?: ImportKind; because: string }[] = [
  {
    // Lambda hands a function its credentials in the environment, where the SDK looks first. The other places (a
    // profile, single sign-on, another machine's metadata) are a quarter of a bundle.
    modules: /^@(aws-sdk|smithy)\/credential-provider-(sso|ini|process|web-identity|imds|http|login)$/,
    of: /@aws-sdk/,
    kind: 'dynamic-import',
    because: 'This function found no AWS credentials in its environment.',
  },
  {
    // This late import alone keeps esbuild from flattening and trimming the whole of the SDK's core, which costs
    // a start more than all our own code does.
    modules: /^@smithy\/core\/event-streams$/,
    of: /@smithy/,
    kind: 'dynamic-import',
    because: 'This function was built without event streams.',
  },
  {
    modules: /\/(fetch\/index|mime-types)\.js$/,
    of: /nodemailer/,
    because: 'This function was built for mails without attachments.',
  },
];

const withoutWhatIsNeverNeeded: Plugin = {
  name: 'without-what-is-never-needed',
  setup: ({ onResolve, onLoad }) => {
    for (const { modules, of, kind: only, because } of neverNeeded) {
      onResolve({ filter: modules }, ({ path, kind, importer }) =>
        of.test(importer) && (only === undefined || kind === only)
          ? { path, namespace: only === undefined ? 'never-called' : 'never-loaded', pluginData: because }
          : undefined,
      );
    }
    const failure = (because: unknown): string => `throw new Error(${JSON.stringify(because)});`;
    onLoad({ filter: /./, namespace: 'never-loaded' }, ({ pluginData }) => ({
      contents: failure(pluginData),
    }));
    onLoad({ filter: /./, namespace: 'never-called' }, ({ pluginData }) => ({
      contents: `module.exports = () => { ${failure(pluginData)} };`,
    }));
  },
};

const buildAll = async (entryPoints: Record<string, string>, outdir: string) => {
  try {
    return await build({
      entryPoints,
      outdir,
      plugins: [beside, onlyWhatIsUsed, withoutWhatIsNeverNeeded],
      absWorkingDir: PROJECT,
      bundle: true,
      platform: 'node',
      target: 'node24',
      // CommonJS from the packages' ES modules: the shortest cold start of the four combinations.
      format: 'cjs',
      mainFields: ['module', 'main'],
      minify: true,
      sourcemap: false,
      legalComments: 'none',
      metafile: true,
      logLevel: 'silent',
    });
  } catch (error) {
    throw new BundleError(error instanceof Error ? error.message : String(error), { cause: error });
  }
};

type Output = Metafile['outputs'][string];

const outputAt = (metafile: Metafile, file: string): Output => {
  const output = metafile.outputs[relative(PROJECT, file)];
  if (output === undefined) throw new BundleError(`esbuild wrote no ${file}.`);
  return output;
};

/** esbuild ends a CommonJS file with its exports as Node's own loader reads them: `0&&(module.exports={handler})`. */
const exportsHandler = (code: string): boolean => /0&&\(module\.exports=\{[^}]*\bhandler\b/.test(code);

const packagesIn = (output: Output): string[] => {
  const names = Object.keys(output.inputs)
    .map((input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1])
    .filter((name) => name !== undefined);
  return [...new Set(names)].sort();
};
