import { SESClient } from '@aws-sdk/client-ses';
import PostalMime, { type Email } from 'postal-mime';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { patient } from '../../../lib/adapters/aws.ts';
import { sesMailer } from '../../../lib/adapters/ses/mailer.ts';
import { MailRefused, MailUnclear } from '../../../lib/domain/errors.ts';
import type { Mail, Mailer } from '../../../lib/ports.ts';
import { localAws } from '../../support/dynamodb.ts';
import { type SesAnswer, type SesEndpoint, startSesEndpoint } from '../../support/ses-endpoint.ts';
import { aMail } from './a-mail.ts';

let ses: SesEndpoint;
let client: SESClient;
let mailer: Mailer;

beforeAll(async () => {
  ses = await startSesEndpoint();
  client = new SESClient({
    ...patient({ connectMs: 1_000, answerMs: 2_000, attempts: 1 }),
    endpoint: ses.endpoint,
    ...localAws,
  });
  mailer = sesMailer({
    client,
    from: 'Fútbol Club Ñandú <fees@club.example>',
    configurationSet: 'club-mail',
    quotaPauseMs: 1,
  });
});
beforeEach(() => {
  ses.calls.length = 0;
  ses.quota = { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 49_999 };
});
afterAll(async () => {
  client.destroy();
  await ses.stop();
});

const raw = (): string => Buffer.from(ses.calls[0]?.get('RawMessage.Data') ?? '', 'base64').toString();
const received = (): Promise<Email> => PostalMime.parse(raw());
const failure = (mail: Mail): Promise<unknown> => mailer.send(mail).catch((thrown: unknown) => thrown);

