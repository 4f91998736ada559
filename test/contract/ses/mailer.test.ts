import { SESClient } from '@aws-sdk/client-ses';
import PostalMime from 'postal-mime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { patient } from '../../../lib/adapters/aws.ts';
import { sesMailer } from '../../../lib/adapters/ses/mailer.ts';
import { MailRefused, MailUnclear, Unmailable } from '../../../lib/domain/errors.ts';
import type { Mail, Mailer, MailQuota } from '../../../lib/ports.ts';
import { localAws } from '../../support/dynamodb.ts';
import { type MailFaults, memoryMailer } from '../../support/memory/mailer.ts';
import { type SesAnswer, startSesEndpoint } from '../../support/ses-endpoint.ts';
import { aMail } from './a-mail.ts';

/** What a mailing may rely on of every mailer. What SES itself is told, and what each of its answers means: `ses.test.ts`. */
type Scope = MailRefused['scope'];

type Place = {
  mailer: Mailer;
  /** What mailboxes got, in sequence. */
  arrived(): Promise<Mail[]>;
  /** How often a mail was handed over, whatever came of it. */
  attempts(): number;
  refuseNext(scope: Scope): void;
  /** The next mail is taken, and nobody hears of it. */
  loseNextAnswer(): void;
  setQuota(quota: MailQuota): void;
  stop(): Promise<void>;
};

const refusals: Record<Scope, SesAnswer> = {
  rate: { kind: 'error', status: 400, code: 'Throttling', message: 'Maximum sending rate exceeded.' },
  daily_quota: { kind: 'error', status: 400, code: 'Throttling', message: 'Daily message quota exceeded.' },
  sender: { kind: 'error', status: 400, code: 'AccountSendingPausedException', message: 'no' },
  message: { kind: 'error', status: 400, code: 'InvalidParameterValue', message: 'no' },
};

const ses = async (): Promise<Place> => {
  const endpoint = await startSesEndpoint();
  const client = new SESClient({
    ...patient({ connectMs: 1_000, answerMs: 2_000, attempts: 1 }),
    ...{ endpoint: endpoint.endpoint, ...localAws },
  });
  return {
    mailer: sesMailer({ client, from: 'Club <fees@club.example>', configurationSet: 'club-mail' }),
    arrived: () => Promise.all(endpoint.taken.map(mailIn)),
    attempts: () => endpoint.calls.length,
    refuseNext: (scope) => endpoint.next(refusals[scope]),
    loseNextAnswer: () => endpoint.next({ kind: 'reset' }),
    setQuota: ({ perSecond, per24Hours, sentLast24Hours }) => {
      endpoint.quota = {
        ...{ MaxSendRate: perSecond, Max24HourSend: per24Hours },
        SentLast24Hours: sentLast24Hours,
      };
      // SES refuses by itself what is beyond a day's mails; this endpoint has to be told.
      if (sentLast24Hours >= per24Hours) endpoint.next(refusals.daily_quota);
    },
    stop: async () => {
      client.destroy();
      await endpoint.stop();
    },
  };
};

const mailIn = async (call: URLSearchParams): Promise<Mail> => {
  const raw = Buffer.from(call.get('RawMessage.Data') ?? '', 'base64').toString();
  const { to, subject = '', html = '', text = '', headers } = await PostalMime.parse(raw);
  const unsubscribe = headers.find(({ key }) => key === 'list-unsubscribe')?.value;
  return {
    to: to?.map(({ address }) => address).join() ?? '',
    subject,
    html: html.trim(),
    text: text.trim(),
    deliveryTag: call.get('Tags.member.1.Value') ?? '',
    ...(unsubscribe !== undefined && { unsubscribeUrl: unsubscribe.replace(/^<(.*)>$/, '$1') }),
  };
};

const memory = async (): Promise<Place> => {
  const failing: MailFaults[] = [];
  let now: MailFaults | undefined;
  let attempts = 0;
  const mailer = memoryMailer({
    before: (mail) => {
      attempts += 1;
      now = failing.shift();
      now?.before?.(mail);
    },
    after: (mail) => now?.after?.(mail),
  });
  return {
    mailer,
    arrived: async () => mailer.sent.map(({ messageId: _, ...mail }) => mail),
    attempts: () => attempts,
    refuseNext: (scope) =>
      void failing.push({
        before: () => {
          throw new MailRefused('no', scope);
        },
      }),
    loseNextAnswer: () =>
      void failing.push({
        after: () => {
          throw new MailUnclear('lost');
        },
      }),
    setQuota: (quota) => void Object.assign(mailer.account, quota),
    stop: async () => {},
  };
};

