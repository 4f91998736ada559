import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { LOCAL_STAGE } from '../../running-here.ts';
import { type Settings, settingsFrom } from '../../settings.ts';
import { readClubFile } from '../club-file.ts';
import { clientSettings, describeStack, stackNameOf } from '../environment.ts';
import { mustName } from '../options.ts';
import { OpsProblem, UsageProblem } from '../problem.ts';

export type DeployOptions = {
  stage?: string;
  /** `key=value`, as they were given. */
  context?: readonly string[];
  profile?: string;
  region?: string;
  /** Shows what would change, and changes nothing. */
  dryRun?: boolean;
  /** Prepares the account and region for the CDK, instead of deploying. */
  bootstrap?: boolean;
  /** Does not ask before it widens what a role may do. */
  yes?: boolean;
};

const PROJECT = resolve(import.meta.dirname, '../../..');
/** Of every account and region that the CDK may deploy to. */
const BOOTSTRAP_STACK = 'CDKToolkit';

/**
 * `cdk deploy` of one stage, once its settings are known to be whole and the account to be ready.
 * Resolves to the exit code of `cdk`.
 */
export const deploy = async (options: DeployOptions): Promise<number> => {
  const stage = mustName(options);
  if (stage === LOCAL_STAGE) {
    throw new UsageProblem('The stage "local" is on this machine.', 'Start it: npm start');
  }
  const context = { ...readClubFile(PROJECT, stage), ...contextFrom(options.context ?? []), stage };
  const settings = settingsFrom((key) => (context as Record<string, unknown>)[key]);

  const client = new CloudFormationClient(clientSettings(options));
  const region = await client.config.region();
  // Asked for a bootstrap too: whoever is not logged in is told so here, in words.
  const toolkit = await describeStack(BOOTSTRAP_STACK, client);
  if (toolkit === undefined && options.bootstrap !== true) {
    throw new OpsProblem(
      `The CDK has not been prepared in this AWS account for ${region}.`,
      `Once per account and region: npm run deploy -- --stage ${stage} --bootstrap`,
    );
  }
  const [, account] = /^arn:[^:]+:cloudformation:[^:]+:(\d+):/.exec(toolkit?.StackId ?? '') ?? [];
  console.log(summaryOf(settings, { account, region }));
  return runCdk(cdkArguments(options, context), region);
};

const contextFrom = (pairs: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const [, key, value] = /^([A-Za-z][\w:-]*)=(.*)$/s.exec(pair) ?? [];
      if (key === undefined || value === undefined) {
        throw new UsageProblem(
          `"${pair}" is not a context value.`,
          "Write it as -c clubName='Hillside Soccer'.",
        );
      }
      if (key === 'stage') throw new UsageProblem('The stage is given with --stage, not with -c.');
      return [key, value] as const;
    }),
  );

const summaryOf = (
  settings: Settings,
  { account, region }: { account: string | undefined; region: string },
): string => {
  const rows: [string, string][] = [
    ['Stage', `${settings.stage}${settings.ephemeral ? ' (may be deleted with all it holds)' : ' (kept)'}`],
    ['AWS', account === undefined ? region : `account ${account}, ${region}`],
    ['Stripe', settings.livemode ? "live mode: families' real money" : 'test mode'],
    ['Club', `${settings.club.name}, ${settings.club.contact}, ${settings.club.timeZone}`],
    ['Mails', `from ${settings.mail.from}, ${rateWords(settings.mail.ratePerSecond)}`],
    ['Links', settings.domain === undefined ? "the API's own address" : `https://${settings.domain.name}`],
    ['Alarms', settings.alarmEmail ?? 'nobody is told'],
  ];
  return rows.map(([name, value]) => `${name.padEnd(8)}${value}`).join('\n');
};

const rateWords = (perSecond: number | undefined): string =>
  perSecond === undefined ? 'as fast as SES lets it' : `${perSecond} a second at most`;

const cdkArguments = (
  options: DeployOptions,
  context: Readonly<Record<string, string>> & { stage: string },
): string[] => [
  ...(options.bootstrap === true
    ? ['bootstrap']
    : [options.dryRun === true ? 'diff' : 'deploy', stackNameOf(context.stage)]),
  ...Object.entries(context).flatMap(([key, value]) => ['--context', `${key}=${value}`]),
  ...(options.profile === undefined ? [] : ['--profile', options.profile]),
  ...(options.yes === true ? ['--require-approval', 'never'] : []),
];

/** `cdk` of this project: npm puts it on the path of its scripts. What it says and asks goes to the terminal itself. */
const runCdk = (args: readonly string[], region: string): Promise<number> =>
  new Promise((done, failed) => {
    const child = spawn('cdk', args, {
      cwd: PROJECT,
      stdio: 'inherit',
      env: { ...process.env, AWS_REGION: region },
      // Only there is cdk a script of the shell (cdk.cmd).
      shell: process.platform === 'win32',
    });
    child.once('error', () =>
      failed(
        new OpsProblem('The program cdk was not found.', 'Run "npm ci", and start this with npm run deploy.'),
      ),
    );
    child.once('exit', (code) => done(code ?? 1));
  });
