import type { Environment } from '../environment.ts';
import type { Report } from '../report.ts';
import { assertKeyFits, lackingPermissions, readKey } from '../stripe-key.ts';

/** Takes in the key that the functions use: of the right kind, alive, and allowed what they need. */
export const setupStripeKey = async (environment: Environment, report: Report): Promise<void> => {
  const { stage, outputs } = environment;
  const key = await readKey(`Stripe key for the stage "${stage}"`);
  assertKeyFits(key, { stage, livemode: outputs.Livemode });
  if (!(await mayAllThatIsNeeded(key, environment, report))) return;
  if (key === (await environment.readSecret('stripeKey'))) {
    report.ok('This key is stored already.');
    return;
  }
  await environment.writeSecret('stripeKey', key);
  report.done('The key is stored, and every function that uses it starts anew with it.');
};

/** Also for a key that is stored. */
export const mayAllThatIsNeeded = async (
  key: string,
  environment: Environment,
  report: Report,
): Promise<boolean> => {
  const lacking = await lackingPermissions(await environment.stripe(key));
  if (lacking.length > 0) {
    report.missing(
      `The key may not do all that is needed. It lacks: ${lacking.join('; ')}.`,
      'Open it at https://dashboard.stripe.com/apikeys, choose Edit, set these, and run this again.',
    );
    return false;
  }
  report.ok(`Stripe knows the key (${outputsMode(environment)}), and it may do all that is needed.`);
  if (key.startsWith('sk_')) {
    report.advice(
      'This key may do everything in the account.',
      'A restricted key (rk_…) with only the permissions that docs/deploying.md lists does less harm if it leaks.',
    );
  }
  return true;
};

const outputsMode = ({ outputs }: Environment): string => (outputs.Livemode ? 'live mode' : 'test mode');
