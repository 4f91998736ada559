import type { Schedule } from '../../../lib/domain/schedule.ts';
import type { Schedules } from '../../../lib/ports.ts';
import { kept } from './kept.ts';

export const memorySchedules = (): Schedules => {
  const schedules = new Map<string, Schedule>();
  const all = async (): Promise<Schedule[]> =>
    [...schedules.values()].sort((a, b) => (sortKeyOf(a) < sortKeyOf(b) ? -1 : 1));
  return {
    get: async (scheduleId) => schedules.get(scheduleId),
    put: async (next) => {
      if ((schedules.get(next.scheduleId)?.revision ?? 0) !== next.revision) return 'conflict';
      const stored = kept({ ...next, revision: next.revision + 1 });
      schedules.set(next.scheduleId, stored);
      return stored;
    },
    all,
    due: async (now) => (await all()).filter(({ nextRunAt }) => nextRunAt !== null && nextRunAt <= now),
  };
};

const sortKeyOf = ({ nextRunAt, scheduleId }: Schedule): string => `${nextRunAt ?? '9999'} ${scheduleId}`;
