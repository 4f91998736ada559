import type { Pace, PaceLane } from '../../../lib/ports.ts';

export const memoryPace = (): Pace => {
  const nextAtMs = new Map<PaceLane, number>();
  const nextOf = (lane: PaceLane): number => nextAtMs.get(lane) ?? 0;
  return {
    reserve: async ({ lane, count, perSecond, nowMs, makeUpMs = 0 }) => {
      const first = Math.max(nextOf(lane), nowMs - makeUpMs);
      nextAtMs.set(lane, first + (count * 1000) / perSecond);
      return first;
    },
    hold: async (lane, untilMs) => void nextAtMs.set(lane, Math.max(nextOf(lane), untilMs)),
  };
};