describe.each([
  ['SES', ses],
  ['memory', memory],
])('a mailer with %s', (_, open) => {
  let place: Place;
  beforeEach(async () => {
    place = await open();
  });
  afterEach(() => place.stop());
  const failure = (mail: Mail): Promise<unknown> =>
    place.mailer.send(mail).catch((thrown: unknown) => thrown);

  test('brings a mail as it was written, and names each', async () => {
    const mails = [
      aMail(),
      aMail({ unsubscribeUrl: `https://pay.club.example/unsubscribe/k1.${'x'.repeat(200)}` }),
    ];
    const ids: string[] = [];
    for (const mail of mails) ids.push((await place.mailer.send(mail)).messageId);
    expect(await place.arrived()).toEqual(mails);
    expect(new Set(ids).size).toBe(2);
    expect(ids).not.toContain('');
  });

  test.each(["o'neil+fees@family.example", 'a.b-c_d@sub.family.example', '1@x.co'])(
    'takes %s for an address',
    async (to) => {
      await place.mailer.send(aMail({ to }));
      expect((await place.arrived()).map((mail) => mail.to)).toEqual([to]);
    },
  );

  test('sends to a domain in other letters in ASCII', async () => {
    await place.mailer.send(aMail({ to: 'ana@ñandú.example' }));
    expect((await place.arrived()).map(({ to }) => to)).toEqual(['ana@xn--and-6ma2c.example']);
  });

  test.each([
    '',
    'ana',
    'ana@',
    '@family.example',
    'ana@family',
    'ana@family.example\r\nBcc: all@other.example',
    'ana@family.example\n',
    'ana@family.example, ben@family.example',
    'ana@family.example;ben@family.example',
    'Ana <ana@family.example>',
    'ana@@family.example',
    'ana@family..example',
    'ana @family.example',
    'añá@family.example',
    `ana@${'a'.repeat(64)}.example`,
    `${'a'.repeat(65)}@family.example`,
    'ana@family.example/x',
    'ana@family.example#x',
    'ana@fam%69ly.example',
  ])('refuses %j before it is handed over, without repeating it', async (to) => {
    const error = await failure(aMail({ to }));
    expect(error).toBeInstanceOf(Unmailable);
    expect(error).toMatchObject({ reason: 'address' });
    expect(place.attempts()).toBe(0);
    if (to !== '')
      expect(JSON.stringify([String(error), error])).not.toContain(JSON.stringify(to).slice(1, -1));
  });

  test('refuses a mail that can not be written, before it is handed over', async () => {
    const error = await failure(aMail({ unsubscribeUrl: 'no address' }));
    expect(error).toBeInstanceOf(Unmailable);
    expect(error).toMatchObject({ reason: 'render' });
    expect(place.attempts()).toBe(0);
  });

  test.each(['rate', 'daily_quota', 'sender', 'message'] as const)(
    'that is refused (%s), has tried once, brought nothing, and takes the next one',
    async (scope) => {
      place.refuseNext(scope);
      const error = await failure(aMail());
      expect(error).toBeInstanceOf(MailRefused);
      expect(error).toMatchObject({ scope });
      expect(place.attempts()).toBe(1);
      await place.mailer.send(aMail({ to: 'ben@family.example' }));
      expect((await place.arrived()).map(({ to }) => to)).toEqual(['ben@family.example']);
    },
  );

  test('that gets no answer, has tried once and can not tell; the mail arrives all the same', async () => {
    place.loseNextAnswer();
    expect(await failure(aMail())).toBeInstanceOf(MailUnclear);
    expect(place.attempts()).toBe(1);
    expect(await place.arrived()).toHaveLength(1);
  });

  test('knows what the account may send', async () => {
    const quota = { perSecond: 14, per24Hours: 50_000, sentLast24Hours: 49_999 };
    place.setQuota(quota);
    expect(await place.mailer.quota()).toEqual(quota);
  });

  test('sends nothing beyond what the account may send in a day', async () => {
    place.setQuota({ perSecond: 14, per24Hours: 200, sentLast24Hours: 200 });
    expect(await failure(aMail())).toMatchObject({ name: 'MailRefused', scope: 'daily_quota' });
    expect(await place.arrived()).toEqual([]);
  });
});

test('the mailer in memory counts what it has taken, within an account that a test may set', async () => {
  const mailer = memoryMailer();
  expect(await mailer.quota()).toEqual({ perSecond: 500, per24Hours: 50_000, sentLast24Hours: 0 });
  mailer.account.per24Hours = 1;
  expect(await mailer.send(aMail())).toEqual({ messageId: 'mail-1' });
  expect(await mailer.quota()).toEqual({ perSecond: 500, per24Hours: 1, sentLast24Hours: 1 });
  await expect(mailer.send(aMail())).rejects.toMatchObject({ scope: 'daily_quota' });
  expect(mailer.sent).toHaveLength(1);
});
