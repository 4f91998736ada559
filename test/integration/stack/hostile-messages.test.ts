import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionName, functionNames, functions } from '../../../infra/functions.ts';
import { almost, hostileText, hostileValue } from '../../support/hostile.ts';
import { toldBy } from '../../support/log-audit.ts';
import { mailEventObject } from '../../support/mail-events.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';

let test: TestStack;
beforeAll(async () => {
  test = await startTestStack();
});
afterAll(() => test.stop());
afterEach(() => {
  test.forget();
  test.stack.logs.clear();
  test.stack.invocations.clear();
});

const logsOf = (name: FunctionName): string[] => test.stack.logs.lines(name).map(({ line }) => line);

/** By function: its queue, a message that it can do, and by what its log shows that it did. */
const workers: {
  name: FunctionName;
  queue: string;
  right: object;
  done: string;
  /** Never to be done by it. */
  poison: string;
}[] = [
  {
    name: 'fulfil-payment',
    queue: 'events',
    right: {
      eventId: 'evt_1',
      type: 'customer.created',
      body: JSON.stringify({
        id: 'evt_right',
        type: 'customer.created',
        created: 1,
        livemode: false,
        data: { object: { id: 'cus_1' } },
      }),
    },
    done: '"eventId":"evt_right"',
    poison: JSON.stringify({
      eventId: 'evt_2',
      type: 'refund.created',
      body: '{"id":"evt_2","to":"alex@family.example"}',
    }),
  },
  {
    name: 'retire-link',
    queue: 'retire',
    right: { orderId: 'ord_right' },
    done: '"orderId":"ord_right"',
    poison: '{"orderId":"alex@family.example"}',
  },
  {
    name: 'send-blast',
    queue: 'blast',
    right: { blastId: 'bls_right', shard: 3 },
    done: '"blastId":"bls_right"',
    poison: 'alex@family.example',
  },
  {
    name: 'ses-feedback',
    queue: 'feedback',
    right: mailEventObject('Permanent', { messageId: 'right-1' }),
    done: '"event":"mail.event","told":"Bounce"',
    poison:
      '{"Type":"Notification","Message":"{\\"eventType\\":\\"Bounce\\",\\"to\\":\\"alex@family.example\\"}"}',
  },
];

