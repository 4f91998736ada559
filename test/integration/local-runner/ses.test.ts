import {
  GetSendQuotaCommand,
  SESClient,
  SendRawEmailCommand,
  SendTemplatedEmailCommand,
} from '@aws-sdk/client-ses';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome, RunningStack } from '../../../infra/local/runner.ts';
import { startFixture } from '../support/fixture-stack.ts';
import { mailEvents } from '../support/ses-fixture.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const GENEROUS = { max24HourSend: 50_000, maxSendRate: 500 };

let stack: RunningStack;
let ses: SESClient;
beforeAll(async () => {
  const resources = mailEvents();
  stack = await startFixture({
    functions: {
      Work: {
        code: 'exports.handler = async ({ Records }) => { for (const { body } of Records) console.log(body); };',
      },
    },
    resources: {
      ...resources,
      Source: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: { 'Fn::GetAtt': ['FeedbackQueue', 'Arn'] },
          FunctionName: { Ref: 'Work' },
          ScalingConfig: { MaximumConcurrency: 2 },
        },
      },
    },
  });
  ses = new SESClient({ ...stack.clientConfig(), maxAttempts: 1 });
});
afterAll(async () => {
  ses?.destroy();
  await stack?.stop();
});
afterEach(async () => {
  const { events, outcomes, account, quota, throttled } = stack.ses;
  events.lose();
  events.resume();
  events.copies = 1;
  outcomes.clear();
  account.configurationSet = 'complete';
  account.sendingEnabled = true;
  Object.assign(quota, GENEROUS);
  Object.assign(throttled, { rate: 0, dailyQuota: 0 });
  await stack.settled();
  await stack.clearInbox();
  stack.logs.clear();
});

const send = async (to: string | string[], over: { ConfigurationSetName?: string | undefined } = {}) => {
  const Destinations = [to].flat();
  const raw = [
    'From: Club <club@club.example>',
    `To: ${Destinations.join(', ')}`,
    'Subject: Fee',
    'List-Unsubscribe: <https://pay.club.example/u/1>',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Hello',
  ];
  const { MessageId } = await ses.send(
    new SendRawEmailCommand({
      RawMessage: { Data: Buffer.from(raw.join('\r\n')) },
      Destinations,
      ConfigurationSetName: 'set',
      Tags: [{ Name: 'delivery', Value: 'd1' }],
      ...over,
    }),
  );
  return MessageId ?? '';
};

type Told = { eventType: string; mail: { messageId: string; destination: string[] } } & Record<
  string,
  unknown
>;
/** What the queue's consumer was given, once everything was. */
const told = async (): Promise<Told[]> => {
  await stack.settled();
  return stack.logs.lines('work').map(({ line }) => JSON.parse(line) as Told);
};
const types = async (): Promise<string[]> => (await told()).map(({ eventType }) => eventType).toSorted();

describe('a mail', () => {
  it('lies in the inbox with its tags and headers', async () => {
    const messageId = await send('parent@home.example');
    expect(await stack.inbox()).toMatchObject([
      {
        messageId,
        from: expect.stringContaining('club@club.example'),
        to: ['parent@home.example'],
        subject: 'Fee',
        text: expect.stringContaining('Hello'),
        tags: { delivery: 'd1' },
        configurationSet: 'set',
        headers: { 'list-unsubscribe': '<https://pay.club.example/u/1>' },
      },
    ]);
    expect(stack.ses.taken()).toMatchObject([{ messageId, to: ['parent@home.example'] }]);
    await stack.clearInbox();
    expect(await stack.inbox()).toEqual([]);
    expect(stack.ses.taken()).toEqual([]);
  });

  it('is on the page as soon as somebody looks', async () => {
    await send('parent@home.example');
    const { emails } = (await (await fetch(`${stack.inboxUrl}/store`)).json()) as { emails: unknown[] };
    expect(emails).toMatchObject([{ subject: 'Fee', destination: { to: ['parent@home.example'] } }]);
    expect(await (await fetch(stack.inboxUrl)).text()).toContain('<html');
  });

  it.each<[string, () => unknown, string]>([
    [
      'a configuration set that is not there',
      () => send('a@x.example', { ConfigurationSetName: 'other' }),
      'ConfigurationSetDoesNotExistException',
    ],
    ['no address', () => send('nobody'), 'InvalidParameterValue'],
    [
      'too many recipients',
      () => send(Array.from({ length: 51 }, (_, n) => `p${n}@x.example`)),
      'InvalidParameterValue',
    ],
  ])('with %s is refused as SES does', async (_, attempt, name) => {
    await expect(attempt()).rejects.toMatchObject({ name });
    expect(stack.ses.taken()).toEqual([]);
  });

  it('of a paused account is refused', async () => {
    stack.ses.account.sendingEnabled = false;
    await expect(send('a@x.example')).rejects.toMatchObject({ name: 'AccountSendingPausedException' });
  });
});

