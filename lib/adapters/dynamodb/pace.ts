import * as v from 'valibot';
import { StoreUnavailable } from '../../domain/errors.ts';
import type { Pace, PaceLane } from '../../ports.ts';
import { parseRow } from './row.ts';
import { openTable, type TableConnection } from './table.ts';

/**
 * One row per lane with `nextAt`, the time of the first place that nobody has: a leaky bucket that all workers
 * share (the generic cell rate algorithm, without a burst). It only ever grows.
 *
 * ```
 *   taken by A | taken by B |             places 1000 / perSecond ms apart
 *   -----------+------------+----> t
 *                           nextAt
 * ```
 *
 * When the answer to a `reserve` is lost after it took effect, the caller gets `StoreUnavailable`, and its places
 * pass unused: nobody was told of them.
 */
export const dynamoPace = (connection: TableConnection): Pace => {
  const table = openTable(connection);
  return {
    reserve: async ({ lane, count, perSecond, nowMs }) => {
      const key = paceKey(lane);
      const spanMs = (count * 1000) / perSecond;
      // Behind those who came before.
      const append = async (): Promise<number | undefined> => {
        const row = await table.updateAndRead(
          key,
          { add: { nextAt: spanMs } },
          { when: '#nextAt >= :now', values: { ':now': nowMs } },
        );
        return row && parseRow(PaceRow, row, key.pk).nextAt - spanMs;
      };
      // Now, when nobody has a place from now on: places that passed unused are not made up for.
      const begin = async (): Promise<number | undefined> => {
        const begun = await table.update(
          key,
          { set: { nextAt: nowMs + spanMs } },
          { when: 'attribute_not_exists(#nextAt) OR #nextAt < :now', values: { ':now': nowMs } },
        );
        return begun ? nowMs : undefined;
      };
      // Whoever can neither append nor begin was overtaken in between; and as `nextAt` only grows, can append now.
      const first = (await append()) ?? (await begin()) ?? (await append());
      if (first !== undefined) return first;
      throw new StoreUnavailable(`Row ${key.pk} was changed by hand while a place was taken. Try again.`, {
        key: key.pk,
      });
    },

    hold: async (lane, untilMs) => {
      await table.update(
        paceKey(lane),
        { set: { nextAt: untilMs } },
        { when: 'attribute_not_exists(#nextAt) OR #nextAt < :until', values: { ':until': untilMs } },
      );
    },
  };
};

const paceKey = (lane: PaceLane) => ({ pk: `pace#${lane}`, sk: 'pace' });
/** Epoch milliseconds, in fractions. */
const PaceRow = v.object({ nextAt: v.number() });
