import { distance } from 'fastest-levenshtein';

/** What somebody may have meant who wrote an id that there is not: the few nearest of all that are offered. */
export type Nearest = {
  /** @param names under which it could have been meant as well */
  offer(id: string, ...names: string[]): void;
  /** The nearest first, each once. */
  found(): string[];
};

const AT_MOST = 3;
/** Two slips in a long id; in a short one almost every other id is as near as that. */
const slipsIn = (text: string): number => (text.length < 6 ? 1 : 2);
/** A part of an id so long is no accident. */
const PART = 4;

/** Holds no more than the few that it would name, however many are offered. */
export const nearestTo = (wanted: string): Nearest => {
  const meant = spelled(wanted);
  const best = new Map<string, number>();
  const howFar = (candidate: string): number => {
    const name = spelled(candidate);
    const slips = distance(meant, name);
    if (slips <= slipsIn(meant)) return slips;
    // The end of an id, as it is read out on the phone; a name cut short.
    if (name.endsWith(`_${meant}`) || name.startsWith(`${meant}_`)) return 1;
    return meant.length >= PART && name.includes(meant) ? slipsIn(meant) : Number.POSITIVE_INFINITY;
  };
  return {
    offer: (id, ...names) => {
      const far = Math.min(...[id, ...names].map(howFar));
      if (far === Number.POSITIVE_INFINITY) return;
      best.set(id, Math.min(far, best.get(id) ?? far));
      if (best.size <= AT_MOST) return;
      const [worst] = ranked(best).slice(-1);
      if (worst !== undefined) best.delete(worst);
    },
    found: () => ranked(best),
  };
};

const ranked = (best: ReadonlyMap<string, number>): string[] =>
  [...best].sort(([a, x], [b, y]) => (x === y ? (a < b ? -1 : 1) : x - y)).map(([id]) => id);

/** "Utah Invitational" and `utah-invitational` are spelled alike. */
const spelled = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '_');