describe('the quota', () => {
  it('of a second is a bucket that fills in the stack’s time; what it refuses is counted', async () => {
    // So slowly that nothing comes back while this is asked.
    stack.ses.quota.maxSendRate = 0.01;
    const burst = await Promise.allSettled(Array.from({ length: 3 }, () => send('a@x.example')));
    expect(burst.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected']);
    await expect(send('a@x.example')).rejects.toMatchObject({
      name: 'Throttling',
      message: 'Maximum sending rate exceeded.',
    });
    expect(stack.ses.throttled).toEqual({ rate: 3, dailyQuota: 0 });
    await stack.clock.advance(100_000);
    await send('a@x.example');
  });

  it('of a day counts recipients, and is back 24 hours later', async () => {
    await stack.clock.advance(DAY_MS);
    stack.ses.quota.max24HourSend = 3;
    await send(['a@x.example', 'b@x.example']);
    await expect(send(['c@x.example', 'd@x.example'])).rejects.toMatchObject({
      name: 'Throttling',
      message: 'Daily message quota exceeded.',
    });
    expect(stack.ses.throttled).toEqual({ rate: 0, dailyQuota: 1 });
    await send('c@x.example');
    await send(['bounce@simulator.amazonses.com', 'success@simulator.amazonses.com']);
    expect(await ses.send(new GetSendQuotaCommand({}))).toMatchObject({
      Max24HourSend: 3,
      MaxSendRate: 500,
      SentLast24Hours: 3,
    });
    await stack.clock.advance(DAY_MS);
    await send(['c@x.example', 'd@x.example']);
  });
});

describe('SES tells', () => {
  it('of a mail that it sent and that arrived, as it writes both', async () => {
    const messageId = await send('parent@home.example');
    const events = await told();
    const mail = {
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      source: 'Club <club@club.example>',
      sourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/club.example',
      sendingAccountId: '000000000000',
      messageId,
      destination: ['parent@home.example'],
      headersTruncated: false,
      headers: expect.arrayContaining([{ name: 'Subject', value: 'Fee' }]),
      commonHeaders: {
        from: ['Club <club@club.example>'],
        to: ['parent@home.example'],
        messageId,
        subject: 'Fee',
      },
      tags: expect.objectContaining({ delivery: ['d1'], 'ses:configuration-set': ['set'] }),
    };
    expect(events.toSorted((a, b) => b.eventType.localeCompare(a.eventType))).toEqual([
      { eventType: 'Send', mail, send: {} },
      {
        eventType: 'Delivery',
        mail,
        delivery: expect.objectContaining({
          timestamp: expect.any(String),
          processingTimeMillis: expect.any(Number),
          recipients: ['parent@home.example'],
          smtpResponse: expect.stringContaining('250'),
        }),
      },
    ]);
  });

  const recipient = { emailAddress: 'a@x.example' };
  it.each<[Outcome, string[], object]>([
    [
      'bounce',
      ['Bounce', 'Send'],
      {
        bounce: {
          bounceType: 'Permanent',
          bounceSubType: 'General',
          bouncedRecipients: [{ ...recipient, status: '5.1.1' }],
        },
      },
    ],
    [
      'transient_bounce',
      ['Bounce', 'Send'],
      { bounce: { bounceType: 'Transient', bounceSubType: 'MailboxFull', bouncedRecipients: [recipient] } },
    ],
    [
      'suppressed',
      ['Bounce', 'Send'],
      { bounce: { bounceType: 'Permanent', bounceSubType: 'Suppressed', bouncedRecipients: [recipient] } },
    ],
    [
      'complaint',
      ['Complaint', 'Delivery', 'Send'],
      { complaint: { complainedRecipients: [recipient], complaintFeedbackType: 'abuse' } },
    ],
    ['reject', ['Reject'], { reject: { reason: 'Bad content' } }],
    ['rendering_failure', ['Rendering Failure'], { failure: { errorMessage: expect.any(String) } }],
    ['sent', ['Send'], { send: {} }],
  ])('of an address whose mails end as %s: %j', async (outcome, expected, details) => {
    stack.ses.outcomes.set('A@x.example', outcome);
    await send('a@x.example');
    expect(await types()).toEqual(expected);
    expect(await told()).toContainEqual(expect.objectContaining({ mail: expect.anything() }));
    expect((await told()).find(({ eventType }) => eventType === expected[0])).toMatchObject(details);
  });

  it('nothing, if that is lost on the way', async () => {
    stack.ses.outcomes.setForOthers('none');
    stack.ses.outcomes.set('b@x.example', 'delivered');
    await Promise.all([send('a@x.example'), send('b@x.example')]);
    expect((await told()).map(({ mail }) => mail.destination)).toEqual([['b@x.example'], ['b@x.example']]);
  });

  it.each([
    ['success@', ['Delivery', 'Send']],
    ['bounce@', ['Bounce', 'Send']],
    ['bounce+label@', ['Bounce', 'Send']],
    ['complaint@', ['Complaint', 'Delivery', 'Send']],
    ['suppressionlist@', ['Bounce', 'Send']],
    ['ooto@', ['Delivery', 'Send']],
  ])('of the mailbox simulator’s %s: %j', async (name, expected) => {
    await send(`${name}simulator.amazonses.com`);
    expect(await types()).toEqual(expected);
  });

  it('of each recipient what became of it, and once that it sent the mail', async () => {
    stack.ses.outcomes.set('b@x.example', 'bounce');
    await send(['a@x.example', 'b@x.example']);
    expect(await types()).toEqual(['Bounce', 'Delivery', 'Send']);
  });

  it('more of a mail a week later, and nothing of one that it never took', async () => {
    const messageId = await send('a@x.example');
    await stack.clock.advance(7 * DAY_MS);
    stack.ses.events.tell(messageId, 'complaint');
    expect(await types()).toEqual(['Complaint', 'Delivery', 'Send']);
    expect(() => stack.ses.events.tell('other', 'bounce')).toThrow('SES never took a mail other.');
  });

  it('late, when it was paused: nothing waits for that', async () => {
    stack.ses.events.pause();
    await send('a@x.example');
    await stack.clock.advance(2 * 60 * 60 * 1_000);
    expect(await told()).toEqual([]);
    expect(stack.ses.events.waiting().map(({ kind }) => kind)).toEqual(['send', 'delivery']);
    stack.ses.events.resume();
    expect(await types()).toEqual(['Delivery', 'Send']);
  });

  it('each thing twice, in another order, and not what was lost', async () => {
    const { events } = stack.ses;
    events.pause();
    events.copies = 2;
    for (const name of ['a', 'b', 'c']) await send(`${name}@x.example`);
    expect(events.lose(({ kind, mail }) => kind === 'send' && mail.to.includes('b@x.example'))).toBe(1);
    let last = 1;
    events.shuffle(() => {
      last /= 2;
      return last;
    });
    expect(events.waiting().map(({ kind, mail }) => `${kind} ${mail.to[0]?.[0]}`)).toEqual([
      'delivery c',
      'send c',
      'delivery b',
      'delivery a',
      'send a',
    ]);
    events.resume();
    expect(await types()).toEqual([...Array<string>(6).fill('Delivery'), ...Array<string>(4).fill('Send')]);
  });

  it('nothing of a mail without a configuration set, or when the set tells nothing', async () => {
    await send('a@x.example', { ConfigurationSetName: undefined });
    stack.ses.account.configurationSet = 'no_events';
    await send('a@x.example');
    expect(await told()).toEqual([]);
  });

  it('so quickly that a mailing does not wait for it', async () => {
    const count = 100;
    await Promise.all(Array.from({ length: count }, (_, n) => send(`p${n}@x.example`)));
    const events = await told();
    expect(events).toHaveLength(2 * count);
    expect(new Set(events.map(({ mail, eventType }) => `${mail.messageId} ${eventType}`)).size).toBe(
      2 * count,
    );
  });
});

it('refuses what it does not know instead of hanging', async () => {
  const templated = { Source: 'a@b.c', Destination: {}, Template: 't', TemplateData: '{}' };
  await expect(ses.send(new SendTemplatedEmailCommand(templated))).rejects.toThrow(
    'does not know SendTemplatedEmail',
  );
});

describe('a template', () => {
  it('names the events that are told, and for those everybody waits who waits for quiet', async () => {
    const less = await startFixture({ resources: mailEvents(['bounce']) });
    const client = new SESClient({ ...less.clientConfig(), maxAttempts: 1 });
    try {
      const raw = Buffer.from('From: club@club.example\r\nTo: bounce@simulator.amazonses.com\r\n\r\nHello');
      less.ses.events.copies = 200;
      await client.send(new SendRawEmailCommand({ RawMessage: { Data: raw }, ConfigurationSetName: 'set' }));
      await less.settled();
      const { messages } = await less.queue('feedback');
      const types = messages.map(({ body }) => (JSON.parse(body) as Told).eventType);
      expect([types.length, new Set(types)]).toEqual([200, new Set(['Bounce'])]);
    } finally {
      client.destroy();
      await less.stop();
    }
  });

  it('whose events go elsewhere than to a topic is refused, naming the place', async () => {
    const { SetEvents, ...others } = mailEvents();
    const elsewhere = { ConfigurationSetName: 'set', EventDestination: { CloudWatchDestination: {} } };
    const resources = { ...others, SetEvents: { Type: SetEvents?.Type ?? '', Properties: elsewhere } };
    await expect(startFixture({ resources })).rejects.toThrow('SetEvents.EventDestination');
  });
});
