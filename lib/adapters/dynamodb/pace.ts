import * as v from 'valibot';
import { StoreUnavailable } from '../../domain/errors.ts';
import type { Pace, PaceLane } from '../../ports.ts';
import { parseRow } from './row.ts';
import { openTable, type TableConnection } from './table.ts';

/**
 * One row per lane with `nextAt`, the time of the first place that nobody has: a leaky bucket that all workers
 * share (the generic cell rate algorithm; how much of a burst it allows is `makeUpMs`). It only ever grows.
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
    reserve: async ({ lane, count, perSecond, nowMs, makeUpMs = 0 }) => {
      const key = paceKey(lane);
      const spanMs = (count * 1000) / perSecond;
      const earliest = nowMs - makeUpMs;
      // Behind those who came before.
      const append = async (): Promise<number | undefined> => {
        const row = await table.updateAndRead(
          key,
          { add: { nextAt: spanMs } },
          { when: '#nextAt >= :earliest', values: { ':earliest': earliest } },
        );
        return row && parseRow(PaceRow, row, key.pk).nextAt - spanMs;
      };
      // Nobody has a place from then on: what passed unused before is not made up for.
      const begin = async (): Promise<number | undefined> => {
        const begun = await table.update(
          key,
          { set: { nextAt: earliest + spanMs } },
          {
            when: 'attribute_not_exists(#nextAt) OR #nextAt < :earliest',
            values: { ':earliest': earliest },
          },
        );
        return begun ? earliest : undefined;
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
