import type { Node } from 'constructs';

/** What one deployment is told, from CDK context: `-c stage=prod`, or `cdk.json`. */
export type Settings = {
  stage: string;
  /**
   * A stage that may be deleted with all that it holds: `dev`, `test`, or one named after them (`dev-anna`).
   * Every other stage is taken for one that real families pay in.
   */
  ephemeral: boolean;
  /** Whether Stripe's live mode is expected; an event of the other mode is refused. */
  livemode: boolean;
  /** Where parents reach us, if not at the API's own name. */
  domainName: string | undefined;
  club: { name: string; contact: string; timeZone: string };
  mail: {
    /** `Club <payments@club.example>` */
    from: string;
    /** The SES identity that the address belongs to. */
    domain: string;
    /** What SES grants this account, all senders together. */
    ratePerSecond: number;
  };
  /** Recognises the tokens of an older system's links; no such links when absent. */
  legacyTokenPattern: string | undefined;
};

/** All that is wrong with the settings, one sentence each. */
export class SettingsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      ['This stage cannot be built as it is set up:', ...problems.map((problem) => `- ${problem}`)].join(
        '\n',
      ),
    );
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

/** An ephemeral stage works without being told anything; a durable one must say who the club is. */
const EPHEMERAL_DEFAULTS: Record<string, string> = {
  clubName: 'Riverside Youth Sports',
  clubContact: 'office@club.example',
  clubTimeZone: 'America/Denver',
  mailFrom: 'Riverside Youth Sports <payments@club.example>',
};
const DEFAULTS: Record<string, string> = { mailRatePerSecond: '10' };

/** @throws {SettingsError} with every problem at once */
export const settingsFrom = (context: (key: string) => unknown): Settings => {
  const problems: string[] = [];
  const stage = String(context('stage') ?? 'dev');
  const ephemeral = /^(dev|test)(-|$)/.test(stage);

  const given = (key: string): string | undefined => {
    const value = context(key);
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value === 'object') {
      problems.push(`The context value "${key}" must be plain text.`);
      return undefined;
    }
    return String(value);
  };
  const required = (key: string, means: string): string => {
    const value = given(key) ?? DEFAULTS[key] ?? (ephemeral ? EPHEMERAL_DEFAULTS[key] : undefined);
    if (value !== undefined) return value;
    problems.push(`The stage "${stage}" needs the context value "${key}": ${means}.`);
    return '';
  };
  const check = (key: string, value: string, fits: (value: string) => boolean, must: string): void => {
    if (value !== '' && !fits(value))
      problems.push(`The context value "${key}" is "${value}"; it must be ${must}.`);
  };

  check(
    'stage',
    stage,
    (s) => /^[a-z][a-z0-9-]{0,19}$/.test(s),
    'lower-case letters, digits and hyphens, 20 at most',
  );

  const name = required('clubName', 'the name that parents know');
  const contact = required('clubContact', 'an e-mail address or telephone number that parents may use');
  const timeZone = required('clubTimeZone', 'an IANA time zone such as America/Denver');
  check('clubTimeZone', timeZone, isTimeZone, 'an IANA time zone such as America/Denver');

  const from = required('mailFrom', 'the sender, such as Club <payments@club.example>');
  check(
    'mailFrom',
    from,
    (s) => mailDomainOf(s) !== undefined,
    'one address, such as Club <payments@club.example>',
  );
  const rate = required('mailRatePerSecond', 'how many mails a second SES lets this account send');
  check('mailRatePerSecond', rate, (s) => Number(s) > 0 && Number.isFinite(Number(s)), 'a number above 0');

  const livemode = given('livemode') ?? String(stage === 'prod');
  check('livemode', livemode, (s) => s === 'true' || s === 'false', 'true or false');
  const domainName = given('domainName');
  check('domainName', domainName ?? '', isHostName, 'a host name such as pay.club.example, without https://');
  const legacyTokenPattern = given('legacyTokenPattern');
  check('legacyTokenPattern', legacyTokenPattern ?? '', isPattern, 'a regular expression');

  if (problems.length > 0) throw new SettingsError(problems);
  return {
    stage,
    ephemeral,
    livemode: livemode === 'true',
    domainName,
    club: { name, contact, timeZone },
    mail: { from, domain: mailDomainOf(from) ?? '', ratePerSecond: Number(rate) },
    legacyTokenPattern,
  };
};

export const settingsOf = (node: Node): Settings => settingsFrom((key) => node.tryGetContext(key));

const mailDomainOf = (from: string): string | undefined =>
  /^(?:[^<>@\r\n]+ <[^<>@\s]+@([^<>@\s]+\.[^<>@\s]+)>|[^<>@\s]+@([^<>@\s]+\.[^<>@\s]+))$/
    .exec(from)
    ?.slice(1)
    .find((domain) => domain !== undefined)
    ?.toLowerCase();

const isHostName = (text: string): boolean =>
  /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(text);

const succeeds = (attempt: () => unknown): boolean => {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
};
const isTimeZone = (text: string): boolean =>
  succeeds(() => new Intl.DateTimeFormat('en', { timeZone: text }));
const isPattern = (text: string): boolean => succeeds(() => new RegExp(text));
