import { createHash } from 'node:crypto';
import Stripe from 'stripe';
import { handledEventTypes } from '../../lib/domain/payment-notice.ts';
import type { Environment } from './environment.ts';
import { OpsProblem } from './problem.ts';

/** The version whose objects `lib/adapters/stripe/events.ts` reads. An endpoint keeps the one that it was made with. */
export const WEBHOOK_API_VERSION = Stripe.API_VERSION;

/** Stripe tells an endpoint's secret once; this, kept at the endpoint, tells later whether we hold it. */
const FINGERPRINT = 'secret_fingerprint';
/** Of a secret with 190 bits of chance: says nothing about it. */
const fingerprintOf = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex').slice(0, 16);

/** The enabled endpoints that send to this stage. */
export type Endpoints = {
  /** Made last, and its secret is stored. */
  current: { endpoint: Stripe.WebhookEndpoint; secret: string } | undefined;
  /** The others: replaced by `current`, or of unknown secret. */
  others: readonly Stripe.WebhookEndpoint[];
};

export const findEndpoints = async (
  stripe: Stripe,
  url: string,
  secrets: readonly string[],
): Promise<Endpoints> => {
  const enabled: Stripe.WebhookEndpoint[] = [];
  for await (const endpoint of stripe.webhookEndpoints.list({ limit: 100 })) {
    if (endpoint.status === 'enabled' && sameUrl(endpoint.url, url)) enabled.push(endpoint);
  }
  // The secrets are kept newest first.
  const [current] = secrets.flatMap((secret) =>
    enabled
      .filter(({ metadata }) => metadata[FINGERPRINT] === fingerprintOf(secret))
      .map((endpoint) => ({ endpoint, secret })),
  );
  return { current, others: enabled.filter((endpoint) => endpoint !== current?.endpoint) };
};

const sameUrl = (a: string, b: string): boolean => a.replace(/\/$/, '') === b.replace(/\/$/, '');

/** What is not as it should be, in words; nothing when all is. */
export const deviationsOf = (endpoint: Stripe.WebhookEndpoint): { events: boolean; version: boolean } => ({
  events: [...endpoint.enabled_events].sort().join() !== [...handledEventTypes].sort().join(),
  version: endpoint.api_version !== WEBHOOK_API_VERSION,
});

/** With its secret, which Stripe never tells again. */
export const createEndpoint = async (
  stripe: Stripe,
  url: string,
  stage: string,
): Promise<{ endpoint: Stripe.WebhookEndpoint; secret: string }> => {
  const endpoint = await stripe.webhookEndpoints.create({
    url,
    enabled_events: [...handledEventTypes],
    api_version: WEBHOOK_API_VERSION,
    description: `club-payments/${stage}`,
  });
  if (endpoint.secret === undefined)
    throw new OpsProblem('Stripe told no signing secret of the new endpoint.');
  return { endpoint, secret: endpoint.secret };
};

export const noteFingerprint = async (stripe: Stripe, endpointId: string, secret: string): Promise<void> => {
  await stripe.webhookEndpoints.update(endpointId, { metadata: { [FINGERPRINT]: fingerprintOf(secret) } });
};

/** Brings what an endpoint sends in line with what is read. */
export const sendWhatIsRead = async (stripe: Stripe, endpointId: string): Promise<void> => {
  await stripe.webhookEndpoints.update(endpointId, { enabled_events: [...handledEventTypes] });
};

export const disableEndpoint = async (stripe: Stripe, endpointId: string): Promise<void> => {
  await stripe.webhookEndpoints.update(endpointId, { disabled: true });
};

/** What the stage holds, newest first. @throws {OpsProblem} when somebody has stored something else there */
export const storedWebhookSecrets = async (environment: Environment): Promise<string[]> => {
  const stored = listIn(await environment.readSecret('stripeWebhook'));
  if (stored !== undefined) return stored;
  throw new OpsProblem(
    'What is stored as webhook secret is not a list of signing secrets (["whsec_…"]).',
    'Put [] there in Secrets Manager, and run "setup stripe-webhook" with --replace.',
  );
};

const listIn = (text: string): string[] | undefined => {
  try {
    const list: unknown = JSON.parse(text);
    const isSecret = (item: unknown): item is string => typeof item === 'string' && item.startsWith('whsec_');
    return Array.isArray(list) && list.every(isSecret) ? list : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Sends the stage an event of a type that means nothing, signed with this secret: whether Stripe's own would be
 * taken in. It leaves one line in the log of fulfil-payment.
 * @param tries a second apart: after a change, an environment that is busy keeps the old secret until it is done
 */
export const isAccepted = async (environment: Environment, secret: string, tries = 1): Promise<boolean> => {
  const nowMs = await environment.now();
  const seconds = Math.floor(nowMs / 1_000);
  const payload = JSON.stringify({
    id: `evt_club_payments_check_${nowMs}`,
    object: 'event',
    type: 'club_payments.check',
    created: seconds,
    livemode: environment.outputs.Livemode,
    data: { object: { id: 'club_payments_check' } },
  });
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: seconds });
  for (let tried = 1; ; tried++) {
    const { status } = await fetch(environment.outputs.WebhookUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': signature },
      body: payload,
    });
    if (status === 200) return true;
    if (tried >= tries) return false;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
};
