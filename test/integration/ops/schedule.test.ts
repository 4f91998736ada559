import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Schedule } from '../../../lib/domain/schedule.ts';
import { opsOf } from '../../support/ops.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';

let test: TestStack;
let ops: ReturnType<typeof opsOf>;
beforeAll(async () => {
  test = await startTestStack();
  ops = opsOf(test.stack);
  await test.order({ productId: 'cup' });
  await test.order({ category: 'monthly', productId: 'fees', period: '2026-04' });
});
afterAll(() => test?.stop());

const listed = async (): Promise<Schedule[]> => {
  const answer = (await test.stack.invoke('set-schedule', { action: 'list' })) as {
    result: { schedules: Schedule[] };
  };
  return answer.result.schedules;
};

describe('npm run ops -- schedule', () => {
  it('begins with nothing', async () => {
    expect((await ops.json('schedule list')).text.trim()).toBe('Nothing recurs on this stage.');
  });

  it('sets reminders in the club’s time zone, and says when they leave next', async () => {
    const { code, stdout } = await ops.run('schedule reminders cup --days 14,3,7 --at 09:00 --by office');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /✓ cup: reminders 3, 7, 14 days after the first mail, at 09:00; next \d{4}-\d\d-\d\d 09:00 \(America\/Denver\)\./,
      ),
    ]);
    expect(await listed()).toMatchObject([{ kind: 'reminders', days: [3, 7, 14], createdBy: 'office' }]);
  });

  it('refuses an unknown time zone in words, and changes nothing', async () => {
    const { code, text } = await ops.json(
      'schedule reminders cup --days 3 --at 09:00 --time-zone Amerika/Denver',
    );
    expect([code, text]).toEqual([
      1,
      expect.stringContaining('is not a time zone that is known here; one is written like America/Denver'),
    ]);
    expect(await listed()).toMatchObject([{ days: [3, 7, 14], timeZone: 'America/Denver' }]);
  });

  it('refuses what is no number', async () => {
    const { code, stderr } = await ops.run('schedule reminders cup --days soon --at 09:00');
    expect([code, stderr]).toEqual([2, expect.stringContaining('It is a whole number.')]);
  });

  it('sets monthly fees, makes a month’s orders as it has shown, and shows them in its table', async () => {
    const fees = 'fees --day 25 --at 18:30 --pay-by-days 7 --time-zone Europe/Berlin';
    expect((await ops.json(`schedule monthly ${fees}`)).code).toBe(0);
    const shown = await ops.json('schedule run fees --period 2026-05');
    const { hash } = shown.told.run as { hash: string };
    expect(shown.text).toContain('No month of this schedule has run yet.');
    expect(shown.text).toContain(`schedule run fees --period 2026-05 --apply ${hash} --stage dev`);
    expect((await listed()).find(({ productId }) => productId === 'fees')).toMatchObject({ running: null });
    expect((await ops.json(`schedule run fees --period 2026-05 --apply ${hash} --yes`)).code).toBe(0);
    await test.stack.clock.advance(6 * 60_000);
    const { code, stdout } = await ops.run('schedule list');
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/\s{2,}/))).toEqual(
      expect.arrayContaining([
        ['product', 'what', 'next', 'last'],
        [
          'fees',
          'fees of the month after, each month on day 25 at 18:30',
          expect.stringMatching(/^\d{4}-\d\d-25 18:30 \(Europe\/Berlin\)$/),
          '2026-05: 1 order',
        ],
      ]),
    );
  });

  it('refuses what is not what it has shown', async () => {
    const apply = `--apply ${'0'.repeat(26)} --yes`;
    const { code, text } = await ops.json(`schedule run fees --period 2026-06 ${apply}`);
    expect([code, text]).toEqual([4, expect.stringContaining('This is not what was shown')]);
  });

  it('refuses a month that can only be a slip', async () => {
    const { code, text } = await ops.json('schedule run fees --period 2062-05');
    expect([code, text]).toEqual([1, expect.stringContaining('can be run, not 2062-05. Is the year right?')]);
  });

  it('tells what was skipped, and how to take it up', async () => {
    await test.order({ category: 'monthly', productId: 'fresh', period: '2026-05' });
    const schedule = { kind: 'monthly', productId: 'fresh', dayOfMonth: 1, at: '09:00', payByDays: 7 };
    await test.stack.invoke('set-schedule', { action: 'set', schedule, actor: 'office' });
    await test.stack.invoke('set-schedule', {
      action: 'run',
      productId: 'fresh',
      period: '2026-01',
      actor: 'office',
    });
    await test.stack.clock.advance(6 * 60_000);
    const { code, stdout } = await ops.run('schedule list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/! .*fee_fresh_2026-01 did not happen: no earlier month has orders to go by\./);
    expect(stdout).toContain(
      '→ If it is meant: npm run ops -- schedule run fresh --period 2026-01 --stage dev',
    );
  });

  it('stops one of the two', async () => {
    expect(await ops.json('schedule stop cup')).toMatchObject({ code: 2 });
    expect((await ops.json('schedule stop cup --reminders')).code).toBe(0);
    expect((await listed()).find(({ productId }) => productId === 'cup')).toMatchObject({
      state: 'stopped',
      nextRunAt: null,
    });
  });
});
