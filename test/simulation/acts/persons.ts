import { ClubPaymentsError } from '../../../lib/domain/errors.ts';
import type { Deps } from '../../../lib/usecases/deps.ts';
import type { Club } from '../club.ts';
import type { FunctionName } from '../functions.ts';
import { MINUTE } from '../plan.ts';

/** Errors that a person, or another system, answers by trying the same once more. */
const mayHelp = (error: unknown): boolean => error instanceof ClubPaymentsError && error.retryable;

/** So often somebody tries who does not give up within an hour. */
const TRIES = 12;

/** Somebody asks again until there is an answer: a system of the club. False: it was refused. */
export const persistently = async (
  club: Club,
  name: FunctionName,
  about: string,
  run: (deps: Deps) => Promise<unknown>,
): Promise<boolean> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const outcome = await club.call(name, about, run);
    if (outcome.kind === 'done') return true;
    if (outcome.kind === 'failed' && !mayHelp(outcome.error)) return false;
    await club.sleep(5 * MINUTE);
  }
  throw new Error(`${name} of ${about} never came to an end.`);
};

/**
 * A volunteer asks, and asks again a few times if there was no answer or only trouble. Resolves to the answer;
 * `undefined`: it was refused, or they gave up.
 */
export const asked = async <T>(
  club: Club,
  name: FunctionName,
  about: string,
  run: (deps: Deps) => Promise<T>,
): Promise<T | undefined> => {
  const most = club.randomOf('patience', name, about).between(1, 3);
  for (let tries = 0; tries < most; tries++) {
    const outcome = await club.call(name, about, run);
    if (outcome.kind === 'done') return outcome.value;
    if (outcome.kind === 'failed' && !mayHelp(outcome.error)) return undefined;
    await club.sleep(MINUTE);
  }
  return undefined;
};

/** The moment at which somebody was shown something. */
export type Shown = { atMs: number; events: number };
export const shownNow = ({ timeline, counts }: Club): Shown => ({
  atMs: timeline.nowMs(),
  events: counts.events,
});

/**
 * They were shown what would be done, and have it done. In a quiet hour that is not refused: nothing was under way when it was
 * shown, nothing has happened since, and nothing befell the two calls.
 * @param about of the look, and what they do about it: `ord_3/12/apply`
 */
export const doneAsShown = async <T>(
  club: Club,
  name: FunctionName,
  about: string,
  shown: Shown,
  run: (deps: Deps) => Promise<T>,
): Promise<T | undefined> => {
  const { counts, plan, befell, watched } = club;
  const done = await asked(club, name, about, run);
  // The call itself is one event.
  if (done !== undefined || counts.events !== shown.events + 1) return done;
  // What another machine has written may come to be seen only later.
  if (plan.indexLagMs > 0 || plan.worldFaults.has('clock_skew')) return done;
  const looked = `${name}/${about.slice(0, about.lastIndexOf('/'))}`;
  if (befell.some(({ call }) => call.startsWith(looked))) return done;
  for (const { orderId } of watched.now()) {
    if (watched.writtenAtMs(orderId) > shown.atMs - MINUTE) return done;
  }
  club.violated({ promise: 'what was shown is done', detail: `${name}/${about} was refused` });
  return done;
};
