import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { statusOf } from '../../../lib/domain/order.ts';
import { forgetFingerprint, opsOf, runOps } from '../../support/ops.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';

let test: TestStack;
let ops: ReturnType<typeof opsOf>;
beforeAll(async () => {
  // A stage that sends ten mails a second at most.
  test = await startTestStack({
    changed: (template) => ({
      ...template,
      Outputs: { ...template.Outputs, MailRatePerSecond: { Value: '10' } },
    }),
  });
  ops = opsOf(test.stack);
});
afterAll(() => test.stop());

const GOOD = {
  verification: 'Success',
  dkim: 'Success',
  sendingEnabled: true,
  configurationSet: 'complete',
} as const;
const QUOTA = { max24HourSend: 50_000, maxSendRate: 14 };
const settle = () => {
  Object.assign(test.stack.ses.account, GOOD);
  Object.assign(test.stack.ses.quota, QUOTA);
};
beforeEach(settle);
afterEach(settle);

/** The beginning of what is said to be missing, and a landmark of what to do. */
const missingMail = async (): Promise<[string, string][]> => {
  const { code, told } = await ops.json('check mail');
  expect(code).toBe(1);
  return told.steps
    .filter(({ state }) => state === 'missing')
    .map(({ text, fix = '' }) => [
      landmarks.find((landmark) => text.includes(landmark)) ?? text,
      landmarks.find((landmark) => fix.includes(landmark)) ?? fix,
    ]);
};
const landmarks = [
  'SES does not know the domain club.example',
  '#/identities/create',
  'AWS has paused sending',
  '#/reputation',
  'in the sandbox of SES: 200 mails a day',
  'Request production access',
  'There is no configuration set',
  'npm run deploy -- --stage dev',
  'SES has not verified the domain club.example (Pending)',
  'CNAME records',
  'Mails are not signed with DKIM (NotStarted)',
  'Easy DKIM',
  'SES does not tell of: send, delivery, bounce, complaint, reject, renderingFailure',
];

describe('check mail', () => {
  it('is content with a verified sender outside the sandbox', async () => {
    const { code, told, text } = await ops.json('check mail');
    expect(text).not.toContain('undefined');
    expect(told.steps.filter(({ state }) => state === 'missing')).toEqual([]);
    expect(code).toBe(0);
    expect(told.quota).toEqual({ perDay: 50_000, perSecond: 14, sentLast24Hours: 0 });
  });

  it('says of everything that is missing what it is, and where to go', async () => {
    Object.assign(test.stack.ses.account, {
      verification: 'NotStarted',
      sendingEnabled: false,
      configurationSet: 'missing',
    });
    Object.assign(test.stack.ses.quota, { max24HourSend: 200, maxSendRate: 1 });
    expect(await missingMail()).toEqual([
      ['SES does not know the domain club.example', '#/identities/create'],
      ['AWS has paused sending', '#/reputation'],
      ['in the sandbox of SES: 200 mails a day', 'Request production access'],
      ['There is no configuration set', 'npm run deploy -- --stage dev'],
    ]);
  });

  it('tells what waits for its records from what was never begun', async () => {
    Object.assign(test.stack.ses.account, {
      verification: 'Pending',
      dkim: 'NotStarted',
      configurationSet: 'no_events',
    });
    expect(await missingMail()).toEqual([
      ['SES has not verified the domain club.example (Pending)', 'CNAME records'],
      ['Mails are not signed with DKIM (NotStarted)', 'Easy DKIM'],
      [
        'SES does not tell of: send, delivery, bounce, complaint, reject, renderingFailure',
        'npm run deploy -- --stage dev',
      ],
    ]);
  });
});

describe('the rate of a stage', () => {
  const told = async (): Promise<string[]> =>
    (await ops.json('check mail')).told.steps
      .filter(({ text }) => text.startsWith('The stage sends'))
      .map(({ state, text }) => `${state}: ${text}`);

  it.each([
    [14, 'ok: The stage sends 10 mails a second at most.'],
    [10, 'ok: The stage sends 10 mails a second at most.'],
    [9, 'advice: The stage sends 9 mails a second, as SES lets it; its own limit of 10 is above that.'],
  ])('is the less of its own limit and what SES takes, here %i', async (maxSendRate, sentence) => {
    test.stack.ses.quota.maxSendRate = maxSendRate;
    expect(await told()).toEqual([sentence]);
  });

  it('without a limit is that of SES', async () => {
    const unlimited = await startTestStack();
    try {
      const { told } = await opsOf(unlimited.stack).json('check mail');
      expect(told.steps).toContainEqual({ state: 'ok', text: 'The stage sends as fast as SES lets it.' });
    } finally {
      await unlimited.stop();
    }
  });
});

describe('check all', () => {
  it('goes on after what one part has found, and tells all of it', async () => {
    await forgetFingerprint(test.stack);
    test.stack.ses.account.verification = 'Pending';
    const { code, stdout } = await ops.run('check all');
    expect(code).toBe(1);
    expect(stdout).toContain('✗ The webhook secret that the stage holds is not that of its endpoint');
    expect(stdout).toContain('✗ SES has not verified the domain');
    expect(stdout).toContain('✓ SES tells what becomes of each mail.');
  });
});

