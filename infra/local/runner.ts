import Stripe from 'stripe';
import { createEndpoint, noteFingerprint } from '../ops/stripe-webhook.ts';
import { assemblyDirectoryFor } from './assembly.ts';
import { type RunningStack, type RunOptions, runAssembly } from './stack.ts';
import { type StripeSimulator, startStripeSimulator } from './stripe/simulator.ts';
import { type Assembly, readAssembly, type Template } from './template/template.ts';
import type { Neighbour } from './time/passing-time.ts';

export type LocalStackOptions = RunOptions & {
  /** Default: `dev`. */
  stage?: string;
  /** CDK context, as `-c key=value`. */
  context?: Record<string, string>;
  /** A cloud assembly that was synthesized before; `stage` and `context` were decided there. */
  assemblyDirectory?: string;
  /** Changes the template before it runs, to see what a stack does that lacks something. */
  changed?: (synthesized: Template) => Template;
};

/** The whole system on this machine. Every address is `http://127.0.0.1:port`. */
export type LocalStack = RunningStack & {
  /** Of the Function URL that takes Stripe's events, without a slash at the end. */
  readonly webhookUrl: string;
  /** Has this stack's webhook endpoint; its key is the one the functions use. */
  readonly stripe: StripeSimulator;
};

export { assemblyDirectoryFor } from './assembly.ts';
export type { CallLog, CallPattern, LoggedCall } from './aws/call-log.ts';
export type { Fault, Faults, InjectedFault } from './aws/faults.ts';
export type { Refusal, Refusals } from './aws/refusals.ts';
export type { EventKind, SesEvent } from './aws/ses/event.ts';
export type { ReceivedMail } from './aws/ses/inbox.ts';
export type { TakenMail } from './aws/ses/mail.ts';
export type { Outcome } from './aws/ses/outcomes.ts';
export { type ClientConfig, FunctionFailed, type RunningStack, type RunOptions } from './stack.ts';

/** A key of Stripe's test mode; there is no account behind it. */
const STRIPE_KEY = 'sk_test_local';

/**
 * Synthesizes the stack, builds the functions, and runs both, with the Stripe simulator beside them. Prints nothing;
 * leaves nothing behind after `stop`.
 */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  let simulator: StripeSimulator | undefined;
  let stack: RunningStack | undefined;

  const stop = async () => {
    await stack?.stop();
    await simulator?.stop();
  };

  try {
    const startStripe = async (now: () => number) => {
      simulator = await startStripeSimulator({ now, apiKeys: [STRIPE_KEY] });
      return { ...neighbourOf(simulator), environment: { STRIPE_ENDPOINT_URL: simulator.url } };
    };
    stack = await runAssembly(assemblyOf(options), options, startStripe);
    if (simulator === undefined) throw new Error('The Stripe simulator was not started.');

    const webhookUrl = stack.functionUrls['stripe-webhook'];
    if (webhookUrl === undefined) throw new Error('The template has no Function URL of stripe-webhook.');
    const webhookSecret = await registerWebhook(simulator, webhookUrl, options.stage ?? 'dev');
    stack.secrets.put(stack.secretId('StripeKey'), STRIPE_KEY);
    stack.secrets.put(stack.secretId('StripeWebhook'), JSON.stringify([webhookSecret]));

    return { ...stack, webhookUrl, stripe: simulator, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function assemblyOf(options: LocalStackOptions): Promise<Assembly> {
  const assembly = readAssembly(options.assemblyDirectory ?? (await assemblyDirectoryFor(options)));
  return { ...assembly, template: options.changed?.(assembly.template) ?? assembly.template };
}

function neighbourOf(simulator: StripeSimulator): Neighbour {
  return { tick: () => simulator.tick(), retrying: () => simulator.webhooks.queued };
}

/** Enters our endpoint at Stripe, as ops does once per stage. Resolves to its signing secret. */
async function registerWebhook(simulator: StripeSimulator, url: string, stage: string): Promise<string> {
  const { host, port } = simulator;
  const stripe = new Stripe(STRIPE_KEY, { host, port, protocol: 'http', telemetry: false });
  const { endpoint, secret } = await createEndpoint(stripe, `${url}/`, stage);
  await noteFingerprint(stripe, endpoint.id, secret);
  return secret;
}
