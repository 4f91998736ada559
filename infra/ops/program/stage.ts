import type { DeployOptions } from '../commands/deploy.ts';
import { withStage } from '../options.ts';
import { carryOutDeploy } from './carry-out.ts';
import type { Chapter } from './command-line.ts';

const examples = (...commands: string[]): string =>
  ['', 'For example:', ...commands.map((command) => `  npm run ops -- ${command}`)].join('\n');

const DEPLOY_EXAMPLES = `
For example:
  npm run deploy -- --stage prod --dry-run
  npm run deploy -- --stage dev -c clubName=Hillside`;

/** What a stage needs before the first mail: deployed, set up, looked at. */
export const stage: Chapter = ({ program, command, exit }) => {
  const setup = program
    .command('setup')
    .description('Puts in place what a stage needs from outside')
    .addHelpText(
      'after',
      examples(
        'setup stripe-key --stage prod',
        'setup stripe-webhook --stage prod',
        'setup token-key --add --stage prod',
        'setup token-key --sign-with k2 --stage prod',
      ),
    );
  const check = program
    .command('check')
    .description('Looks, and changes nothing')
    .addHelpText(
      'after',
      examples('check all --stage prod', 'check mail --stage prod', 'check stripe --stage prod'),
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
    .addHelpText('after', DEPLOY_EXAMPLES)
    .action(async (options: DeployOptions) => exit(await carryOutDeploy(options)));

  command(
    setup,
    'stripe-key',
    'Stores the Stripe key: asked for without showing it, piped in, or in STRIPE_KEY',
    async () => (await import('../commands/setup-stripe-key.ts')).setupStripeKey,
  );
  command(
    setup,
    'stripe-webhook',
    'Creates or updates the webhook endpoint at Stripe, and stores its signing secret',
    async () => (await import('../commands/setup-stripe-webhook.ts')).setupStripeWebhook,
  )
    .option('--replace', 'make a new endpoint beside the present one: new secret, new API version')
    .option('--finish', 'disable what was replaced')
    .option('--ask-key', 'use another Stripe key for this once; it is entered as for stripe-key');
  command(
    setup,
    'token-key',
    'Shows and changes the keys that sign the links in mails',
    async () => (await import('../commands/setup-token-key.ts')).setupTokenKey,
  )
    .option('--add', 'first step of a rotation: a new key, which is not used yet')
    .option('--sign-with <id>', 'second step: sign new links with this key')
    .option('--revoke <id>', 'after a leak: links of this key say that they were replaced');

  command(
    check,
    'all',
    'Everything that a payment needs',
    async () => (await import('../commands/check-all.ts')).checkAll,
  );
  command(
    check,
    'mail',
    'The sender, DKIM, DMARC, quota and sandbox of SES',
    async () => (await import('../commands/check-mail.ts')).checkMail,
  );
  command(
    check,
    'stripe',
    'The stored key, its permissions, and the webhook',
    async () => (await import('../commands/check-stripe.ts')).checkStripe,
  );

  command(
    program,
    'test-mail',
    'Sends oneself a test mail, on the way that families are mailed',
    async () => (await import('../commands/test-mail.ts')).testMail,
  )
    .requiredOption('--to <address>', 'who gets it')
    .addHelpText('after', examples('test-mail --to you@club.example --stage prod'));
  command(
    program,
    'test-order',
    "Makes the club's own order of the smallest amount and mails its link; while it is unpaid, the same one",
    async () => (await import('../commands/test-order.ts')).testOrder,
  )
    .requiredOption('--to <address>', 'who gets the mail')
    .option('--currency <code>', 'of the smallest amount', 'usd')
    .option('--no-mail', 'only print the link')
    .addHelpText('after', examples('test-order --to you@club.example --stage prod'));
  command(
    program,
    'restart',
    'Lets the functions read their secrets again, after one was changed by hand',
    async () => (await import('../commands/restart.ts')).restart,
  ).addHelpText('after', examples('restart --stage prod'));
};

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];
