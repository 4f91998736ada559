import { MINUTE } from './plan.ts';
import type { Timeline } from './timeline.ts';

/** What was told of each player's contract, and taken. */
export type Contracts = {
  told(playerId: string, state: string): void;
  /** The last news; undefined where two came so near to each other that either may have been the later one. */
  of(playerId: string): string | undefined;
};

const AT_ONCE_MS = 15 * MINUTE;
export const contractsTold = ({ nowMs }: Timeline): Contracts => {
  const last = new Map<string, { state: string; atMs: number; doubtful: boolean }>();
  return {
    told: (playerId, state) => {
      const before = last.get(playerId);
      const doubtful = before !== undefined && before.state !== state && nowMs() - before.atMs < AT_ONCE_MS;
      last.set(playerId, { state, atMs: nowMs(), doubtful });
    },
    of: (playerId) => {
      const known = last.get(playerId);
      return known === undefined || known.doubtful ? undefined : known.state;
    },
  };
};