describe('test-mail', () => {
  it('sends one mail from the stage’s sender, with its configuration set', async () => {
    const sentBefore = (await test.stack.inbox()).length;
    const { code } = await ops.json('test-mail --to Coach@Club.example');
    expect(code).toBe(0);
    const inbox = await test.stack.inbox();
    expect(inbox).toHaveLength(sentBefore + 1);
    expect(inbox.at(-1)).toMatchObject({
      to: ['coach@club.example'],
      subject: 'Test of club-payments (dev)',
    });
    expect(inbox.at(-1)?.configurationSet).toBe(test.stack.outputs.MailConfigurationSet);
    expect(inbox.at(-1)?.headers.from).toContain('payments@club.example');
  });

  it('says that the sender is not verified, and how to look further', async () => {
    test.stack.ses.account.verification = 'Pending';
    const { code, text } = await ops.json('test-mail --to coach@club.example');
    expect(code).toBe(1);
    expect(text).toContain('not verified');
    expect(text).toContain('check mail');
  });

  it.each(['coach@club.example,other@club.example'])('refuses %s as an address', async (to) => {
    expect((await ops.json(`test-mail --to ${to}`)).code).toBe(2);
  });
});

describe('test-order', () => {
  const make = (options = '') => ops.json(`test-order --to coach@club.example${options}`);

  it('makes an order of the smallest amount, mails it, and is the same one until it is paid', async () => {
    const first = await make();
    expect(first.code).toBe(0);
    expect(first.told).toMatchObject({ created: true, amount: { amountMinor: 50, currency: 'usd' } });
    const orderId = String(first.told.orderId);
    const order = await test.mustGet(orderId);
    expect(order).toMatchObject({ test: true, category: 'tournament' });
    const mail = (await test.stack.inbox()).at(-1);
    expect(mail?.to).toEqual(['coach@club.example']);
    expect(mail?.text).toContain(String(first.told.payUrl));
    expect(mail?.text).toContain('$0.50');

    const again = await make(' --no-mail');
    expect(again.told).toMatchObject({ orderId, created: false, payUrl: first.told.payUrl });

    const answer = await fetch(String(first.told.payUrl), { redirect: 'manual' });
    await visitor.payOn(await visitor.open(answer.headers.get('location') ?? ''));
    await test.stack.settled();
    expect(statusOf(await test.mustGet(orderId))).toBe('paid');

    const next = await make(' --no-mail');
    expect(next.told).toMatchObject({ created: true });
    expect(next.told.orderId).not.toBe(orderId);
  });

  it('in another currency is another order, of that currency’s smallest amount', async () => {
    expect((await make(' --no-mail --currency eur')).told.amount).toEqual({
      amountMinor: 50,
      currency: 'eur',
    });
    expect((await make(' --no-mail --currency gold')).code).toBe(2);
  });

  it('says so when a click does not lead to Stripe', async () => {
    test.stack.stripe.faults.before('POST /v1/payment_links', { status: 403, times: 9 });
    const { code, text } = await make(' --no-mail --currency gbp');
    test.stack.stripe.faults.clear();
    expect(code).toBe(1);
    expect(text).toMatch(/A click was answered with 50\d/);
  });
});

describe('any command', () => {
  it.each([
    ['', 'Usage: ops'],
    ['setup', 'Usage: ops setup'],
    ['chek all --stage dev', "unknown command 'chek'"],
    ['check mail', 'Which stage?'],
    ['check mail --stage Prod', 'lower-case letters'],
    ['check mail --stage dev --verbose', "unknown option '--verbose'"],
    ['check mail --stage dev --local https://gateway.example', 'npm start prints'],
    ['check mail --stage dev', 'in which AWS region'],
    ['test-mail --stage dev', "required option '--to <address>'"],
  ])('"ops %s" is wrong usage, and told so', async (command, sentence) => {
    const { code, stdout, stderr } = await runOps(command.split(' ').filter((word) => word !== ''));
    expect(stdout + stderr).toContain(sentence);
    expect(code).toBe(2);
  });

  it('of a stage that is not there says how to make it', async () => {
    const { code, stdout } = await opsOf(test.stack, 'prod').run('check mail');
    expect(code).toBe(1);
    expect(stdout).toContain('There is no stage "prod" here');
    expect(stdout).toContain('npm run deploy -- --stage prod');
  });

  it('without AWS credentials says how to log in', async () => {
    const { code, stdout } = await runOps(['check', 'mail', '--stage', 'dev', '--region', 'us-east-1']);
    expect(code).toBe(1);
    expect(stdout).toContain('AWS does not know who you are');
    expect(stdout).toContain('aws sso login');
  });

  it('where nothing answers says so', async () => {
    const { code, stdout } = await runOps([
      'check',
      'mail',
      '--stage',
      'dev',
      '--local',
      'http://127.0.0.1:9',
    ]);
    expect(code).toBe(5);
    expect(stdout).toContain('Nothing answers (ECONNREFUSED)');
  });

  it('tells its help when asked, and that is no failure', async () => {
    expect(await runOps(['--help'])).toMatchObject({ code: 0 });
    expect((await runOps(['setup', 'stripe-webhook', '--help'])).stdout).toContain('--replace');
  });
});
