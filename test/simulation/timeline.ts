import { type Instant, instant } from '../../lib/domain/ids.ts';
import type { Activity, Crew } from './crew.ts';

/** Virtual time, and what is to happen in it. */
export type Timeline = {
  /** Epoch milliseconds. */
  nowMs(): number;
  /** The same moment as text, a little off for whoever's clock is. */
  instant(skewMs: number): Instant;
  /** At that moment, or now if it has passed. Of two at one moment the one that was said first comes first. */
  at(atMs: number, happen: () => void): void;
  sleep(ms: number, who: Activity): Promise<void>;
  /** Lets a little time pass for somebody who works while nothing else happens; does nothing if something would. */
  pass(ms: number): void;
  /** Until nothing is left to happen before that moment. Resolves to how much happened. */
  run(untilMs: number): Promise<number>;
};

type Entry = { atMs: number; sequence: number; happen: () => void };

/** @param after called after each thing that happened */
export const timeline = (startMs: number, crew: Crew, after: () => void): Timeline => {
  let nowMs = startMs;
  let sequence = 0;
  const heap: Entry[] = [];
  let text = { atMs: Number.NaN, instant: '' };

  const before = (a: Entry, b: Entry): boolean =>
    a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);

  const push = (entry: Entry): void => {
    let place = heap.length;
    heap.push(entry);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!before(entry, above)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = entry;
  };

  const pop = (): Entry => {
    const first = heap[0] as Entry;
    const last = heap.pop() as Entry;
    const size = heap.length;
    if (size === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && before(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      const below = heap[child] as Entry;
      if (!before(below, last)) break;
      heap[place] = below;
      place = child;
    }
    heap[place] = last;
    return first;
  };

  const at = (atMs: number, happen: () => void): void =>
    push({ atMs: Math.max(atMs, nowMs), sequence: sequence++, happen });

  return {
    nowMs: () => nowMs,
    instant: (skewMs) => {
      const atMs = nowMs + skewMs;
      if (text.atMs !== atMs) text = { atMs, instant: instant(atMs) };
      return text.instant;
    },
    at,
    sleep: (ms, who) =>
      new Promise((resolve) => {
        who.wait();
        at(nowMs + ms, () => {
          who.wake();
          resolve();
        });
      }),
    pass: (ms) => {
      const next = heap[0];
      if (next === undefined || next.atMs > nowMs + ms) nowMs += ms;
    },
    run: async (untilMs) => {
      let happened = 0;
      for (let next = heap[0]; next !== undefined && next.atMs <= untilMs; next = heap[0]) {
        const { atMs, happen } = pop();
        if (atMs > nowMs) nowMs = atMs;
        happen();
        happened += 1;
        // All that follows from it without waiting for anything outside is done before the next thing happens.
        for (;;) {
          while (crew.busy > 0) await crew.idle();
          if (!crew.wasDivided()) break;
          await settled();
        }
        after();
      }
      if (untilMs > nowMs && Number.isFinite(untilMs)) nowMs = untilMs;
      return happened;
    },
  };
};

/** Every step is done that waits for nothing outside. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
