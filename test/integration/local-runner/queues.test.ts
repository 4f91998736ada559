import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunningStack } from '../../../infra/local/runner.ts';
import { jobsQueue, startFixture } from '../support/fixture-stack.ts';

const VISIBILITY_SECONDS = 300;

/** Fails on `fail`, `fail once` the first time, ends its process on `die once`, and tells what it got. */
const WORKER = `
exports.handler = async ({ Records }) => {
  const batchItemFailures = [];
  for (const record of Records) {
    const count = Number(record.attributes.ApproximateReceiveCount);
    console.log(JSON.stringify({ body: record.body, count, at: Date.now(), of: Records.length, source: record.eventSourceARN }));
    if (record.body === 'die once' && count === 1) process.kill(process.pid, 'SIGKILL');
    if (record.body === 'throw once' && count === 1) throw new Error('the whole batch');
    if (record.body === 'fail' || (record.body === 'fail once' && count === 1)) batchItemFailures.push({ itemIdentifier: record.messageId });
    if (record.body === 'slow') await new Promise((r) => setTimeout(r, 200));
  }
  return { batchItemFailures };
};`;

type Seen = { body: string; count: number; at: number; of: number; source: string };

let stack: RunningStack;
let sqs: SQSClient;
beforeAll(async () => {
  stack = await startFixture({
    functions: { WorkFunction: { code: WORKER } },
    resources: jobsQueue('WorkFunction', { visibilityTimeout: VISIBILITY_SECONDS, maxReceiveCount: 3 }),
  });
  sqs = new SQSClient(stack.clientConfig());
});
afterAll(async () => {
  sqs?.destroy();
  await stack?.stop();
});
beforeEach(() => stack.logs.clear());

const send = (body: string, delaySeconds?: number) =>
  sqs.send(
    new SendMessageCommand({
      QueueUrl: stack.queueUrl('jobs'),
      MessageBody: body,
      DelaySeconds: delaySeconds,
    }),
  );
/** What the function itself has logged: what it throws is logged beside that. */
const seen = (): Seen[] =>
  stack.logs
    .lines('work')
    .filter(({ line }) => line.startsWith('{'))
    .map(({ line }) => JSON.parse(line) as Seen);

describe('a queue with a consumer', () => {
  it('delivers messages, and is empty afterwards', async () => {
    await Promise.all([send('a'), send('b'), send('c')]);
    await stack.settled();
    expect(
      seen()
        .map(({ body }) => body)
        .toSorted(),
    ).toEqual(['a', 'b', 'c']);
    expect(seen()[0]?.source).toMatch(/^arn:aws:sqs:.*JobsQueue/);
    expect(await stack.queue('jobs')).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('gives back the failed message alone, when the visibility timeout has passed in the stack’s time', async () => {
    await Promise.all([send('good'), send('fail once')]);
    await stack.settled();
    const counts = (body: string) => seen().filter((each) => each.body === body);
    expect(counts('good').map(({ count }) => count)).toEqual([1]);
    const [first, second] = counts('fail once');
    expect(second?.count).toBe(2);
    const waitedMs = (second?.at ?? 0) - (first?.at ?? 0);
    // The timeout begins with the receipt, a little before the function can look at its clock.
    expect(waitedMs).toBeGreaterThan(VISIBILITY_SECONDS * 900);
    expect(waitedMs).toBeLessThan(VISIBILITY_SECONDS * 1_100);
  });

  it('moves a message that fails too often to the dead-letter queue', async () => {
    await send('fail');
    await stack.settled();
    expect(seen().map(({ count }) => count)).toEqual([1, 2, 3]);
    expect(await stack.queue('jobs-dead-letters')).toMatchObject({
      visible: 1,
      messages: [{ body: 'fail' }],
    });
  });

  it('gives back the whole batch when the function throws', async () => {
    await send('throw once');
    await stack.settled();
    expect(seen().map(({ count }) => count)).toEqual([1, 2]);
  });

  it('delivers again what a crashed process was working on', async () => {
    await send('die once');
    await stack.settled();
    expect(seen().map(({ body, count }) => [body, count])).toEqual([
      ['die once', 1],
      ['die once', 2],
    ]);
  });

  it('holds a delayed message until its time', async () => {
    const sentAt = stack.clock.now();
    await send('later', 900);
    await stack.settled({ withinMs: 60_000 });
    expect(seen()).toEqual([]);
    expect((await stack.queue('jobs')).delayed).toBe(1);

    await stack.clock.advance(1_000_000);
    expect(seen()[0]?.at).toBeGreaterThanOrEqual(sentAt + 900_000);
    expect(seen()[0]?.at).toBeLessThan(sentAt + 930_000);
  });

  it('is never worked on by more processes than the maximum concurrency', async () => {
    await stack.crash('work');
    await Promise.all(Array.from({ length: 40 }, () => send('slow')));
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, stack.pids().length);
    }, 10);
    await stack.settled();
    clearInterval(watch);
    expect(seen()).toHaveLength(40);
    expect(most).toBe(2);
  });
});
