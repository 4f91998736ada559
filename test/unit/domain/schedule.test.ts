import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { BlastId, instant } from '../../../lib/domain/ids.ts';
import { instantAt, localDayOf } from '../../../lib/domain/local-time.ts';
import {
  dayAfter,
  decidedAtFirst,
  dueRuns,
  feeRunId,
  feeRunsOn,
  type Monthly,
  nextRunAt,
  objectionToPeriod,
  type Reminders,
  reminderRunId,
  reminderRunsOn,
  ScheduleSettings,
  withSkipped,
} from '../../../lib/domain/schedule.ts';

const clock = { instantAt, localDayOf };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const common = {
  scheduleId: 's',
  productId: 'utah',
  timeZone: 'America/Denver',
  at: '09:00',
  state: 'active',
  createdBy: 'office',
  createdAt: '2026-03-01T00:00:00.000Z',
  ranUntil: '2026-04-13',
  nextRunAt: null,
  skipped: [],
  revision: 1,
} as const;
const reminders = (over: Partial<Reminders> = {}): Reminders => ({
  kind: 'reminders',
  days: [3, 7, 14],
  ...common,
  skipped: [],
  ...over,
});
const monthly = (over: Partial<Monthly> = {}): Monthly => ({
  kind: 'monthly',
  dayOfMonth: 25,
  of: 'next_month',
  payByDays: 7,
  running: null,
  last: null,
  ...common,
  skipped: [],
  ...over,
});
const decide = (schedule: Reminders, now: string) =>
  dueRuns(schedule, (day) => reminderRunsOn(schedule, day), now, clock);

