import { describe, expect, test } from 'vitest';
import { SettingsError, settingsFrom } from '../../infra/settings.ts';
import { DURABLE, DURABLE_DNS_ELSEWHERE, record, templateOf } from './template.ts';

const settings = (context: Record<string, unknown>) => {
  const told: Record<string, unknown> = { stage: 'dev', ...context };
  return settingsFrom((key) => told[key]);
};
const problems = (context: Record<string, unknown>): readonly string[] => {
  try {
    settings(context);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
};

describe('settings of a stage', () => {
  test.each([undefined, null, ''])('without a stage (%j) nothing is built', (stage) => {
    expect(problems({ ...DURABLE, stage })).toEqual([
      'Say which stage: "-c stage=dev" for one that may be deleted with all that it holds, "-c stage=prod" for the one that families pay in.',
    ]);
  });

  test('dev needs none', () => {
    expect(settings({})).toMatchObject({
      stage: 'dev',
      ephemeral: true,
      livemode: false,
      club: { name: 'Riverside Youth Sports', contact: 'office@club.example' },
      mail: {
        from: 'Riverside Youth Sports <payments@club.example>',
        domain: 'club.example',
        senders: 2,
      },
      domain: undefined,
      alarmEmail: undefined,
    });
  });

  test('a stage of real families must say who the club is, and is told all that is missing at once', () => {
    expect(problems({ stage: 'prod' })).toEqual([
      'The stage "prod" needs the context value "clubName": the name that parents know.',
      'The stage "prod" needs the context value "clubContact": an e-mail address or telephone number that parents may use.',
      'The stage "prod" needs the context value "clubTimeZone": an IANA time zone such as America/Denver.',
      'The stage "prod" needs the context value "mailFrom": the sender, such as Club <payments@club.example>.',
      'The stage "prod" needs the context value "domainName": a host name of the club\'s, such as pay.club.example, for the links in its mails. Without one they die with the API; whoever accepts that passes "-c acceptThatMailedLinksDieWithTheApi=true".',
    ]);
  });

  test.each([
    ['dev', true],
    ['dev-anna', true],
    ['test', true],
    ['device', false],
    ['staging', false],
    ['prod', false],
  ])('what stage %s holds may be deleted with it: %s', (stage, ephemeral) => {
    expect(settings({ ...DURABLE, stage }).ephemeral).toBe(ephemeral);
  });

  test.each([
    ['prod', true],
    ['production', true],
    ['prod-south', true],
    ['product', false],
    ['staging', false],
    ['dev', false],
  ])('stage %s takes live payments: %s', (stage, livemode) => {
    expect(settings({ ...DURABLE, stage }).livemode).toBe(livemode);
  });

  test('a durable stage of another name may take live payments, if it is told so', () => {
    expect(settings({ ...DURABLE, stage: 'hillside', livemode: true }).livemode).toBe(true);
  });

  test('production never takes test payments for real ones', () => {
    expect(problems({ ...DURABLE, stage: 'prod', livemode: 'false' })).toEqual([
      'The stage "prod" takes live payments only: leave out "livemode", and try Stripe\'s test mode in another stage, such as "-c stage=staging".',
    ]);
  });

  test('what may be deleted takes no real money', () => {
    expect(problems({ stage: 'dev-anna', livemode: 'true' })).toEqual([
      'The stage "dev-anna" may be deleted with all that it holds, so it takes no live payments: leave out "livemode", or choose another stage.',
    ]);
  });

  test.each([
    [
      { stage: 'Prod!' },
      'The context value "stage" is "Prod!"; it must be lower-case letters, digits and hyphens, 20 at most, and not "local", which is what npm start runs.',
    ],
    [
      { clubTimeZone: 'Denver' },
      'The context value "clubTimeZone" is "Denver"; it must be an IANA time zone such as America/Denver.',
    ],
    [
      { mailFrom: 'a@x.example, b@y.example' },
      'The context value "mailFrom" is "a@x.example, b@y.example"; it must be one address, such as Club <payments@club.example>.',
    ],
    [
      { mailRatePerSecond: '0' },
      'The context value "mailRatePerSecond" is "0"; it must be a number above 0.',
    ],
    [
      { mailRatePerSecond: 'Infinity' },
      'The context value "mailRatePerSecond" is "Infinity"; it must be a number above 0.',
    ],
    [{ livemode: 'yes' }, 'The context value "livemode" is "yes"; it must be true or false.'],
    [
      { domainName: 'https://pay.club.example' },
      'The context value "domainName" is "https://pay.club.example"; it must be a host name such as pay.club.example, without https://.',
    ],
    [
      { legacyTokenPattern: '[' },
      'The context value "legacyTokenPattern" is "["; it must be a regular expression.',
    ],
    [
      { hostedZoneId: '/hostedzone/Z0123' },
      'The context value "hostedZoneId" is "/hostedzone/Z0123"; it must be the id of a Route 53 zone, such as Z0123456789ABCDEFGHIJ.',
    ],
    [
      { certificateArn: 'arn:aws:iam::111122223333:server-certificate/pay' },
      'The context value "certificateArn" is "arn:aws:iam::111122223333:server-certificate/pay"; it must be the ARN of a certificate in ACM, such as arn:aws:acm:us-east-1:111122223333:certificate/….',
    ],
    [
      { alarmEmail: 'a@x.example, b@y.example' },
      'The context value "alarmEmail" is "a@x.example, b@y.example"; it must be one address, such as treasurer@club.example.',
    ],
    [{ mailSenders: '1' }, 'The context value "mailSenders" is "1"; it must be a whole number, 2 or more.'],
    [
      { mailSenders: '2.5' },
      'The context value "mailSenders" is "2.5"; it must be a whole number, 2 or more.',
    ],
    [
      { lambdaConcurrency: '9' },
      'The context value "lambdaConcurrency" is "9"; it must be a whole number, 10 or more.',
    ],
    [{ clubName: { en: 'Club' } }, 'The context value "clubName" must be plain text.'],
  ])('%o is refused in a sentence', (context, sentence) => {
    expect(problems({ ...DURABLE, ...context })).toContain(sentence);
  });

  test('a stage sends as fast as SES lets it, unless it is told less', async () => {
    const told = async (context: Record<string, string>) => {
      const { Resources, Outputs } = await templateOf('dev', context);
      const variables = Object.values(Resources).flatMap(({ Type, Properties }) =>
        Type === 'AWS::Lambda::Function'
          ? [record(record(Properties.Environment).Variables).MAIL_RATE_PER_SECOND]
          : [],
      );
      return [new Set(variables), Outputs.MailRatePerSecond?.Value];
    };
    expect(settings({ stage: 'dev' }).mail.ratePerSecond).toBeUndefined();
    expect(await told({})).toEqual([new Set([undefined]), undefined]);
    expect(await told({ mailRatePerSecond: '2.5' })).toEqual([new Set(['2.5']), '2.5']);
  });

  test.each([
    ['payments@club.example', 'club.example'],
    ['Club <payments@Pay.Club.example>', 'pay.club.example'],
  ])('mails of %s are sent as the identity %s', (mailFrom, domain) => {
    expect(settings({ mailFrom }).mail.domain).toBe(domain);
  });
});

describe('the domain of a stage', () => {
  const { domainName, hostedZoneId, ...withoutDomain } = DURABLE;
  const certificateArn = DURABLE_DNS_ELSEWHERE.certificateArn;
  const waived = { acceptThatMailedLinksDieWithTheApi: 'true' };
  const domainOf = (context: Record<string, unknown>) =>
    settings({ ...withoutDomain, stage: 'prod', ...context }).domain;

  test('is in Route 53, or has a certificate, or both', () => {
    const name = domainName;
    expect(domainOf({ domainName, hostedZoneId })).toEqual({ name, hostedZoneId, certificateArn: undefined });
    expect(domainOf({ domainName, certificateArn })).toEqual({
      name,
      hostedZoneId: undefined,
      certificateArn,
    });
    expect(domainOf({ domainName, hostedZoneId, certificateArn })).toEqual({
      name,
      hostedZoneId,
      certificateArn,
    });
  });

  test('may be missing only from a stage that can be deleted, or where that was accepted', () => {
    expect(settings({ stage: 'dev' }).domain).toBeUndefined();
    expect(domainOf(waived)).toBeUndefined();
    expect(problems({ ...withoutDomain, stage: 'staging' })).toEqual([
      expect.stringContaining('The stage "staging" needs the context value "domainName"'),
    ]);
  });

  test.each([
    [
      { domainName },
      'The domain name "pay.hillside.example" needs the context value "hostedZoneId", the Route 53 zone that holds it, or "certificateArn", a certificate for it in ACM where DNS is elsewhere.',
    ],
    [
      { hostedZoneId },
      'A "hostedZoneId" or "certificateArn" is of use only with "domainName", the host name of the mailed links.',
    ],
    [
      { certificateArn, ...waived },
      'A "hostedZoneId" or "certificateArn" is of use only with "domainName", the host name of the mailed links.',
    ],
    [
      { domainName, hostedZoneId, ...waived },
      'With a "domainName" mailed links outlive the API: leave out "acceptThatMailedLinksDieWithTheApi".',
    ],
    [
      { acceptThatMailedLinksDieWithTheApi: 'yes' },
      'The context value "acceptThatMailedLinksDieWithTheApi" is "yes"; it must be true, or left out.',
    ],
  ])('%o is refused in a sentence', (context, sentence) => {
    expect(problems({ ...withoutDomain, stage: 'prod', ...context })).toEqual([sentence]);
  });
});

describe('senders', () => {
  const refusal = (mailSenders: number, lambdaConcurrency: number): readonly string[] =>
    problems({ ...DURABLE, stage: 'prod', mailSenders, lambdaConcurrency });

  test.each([
    [2, 10],
    [2, 14],
    [3, 15],
    [200, 1000],
  ])('%i may run in an account that runs %i at once', (senders, concurrency) => {
    expect(refusal(senders, concurrency)).toEqual([]);
  });

  test.each([
    [3, 10],
    [3, 14],
    [201, 1000],
  ])(
    '%i would keep clicks and webhooks waiting in an account that runs %i at once',
    (senders, concurrency) => {
      expect(refusal(senders, concurrency)).toEqual([expect.stringContaining('clicks and webhooks wait')]);
    },
  );

  test('are told how many they may be', () => {
    expect(problems({ ...DURABLE, stage: 'prod', mailSenders: '4' })).toEqual([
      'The context value "mailSenders" is "4"; it must be 2 at most, a fifth of what the account may run at once, or clicks and webhooks wait for mails. If AWS grants this account more than 10, say so with "lambdaConcurrency".',
    ]);
  });
});
