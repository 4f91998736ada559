import type { Node } from 'constructs';
import { type Context, is, mailDomainOf, reading, SettingsError } from './context.ts';

export { SettingsError } from './context.ts';

/** What one deployment is told, from CDK context: `-c stage=prod`. */
export type Settings = {
  stage: string;
  /**
   * A stage that may be deleted with all that it holds: `dev`, `test`, or one named after them (`dev-anna`).
   * Every other stage is taken for one that real families pay in.
   */
  ephemeral: boolean;
  /** Whether Stripe's live mode is expected; a key or an event of the other mode is refused. */
  livemode: boolean;
  /** Where parents reach us; at the API's own name when absent. */
  domain: DomainSettings | undefined;
  club: { name: string; contact: string; timeZone: string };
  mail: {
    /** `Club <payments@club.example>` */
    from: string;
    /** The SES identity that the address belongs to. */
    domain: string;
    /** The most that this stage sends, all senders together; as much as SES takes when absent. */
    ratePerSecond: number | undefined;
    /** How many functions send at once. */
    senders: number;
  };
  /** Who is told of alarms; nobody when absent. */
  alarmEmail: string | undefined;
  /** Recognises the tokens of an older system's links; no such links when absent. */
  legacyTokenPattern: string | undefined;
};

/** At least one of the two that may be absent is there. */
export type DomainSettings = {
  /** `pay.club.example` */
  name: string;
  /** The public zone of Route 53 that holds the name; absent where DNS is elsewhere. */
  hostedZoneId: string | undefined;
  /** A certificate for the name, in ACM and in the stack's own region; made in the zone when absent. */
  certificateArn: string | undefined;
};

/** An ephemeral stage works without being told anything; a durable one must say who the club is. */
const EPHEMERAL_DEFAULTS: Record<string, string> = {
  clubName: 'Riverside Youth Sports',
  clubContact: 'office@club.example',
  clubTimeZone: 'America/Denver',
  mailFrom: 'Riverside Youth Sports <payments@club.example>',
};

/** What a new AWS account may run at once, and the least of senders that SQS event sources know. */
const DEFAULTS = { mailSenders: '2', lambdaConcurrency: '10' } as const;

/**
 * One part in so many of the account's concurrency is the most that senders may take: a mailing is what brings
 * the clicks and the payments, and each of those needs a function at the same time.
 */
const SENDERS_SHARE = 5;

const WAIVER = 'acceptThatMailedLinksDieWithTheApi';

/** @throws {SettingsError} with every problem at once */
export const settingsFrom = (context: (key: string) => unknown): Settings => {
  const values = reading(context);
  const { given, check, problems } = values;
  const stage = given('stage');
  if (stage === undefined) {
    throw new SettingsError([
      'Say which stage: "-c stage=dev" for one that may be deleted with all that it holds, "-c stage=prod" for the one that families pay in.',
    ]);
  }
  check(
    'stage',
    is.stage,
    'lower-case letters, digits and hyphens, 20 at most, and not "local", which is what npm start runs',
  );
  const ephemeral = /^(dev|test)(-|$)/.test(stage);

  const needed = (key: string, means: string): string => {
    const value = given(key) ?? (ephemeral ? EPHEMERAL_DEFAULTS[key] : undefined);
    if (value === undefined) {
      problems.push(`The stage "${stage}" needs the context value "${key}": ${means}.`);
    }
    return value ?? '';
  };
  const name = needed('clubName', 'the name that parents know');
  const contact = needed('clubContact', 'an e-mail address or telephone number that parents may use');
  const timeZone = needed('clubTimeZone', 'an IANA time zone such as America/Denver');
  check('clubTimeZone', is.timeZone, 'an IANA time zone such as America/Denver');
  const from = needed('mailFrom', 'the sender, such as Club <payments@club.example>');
  check('mailFrom', is.sender, 'one address, such as Club <payments@club.example>');
  check('mailRatePerSecond', is.positive, 'a number above 0');

  const production = /^prod(uction)?(-|$)/.test(stage);
  const livemode = given('livemode') ?? String(production);
  check('livemode', is.flag, 'true or false');
  if (ephemeral && livemode === 'true') {
    problems.push(
      `The stage "${stage}" may be deleted with all that it holds, so it takes no live payments: leave out "livemode", or choose another stage.`,
    );
  }
  if (production && livemode === 'false') {
    problems.push(
      `The stage "${stage}" takes live payments only: leave out "livemode", and try Stripe's test mode in another stage, such as "-c stage=staging".`,
    );
  }

  check('alarmEmail', is.address, 'one address, such as treasurer@club.example');
  check('legacyTokenPattern', is.pattern, 'a regular expression');
  const domain = domainFrom(values, { stage, ephemeral });
  const senders = sendersFrom(values);
  const ratePerSecond = given('mailRatePerSecond');

  if (problems.length > 0) throw new SettingsError(problems);
  return {
    stage,
    ephemeral,
    livemode: livemode === 'true',
    domain,
    club: { name, contact, timeZone },
    mail: {
      from,
      domain: mailDomainOf(from) ?? '',
      ratePerSecond: ratePerSecond === undefined ? undefined : Number(ratePerSecond),
      senders,
    },
    alarmEmail: given('alarmEmail'),
    legacyTokenPattern: given('legacyTokenPattern'),
  };
};