/** What clocks on walls show, by another library than the one that is tested. */
const walls = new Map<string, Intl.DateTimeFormat>();
const wallOf = (timeZone: string): Intl.DateTimeFormat => {
  const form = { timeZone, dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' } as const;
  const wall = walls.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', form);
  walls.set(timeZone, wall);
  return wall;
};
const onTheWall = (atMs: number, timeZone: string): string => {
  const parts = wallOf(timeZone).formatToParts(atMs);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}`;
};

describe('a month that a person wants to have run', () => {
  it.each([
    ['2025-03', 'only months from 2025-04 to 2026-07 can be run, not 2025-03. Is the year right?'],
    ['2025-04', null],
    ['2026-04', null],
    ['2026-07', null],
    ['2026-08', 'not 2026-08'],
    ['2062-05', 'It is 2026-04: only months from 2025-04 to 2026-07 can be run, not 2062-05.'],
  ])('%s, in April 2026: %s', (period, objection) => {
    expect(objectionToPeriod(period, '2026-04-30')).toEqual(
      objection === null ? null : expect.stringContaining(objection),
    );
  });

  it('may be one of the year before or after', () => {
    expect(objectionToPeriod('2027-02', '2026-11-30')).toBeNull();
    expect(objectionToPeriod('2027-03', '2026-11-30')).not.toBeNull();
    expect(objectionToPeriod('2025-01', '2026-01-31')).toBeNull();
    expect(objectionToPeriod('2024-12', '2026-01-31')).not.toBeNull();
  });
});

describe('a local time', () => {
  it.each([
    ['that there is once', '2026-04-14', '09:00', 'America/Denver', '2026-04-14T15:00:00.000Z'],
    [
      'in a gap is the change: 02:30 becomes 03:00',
      '2026-03-08',
      '02:30',
      'America/Denver',
      '2026-03-08T09:00:00.000Z',
    ],
    ['just before a gap', '2026-03-08', '01:59', 'America/Denver', '2026-03-08T08:59:00.000Z'],
    ['just after a gap', '2026-03-08', '03:00', 'America/Denver', '2026-03-08T09:00:00.000Z'],
    ['that there is twice is the first', '2026-11-01', '01:30', 'America/Denver', '2026-11-01T07:30:00.000Z'],
    ['in a gap of Europe', '2026-03-29', '02:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    ['in a gap of half an hour', '2026-10-04', '02:15', 'Australia/Lord_Howe', '2026-10-03T15:30:00.000Z'],
    ['in a gap at midnight', '2026-09-06', '00:30', 'America/Santiago', '2026-09-06T04:00:00.000Z'],
    [
      'in a gap at the end of Ramadan',
      '2026-03-22',
      '02:30',
      'Africa/Casablanca',
      '2026-03-22T02:00:00.000Z',
    ],
    ['in a gap that ends the day', '2024-03-30', '23:30', 'America/Nuuk', '2024-03-31T01:00:00.000Z'],
    ['of a day that an island left out', '2011-12-30', '09:00', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
  ])('%s', (_, day, time, timeZone, expected) => {
    expect(instantAt(day, time, timeZone)).toBe(expected);
  });
});

/** Around changes of the clock in 2026, and anywhere else. */
const zones = [
  'America/Denver',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Africa/Casablanca',
  'America/Nuuk',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Etc/GMT+12',
  'UTC',
];
const someZone = fc.constantFrom(...zones);
const changes = [
  '2026-02-14',
  '2026-03-07',
  '2026-03-21',
  '2026-03-28',
  '2026-04-04',
  '2026-09-05',
  '2026-10-03',
  '2026-10-24',
  '2026-10-31',
];
const someDay = fc
  .tuple(fc.constantFrom(...changes, '2026-06-10', '2026-12-30'), fc.nat(3))
  .map(([day, later]) => dayAfter(day, later));
const someTime = fc
  .nat(24 * 60 - 1)
  .map(
    (minutes) =>
      `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`,
  );

describe('in every time zone', () => {
  it('a local time is the first instant at which a clock shows it, or the change that leaves it out', () => {
    fc.assert(
      fc.property(someZone, someDay, someTime, (timeZone, day, time) => {
        const at = Date.parse(instantAt(day, time, timeZone));
        const wanted = `${day}T${time}`;
        const shown = onTheWall(at, timeZone);
        // A minute earlier it is earlier on the wall, and no clock has shown the time in the hours before.
        expect(onTheWall(at - MINUTE, timeZone) < wanted).toBe(true);
        expect(shown >= wanted).toBe(true);
        for (let back = 1; back <= 3 * 60; back += 1) {
          if (shown === wanted) expect(onTheWall(at - back * MINUTE, timeZone)).not.toBe(wanted);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('each local day has its run exactly once, however ticks come, and a second tick has none', () => {
    fc.assert(
      fc.property(
        someZone,
        someDay,
        someTime,
        fc.array(fc.integer({ min: 1, max: 40 * 60 }), { minLength: 1, maxLength: 40 }),
        (timeZone, first, at, pauses) => {
          let schedule = reminders({ timeZone, at, days: [3], ranUntil: dayAfter(first, -1) });
          let now = Date.parse(`${dayAfter(first, -1)}T10:00:00.000Z`);
          const decided: string[] = [];
          for (const pause of [...pauses, 4 * 24 * 60]) {
            now += pause * MINUTE;
            const { due, missed, ranUntil } = decide(schedule, instant(now));
            // In the sequence of days, each of them once, whether done or missed.
            decided.push(...[...missed, ...due].map(({ day }) => day));
            for (const { day } of due) {
              const begins = instantAt(day, at, timeZone);
              expect(begins <= instant(now)).toBe(true);
              const late = now - Date.parse(begins) >= HOUR;
              if (late) expect(localDayOf(begins, timeZone)).toBe(localDayOf(instant(now), timeZone));
            }
            schedule = { ...schedule, ranUntil };
            const again = decide(schedule, instant(now));
            expect([again.due, again.missed]).toEqual([[], []]);
            expect(nextRunAt(schedule, clock) > instant(now)).toBe(true);
          }
          expect(decided).toEqual(decided.map((_, i) => dayAfter(first, i)));
          expect(decided.at(-1)).toBe(schedule.ranUntil);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('nothing is missed while a tick comes every five minutes, and no run is later than that', () => {
    fc.assert(
      fc.property(someZone, someDay, someTime, fc.nat(4), (timeZone, first, at, offset) => {
        let schedule = reminders({ timeZone, at, days: [3], ranUntil: dayAfter(first, -1) });
        const begin = Date.parse(`${dayAfter(first, -1)}T00:00:00.000Z`) + offset * MINUTE;
        const done: string[] = [];
        for (let now = begin; now < begin + 5 * DAY; now += 5 * MINUTE) {
          if (nextRunAt(schedule, clock) > instant(now)) continue;
          const { due, missed, ranUntil } = decide(schedule, instant(now));
          expect(missed).toEqual([]);
          done.push(...due.map(({ day }) => day));
          for (const { day } of due) {
            expect(now - Date.parse(instantAt(day, at, timeZone))).toBeLessThan(5 * MINUTE);
          }
          schedule = { ...schedule, ranUntil };
        }
        expect(done.length).toBeGreaterThanOrEqual(3);
        expect(done).toEqual(done.map((_, i) => dayAfter(first, i)));
      }),
      { numRuns: 25 },
    );
  });
});

describe('what is due', () => {
  it.each([
    ['a millisecond before its time: nothing', '2026-04-14T14:59:59.999Z', [], '2026-04-13'],
    [
      'at its time: all its steps',
      '2026-04-14T15:00:00.000Z',
      ['2026-04-11', '2026-04-07', '2026-03-31'],
      '2026-04-14',
    ],
    [
      'at the last moment of the day: the same',
      '2026-04-15T05:59:59.999Z',
      ['2026-04-11', '2026-04-07', '2026-03-31'],
      '2026-04-14',
    ],
  ])('%s', (_, now, mailedOn, ranUntil) => {
    const decided = decide(reminders(), now);
    expect(decided.due.map(({ firstMailedOn }) => firstMailedOn)).toEqual(mailedOn);
    expect([decided.missed, decided.ranUntil]).toEqual([[], ranUntil]);
  });

  it('on the next day, before its time, is nothing; the day before has been missed', () => {
    const { due, missed, ranUntil } = decide(reminders({ days: [3] }), '2026-04-15T06:00:00.000Z');
    expect([due, missed.map(({ runId }) => runId), ranUntil]).toEqual([
      [],
      ['rem_utah_3_2026-04-14'],
      '2026-04-14',
    ]);
  });

  it.each([
    ['is due for an hour, though it is tomorrow then', '2026-04-15T06:56:59.999Z', ['2026-04-14'], []],
    ['is missed after that', '2026-04-15T06:57:00.000Z', [], ['2026-04-14']],
  ])('shortly before midnight %s', (_, now, due, missed) => {
    const decided = decide(reminders({ at: '23:57', days: [3] }), now);
    expect([decided.due, decided.missed].map((runs) => runs.map(({ day }) => day))).toEqual([due, missed]);
  });

  it('after a week without ticks is today, and six days were missed', () => {
    const { due, missed } = decide(reminders({ days: [3] }), '2026-04-20T16:00:00.000Z');
    expect(due.map(({ runId }) => runId)).toEqual(['rem_utah_3_2026-04-20']);
    expect(missed.map(({ day }) => day)).toEqual(
      Array.from({ length: 6 }, (_, i) => dayAfter('2026-04-14', i)),
    );
  });

  it('once a month is the month after, over the end of a year, or the same month where that is wanted', () => {
    expect(feeRunsOn(monthly(), '2026-12-25')).toEqual([
      { runId: 'fee_utah_2027-01', day: '2026-12-25', period: '2027-01' },
    ]);
    expect(feeRunsOn(monthly({ dayOfMonth: 1, of: 'this_month' }), '2026-05-01')).toMatchObject([
      { period: '2026-05' },
    ]);
    expect(feeRunsOn(monthly({ dayOfMonth: 28 }), '2026-01-28')).toMatchObject([{ period: '2026-02' }]);
    expect(feeRunsOn(monthly(), '2026-12-24')).toEqual([]);
  });

  it('is looked for again at the next run, a day or a month away', () => {
    expect(nextRunAt(reminders({ ranUntil: '2026-04-14' }), clock)).toBe('2026-04-15T15:00:00.000Z');
    expect(nextRunAt(monthly({ ranUntil: '2026-10-25' }), clock)).toBe('2026-11-25T16:00:00.000Z');
  });
});

describe('a schedule that is set', () => {
  it.each([
    ['before its time of the day runs today', '2026-04-14T14:59:59.999Z', '2026-04-13'],
    ['at its time or later runs tomorrow', '2026-04-14T15:00:00.000Z', '2026-04-14'],
  ])('%s', (_, now, ranUntil) => {
    expect(decidedAtFirst(reminders(), now, clock)).toBe(ranUntil);
  });

  const settings = { kind: 'reminders', productId: 'utah', days: [14, 3, 7, 3], at: '09:00' };
  const refusal = (given: object): string[] => {
    const parsed = v.safeParse(ScheduleSettings, given);
    return parsed.success ? [] : parsed.issues.map((issue) => `${v.getDotPath(issue)} ${issue.message}`);
  };

  it('names its days once each, in sequence', () => {
    expect(v.parse(ScheduleSettings, settings)).toMatchObject({ days: [3, 7, 14] });
  });

  it.each(['America/Denver', 'Europe/Berlin', 'UTC', 'Africa/Casablanca'])(
    'knows the time zone %s',
    (timeZone) => {
      expect(refusal({ ...settings, timeZone })).toEqual([]);
    },
  );
  it.each(['Amerika/Denver', 'Denver', '+01:00', 'MEZ', '', 'America/Denver '])(
    'in the unknown time zone "%s" is refused in words',
    (timeZone) => {
      expect(refusal({ ...settings, timeZone })).toEqual([
        'timeZone is not a time zone that is known here; one is written like America/Denver',
      ]);
    },
  );
  it.each([
    [{ at: '9:00' }, 'at is not a time of day from 00:00 to 23:59, such as 09:00'],
    [{ at: '24:00' }, 'at is not a time of day from 00:00 to 23:59, such as 09:00'],
    [{ days: [] }, 'days names no day'],
    [{ days: [0] }, 'days.0 is below 1'],
    [{ days: [366] }, 'days.0 is above 365'],
    [
      { kind: 'monthly', days: undefined, dayOfMonth: 29, payByDays: 7 },
      'dayOfMonth is above 28, which not every month has',
    ],
  ])('with %j is refused', (over, words) => {
    expect(refusal({ ...settings, ...over })).toContain(words);
  });

  it('has run ids that a blast may have, and another for every product', () => {
    const long = ['a', 'b'].map((end) => `${'p'.repeat(63)}${end}`);
    const ids = long.flatMap((id) => [reminderRunId(id, 365, '2026-04-14'), feeRunId(id, '2026-05', 99)]);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(v.is(BlastId, id)).toBe(true);
  });

  it('shows the latest of what it skipped', () => {
    const run = (day: string) =>
      ({ runId: day, day, reason: 'missed', orders: null, ordersBefore: null }) as const;
    const many = Array.from({ length: 60 }, (_, i) => run(dayAfter('2026-01-01', i)));
    const { skipped } = withSkipped(reminders({ skipped: [run('2025-12-31')] }), many);
    expect(skipped).toEqual(many.slice(20));
  });
});
