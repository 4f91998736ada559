import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { App, DefaultStackSynthesizer, type IStackSynthesizer } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { bundleFunctions } from './bundle.ts';
import { ClubPaymentsStack } from './club-payments-stack.ts';
import { settingsOf } from './settings.ts';

const PROJECT = resolve(import.meta.dirname, '..');

export type SynthesizeOptions = {
  /** On the command line it is in the context. */
  stage?: string;
  /** Where the template and the assets go. */
  outdir?: string;
  /** As `-c key=value`, beside what cdk.json says. */
  context?: Record<string, string>;
  /** Where the functions' sources are. */
  functionsDirectory?: string;
};

/**
 * Builds the functions and writes the template: what `cdk synth` does, in this process. The assembly's one stack
 * is `assembly.stacks[0]`; an asset whose key is `<hash>.zip` lies in `<outdir>/asset.<hash>/`.
 *
 * @throws {SettingsError} the settings do not fit the stage
 * @throws {BundleError} a function is missing or does not build
 */
export const synthesize = async (options: SynthesizeOptions = {}): Promise<CloudAssembly> =>
  (await constructs(options)).synth();

/** The app before its template is written, for whoever looks at the constructs themselves. Throws as {@link synthesize}. */
export const constructs = async (options: SynthesizeOptions = {}): Promise<App> => {
  const outdir = resolve(options.outdir ?? process.env.CDK_OUTDIR ?? join(PROJECT, 'cdk.out'));
  const app = new App({
    outdir,
    autoSynth: false,
    analyticsReporting: false,
    context: contextOfCdkJson(),
    // The command line turns these on by itself; off, the template is the same whoever asks for it.
    postCliContext: {
      'aws:cdk:enable-path-metadata': false,
      'aws:cdk:enable-asset-metadata': false,
      ...options.context,
      ...(options.stage === undefined ? {} : { stage: options.stage }),
    },
  });
  const settings = settingsOf(app.node);
  const bundles = await bundleFunctions({
    directory: join(outdir, 'bundles'),
    functionsDirectory: options.functionsDirectory ?? join(PROJECT, 'functions'),
  });
  new ClubPaymentsStack(app, `club-payments-${settings.stage}`, {
    description: `Payment e-mails whose links never go dead (${settings.stage})`,
    settings,
    bundles,
    terminationProtection: !settings.ephemeral,
    // The check of the bootstrap's version is a parameter and a rule in the template; `cdk deploy` checks it too.
    synthesizer: new DefaultStackSynthesizer({
      generateBootstrapVersionRule: false,
    }) as IStackSynthesizer, // its own type is not written for exactOptionalPropertyTypes
  });
  return app;
};

const contextOfCdkJson = (): Record<string, unknown> => {
  const file: { context?: Record<string, unknown> } = JSON.parse(
    readFileSync(join(PROJECT, 'cdk.json'), 'utf8'),
  );
  return file.context ?? {};
};
