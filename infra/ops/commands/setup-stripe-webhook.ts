import type Stripe from 'stripe';
import { handledEventTypes } from '../../../lib/domain/payment-notice.ts';
import type { Environment } from '../environment.ts';
import { OpsProblem } from '../problem.ts';
import type { Report } from '../report.ts';
import { assertKeyFits, readKey, storedKey } from '../stripe-key.ts';
import {
  createEndpoint,
  deviationsOf,
  disableEndpoint,
  findEndpoints,
  isAccepted,
  noteFingerprint,
  sendWhatIsRead,
  storedWebhookSecrets,
  WEBHOOK_API_VERSION,
} from '../stripe-webhook.ts';

export type WebhookOptions = {
  /** Makes a new endpoint beside the old one. */
  replace?: boolean;
  /** Disables whatever the new endpoint has replaced. */
  finish?: boolean;
  /** Uses a key for this command alone, instead of the one that is stored. */
  askKey?: boolean;
};

/**
 * Brings Stripe's webhook endpoint in line with what the functions read. Replacing one takes two runs, since Stripe
 * goes on for three days trying to deliver to an endpoint what it could not, but not to one that is disabled:
 *
 *   --replace   new endpoint; both secrets are accepted; each event comes twice, which changes nothing
 *   --finish    the old endpoint is disabled; only the new secret is accepted
 */
export const setupStripeWebhook = async (
  environment: Environment,
  report: Report,
  options: WebhookOptions,
): Promise<void> => {
  const stripe = await environment.stripe(await keyFor(environment, options));
  const secrets = await storedWebhookSecrets(environment);
  const { current, others } = await findEndpoints(stripe, environment.outputs.WebhookUrl, secrets);
  const again = `npm run ops -- setup stripe-webhook --stage ${environment.stage}`;

  if (current === undefined) {
    if (others.length > 0 && options.replace !== true) {
      report.missing(
        `Stripe sends to this stage through ${idsOf(others)}, whose signing secret is not the one that the stage holds: ` +
          'it was made by hand, or the stored secret is that of another endpoint.',
        `Replace it: ${again} --replace`,
      );
      return;
    }
    await add(stripe, secrets, others, environment, report);
    if (others.length > 0) tellToFinish(others, again, report);
    return;
  }

  const { endpoint } = current;
  const deviates = deviationsOf(endpoint);
  if (options.finish === true) {
    if (!deviates.version) return finish({ stripe, current, others, secrets, environment, report });
    report.missing(`The endpoint ${endpoint.id} is of another version itself.`, `First: ${again} --replace`);
    return;
  }
  if (deviates.version && options.replace !== true) {
    report.missing(
      `The endpoint ${endpoint.id} sends events of version ${endpoint.api_version ?? 'of the account'}; ` +
        `this release reads ${WEBHOOK_API_VERSION}, and the version of an endpoint can't be changed.`,
      `Replace it: ${again} --replace`,
    );
    return;
  }
  if (options.replace === true && (others.length === 0 || deviates.version)) {
    await add(stripe, secrets, [endpoint, ...others], environment, report);
    tellToFinish([endpoint, ...others], again, report);
    return;
  }
  if (deviates.events) {
    await sendWhatIsRead(stripe, endpoint.id);
    report.done(
      `The endpoint ${endpoint.id} now sends exactly the ${handledEventTypes.length} events that are read.`,
    );
  } else {
    report.ok(
      `The endpoint ${endpoint.id} is as it should be: ${handledEventTypes.length} events, ${WEBHOOK_API_VERSION}.`,
    );
  }
  if (others.length > 0) tellToFinish(others, again, report);
};

const keyFor = async (environment: Environment, { askKey }: WebhookOptions): Promise<string> => {
  if (askKey !== true) return storedKey(environment);
  const { stage, outputs } = environment;
  const key = await readKey(`Stripe key that may write webhook endpoints, for the stage "${stage}"`);
  assertKeyFits(key, { stage, livemode: outputs.Livemode });
  return key;
};

const idsOf = (endpoints: readonly Stripe.WebhookEndpoint[]): string =>
  endpoints.map(({ id }) => id).join(', ');

/**
 *   create at Stripe           crash after it: its secret is lost; the next run finds it and says --replace
 *   store its secret           the old ones stay accepted while their endpoints are enabled
 *   note its fingerprint       crash before it: as above
 *   prove that it is accepted
 */
const add = async (
  stripe: Stripe,
  secrets: readonly string[],
  others: readonly Stripe.WebhookEndpoint[],
  environment: Environment,
  report: Report,
): Promise<void> => {
  const { endpoint, secret } = await createEndpoint(
    stripe,
    environment.outputs.WebhookUrl,
    environment.stage,
  );
  await environment.writeSecret(
    'stripeWebhook',
    JSON.stringify([secret, ...(others.length > 0 ? secrets : [])]),
  );
  await noteFingerprint(stripe, endpoint.id, secret);
  report.done(
    `The endpoint ${endpoint.id} is made: ${handledEventTypes.length} events, ${WEBHOOK_API_VERSION}.`,
  );
  report.done('Its signing secret is stored.');
  await prove(secret, environment, report);
};

const prove = async (secret: string, environment: Environment, report: Report): Promise<void> => {
  if (await isAccepted(environment, secret, 5)) {
    report.ok('An event signed with it was sent to the stage, and was taken in.');
    return;
  }
  throw new OpsProblem(
    'The stage did not take in an event that was signed with the stored secret.',
    `Run "restart" for the stage "${environment.stage}", then this again; what the function says is in the log of stripe-webhook.`,
  );
};

const tellToFinish = (others: readonly Stripe.WebhookEndpoint[], again: string, report: Report): void =>
  report.advice(
    `A replacement is under way: ${idsOf(others)} still sends too, and is still accepted if its secret was.`,
    `When Stripe shows no failed deliveries for it (three days after the last at most): ${again} --finish`,
  );

type Finish = {
  stripe: Stripe;
  current: { secret: string };
  others: readonly Stripe.WebhookEndpoint[];
  secrets: readonly string[];
  environment: Environment;
  report: Report;
};

const finish = async ({ stripe, current, others, secrets, environment, report }: Finish): Promise<void> => {
  const { secret } = current;
  await prove(secret, environment, report);
  for (const { id } of others) {
    await disableEndpoint(stripe, id);
    report.done(`The endpoint ${id} is disabled. It can be deleted in the dashboard.`);
  }
  if (secrets.length > 1) {
    await environment.writeSecret('stripeWebhook', JSON.stringify([secret]));
    report.done('Only the new signing secret is accepted now.');
  } else if (others.length === 0) {
    report.ok('There is nothing to finish.');
  }
};
