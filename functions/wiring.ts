import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESClient } from '@aws-sdk/client-ses';
import { ulid } from 'ulid';
import * as v from 'valibot';
import { lean, patient } from '../lib/adapters/aws.ts';
import { dynamoBlasts } from '../lib/adapters/dynamodb/blasts.ts';
import { documentClient } from '../lib/adapters/dynamodb/client.ts';
import { dynamoImports } from '../lib/adapters/dynamodb/imports.ts';
import { dynamoOrders } from '../lib/adapters/dynamodb/orders.ts';
import { dynamoPace } from '../lib/adapters/dynamodb/pace.ts';
import { dynamoPlans } from '../lib/adapters/dynamodb/plans.ts';
import { dynamoPreviews } from '../lib/adapters/dynamodb/previews.ts';
import { dynamoRoster } from '../lib/adapters/dynamodb/roster.ts';
import { dynamoRuns } from '../lib/adapters/dynamodb/runs.ts';
import { dynamoSchedules } from '../lib/adapters/dynamodb/schedules.ts';
import { secretReader } from '../lib/adapters/secrets.ts';
import { sesMailer } from '../lib/adapters/ses/mailer.ts';
import { connectSqs, type Sqs } from '../lib/adapters/sqs/client.ts';
import { sqsQueue } from '../lib/adapters/sqs/queue.ts';
import { readStripeEvent } from '../lib/adapters/stripe/events.ts';
import { verifyStripeSignature } from '../lib/adapters/stripe/signature.ts';

export { webhookApiVersion } from '../lib/adapters/stripe/signature.ts';

import { Misconfigured } from '../lib/domain/errors.ts';
import { instant } from '../lib/domain/ids.ts';
import { parseTokenKeys, type TokenKeys } from '../lib/domain/pay-token.ts';
import type {
  Books,
  Clock,
  Club,
  Log,
  NewId,
  Queue,
  RetireMessage,
  Site,
  Stripe,
  Tokens,
} from '../lib/ports.ts';
import { eachBooksCall } from '../lib/usecases/each-books-call.ts';
import { eachCall } from '../lib/usecases/each-call.ts';
import type { MintDeps } from '../lib/usecases/mint-link.ts';
import type { Config } from './config.ts';
import { counting } from './metrics.ts';

/** From a function's configuration to the adapters that it uses: a small factory each, so that a bundle holds no more. */

