import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join, resolve, sep } from 'node:path';

export type AssemblyOptions = {
  /** Default: `dev`. */
  stage?: string;
  /** CDK context, as `-c key=value`. */
  context?: Record<string, string>;
};

const PROJECT = resolve(import.meta.dirname, '..', '..');
const KEPT = join(PROJECT, 'node_modules', '.cache', 'club-payments', 'assemblies');
const KEPT_FOR_MS = 7 * 24 * 60 * 60 * 1_000;

/** All that a template and its bundles are made from. */
const SOURCES = ['functions', 'lib', 'infra', 'cdk.json', 'package-lock.json'];
const NOT_SOURCES = join(PROJECT, 'infra', 'local') + sep;

/**
 * Synthesizes the stack and builds the functions, unless that was done before from the same sources: it is by far the
 * slowest step of a start. Resolves to the directory of the cloud assembly.
 */
export async function assemblyDirectoryFor(options: AssemblyOptions = {}): Promise<string> {
  const directory = join(KEPT, fingerprintOf(options));
  if (isWhole(directory)) return directory;

  mkdirSync(KEPT, { recursive: true });
  removeOld();
  const outdir = mkdtempSync(join(KEPT, 'making-'));
  try {
    // The CDK is large; who finds the assembly made does without it.
    const { synthesize } = await import('../synthesize.ts');
    const { stage = 'dev', context } = options;
    await synthesize({
      outdir,
      stage,
      ...(context === undefined ? {} : { context }),
    });
    renameSync(outdir, directory);
  } catch (error) {
    rmSync(outdir, { recursive: true, force: true });
    // Another process made the same one meanwhile, and its rename came first.
    if (!isWhole(directory)) throw error;
  }
  return directory;
}

function isWhole(directory: string): boolean {
  return existsSync(join(directory, 'manifest.json'));
}

function fingerprintOf(options: AssemblyOptions): string {
  const hash = createHash('sha256').update(JSON.stringify([options.stage, options.context, process.version]));
  for (const source of SOURCES) {
    for (const file of filesIn(join(PROJECT, source)))
      hash.update(file).update('\0').update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 32);
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(NOT_SOURCES))
    .sort();
}

function removeOld(): void {
  for (const name of readdirSync(KEPT)) {
    const path = join(KEPT, name);
    // Several processes may do this at once.
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > KEPT_FOR_MS) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}
