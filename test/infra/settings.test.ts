import { describe, expect, test } from 'vitest';
import { SettingsError, settingsFrom } from '../../infra/settings.ts';
import { DURABLE } from './template.ts';

const settings = (context: Record<string, unknown>) => settingsFrom((key) => context[key]);
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
  test('dev needs none', () => {
    expect(settings({})).toMatchObject({
      stage: 'dev',
      ephemeral: true,
      livemode: false,
      club: { name: 'Riverside Youth Sports', contact: 'office@club.example' },
      mail: {
        from: 'Riverside Youth Sports <payments@club.example>',
        domain: 'club.example',
        ratePerSecond: 10,
      },
    });
  });

  test('a stage of real families must say who the club is, and is told all that is missing at once', () => {
    expect(problems({ stage: 'prod' })).toEqual([
      'The stage "prod" needs the context value "clubName": the name that parents know.',
      'The stage "prod" needs the context value "clubContact": an e-mail address or telephone number that parents may use.',
      'The stage "prod" needs the context value "clubTimeZone": an IANA time zone such as America/Denver.',
      'The stage "prod" needs the context value "mailFrom": the sender, such as Club <payments@club.example>.',
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

  test('only prod takes live payments, unless it is told otherwise', () => {
    const live = (context: Record<string, unknown>) => settings({ ...DURABLE, ...context }).livemode;
    expect([live({ stage: 'prod' }), live({ stage: 'staging' })]).toEqual([true, false]);
    expect([live({ stage: 'prod', livemode: 'false' }), live({ stage: 'staging', livemode: true })]).toEqual([
      false,
      true,
    ]);
  });

  test.each([
    [
      { stage: 'Prod!' },
      'The context value "stage" is "Prod!"; it must be lower-case letters, digits and hyphens, 20 at most.',
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
    [{ clubName: { en: 'Club' } }, 'The context value "clubName" must be plain text.'],
  ])('%o is refused in a sentence', (context, sentence) => {
    expect(problems({ ...DURABLE, ...context })).toContain(sentence);
  });

  test.each([
    ['payments@club.example', 'club.example'],
    ['Club <payments@Pay.Club.example>', 'pay.club.example'],
  ])('mails of %s are sent as the identity %s', (mailFrom, domain) => {
    expect(settings({ mailFrom }).mail.domain).toBe(domain);
  });
});
