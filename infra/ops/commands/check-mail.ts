import { Resolver } from 'node:dns/promises';
import {
  ConfigurationSetDoesNotExistException,
  DescribeConfigurationSetCommand,
  GetAccountSendingEnabledCommand,
  GetIdentityDkimAttributesCommand,
  GetIdentityVerificationAttributesCommand,
  GetSendQuotaCommand,
} from '@aws-sdk/client-ses';
import type { Environment } from '../environment.ts';
import type { Report } from '../report.ts';

/** Whether families' mails can leave, and be believed; for whatever is missing, where to click. */
export const checkMail = async (environment: Environment, report: Report): Promise<void> => {
  const domain = /@([^\s>@]+)>?$/.exec(environment.outputs.MailFrom)?.[1]?.toLowerCase() ?? '';
  await checkIdentity(domain, environment, report);
  await checkQuota(environment, report);
  await checkConfigurationSet(environment, report);
  if (environment.local) report.advice('DMARC is not looked up for a stack on this machine.');
  else await checkDmarc(domain, report);
};

const consoleOf = ({ region }: Environment, page: string): string =>
  `https://${region}.console.aws.amazon.com/ses/home?region=${region}#/${page}`;

const checkIdentity = async (domain: string, environment: Environment, report: Report): Promise<void> => {
  const { ses } = environment;
  const { VerificationAttributes = {} } = await ses.send(
    new GetIdentityVerificationAttributesCommand({ Identities: [domain] }),
  );
  const status = VerificationAttributes[domain]?.VerificationStatus;
  if (status === 'Success') report.ok(`SES has verified the domain ${domain}.`);
  else if (status === undefined || status === 'NotStarted') {
    report.missing(
      `SES does not know the domain ${domain} that mails are sent from (an address of it alone is not enough).`,
      `${consoleOf(environment, 'identities/create')}: Create identity, Domain, ${domain}, Easy DKIM; then enter the three CNAME records at your DNS provider.`,
    );
    return;
  } else {
    report.missing(
      `SES has not verified the domain ${domain} (${status}).`,
      `The three CNAME records of ${consoleOf(environment, `identities/${domain}`)} must stand at your DNS provider; it takes up to 72 hours after that.`,
    );
  }
  const { DkimAttributes = {} } = await ses.send(
    new GetIdentityDkimAttributesCommand({ Identities: [domain] }),
  );
  const dkim = DkimAttributes[domain];
  if (dkim?.DkimEnabled === true && dkim.DkimVerificationStatus === 'Success') {
    report.ok('Mails are signed with DKIM.');
  } else {
    report.missing(
      `Mails are not signed with DKIM (${dkim?.DkimVerificationStatus ?? 'not set up'}): many mailboxes will treat them as spam.`,
      `${consoleOf(environment, `identities/${domain}`)}: Authentication, DKIM, Edit, Easy DKIM, Enabled.`,
    );
  }
};

/** What SES grants an account that it has not let out of its sandbox. https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html */
const SANDBOX_PER_DAY = 200;

const checkQuota = async (environment: Environment, report: Report): Promise<void> => {
  const { ses, outputs } = environment;
  const { Enabled = true } = await ses.send(new GetAccountSendingEnabledCommand());
  if (!Enabled) {
    report.missing(
      'AWS has paused sending for this account: too many mails bounced or were reported as spam.',
      `${consoleOf(environment, 'reputation')} says why. Answer the message of AWS before anything else.`,
    );
  }
  const {
    Max24HourSend = 0,
    MaxSendRate = 0,
    SentLast24Hours = 0,
  } = await ses.send(new GetSendQuotaCommand());
  report.data({ quota: { perDay: Max24HourSend, perSecond: MaxSendRate, sentLast24Hours: SentLast24Hours } });
  if (Max24HourSend === SANDBOX_PER_DAY) {
    report.missing(
      `The account is in the sandbox of SES: ${Max24HourSend} mails a day, and to verified addresses only. No family gets mail.`,
      `${consoleOf(environment, 'account')}: Request production access. It takes about a day.`,
    );
  } else {
    // SES says -1 where there is no limit.
    const perDay = Max24HourSend === -1 ? 'any number of' : Max24HourSend;
    report.ok(
      `The account may send ${perDay} mails a day, ${MaxSendRate} a second; ${SentLast24Hours} in the last 24 hours.`,
    );
  }
  const { MailRatePerSecond: limit } = outputs;
  if (limit === undefined) report.ok('The stage sends as fast as SES lets it.');
  else if (limit <= MaxSendRate) report.ok(`The stage sends ${limit} mails a second at most.`);
  else {
    report.advice(
      `The stage sends ${MaxSendRate} mails a second, as SES lets it; its own limit of ${limit} is above that.`,
      `Ask for more at ${consoleOf(environment, 'account')}, or leave mailRatePerSecond out.`,
    );
  }
};

const NEEDED_EVENTS = ['send', 'delivery', 'bounce', 'complaint', 'reject', 'renderingFailure'] as const;

const checkConfigurationSet = async (environment: Environment, report: Report): Promise<void> => {
  const name = environment.outputs.MailConfigurationSet;
  const deployAgain = `It is part of the stage; deploy it again: npm run deploy -- --stage ${environment.stage}`;
  try {
    const { EventDestinations = [] } = await environment.ses.send(
      new DescribeConfigurationSetCommand({
        ConfigurationSetName: name,
        ConfigurationSetAttributeNames: ['eventDestinations'],
      }),
    );
    const told = new Set(
      EventDestinations.filter(({ Enabled }) => Enabled).flatMap(
        ({ MatchingEventTypes }) => MatchingEventTypes ?? [],
      ),
    );
    const untold = NEEDED_EVENTS.filter((type) => !told.has(type));
    if (untold.length === 0) report.ok('SES tells what becomes of each mail.');
    else
      report.missing(`SES does not tell of: ${untold.join(', ')} (configuration set ${name}).`, deployAgain);
  } catch (error) {
    if (!(error instanceof ConfigurationSetDoesNotExistException)) throw error;
    report.missing(`There is no configuration set ${name}: every mail would be refused.`, deployAgain);
  }
};

/** A domain without a policy of its own has that of the domain above it. */
const checkDmarc = async (domain: string, report: Report): Promise<void> => {
  const labels = domain.split('.');
  const candidates = labels.slice(0, -1).map((_, from) => labels.slice(from).join('.'));
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  for (const candidate of candidates) {
    const records = await resolver.resolveTxt(`_dmarc.${candidate}`).catch(() => []);
    const policy = records.map((parts) => parts.join('')).find((record) => /^v=DMARC1\b/i.test(record));
    if (policy === undefined) continue;
    report.ok(`DMARC of ${candidate}: ${/\bp=\w+/i.exec(policy)?.[0] ?? policy}.`);
    return;
  }
  report.missing(
    `The domain ${domain} has no DMARC record; Gmail and Yahoo ask for one of whoever sends much.`,
    `Enter at your DNS provider: TXT _dmarc.${domain} "v=DMARC1; p=none; rua=mailto:you@${domain}"`,
  );
};
