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
