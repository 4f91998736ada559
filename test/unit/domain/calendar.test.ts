import { describe, expect, it } from 'vitest';
import { clubDayOf } from '../../../lib/domain/calendar.ts';

describe('the day in the club’s calendar', () => {
  it.each([
    ['just before midnight', '2026-04-30T05:59:59.999Z', 'America/Denver', '2026-04-29'],
    ['at midnight', '2026-04-30T06:00:00.000Z', 'America/Denver', '2026-04-30'],
    ['in winter, an hour later', '2026-01-15T06:30:00.000Z', 'America/Denver', '2026-01-14'],
    ['in the hour that a change of clocks skips', '2026-03-08T09:30:00.000Z', 'America/Denver', '2026-03-08'],
    ['where it is tomorrow already', '2026-12-31T23:00:00.000Z', 'Pacific/Kiritimati', '2027-01-01'],
    ['where it is still yesterday', '2026-03-01T00:00:00.000Z', 'Pacific/Pago_Pago', '2026-02-28'],
    ['in UTC', '2024-02-29T23:59:59.999Z', 'UTC', '2024-02-29'],
  ])('%s', (_, at, timeZone, day) => {
    expect(clubDayOf(at, timeZone)).toBe(day);
  });
});
