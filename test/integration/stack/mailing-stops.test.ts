import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestStack, type TestStack } from '../../support/stack.ts';
import { mailingsOf } from '../support/mailings.ts';

let test: TestStack;
let mailings: ReturnType<typeof mailingsOf>;
beforeAll(async () => {
  test = await startTestStack();
  mailings = mailingsOf(test);
});
afterAll(() => test.stop());

const tick = async (): Promise<void> => {
  await test.stack.invoke('tick', {});
  await test.stack.settled();
};
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const USUAL = { max24HourSend: 50_000, maxSendRate: 500 };
afterEach(() => {
  Object.assign(test.stack.ses.quota, USUAL);
  test.stack.ses.account.verification = 'Success';
});

describe('a mailing whose sender SES refuses', () => {
  it('stops with the remedy, loses nobody, and goes on when that is put right and it is resumed', async () => {
    const families = await mailings.families('sender', 6);
    test.stack.ses.account.verification = 'Pending';
    const { blastId } = await test.startMailing('sender');
    await test.stack.settled();
    const stopped = await mailings.report(blastId);
    expect(stopped.blast).toMatchObject({
      state: 'paused',
      waiting: { reason: 'sender_refused', until: null },
    });
    expect(stopped.funnel).toMatchObject({ audience: 6, sent: 0, skipped: 0, failed: 0, held: 0 });

    test.stack.ses.account.verification = 'Success';
    await tick();
    expect(mailings.mailedAbout('sender')).toEqual([]);
    await mailings.steer('resume', blastId);
    await test.stack.settled();
    expect(mailings.mailedAbout('sender')).toEqual(families);
    expect(await mailings.state(blastId)).toBe('complete');
  });
});

describe('a mailing that is larger than what SES takes a day', () => {
  /** As if the account had `left` more for the next 24 hours. */
  const leave = (left: number): void => {
    const since = test.stack.clock.now() - DAY_MS;
    const lately = test.stack.ses.taken().filter(({ at }) => at > since).length;
    test.stack.ses.quota.max24HourSend = lately + left;
  };

  it('waits where everybody can see it, and goes on by itself when SES takes mails again', async () => {
    const families = await mailings.families('quota', 8);
    leave(5);
    const { blastId } = await test.startMailing('quota');
    await test.stack.settled();
    const { waits, blast, funnel } = await mailings.report(blastId);
    expect(waits).toMatchObject({ reason: 'daily_quota', until: expect.stringMatching(/Z$/) });
    expect(blast.state).toBe('sending');
    expect(funnel).toMatchObject({ audience: 8, sent: 5, failed: 0, held: 0 });
    expect(mailings.mailedAbout('quota')).toHaveLength(5);

    // It looks whenever the tick comes, here every six hours, and each part of it for itself.
    await test.stack.clock.advance(2 * DAY_MS);
    expect(mailings.mailedAbout('quota')).toEqual(families);
    expect(await mailings.state(blastId)).toBe('complete');
  });

  it('outlives its queue, which keeps a message for two weeks: none waits there', async () => {
    const families = await mailings.families('weeks', 6);
    leave(2);
    const { blastId } = await test.startMailing('weeks');
    await test.stack.settled();
    expect(mailings.mailedAbout('weeks')).toHaveLength(2);
    test.stack.ses.quota.max24HourSend = 0;
    await test.stack.clock.advance(15 * DAY_MS, { tickEveryMs: 3 * DAY_MS });
    for (const queue of ['blast', 'blast-dead-letters']) {
      expect((await test.stack.queue(queue)).messages).toEqual([]);
    }
    expect((await mailings.report(blastId)).waits?.reason).toBe('daily_quota');

    test.stack.ses.quota.max24HourSend = USUAL.max24HourSend;
    await test.stack.clock.advance(2 * DAY_MS);
    expect(mailings.mailedAbout('weeks')).toEqual(families);
    expect(await mailings.state(blastId)).toBe('complete');
  });
});

describe('a mailing while its mails leave', () => {
  const FAMILIES = 40;
  /** Who writes looks every two seconds; what has its place by then still leaves. All of them would take twenty. */
  const SECONDS_MS = 10_000;

  /** Starts it slowly. Resolves when the first mails have left. */
  const underWay = async (productId: string): Promise<string> => {
    test.stack.ses.quota.maxSendRate = 2;
    const { blastId } = await test.startMailing(productId);
    const mailed = () => mailings.mailedAbout(productId).length;
    await expect.poll(mailed, { timeout: 20_000 }).toBeGreaterThanOrEqual(4);
    return blastId;
  };
  /** How long after `from` the last mail about it left. */
  const lastMailAfter = (productId: string, from: number): number =>
    Math.max(
      ...test.stack.ses
        .taken()
        .filter(({ to }) => to[0]?.startsWith(`${productId}_`))
        .map(({ at }) => at - from),
    );

  it('is paused within seconds, and mails the others, each once, when it is resumed', async () => {
    const families = await mailings.families('pause', FAMILIES);
    const blastId = await underWay('pause');
    await mailings.steer('pause', blastId);
    const pausedAt = test.stack.clock.now();
    await test.stack.settled();
    await tick();
    expect(lastMailAfter('pause', pausedAt)).toBeLessThan(SECONDS_MS);
    const before = mailings.mailedAbout('pause');
    expect(before.length).toBeLessThan(FAMILIES);
    expect(new Set(before).size).toBe(before.length);

    test.stack.ses.quota.maxSendRate = USUAL.maxSendRate;
    await mailings.steer('resume', blastId);
    await test.stack.settled();
    expect(mailings.mailedAbout('pause')).toEqual(families);
    expect(await mailings.state(blastId)).toBe('complete');
  });

  it('is canceled within seconds, for good: nobody gets a second mail, and nobody else a first', async () => {
    await mailings.families('cancel', FAMILIES);
    const blastId = await underWay('cancel');
    await mailings.steer('cancel', blastId);
    const canceledAt = test.stack.clock.now();
    await test.stack.settled();
    expect(await mailings.steer('resume', blastId)).toMatchObject({ ok: false });
    await tick();
    expect(lastMailAfter('cancel', canceledAt)).toBeLessThan(SECONDS_MS);
    const mailed = mailings.mailedAbout('cancel');
    expect(mailed.length).toBeLessThan(FAMILIES);
    expect(new Set(mailed).size).toBe(mailed.length);
    expect(await mailings.state(blastId)).toBe('canceled');
  });
});
