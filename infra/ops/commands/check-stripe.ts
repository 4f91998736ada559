import Stripe from 'stripe';
import type { Environment } from '../environment.ts';
import type { Report } from '../report.ts';
import { storedKey } from '../stripe-key.ts';
import { deviationsOf, findEndpoints, isAccepted, storedWebhookSecrets } from '../stripe-webhook.ts';
import { mayAllThatIsNeeded } from './setup-stripe-key.ts';

/** The stored key and the webhook, changing nothing. */
export const checkStripe = async (environment: Environment, report: Report): Promise<void> => {
  const key = await storedKey(environment);
  await mayAllThatIsNeeded(key, environment, report);

  const setUp = `npm run ops -- setup stripe-webhook --stage ${environment.stage}`;
  const secrets = await storedWebhookSecrets(environment);
  const [newest] = secrets;
  if (newest === undefined) {
    report.missing(
      'The stage holds no webhook secret: it would not believe Stripe that anybody has paid.',
      setUp,
    );
    return;
  }
  if (await isAccepted(environment, newest))
    report.ok('What is signed with the stored webhook secret is taken in.');
  else {
    report.missing(
      'The stage does not take in what is signed with the stored webhook secret.',
      `npm run ops -- restart --stage ${environment.stage}`,
    );
  }
  await checkEndpoint(await environment.stripe(key), secrets, environment, report, setUp);
};

const checkEndpoint = async (
  stripe: Stripe,
  secrets: readonly string[],
  { outputs }: Environment,
  report: Report,
  setUp: string,
): Promise<void> => {
  try {
    const { current, others } = await findEndpoints(stripe, outputs.WebhookUrl, secrets);
    if (current === undefined) {
      report.missing(
        others.length === 0
          ? 'Stripe has no webhook endpoint that sends to this stage.'
          : 'The webhook secret that the stage holds is not that of its endpoint at Stripe.',
        `${setUp}${others.length === 0 ? '' : ' --replace'}`,
      );
      return;
    }
    const { events, version } = deviationsOf(current.endpoint);
    if (version)
      report.missing(
        'The webhook endpoint is of another API version than this release reads.',
        `${setUp} --replace`,
      );
    else if (events)
      report.missing('The webhook endpoint does not send exactly the events that are read.', setUp);
    else report.ok(`The webhook endpoint ${current.endpoint.id} is as it should be.`);
    if (others.length > 0) report.advice('A second endpoint sends to this stage.', `${setUp} --finish`);
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripePermissionError)) throw error;
    // The functions never need it, so their key is better without it.
    report.advice(
      'The stored key may not look at webhook endpoints.',
      `To check it with another key: ${setUp} --ask-key`,
    );
  }
};
