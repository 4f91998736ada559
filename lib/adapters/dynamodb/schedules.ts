import { Schedule } from '../../domain/schedule.ts';
import type { Schedules } from '../../ports.ts';
import { parseRow, type Row } from './row.ts';
import { openTable, type TableConnection } from './table.ts';

/**
 * Schedules, in the table of the blasts that they make, listed by the same index.
 *
 * When the answer to a `put` is lost after it took effect, the caller gets `StoreUnavailable`, and a repetition with
 * the same revision is a `conflict`: whoever reads again finds what was written. What a run does beside it is
 * done by ids that are the same each time.
 */
export const dynamoSchedules = (connection: TableConnection): Schedules => {
  const table = openTable(connection);

  /** @param until null: whenever they run */
  const listed = async (until: string | null): Promise<Schedule[]> => {
    const { rows } = await table.query({
      index: 'listed',
      where: `#listing = :listing${until === null ? '' : ' AND #startsAt <= :until'}`,
      values: { ':listing': 'schedule', ...(until !== null && { ':until': until }) },
    });
    // Read once more from the table: the index may lag behind it.
    const found = await table.getMany(rows.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })));
    return found.map(read).sort((a, b) => (sortKeyOf(a) < sortKeyOf(b) ? -1 : 1));
  };

  return {
    get: async (scheduleId) => {
      const row = await table.get(keyOf(scheduleId));
      return row === undefined ? undefined : read(row);
    },

    put: async (next) => {
      const stored = { ...next, revision: next.revision + 1 };
      const row = { ...keyOf(next.scheduleId), ...stored, listing: 'schedule', startsAt: startsAtOf(next) };
      const written = await table.put(
        row,
        next.revision === 0
          ? { when: 'attribute_not_exists(#pk)' }
          : { when: '#revision = :was', values: { ':was': next.revision } },
      );
      return written ? stored : 'conflict';
    },

    all: () => listed(null),

    due: async (now) =>
      (await listed(now)).filter((schedule) => schedule.nextRunAt !== null && schedule.nextRunAt <= now),
  };
};

const keyOf = (scheduleId: string) => ({ pk: `schedule#${scheduleId}`, sk: 'schedule' });
const read = (row: Row): Schedule => parseRow(Schedule, row, String(row.pk));

/** Stopped ones are listed too, behind all that will ever run. */
const NEVER = '9999-12-31T23:59:59.999Z';
const startsAtOf = ({ nextRunAt }: Schedule): string => nextRunAt ?? NEVER;
const sortKeyOf = (schedule: Schedule): string => `${startsAtOf(schedule)} ${schedule.scheduleId}`;
