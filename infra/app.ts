/** The entry of the `cdk` command line (cdk.json). In-process, call {@link synthesize} itself. */
import { BundleError } from './bundle.ts';
import { SettingsError } from './settings.ts';
import { synthesize } from './synthesize.ts';

try {
  await synthesize();
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof BundleError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