export const clock: Clock = {
  now: () => instant(Date.now()),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Lambda writes what is logged as one JSON object a line, with the request id beside it. */
export const log: Log = counting((event, fields = {}) => console.info({ event, ...fields }));

export const newId: NewId = (prefix) => `${prefix}_${ulid(Date.now()).toLowerCase()}`;

/** For a call that a parent waits for. */
const PROMPT = { connectMs: 1_000, answerMs: 3_000 };
/** For a call that only a queue waits for. */
const UNHURRIED = { connectMs: 2_000, answerMs: 10_000 };

let documents: ReturnType<typeof documentClient> | undefined;
const tables = (table: string) => {
  documents ??= documentClient(PROMPT);
  return { client: documents, table };
};

export const orders = (config: Config<'ORDERS_TABLE'>) => dynamoOrders(tables(config.ORDERS_TABLE));
export const roster = (config: Config<'ROSTER_TABLE'>) => dynamoRoster(tables(config.ROSTER_TABLE));
export const blasts = (config: Config<'BLASTS_TABLE'>) => dynamoBlasts(tables(config.BLASTS_TABLE));
export const pace = (config: Config<'BLASTS_TABLE'>) => dynamoPace(tables(config.BLASTS_TABLE));
export const schedules = (config: Config<'BLASTS_TABLE'>) => dynamoSchedules(tables(config.BLASTS_TABLE));
export const previews = (config: Config<'BLASTS_TABLE'>) => dynamoPreviews(tables(config.BLASTS_TABLE));
export const imports = (config: Config<'ORDERS_TABLE' | 'PLANS_TABLE'>) =>
  dynamoImports({ orders: tables(config.ORDERS_TABLE), plans: tables(config.PLANS_TABLE) });
export const plans = (config: Config<'PLANS_TABLE'>) => dynamoPlans(tables(config.PLANS_TABLE));
export const runs = (config: Config<'PLANS_TABLE'>) => dynamoRuns(tables(config.PLANS_TABLE));

const SENDING = { ...PROMPT, attempts: 2 };

let sqs: Sqs | undefined;
export const queue = <T>(queueUrl: string): Queue<T> => {
  sqs ??= connectSqs(SENDING);
  const connected = sqs;
  return sqsQueue<T>({ connect: () => connected, queueUrl });
};

let lateSqs: Promise<Sqs> | undefined;
/** For a function that seldom has anything to send: the SQS client is a file of its own, loaded by the first message. */
export const seldomUsedQueue = <T>(queueUrl: string): Queue<T> =>
  sqsQueue<T>({
    connect: () => {
      lateSqs ??= import('../lib/adapters/sqs/client.ts').then((late) => late.connectSqs(SENDING));
      return lateSqs;
    },
    queueUrl,
  });

let secretValues: ReturnType<typeof secretReader> | undefined;
const secrets = (): ReturnType<typeof secretReader> => {
  secretValues ??= secretReader({ client: new SecretsManagerClient(patient({ ...PROMPT, attempts: 3 })) });
  return secretValues;
};

/** Read once per environment: after that a token is checked without any I/O. */
export const tokens = (config: Config<'TOKEN_KEYS_SECRET_ID'>): Tokens => {
  let parsed: TokenKeys | undefined;
  return {
    keys: async () => {
      parsed ??= parseTokenKeys(await secrets().read(config.TOKEN_KEYS_SECRET_ID));
      return parsed;
    },
  };
};

/** Reads a verified event. */
export const readEvent = readStripeEvent;

/** Its schema is made here, so that the functions that check no signature don't make it as well. */
export const verifySignature = (config: Config<'STRIPE_WEBHOOK_SECRET_ID'>) => {
  const WebhookSecrets = v.pipe(v.array(v.pipe(v.string(), v.startsWith('whsec_'))), v.minLength(1));
  /** Several while one is being replaced by the next. */
  const webhookSecrets = async (): Promise<string[]> => {
    const stored = v.safeParse(
      WebhookSecrets,
      parseJson(await secrets().read(config.STRIPE_WEBHOOK_SECRET_ID)),
    );
    if (stored.success) return stored.output;
    throw new Misconfigured('The webhook secret is not a JSON list of Stripe signing secrets: ["whsec_…"].');
  };
  return async (signed: { rawBody: Uint8Array; signature: string }): Promise<void> =>
    verifyStripeSignature(signed, await webhookSecrets(), clock.now());
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

type StripeConfig = Config<'STRIPE_KEY_SECRET_ID' | 'STRIPE_ENDPOINT_URL' | 'LIVEMODE'>;

/** A parent waits: one repetition within what a browser tolerates. */
export const stripeForClick = (config: StripeConfig): Stripe =>
  stripe(config, { timeoutMs: 5_000, maxRetries: 1 });
export const stripeForQueue = (config: StripeConfig): Stripe =>
  stripe(config, { timeoutMs: 15_000, maxRetries: 2 });

/** For work that keeps to a pace of its own: a repetition by the client would not be counted. */
export const stripeForOps = (config: StripeConfig): Stripe =>
  stripe(config, { timeoutMs: 15_000, maxRetries: 0 });

type Patience = { timeoutMs: number; maxRetries: number };

const stripe = (config: StripeConfig, patience: Patience): Stripe => {
  const connect = connected(
    config,
    patience,
    async () => (await import('../lib/adapters/stripe/gateway.ts')).stripeGateway,
  );
  return eachCall(connect, { connected: async () => void (await connect()) });
};

/** What the account holds, for work that keeps to a pace of its own. */
export const booksForOps = (config: StripeConfig): Books => {
  const connect = connected(
    config,
    { timeoutMs: 15_000, maxRetries: 0 },
    async () => (await import('../lib/adapters/stripe/books.ts')).stripeBooks,
  );
  return eachBooksCall(connect, { connected: async () => void (await connect()) });
};

/** The Stripe library is a file of its own, which is loaded by the first call that needs it. */
const connected = <P>(
  config: StripeConfig,
  patience: Patience,
  load: () => Promise<(connection: Patience & { apiKey: string; endpointUrl: string | undefined }) => P>,
): (() => Promise<P>) => {
  const connect = async (): Promise<P> => {
    const [adapter, apiKey] = await Promise.all([load(), stripeKey(config)]);
    return adapter({ apiKey, endpointUrl: config.STRIPE_ENDPOINT_URL, ...patience });
  };
  let connecting: Promise<P> | undefined;
  return () => {
    connecting ??= connect().catch((error) => {
      connecting = undefined;
      throw error;
    });
    return connecting;
  };
};

/** @throws {Misconfigured} none is stored, or one of the other mode */
const stripeKey = async (config: StripeConfig): Promise<string> => {
  const apiKey = await secrets().read(config.STRIPE_KEY_SECRET_ID);
  const [, mode] = /^[sr]k_(live|test)_/.exec(apiKey) ?? [];
  const expected = config.LIVEMODE ? 'live' : 'test';
  if (mode === undefined) {
    throw new Misconfigured(
      `The Stripe key has not been stored yet, or is not a secret or restricted key: store a ${expected} key.`,
    );
  }
  if (mode !== expected) {
    throw new Misconfigured(
      `The Stripe key that is stored is a ${mode} key, and this stage takes ${expected} keys only: store a ${expected} key, or deploy another stage.`,
    );
  }
  return apiKey;
};

export const mailer = (config: Config<'MAIL_FROM' | 'MAIL_CONFIGURATION_SET'>) =>
  sesMailer({
    // One attempt: a repetition by the client could be a second mail.
    client: lean(new SESClient(patient({ ...UNHURRIED, attempts: 1 }))),
    from: config.MAIL_FROM,
    configurationSet: config.MAIL_CONFIGURATION_SET,
  });

export const club = (config: Config<'CLUB_NAME' | 'CLUB_CONTACT' | 'CLUB_TIME_ZONE'>): Club => ({
  name: config.CLUB_NAME,
  contact: config.CLUB_CONTACT,
  timeZone: config.CLUB_TIME_ZONE,
});

export const site = (config: Config<'BASE_URL' | 'STAGE' | 'LIVEMODE'>): Site => ({
  baseUrl: config.BASE_URL,
  system: `club-payments/${config.STAGE}`,
  livemode: config.LIVEMODE,
});

/** @throws {Misconfigured} when the pattern is no regular expression */
export const legacyToken = (config: Config<'LEGACY_TOKEN_PATTERN'>): RegExp | null => {
  if (config.LEGACY_TOKEN_PATTERN === undefined || config.LEGACY_TOKEN_PATTERN === '') return null;
  try {
    return new RegExp(`^(?:${config.LEGACY_TOKEN_PATTERN})$`);
  } catch {
    throw new Misconfigured('LEGACY_TOKEN_PATTERN is not a regular expression.');
  }
};

/** What a function needs that can mint. */
export const mintVariables = [
  'STAGE',
  'LIVEMODE',
  'BASE_URL',
  'CLUB_NAME',
  'CLUB_CONTACT',
  'CLUB_TIME_ZONE',
  'ORDERS_TABLE',
  'ROSTER_TABLE',
  'RETIRE_QUEUE_URL',
  'TOKEN_KEYS_SECRET_ID',
  'STRIPE_KEY_SECRET_ID',
  'STRIPE_ENDPOINT_URL',
] as const;

/** A mint has something for the retire queue only when it closes an older surface on the way. */
export const minting = (
  config: Config<(typeof mintVariables)[number]>,
  retireQueue: Queue<RetireMessage>,
): MintDeps => ({
  clock,
  log,
  orders: orders(config),
  roster: roster(config),
  retireQueue,
  tokens: tokens(config),
  stripe: stripeForClick(config),
  club: club(config),
  site: site(config),
});