export const settingsOf = (node: Node): Settings => settingsFrom((key) => node.tryGetContext(key));

/** The host name in every mailed link. It outlives the API only if it is the club's own. */
const domainFrom = (
  { given, check, problems }: Context,
  { stage, ephemeral }: Pick<Settings, 'stage' | 'ephemeral'>,
): DomainSettings | undefined => {
  check('domainName', is.hostName, 'a host name such as pay.club.example, without https://');
  check('hostedZoneId', is.hostedZoneId, 'the id of a Route 53 zone, such as Z0123456789ABCDEFGHIJ');
  check(
    'certificateArn',
    is.certificateArn,
    'the ARN of a certificate in ACM, such as arn:aws:acm:us-east-1:111122223333:certificate/…',
  );
  check(WAIVER, is.yes, 'true, or left out');

  const [name, hostedZoneId, certificateArn, waiver] = [
    given('domainName'),
    given('hostedZoneId'),
    given('certificateArn'),
    given(WAIVER),
  ];
  if (name === undefined) {
    if (hostedZoneId !== undefined || certificateArn !== undefined) {
      problems.push(
        'A "hostedZoneId" or "certificateArn" is of use only with "domainName", the host name of the mailed links.',
      );
    } else if (!ephemeral && waiver === undefined) {
      problems.push(
        `The stage "${stage}" needs the context value "domainName": a host name of the club's, such as pay.club.example, for the links in its mails. Without one they die with the API; whoever accepts that passes "-c ${WAIVER}=true".`,
      );
    }
    return undefined;
  }
  if (waiver !== undefined) {
    problems.push(`With a "domainName" mailed links outlive the API: leave out "${WAIVER}".`);
  }
  if (hostedZoneId === undefined && certificateArn === undefined) {
    problems.push(
      `The domain name "${name}" needs the context value "hostedZoneId", the Route 53 zone that holds it, or "certificateArn", a certificate for it in ACM where DNS is elsewhere.`,
    );
  }
  return { name, hostedZoneId, certificateArn };
};

/** How many functions send at once: few enough that clicks and webhooks always find a function free. */
const sendersFrom = ({ given, check, problems }: Context): number => {
  // SQS event sources know no fewer than two workers.
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
  check('mailSenders', is.wholeFrom(2), 'a whole number, 2 or more');
  check('lambdaConcurrency', is.wholeFrom(10), 'a whole number, 10 or more');

  const senders = Number(given('mailSenders') ?? DEFAULTS.mailSenders);
  const most = Math.floor(Number(given('lambdaConcurrency') ?? DEFAULTS.lambdaConcurrency) / SENDERS_SHARE);
  if (most >= 2 && senders > most) {
    problems.push(
      `The context value "mailSenders" is "${senders}"; it must be ${most} at most, a fifth of what the account may run at once, or clicks and webhooks wait for mails. If AWS grants this account more than ${most * SENDERS_SHARE}, say so with "lambdaConcurrency".`,
    );
  }
  return senders;
};
