import { MINUTE } from './plan.ts';
import type { Timeline } from './timeline.ts';

/** What was told of each player's contract, and taken. */
export type Contracts = {
  told(playerId: string, state: string): void;
  /** The last news; undefined where others came so near to it that any of them may have been the later one. */
  of(playerId: string): string | undefined;
};

const AT_ONCE_MS = 15 * MINUTE;
export const contractsTold = ({ nowMs }: Pick<Timeline, 'nowMs'>): Contracts => {
  /** When each state was told for the last time, the latest at the end. */
  const news = new Map<string, Map<string, number>>();
  return {
    told: (playerId, state) => {
      const states = news.get(playerId) ?? new Map<string, number>();
      states.delete(state);
      news.set(playerId, states.set(state, nowMs()));
    },
    of: (playerId) => {
      const [last, before] = [...(news.get(playerId) ?? [])].reverse();
      if (last === undefined) return undefined;
      const isDoubtful = before !== undefined && last[1] - before[1] < AT_ONCE_MS;
      return isDoubtful ? undefined : last[0];
    },
  };
};
