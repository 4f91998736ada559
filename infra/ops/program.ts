import { Command, type CommandOptions, InvalidArgumentError } from 'commander';
import { withActor, withAudience } from './blast.ts';
import type { DeployOptions } from './commands/deploy.ts';
import type { Environment } from './environment.ts';
import { mustName, type StageOptions, secondsFrom, withPlace, withStage } from './options.ts';
import { UsageProblem } from './problem.ts';
import { asJson, asText, createReport, EXIT, type Report, succeeded } from './report.ts';

/** A command finds what is, changes what is wanted, and tells both in the report. */
type Run<O> = (environment: Environment, report: Report, options: O, ...operands: string[]) => Promise<void>;
/** The libraries behind it are large: they are loaded by the command that is run, and by no other. */
type Load<O> = () => Promise<Run<O>>;

const EXIT_CODES =
  '\nExit codes: 0 all is well, 1 something is missing or failed, 2 the command was given wrongly.';

const BLAST_EXAMPLES = `
For example:
  npm run ops -- blast preview utah-invitational --stage prod
  npm run ops -- blast test utah-invitational --to you@club.example --stage prod
  npm run ops -- blast send <hash> --at "2026-05-01 09:00" --stage prod
  npm run ops -- blast pause <mailing> --stage prod
  npm run ops -- blast settle <mailing> <order> --sent --reason "she has it" --stage prod`;

const REPORT_EXAMPLES = `
For example:
  npm run ops -- blast-report bls_0f3a9c --stage prod
  npm run ops -- blast-report bls_0f3a9c --fresh-within 3600 --stage prod
  npm run ops -- blast-report bls_0f3a9c --json --stage prod > report.json`;

const SCHEDULE_EXAMPLES = `
For example:
  npm run ops -- schedule reminders utah-invitational --days 3,7,14 --at 09:00 --stage prod
  npm run ops -- schedule monthly u12-fees --day 25 --at 09:00 --pay-by-days 7 --stage prod
  npm run ops -- schedule stop u12-fees --monthly --stage prod
  npm run ops -- schedule run u12-fees --period 2026-05 --stage prod
  npm run ops -- schedule list --stage prod`;

