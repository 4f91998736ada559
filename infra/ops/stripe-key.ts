import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import Stripe from 'stripe';
import type { Environment } from './environment.ts';
import { OpsProblem, UsageProblem } from './problem.ts';

/** The variable that a key may be handed over in; never an argument, which everybody on the machine can read. */
export const KEY_VARIABLE = 'STRIPE_KEY';

/** From the environment, from a pipe, or asked for without showing what is typed. */
export const readKey = async (question: string): Promise<string> => {
  const given = process.env[KEY_VARIABLE] ?? (process.stdin.isTTY ? await ask(question) : await piped());
  const key = given.trim();
  if (key !== '') return key;
  throw new UsageProblem(
    'No Stripe key was entered.',
    `Paste it when asked, pipe it in, or set ${KEY_VARIABLE} for this one command.`,
  );
};

const piped = async (): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

const ask = async (question: string): Promise<string> => {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  const stopped = new AbortController();
  reader.on('SIGINT', () => stopped.abort());
  process.stderr.write(`${question} (it is not shown): `);
  try {
    return await reader.question('', { signal: stopped.signal });
  } catch (error) {
    if (stopped.signal.aborted) throw new UsageProblem('Stopped; nothing was changed.');
    throw error;
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
};

/**
 * Whether a key can be one of this stage, by its form alone. A live key on a stage for trying would charge families
 * for tests; a test key where families pay would let them believe that they have paid.
 * @throws {OpsProblem} which repeats nothing of the key
 */
export const assertKeyFits = (
  key: string,
  { stage, livemode }: { stage: string; livemode: boolean },
): void => {
  const place = 'https://dashboard.stripe.com/apikeys';
  if (key.startsWith('pk_')) {
    throw new OpsProblem(
      'This is the publishable key (pk_…), which can only be shown to browsers.',
      `Enter a restricted key (rk_…) from ${place}.`,
    );
  }
  if (key.startsWith('whsec_')) {
    throw new OpsProblem(
      'This is the signing secret of a webhook endpoint (whsec_…), not a key.',
      `Enter a restricted key (rk_…) from ${place}. The signing secret is stored by "setup stripe-webhook".`,
    );
  }
  const mode = /^(?:sk|rk)_(live|test)_[A-Za-z0-9_]+$/.exec(key)?.[1];
  if (mode === undefined) {
    throw new OpsProblem(
      'This is not a Stripe key: one begins with rk_test_, rk_live_, sk_test_ or sk_live_.',
      `Copy it whole from ${place}.`,
    );
  }
  if ((mode === 'live') === livemode) return;
  throw livemode
    ? new OpsProblem(
        `This is a test key, and on the stage "${stage}" families pay with real money.`,
        `Leave the sandbox in the Stripe dashboard, and enter the live key from ${place}.`,
      )
    : new OpsProblem(
        `This is a live key, and the stage "${stage}" is for trying: it would charge real cards.`,
        `Enter the key of a sandbox from https://dashboard.stripe.com/test/apikeys.`,
      );
};

/** The key that the stage holds. @throws {OpsProblem} there is none yet, or it is one of the other mode */
export const storedKey = async (environment: Environment): Promise<string> => {
  const key = await environment.readSecret('stripeKey');
  if (!/^(sk|rk)_/.test(key)) {
    throw new OpsProblem(
      `The stage "${environment.stage}" has no Stripe key yet.`,
      `Store it: npm run ops -- setup stripe-key --stage ${environment.stage}`,
    );
  }
  assertKeyFits(key, { stage: environment.stage, livemode: environment.outputs.Livemode });
  return key;
};

type Permission = {
  /** As the dashboard names it in the list of a restricted key. */
  name: string;
  /** A call that can change nothing: it only reads, or it names an object that can't exist. */
  probe(stripe: Stripe): Promise<unknown>;
};

const NOBODY = 'club_payments_permission_check';

/** Everything that the functions ask of Stripe (`lib/adapters/stripe/gateway.ts`), and no more. */
export const permissions: readonly Permission[] = [
  {
    name: 'Payment Links: Write',
    probe: (stripe) => stripe.paymentLinks.update(`plink_${NOBODY}`, { active: false }),
  },
  {
    name: 'Checkout Sessions: Write',
    probe: (stripe) => stripe.checkout.sessions.expire(`cs_test_${NOBODY}`),
  },
  { name: 'PaymentIntents: Read', probe: (stripe) => stripe.paymentIntents.retrieve(`pi_${NOBODY}`) },
  {
    name: 'Charges and Refunds: Write',
    probe: (stripe) => stripe.refunds.create({ payment_intent: `pi_${NOBODY}`, amount: 1 }),
  },
  { name: 'Disputes: Read', probe: (stripe) => stripe.disputes.list({ limit: 1 }) },
];

/** The names of what the key may not do. @throws what Stripe throws for a key that does not work at all */
export const lackingPermissions = async (stripe: Stripe): Promise<string[]> => {
  const lacking: string[] = [];
  for (const { name, probe } of permissions) {
    try {
      await probe(stripe);
    } catch (error) {
      if (error instanceof Stripe.errors.StripePermissionError) lacking.push(name);
      // "There is no such object" comes after the key and its permissions were found good.
      else if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
    }
  }
  return lacking;
};
