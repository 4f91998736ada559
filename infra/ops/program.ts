import { Command } from 'commander';
import type { DeployOptions } from './commands/deploy.ts';
import type { Environment } from './environment.ts';
import { mustName, type StageOptions, withPlace, withStage } from './options.ts';
import { UsageProblem } from './problem.ts';
import { asJson, asText, createReport, EXIT, type Report, succeeded } from './report.ts';

/** A command finds what is, changes what is wanted, and tells both in the report. */
type Run<O> = (environment: Environment, report: Report, options: O) => Promise<void>;
/** The libraries behind it are large: they are loaded by the command that is run, and by no other. */
type Load<O> = () => Promise<Run<O>>;

const EXIT_CODES =
  '\nExit codes: 0 all is well, 1 something is missing or failed, 2 the command was given wrongly.';

/** The whole command line. What a command comes to is given to `exit`. */
export const programFor = (exit: (code: number) => void): Command => {
  const program = new Command('ops')
    .description('Sets up and looks after a stage of club-payments.')
    .showHelpAfterError('(--help lists what there is)')
    .addHelpText('after', EXIT_CODES);
  const setup = program.command('setup').description('Puts in place what a stage needs from outside');
  const check = program.command('check').description('Looks, and changes nothing');
  const command = <O>(group: Command, name: string, description: string, load: Load<O>): Command =>
    withPlace(group.command(name).description(description)).action(
      async (options: StageOptions & O, self: Command) =>
        exit(
          await carryOut(nameOf(self), options, async (stage, report) =>
            (await load())(stage, report, options),
          ),
        ),
    );

  withStage(
    program
      .command('deploy')
      .description('Deploys a stage to AWS; settings come from club.<stage>.json and from -c'),
  )
    .option('-c, --context <key=value>', 'a setting, as in docs/deploying.md; may be repeated', collect)
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--bootstrap', 'prepare the AWS account and region for the CDK, once')
    .option('--yes', 'do not ask before permissions are widened')
    .action(async (options: DeployOptions) => exit(await carryOutDeploy(options)));

  command(
    setup,
    'stripe-key',
    'Stores the Stripe key: asked for without showing it, piped in, or in STRIPE_KEY',
    async () => (await import('./commands/setup-stripe-key.ts')).setupStripeKey,
  );
  command(
    setup,
    'stripe-webhook',
    'Creates or updates the webhook endpoint at Stripe, and stores its signing secret',
    async () => (await import('./commands/setup-stripe-webhook.ts')).setupStripeWebhook,
  )
    .option('--replace', 'make a new endpoint beside the present one: new secret, new API version')
    .option('--finish', 'disable what was replaced')
    .option('--ask-key', 'use another Stripe key for this once; it is entered as for stripe-key');
  command(
    setup,
    'token-key',
    'Shows and changes the keys that sign the links in mails',
    async () => (await import('./commands/setup-token-key.ts')).setupTokenKey,
  )
    .option('--add', 'first step of a rotation: a new key, which is not used yet')
    .option('--sign-with <id>', 'second step: sign new links with this key')
    .option('--revoke <id>', 'after a leak: links of this key say that they were replaced');

  command(
    check,
    'all',
    'Everything that a payment needs',
    async () => (await import('./commands/check-all.ts')).checkAll,
  );
  command(
    check,
    'mail',
    'The sender, DKIM, DMARC, quota and sandbox of SES',
    async () => (await import('./commands/check-mail.ts')).checkMail,
  );
  command(
    check,
    'stripe',
    'The stored key, its permissions, and the webhook',
    async () => (await import('./commands/check-stripe.ts')).checkStripe,
  );

  command(
    program,
    'test-mail',
    'Sends oneself a test mail, on the way that families are mailed',
    async () => (await import('./commands/test-mail.ts')).testMail,
  ).requiredOption('--to <address>', 'who gets it');
  command(
    program,
    'test-order',
    "Makes the club's own order of the smallest amount and mails its link; while it is unpaid, the same one",
    async () => (await import('./commands/test-order.ts')).testOrder,
  )
    .requiredOption('--to <address>', 'who gets the mail')
    .option('--currency <code>', 'of the smallest amount', 'usd')
    .option('--no-mail', 'only print the link');
  command(
    program,
    'restart',
    'Lets the functions read their secrets again, after one was changed by hand',
    async () => (await import('./commands/restart.ts')).restart,
  );
  return program;
};

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** `setup stripe-key` */
const nameOf = (command: Command): string => {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${parent.name()} ${command.name()}`;
};

/** Resolves to the exit code. What was found and done before a failure is told too. */
const carryOut = async (
  name: string,
  options: StageOptions,
  run: (environment: Environment, report: Report) => Promise<void>,
): Promise<number> => {
  const report = createReport();
  let code: number;
  try {
    const place = { ...options, stage: mustName(options) };
    const { openEnvironment } = await import('./environment.ts');
    await run(await openEnvironment(place), report);
    code = succeeded(report) ? EXIT.ok : EXIT.missing;
  } catch (error) {
    code = await addFailure(error, report);
  }
  console.log(options.json === true ? asJson(name, options.stage ?? null, report) : asText(report));
  return code;
};

/** Says itself what it does, and hands the terminal to `cdk`. */
const carryOutDeploy = async (options: DeployOptions): Promise<number> => {
  try {
    mustName(options);
    const { deploy } = await import('./commands/deploy.ts');
    return await deploy(options);
  } catch (error) {
    const report = createReport();
    const code = await addFailure(error, report);
    console.log(asText(report));
    return code;
  }
};

const addFailure = async (error: unknown, report: Report): Promise<number> => {
  const problem = error instanceof UsageProblem ? error : (await import('./as-problem.ts')).asProblem(error);
  report.missing(problem.message, problem.fix);
  return problem instanceof UsageProblem ? EXIT.usage : EXIT.missing;
};