/** The whole command line. What a command comes to is given to `exit`. */
export const programFor = (exit: (code: number) => void): Command => {
  const program = new Command('ops')
    .description('Sets up and looks after a stage of club-payments.')
    .showHelpAfterError('(--help lists what there is)')
    .addHelpText('after', EXIT_CODES);
  const setup = program.command('setup').description('Puts in place what a stage needs from outside');
  const check = program.command('check').description('Looks, and changes nothing');
  /** @param name with its operands, if it has any: `pause <mailing>` */
  const command = <O>(
    group: Command,
    name: string,
    description: string,
    load: Load<StageOptions & O>,
    how: CommandOptions = {},
  ): Command => {
    const self = withPlace(group.command(name, how).description(description));
    return self.action(async () => {
      const options = self.opts<StageOptions & O>();
      exit(
        await carryOut(nameOf(self), options, async (stage, report) =>
          (await load())(stage, report, options, ...self.args),
        ),
      );
    });
  };

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
  const blast = program
    .command('blast')
    .description('Mailings: shows what one would do, sends what was shown, stops it and lets it go on')
    .addHelpText('after', BLAST_EXAMPLES);
  withAudience(
    command(
      blast,
      'preview <product>',
      'Shows whom a mailing would reach, for how much, who is left out, and the mail; sends nothing',
      async () => (await import('./commands/blast-preview.ts')).blastPreview,
      { isDefault: true },
    ),
  );
  withActor(
    command(
      blast,
      'send <hash>',
      'Sends exactly what a preview has shown',
      async () => (await import('./commands/blast-send.ts')).blastSend,
    ),
  )
    .option('--at <time>', 'start at this time of the club, not now: "2026-05-01 09:00"')
    .option('--accept-unusual-size', 'more than ten times the usual audience is meant');
  withAudience(
    command(
      blast,
      'test <product>',
      'Sends the mail of the preview to one address, marked as a test',
      async () => (await import('./commands/blast-test.ts')).blastTest,
    ),
  ).requiredOption('--to <address>', 'who gets it');
  withActor(
    command(
      blast,
      'pause <mailing>',
      'Stops a mailing until it is resumed',
      async () => (await import('./commands/blast-steer.ts')).blastPause,
    ),
  );
  withActor(
    command(
      blast,
      'resume <mailing>',
      'Lets a paused mailing go on',
      async () => (await import('./commands/blast-steer.ts')).blastResume,
    ),
  );
  withActor(
    command(
      blast,
      'cancel <mailing>',
      'Ends a mailing for good: whoever was not written to yet never is',
      async () => (await import('./commands/blast-steer.ts')).blastCancel,
    ),
  );
  withActor(
    command(
      blast,
      'settle <mailing> <order>',
      'Says of a mail that is held whether it arrived, or is to be sent again',
      async () => (await import('./commands/blast-settle.ts')).blastSettle,
    ),
  )
    .option('--sent', 'it arrived')
    .option('--send-again', 'it did not, and is sent again')
    .option('--address <key>', 'which of the mails about this order, if several are held')
    .requiredOption('--reason <text>', 'how you know');
  command(
    program,
    'blasts',
    'Lists the mailings, with what was counted of them last',
    async () => (await import('./commands/blasts.ts')).blasts,
  );
  command(
    program,
    'blast-report <mailing>',
    'Accounts for every mail of a mailing: sent, delivered, held, left out, clicked, paid',
    async () => (await import('./commands/blast-report.ts')).blastReport,
  )
    .option('--fresh-within <seconds>', 'count again only what was counted longer ago than this', secondsFrom)
    .addHelpText('after', REPORT_EXAMPLES);
  const schedule = program
    .command('schedule')
    .description('What recurs: reminders of a product, and its fees month by month')
    .addHelpText('after', SCHEDULE_EXAMPLES);
  const scheduled = <O>(
    name: string,
    description: string,
    which: (all: typeof import('./commands/schedule.ts')) => Run<StageOptions & O>,
  ): Command =>
    command<O>(schedule, name, description, async () => which(await import('./commands/schedule.ts')));
  withTime(
    withActor(
      scheduled<Timed & { days: number[] }>(
        'reminders <product>',
        'Reminds families that still owe, some days after the first mail about their order',
        (all) => all.scheduleReminders,
      ),
    ),
  ).requiredOption('--days <list>', 'how many days after it: 3,7,14', wholeNumbers);
  withTime(
    withActor(
      scheduled<Timed & { day: number; payByDays: number }>(
        'monthly <product>',
        'Makes the orders of the next month from those of the month before, and mails them',
        (all) => all.scheduleMonthly,
      ),
    ),
  )
    .requiredOption('--day <number>', 'on which day of each month, 1 to 28', wholeNumber)
    .requiredOption('--pay-by-days <number>', 'how many days families have to pay', wholeNumber)
    .option('--this-month', 'for the month of that day, not the one after');
  withActor(
    scheduled('stop <product>', 'Stops reminders or monthly fees of a product', (all) => all.scheduleStop),
  )
    .option('--reminders', 'stop the reminders')
    .option('--monthly', 'stop the monthly fees');
  withActor(
    scheduled<{ period: string }>(
      'run <product>',
      'Makes and mails the fees of one month now: one that was skipped, or those that it lacks',
      (all) => all.scheduleRun,
    ),
  ).requiredOption('--period <month>', 'which month: 2026-05');
  scheduled('list', 'Shows what recurs, when next, and what was skipped', (all) => all.scheduleList);
  command(
    program,
    'restart',
    'Lets the functions read their secrets again, after one was changed by hand',
    async () => (await import('./commands/restart.ts')).restart,
  );
  return program;
};

type Timed = { at: string; timeZone?: string };
const withTime = (of: Command): Command =>
  of
    .requiredOption('--at <time>', 'at which time of day: 09:00')
    .option('--time-zone <name>', "on the clocks of which time zone (otherwise the club's): America/Denver");

const wholeNumber = (text: string): number => {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number.');
};
const wholeNumbers = (text: string): number[] => text.split(',').map((each) => wholeNumber(each.trim()));

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
