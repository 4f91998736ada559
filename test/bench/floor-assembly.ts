import { cpSync } from 'node:fs';
import type { FunctionName } from '../../infra/functions.ts';
import { assemblyDirectoryFor } from '../../infra/local/runner.ts';
import { readAssembly } from '../../infra/local/template/template.ts';
import type { Directories } from './bundles.ts';

/**
 * Copies the synthesized stack into `directory`, with floors in the place of these functions: the same template,
 * roles, triggers and environment, and other code.
 */
export const assemblyWithFloors = async (
  directory: string,
  floors: Directories,
  names: readonly FunctionName[],
): Promise<string> => {
  cpSync(await assemblyDirectoryFor(), directory, { recursive: true });
  const { template, assetDirectory } = readAssembly(directory);
  for (const name of names) {
    const idStart = `${name.replaceAll('-', '')}function`;
    const [, lambda] =
      Object.entries(template.Resources).find(
        ([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.toLowerCase().startsWith(idStart),
      ) ?? [];
    const code = lambda?.Properties?.Code as { S3Key?: string } | undefined;
    if (code?.S3Key === undefined) throw new Error(`The template has no function ${name}.`);
    cpSync(floors[name], assetDirectory(code.S3Key.replace(/\.zip$/, '')), { recursive: true });
  }
  return directory;
};
