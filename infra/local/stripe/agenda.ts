import type { Clock } from './clock.ts';

/** What time alone will do: a session lapses, a debit settles. Entries run in order of their time, each at its time. */
export type Agenda = {
  add(atMs: number, run: () => void): void;
  /** Runs every entry that is due by the clock, also those that a run entry adds. */
  runDue(): void;
};

type Entry = { readonly atMs: number; readonly run: () => void };

export function createAgenda(clock: Clock): Agenda {
  const entries: Entry[] = [];

  function add(atMs: number, run: () => void): void {
    // Nearly every entry is later than all before it (24 h from now), so the place is looked for from the end.
    let place = entries.length;
    while (place > 0 && (entries[place - 1]?.atMs ?? 0) > atMs) place -= 1;
    entries.splice(place, 0, { atMs, run });
  }

  function runDue(): void {
    const nowMs = clock.nowMs();
    for (let next = entries[0]; next !== undefined && next.atMs <= nowMs; next = entries[0]) {
      entries.shift();
      clock.at(next.atMs, next.run);
    }
  }

  return { add, runDue };
}