test('the headers of a mail are ASCII, and its lines as short as mail allows', async () => {
  await mailer.send(aMail({ subject: 'Ñ'.repeat(300) }));
  const lines = raw().split('\r\n');
  expect(raw().slice(0, raw().indexOf('\r\n\r\n'))).toMatch(/^[\x20-\x7e\r\n\t]*$/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(998);
  expect((await received()).subject).toBe('Ñ'.repeat(300));
});

test('each line of a mail ends as SMTP wants it, and none of its body is longer than 76 letters', async () => {
  await mailer.send(aMail({ html: `<p>one</p>\n<p>two</p>\r\n<p>${'three '.repeat(50)}</p>` }));
  expect(raw()).not.toMatch(/[^\r]\n|\r[^\n]/);
  const body = raw().slice(raw().indexOf('\r\n\r\n'));
  expect(Math.max(...body.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(76);
  expect((await received()).text?.trim()).toBe(aMail().text);
});

test('SES is told the recipient, the configuration set and the tag of the delivery', async () => {
  await mailer.send(aMail());
  expect(Object.fromEntries(ses.calls[0] ?? [])).toMatchObject({
    Action: 'SendRawEmail',
    ConfigurationSetName: 'club-mail',
    'Destinations.member.1': 'ana@family.example',
    'Tags.member.1.Name': 'delivery',
    'Tags.member.1.Value': 'a1b2c3',
  });
});

test('a mail has both its forms, and comes from the club', async () => {
  await mailer.send(aMail());
  const { from, headers } = await received();
  expect(from).toEqual({ name: 'Fútbol Club Ñandú', address: 'fees@club.example' });
  expect(headers.find(({ key }) => key === 'content-type')?.value).toContain('multipart/alternative');
});

test('a domain in other letters is ASCII in the header, too', async () => {
  await mailer.send(aMail({ to: 'ana@ñandú.example' }));
  expect(ses.calls[0]?.get('Destinations.member.1')).toBe('ana@xn--and-6ma2c.example');
  expect(raw()).toMatch(/^To: <?ana@xn--and-6ma2c\.example>?\r$/m);
});

test('line breaks in a subject make no header', async () => {
  await mailer.send(aMail({ subject: 'Fees\r\nBcc: all@other.example\r\n\r\n<script>' }));
  const { bcc, subject, headers, text } = await received();
  expect(bcc).toBeUndefined();
  expect(headers.map(({ key }) => key)).not.toContain('bcc');
  expect(subject).toContain('Bcc: all@other.example');
  expect(text?.trim()).toBe(aMail().text);
});

/** The headers as they were sent, with their lines unfolded, by name. */
const headerLines = (): Map<string, string> =>
  new Map(
    raw()
      .slice(0, raw().indexOf('\r\n\r\n'))
      .replaceAll(/\r\n[ \t]/g, ' ')
      .split('\r\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );

test("a reminder has the two headers of the mailbox's own unsubscribe button", async () => {
  const url = `https://pay.club.example/unsubscribe/k1.${'x'.repeat(200)}`;
  await mailer.send(aMail({ unsubscribeUrl: url }));
  expect(headerLines().get('List-Unsubscribe')).toBe(`<${url}>`);
  expect(headerLines().get('List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
  expect((await received()).html?.trim()).toBe(aMail().html);
});

test('a mail that nobody can unsubscribe from has no such button', async () => {
  await mailer.send(aMail());
  expect([...headerLines().keys()].filter((name) => name.startsWith('List-'))).toEqual([]);
});

test('nothing in an address to unsubscribe at makes a header', async () => {
  await mailer.send(aMail({ unsubscribeUrl: 'https://x.example/a>\r\nBcc: all@other.example' }));
  expect(headerLines().get('List-Unsubscribe')).toMatch(/^<https:\/\/x\.example\/a%3E[^\s<>]*>$/);
  expect((await received()).bcc).toBeUndefined();
});

describe('an answer of SES that refuses', () => {
  test.each([
    ['Throttling', 'Maximum sending rate exceeded.', 400, 'rate'],
    ['ThrottlingException', 'Maximum sending rate exceeded.', 400, 'rate'],
    ['Throttling', 'Daily message quota exceeded.', 400, 'daily_quota'],
    ['TooManyRequestsException', 'slow down', 429, 'rate'],
    ['MessageRejected', 'Email address is not verified. fees@club.example', 400, 'sender'],
    ['MessageRejected', 'Message contains a virus.', 400, 'message'],
    ['MailFromDomainNotVerifiedException', 'no', 400, 'sender'],
    ['MailFromDomainNotVerified', 'no', 400, 'sender'],
    ['AccountSendingPausedException', 'no', 400, 'sender'],
    ['ConfigurationSetSendingPausedException', 'no', 400, 'sender'],
    ['ConfigurationSetDoesNotExist', 'no', 400, 'sender'],
    ['ConfigurationSetDoesNotExistException', 'no', 400, 'sender'],
    ['AccessDenied', 'no', 403, 'sender'],
    ['AccessDeniedException', 'no', 400, 'sender'],
    ['InvalidClientTokenId', 'no', 403, 'sender'],
    ['InvalidParameterValue', 'Missing final @domain', 400, 'message'],
    ['SomethingNew', 'no', 400, 'message'],
  ] as const)('%s, %s (%i): %s', async (code, message, status, scope) => {
    ses.next({ kind: 'error', status, code, message });
    const error = await failure(aMail());
    expect(error).toBeInstanceOf(MailRefused);
    expect(error).toMatchObject({ scope });
    expect(ses.calls).toHaveLength(1);
  });
});

describe('a send whose end is not known', () => {
  test.each<[string, SesAnswer]>([
    ['500', { kind: 'error', status: 500, code: 'InternalFailure', message: 'no' }],
    ['503', { kind: 'error', status: 503, code: 'ServiceUnavailable', message: 'no' }],
    ['a broken connection', { kind: 'reset' }],
    ['no answer in time', { kind: 'silence' }],
    ['an answer without an id', { kind: 'taken_without_id' }],
  ])('is unclear after %s, and is not tried again', async (_, answer) => {
    ses.next(answer);
    expect(await failure(aMail())).toBeInstanceOf(MailUnclear);
    expect(ses.calls).toHaveLength(1);
  });
});

test('a mail for which SES was never reached was not sent', async () => {
  const nowhere = new SESClient({
    ...patient({ connectMs: 1_000, answerMs: 1_000, attempts: 1 }),
    endpoint: 'http://127.0.0.1:1',
    ...localAws,
  });
  const sending = sesMailer({ client: nowhere, from: 'fees@club.example', configurationSet: 'club-mail' });
  await expect(sending.send(aMail())).rejects.toMatchObject({ name: 'MailRefused', scope: 'rate' });
});

describe('what the account may send', () => {
  const refusedQuota = (): Promise<unknown> => mailer.quota().catch((thrown: unknown) => thrown);

  test('is told as SES counts it', async () => {
    expect(await mailer.quota()).toEqual({ perSecond: 14, per24Hours: 50_000, sentLast24Hours: 49_999 });
    expect(Object.fromEntries(ses.calls[0] ?? [])).toMatchObject({ Action: 'GetSendQuota' });
  });

  test('is more than anybody sends where SES knows no limit a day', async () => {
    ses.quota = { ...ses.quota, Max24HourSend: -1 };
    expect((await mailer.quota()).per24Hours).toBeGreaterThan(1e12);
  });

  test.each<[string, SesAnswer]>([
    ['asked too often', { kind: 'error', status: 400, code: 'Throttling', message: 'Rate exceeded' }],
    ['SES in trouble', { kind: 'error', status: 503, code: 'ServiceUnavailable', message: 'no' }],
    ['a broken connection', { kind: 'reset' }],
  ])('is asked for again after %s', async (_, answer) => {
    ses.next(answer);
    ses.next(answer);
    expect((await mailer.quota()).perSecond).toBe(14);
    expect(ses.calls).toHaveLength(3);
  });

  test('is not known for now after three answers that tell nothing', async () => {
    const throttled: SesAnswer = { kind: 'error', status: 400, code: 'Throttling', message: 'Rate exceeded' };
    for (let i = 0; i < 3; i++) ses.next(throttled);
    expect(await refusedQuota()).toMatchObject({ name: 'MailRefused', scope: 'rate' });
    expect(ses.calls).toHaveLength(3);
  });

  test('is not known for now when SES tells but half of it', async () => {
    ses.quota = { MaxSendRate: 14 };
    expect(await refusedQuota()).toMatchObject({ name: 'MailRefused', scope: 'rate' });
  });

  test.each([
    ['AccessDenied', 403],
    ['InvalidClientTokenId', 403],
    ['SomethingNew', 400],
  ])('is not told to an account with %s (%i), however often it asks', async (code, status) => {
    ses.next({ kind: 'error', status, code, message: 'no' });
    expect(await refusedQuota()).toMatchObject({ name: 'MailRefused', scope: 'sender' });
    expect(ses.calls).toHaveLength(1);
  });
});
