import { Misconfigured } from '../lib/domain/errors.ts';

/** For a value that can't be; `undefined` is a variable that is absent and may be. */
const WRONG = Symbol('wrong');
type Given = string | undefined;

// Plain functions, not schemas: every function reads its configuration while it starts.
const text = (given: Given) => (given === undefined || given === '' ? WRONG : given);
const url = (given: Given) => (given !== undefined && URL.canParse(given) ? given : WRONG);
const flag = (given: Given) => (given === 'true' ? true : given === 'false' ? false : WRONG);
const positive = (given: Given) => (Number(given) > 0 ? Number(given) : WRONG);
const optional =
  <T>(read: (given: Given) => T) =>
  (given: Given) =>
    given === undefined ? undefined : read(given);

/** Every variable that a function may read, and how. The stack sets exactly those that a function names. */
const variables = {
  STAGE: text,
  LIVEMODE: flag,
  BASE_URL: url,
  CLUB_NAME: text,
  CLUB_CONTACT: text,
  CLUB_TIME_ZONE: text,
  ORDERS_TABLE: text,
  ROSTER_TABLE: text,
  BLASTS_TABLE: text,
  PLANS_TABLE: text,
  EVENTS_QUEUE_URL: url,
  RETIRE_QUEUE_URL: url,
  BLAST_QUEUE_URL: url,
  TOKEN_KEYS_SECRET_ID: text,
  STRIPE_KEY_SECRET_ID: text,
  STRIPE_WEBHOOK_SECRET_ID: text,
  MAIL_FROM: text,
  MAIL_CONFIGURATION_SET: text,
  /** Mails per second that this stage sends at most; absent: as many as SES takes of the account. */
  MAIL_RATE_PER_SECOND: optional(positive),
  /** A regular expression; empty or absent where no older system ever mailed a link. */
  LEGACY_TOKEN_PATTERN: (given: Given) => given,
  /** Only where an emulator stands in for Stripe. */
  STRIPE_ENDPOINT_URL: optional(url),
} as const;

type Variables = typeof variables;
export type Config<Name extends keyof Variables> = {
  [N in Name]: Exclude<ReturnType<Variables[N]>, typeof WRONG>;
};

/**
 * Reads the named variables once, at the start of a function.
 * @throws {Misconfigured} naming every variable that is missing or wrong, without its value
 */
export const readConfig = <Name extends keyof Variables>(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly Name[],
): Config<Name> => {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const name of names) {
    const value = variables[name](env[name]);
    if (value !== WRONG) config[name] = value;
    else problems.push(env[name] === undefined ? `${name} is not set` : `${name} is not valid`);
  }
  if (problems.length > 0) {
    throw new Misconfigured(`This function can't start: ${problems.join('; ')}. Deploy the stack again.`);
  }
  return config as Config<Name>;
};