describe('a message that can’t be', () => {
  it.each(workers)(
    'of the queue of $name keeps no other of its batch from being done',
    async ({ name, right, done }) => {
      const whole = JSON.stringify(right);
      const hostile = fc.oneof(
        { weight: 3, arbitrary: almost(right).map((value) => JSON.stringify(value)) },
        { weight: 1, arbitrary: hostileValue.map((value) => JSON.stringify(value)) },
        { weight: 1, arbitrary: hostileText },
        // Wrapped, as SNS does unless it is told not to; and wrapped again.
        {
          weight: 1,
          arbitrary: almost({ Type: 'Notification', Message: whole }).map((value) => JSON.stringify(value)),
        },
      );
      const batch = fc.array(hostile, { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(batch, async (bodies) => {
          test.stack.logs.clear();
          const Records = [whole, ...bodies, whole].map((body, i) => ({ messageId: `m${i}`, body }));
          const answer = (await test.stack.invoke(name, { Records })) as {
            batchItemFailures: { itemIdentifier: string }[];
          };
          const failed = answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
          expect(failed.filter((id) => id === 'm0' || id === `m${Records.length - 1}`)).toEqual([]);
          const lines = logsOf(name);
          expect(lines.filter((line) => line.includes(done)).length).toBeGreaterThanOrEqual(2);
          // Each that failed says why, by a rule of ours; and nothing of what it was.
          expect(lines.filter((line) => line.includes('"event":"failed"'))).toHaveLength(failed.length);
          expect(lines.filter((line) => line.includes('"code":"internal"'))).toEqual([]);
          expect(lines.flatMap(toldBy)).toEqual([]);
        }),
        { numRuns: 60 },
      );
    },
  );

  it('ends among those that were set aside, whole, where an alarm shows it; what came with it is done', async () => {
    const sqs = new SQSClient(test.stack.clientConfig());
    try {
      for (const { queue, right, poison } of workers) {
        for (const MessageBody of [poison, JSON.stringify(right)]) {
          await sqs.send(new SendMessageCommand({ QueueUrl: test.stack.queueUrl(queue), MessageBody }));
        }
      }
    } finally {
      sqs.destroy();
    }
    await test.stack.settled({ withinMs: 48 * 60 * 60 * 1000 });
    for (const { name, queue, done, poison } of workers) {
      const { messages } = await test.stack.queue(`${queue}-dead-letters`);
      expect(messages.map(({ body }) => body)).toEqual([poison]);
      expect((await test.stack.queue(queue)).messages).toEqual([]);
      expect(logsOf(name).some((line) => line.includes(done))).toBe(true);
      expect(logsOf(name).flatMap(toldBy)).toEqual([]);
    }
  });
});

const actor = { actor: 'Kim', reason: 'a test' };
const hash = '0'.repeat(32);
const shown = '0'.repeat(26);
/** By function: what ops ask of it, one of each kind. */
const asked: Partial<Record<FunctionName, object[]>> = {
  'plan-blast': [
    { action: 'preview', productId: 'utah', filter: { period: '2026-05', onlyNeverMailed: true } },
    { action: 'send', hash, createdBy: 'Kim', at: '2026-05-01 09:00' },
    { action: 'test', productId: 'utah', to: 'kim@club.example' },
    { action: 'pause', blastId: 'bls_1', actor: 'Kim' },
    { action: 'show_held', blastId: 'bls_1', orderId: 'ord_1', addressKey: hash },
    { action: 'settle', blastId: 'bls_1', orderId: 'ord_1', as: 'sent', shown, ...actor },
  ],
  'recover-orders': [
    { action: 'plan', scope: { kind: 'product', productId: 'utah' }, mail: true },
    { action: 'plan_on', planId: 'pln_1' },
    { action: 'rows', hash, after: 'ord_1', limit: 10 },
    { action: 'apply', hash, actor: 'Kim', from: { shard: 1, after: null, passed: 3 } },
  ],
  reconcile: [
    { action: 'shown', hash },
    { action: 'apply', hash, actor: 'Kim' },
    { action: 'go_on', runId: 'run_1' },
    { action: 'findings', runId: 'run_1', after: 'x' },
    { action: 'look_link', linkId: 'plink_1', shown },
    { action: 'close_link', linkId: 'plink_1', shown, ...actor },
  ],
  'report-blast': [{ action: 'list' }, { blastId: 'bls_1', freshWithinSeconds: 3 }],
  'look-up': [
    { action: 'story', orderId: 'ord_1' },
    { action: 'statement', familyId: 'fam_1' },
    { action: 'unpaid', productId: 'utah', after: '3 ord_1' },
    { action: 'nearest', kind: 'order', id: 'ord_1' },
  ],
  'set-schedule': [
    { action: 'show_run', productId: 'utah', period: '2026-05' },
    { action: 'run', productId: 'utah', period: '2026-05', actor: 'Kim', shown },
    { action: 'stop', kind: 'reminders', productId: 'utah', actor: 'Kim' },
  ],
  'decide-order': [
    { action: 'look', orderId: 'ord_1', decision: 'amend', amount: '40.00', shown },
    { action: 'apply', orderId: 'ord_1', decision: 'cancel', shown, ...actor },
    { orderId: 'ord_1', decision: 'amend', amount: { amountMinor: 4_000, currency: 'usd' }, ...actor },
  ],
  'settle-payment': [
    { action: 'attention', productId: 'utah', after: 'attention#1 2026-05-01T00:00:00.000Z order#1' },
    { action: 'unmatched', after: 'unmatched 2026-05-01T00:00:00.000Z unmatched#pi_1' },
    { action: 'look_refund', orderId: 'ord_1', paymentId: 'pi_1', amount: '5.00' },
    { action: 'look_assign', stripeId: 'pi_1', orderId: 'ord_1' },
    { action: 'settle', stripeId: 'pi_1', shown, ...actor },
  ],
  'import-orders': [
    {
      action: 'stage',
      importId: 'imp_1',
      kind: 'contracts',
      total: 1,
      rows: [{ line: 2, row: { playerId: 'p', contract: 'signed' } }],
    },
    { action: 'plan', importId: 'imp_1' },
    {
      action: 'apply',
      importId: 'imp_1',
      hash,
      actor: 'Kim',
      from: { shard: 1, after: null, written: 1, failures: [] },
    },
  ],
  'export-records': [
    { of: 'families', after: 'fam_1' },
    { of: 'orders', productId: 'utah', shard: 3, after: 'ord_1' },
  ],
  'create-test-order': [{ address: 'kim@club.example', currency: 'usd' }],
  'forget-family': [
    { action: 'look', familyId: 'fam_1', shown },
    { action: 'forget', familyId: 'fam_1', shown, ...actor },
  ],
};

describe('what ops ask for', () => {
  it('is tried of every function that they invoke', () => {
    const ofOps = functionNames.filter((name) => functions[name].description.startsWith('Invoked by ops'));
    expect(Object.keys(asked).sort()).toEqual([...ofOps].sort());
  });

  it.each<[FunctionName, object]>([
    ['settle-payment', { action: 'look_assign', stripeId: 'a'.repeat(3_000), orderId: 'ord_1' }],
    [
      'settle-payment',
      { action: 'unmatched', after: `unmatched 2026-05-01T00:00:00.000Z ${'a'.repeat(3_000)}` },
    ],
    ['export-records', { of: 'orders', productId: 'utah', shard: 3, after: 'a'.repeat(3_000) }],
    ['import-orders', { action: 'stage', importId: 'imp_1', kind: 'contracts', total: 1e300, rows: [] }],
  ])('%s: %o is none, and is told so', async (name, payload) => {
    expect(await test.stack.invoke(name, payload)).toMatchObject({
      ok: false,
      error: { code: 'invalid_input' },
    });
  });

  it.each(Object.entries(asked) as [FunctionName, object[]][])(
    '%s: is answered, or refused with the rule, whatever it is',
    async (name, rights) => {
      const input = fc.oneof(
        { weight: 6, arbitrary: fc.oneof(...rights.map((right) => almost(right))) },
        { weight: 1, arbitrary: hostileValue },
      );
      await fc.assert(
        fc.asyncProperty(input, async (payload) => {
          const answer = await test.stack.invoke(name, payload);
          expect(answer).toHaveProperty('ok');
        }),
        { numRuns: 15 + 15 * rights.length },
      );
      expect(logsOf(name).flatMap(toldBy)).toEqual([]);
    },
  );
});
