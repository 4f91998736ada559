import * as z from 'zod/mini';
import { Misconfigured } from '../lib/domain/errors.ts';

const text = () => z.string().check(z.minLength(1));
const flag = () =>
  z.pipe(
    z.enum(['true', 'false']),
    z.transform((value: 'true' | 'false') => value === 'true'),
  );
const positive = () => z.coerce.number().check(z.positive());

/** Every variable that a function may read, and how. The stack sets exactly those that a function names. */
const variables = {
  STAGE: text(),
  LIVEMODE: flag(),
  BASE_URL: z.url(),
  CLUB_NAME: text(),
  CLUB_CONTACT: text(),
  CLUB_TIME_ZONE: text(),
  ORDERS_TABLE: text(),
  ROSTER_TABLE: text(),
  BLASTS_TABLE: text(),
  PLANS_TABLE: text(),
  EVENTS_QUEUE_URL: z.url(),
  RETIRE_QUEUE_URL: z.url(),
  BLAST_QUEUE_URL: z.url(),
  TOKEN_KEYS_SECRET_ID: text(),
  STRIPE_KEY_SECRET_ID: text(),
  STRIPE_WEBHOOK_SECRET_ID: text(),
  MAIL_FROM: text(),
  MAIL_CONFIGURATION_SET: text(),
  /** Mails per second that the account may send. */
  MAIL_RATE_PER_SECOND: positive(),
  /** How many senders share that rate. */
  MAIL_SENDERS: positive(),
  /** A regular expression; empty or absent where no older system ever mailed a link. */
  LEGACY_TOKEN_PATTERN: z.optional(z.string()),
  /** Only where an emulator stands in for Stripe. */
  STRIPE_ENDPOINT_URL: z.optional(z.url()),
} as const;

type Variables = typeof variables;
export type Config<Name extends keyof Variables> = { [N in Name]: z.output<Variables[N]> };

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
    const parsed = variables[name].safeParse(env[name]);
    if (parsed.success) config[name] = parsed.data;
    else problems.push(env[name] === undefined ? `${name} is not set` : `${name} is not valid`);
  }
  if (problems.length > 0) {
    throw new Misconfigured(`This function can't start: ${problems.join('; ')}. Deploy the stack again.`);
  }
  return config as Config<Name>;
};
