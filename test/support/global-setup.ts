import { assemblyDirectoryFor } from '../../infra/local/runner.ts';

/** Synthesizes and bundles once, before the files that start the stack ask for it side by side. */
export default async (): Promise<void> => {
  await assemblyDirectoryFor();
};
