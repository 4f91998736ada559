import type { Club } from './club.ts';
import { type Coverage, coverageOf, mergeCoverage, noCoverage } from './coverage.ts';

/** What a number of histories came to. Can be sent from one thread to another, and added up. */
export type Tally = {
  histories: number;
  days: number;
  orders: number;
  events: number;
  faults: Record<string, number>;
  /** Of each history that broke a promise, the first one that it broke. */
  broken: { seed: number; promise: string; detail: string }[];
  violations: number;
  coverage: Coverage;
};

export const noTally = (): Tally => ({
  histories: 0,
  days: 0,
  orders: 0,
  events: 0,
  faults: {},
  broken: [],
  violations: 0,
  coverage: noCoverage(),
});

/** Adds a history. */
export const count = (tally: Tally, club: Club): void => {
  const { plan, counts, violations, timeline } = club;
  tally.histories += 1;
  tally.days += Math.round((timeline.nowMs() - plan.startsMs) / 86_400_000);
  tally.orders += plan.orders.length;
  tally.events += counts.events;
  for (const [name, times] of Object.entries(counts.faults)) add(tally.faults, name, times);
  tally.violations += violations.length;
  const [first] = violations;
  if (first !== undefined) {
    tally.broken.push({ seed: plan.seed, promise: first.promise, detail: first.detail });
  }
  coverageOf(club, tally.coverage);
};

export const merge = (into: Tally, more: Tally): void => {
  for (const name of ['histories', 'days', 'orders', 'events', 'violations'] as const) {
    into[name] += more[name];
  }
  for (const [name, times] of Object.entries(more.faults)) add(into.faults, name, times);
  into.broken.push(...more.broken);
  mergeCoverage(into.coverage, more.coverage);
};

const add = (counts: Record<string, number>, name: string, times: number): void => {
  counts[name] = (counts[name] ?? 0) + times;
};
