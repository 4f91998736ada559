/** What time alone will do, each at its own time. */
export type Agenda = {
  /** @param isPending false: something else has settled it, and it is dropped */
  add(atMs: number, isPending: () => boolean, run: () => void): void;
  runDue(): void;
  /** Epoch milliseconds; Infinity: nothing. */
  nextAtMs(): number;
};

type Entry = { readonly atMs: number; readonly isPending: () => boolean; readonly run: () => void };

export const agenda = (time: { nowMs(): number; at(atMs: number, work: () => void): void }): Agenda => {
  const entries: Entry[] = [];

  const next = (): Entry | undefined => {
    while (entries[0]?.isPending() === false) entries.shift();
    return entries[0];
  };

  return {
    add: (atMs, isPending, run) => {
      // Nearly every entry is later than all before it (24 h from now), so the place is looked for from the end.
      let place = entries.length;
      while (place > 0 && (entries[place - 1]?.atMs ?? 0) > atMs) place -= 1;
      entries.splice(place, 0, { atMs, isPending, run });
    },
    runDue: () => {
      if (entries.length === 0) return;
      const nowMs = time.nowMs();
      for (let due = next(); due !== undefined && due.atMs <= nowMs; due = next()) {
        entries.shift();
        time.at(due.atMs, due.run);
      }
    },
    nextAtMs: () => next()?.atMs ?? Number.POSITIVE_INFINITY,
  };
};
