import { expect, test } from 'vitest';
import { describeStores } from './backends.ts';
import { aFeeSchedule, aReminderSchedule, LATER, NOW } from './samples.ts';

describeStores('schedules', (stores) => {
  test('a schedule of each kind is read as it was written', async () => {
    for (const schedule of [aReminderSchedule(), aFeeSchedule()]) {
      const stored = { ...schedule, revision: 1 };
      expect(await stores.schedules.put(schedule)).toEqual(stored);
      expect(await stores.schedules.get(schedule.scheduleId)).toEqual(stored);
    }
    expect(await stores.schedules.get('reminders_none')).toBeUndefined();
  });

  test('one is made once, and of those who make it at once one does', async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => stores.schedules.put(aReminderSchedule())));
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(2);
    expect(await stores.schedules.put(aReminderSchedule())).toBe('conflict');
  });

  test('a change is written if nobody has written since it was read', async () => {
    const first = await stores.schedules.put(aFeeSchedule());
    if (first === 'conflict') throw new Error('It was there before.');
    expect(await stores.schedules.put({ ...first, dayOfMonth: 3 })).toEqual({
      ...first,
      dayOfMonth: 3,
      revision: 2,
    });
    expect(await stores.schedules.put({ ...first, dayOfMonth: 4 })).toBe('conflict');
    expect(await stores.schedules.get(first.scheduleId)).toMatchObject({ dayOfMonth: 3, revision: 2 });
  });

  test('one that was never made is not changed into being', async () => {
    expect(await stores.schedules.put(aFeeSchedule({ revision: 1 }))).toBe('conflict');
    expect(await stores.schedules.all()).toEqual([]);
  });

  test('all are listed by their next run, the stopped ones last, and no blast among them', async () => {
    await stores.schedules.put(
      aReminderSchedule({ scheduleId: 's_stopped', state: 'stopped', nextRunAt: null }),
    );
    await stores.schedules.put(aReminderSchedule({ scheduleId: 's_later', nextRunAt: LATER }));
    await stores.schedules.put(aFeeSchedule({ scheduleId: 's_now', nextRunAt: NOW }));
    const listed = await stores.schedules.all();
    expect(listed.map(({ scheduleId }) => scheduleId)).toEqual(['s_now', 's_later', 's_stopped']);
    expect((await stores.blasts.pageOfOpen({ limit: 10 })).items).toEqual([]);
  });

  test('those are due whose time has come, to the millisecond', async () => {
    await stores.schedules.put(
      aReminderSchedule({ scheduleId: 's_stopped', state: 'stopped', nextRunAt: null }),
    );
    await stores.schedules.put(aReminderSchedule({ scheduleId: 's_due', nextRunAt: NOW }));
    expect(await stores.schedules.due(NOW)).toMatchObject([{ scheduleId: 's_due' }]);
    expect(await stores.schedules.due('2026-05-01T15:59:59.999Z')).toEqual([]);
    expect(await stores.schedules.due('2099-01-01T00:00:00.000Z')).toHaveLength(1);
  });

  test('one whose run was decided is not due again until the next', async () => {
    const stored = await stores.schedules.put(aReminderSchedule({ nextRunAt: NOW }));
    if (stored === 'conflict') throw new Error('It was there before.');
    await stores.schedules.put({ ...stored, nextRunAt: LATER });
    expect(await stores.schedules.due(NOW)).toEqual([]);
    expect(await stores.schedules.due(LATER)).toHaveLength(1);
  });
});
