import { ClubPaymentsError } from '../domain/errors.ts';
import type { Deps } from './deps.ts';

const TRIES = 3;
const PAUSE_MS = 1_000;

/** Tries again what may work a moment later. For calls that may be repeated, where nobody waits. */
export const patiently = async <T>(
  call: () => Promise<T>,
  { clock }: Pick<Deps, 'clock'>,
  mayHelp: (error: ClubPaymentsError) => boolean = ({ retryable }) => retryable,
): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ClubPaymentsError) || !mayHelp(error) || tries >= TRIES) throw error;
      await clock.sleep(PAUSE_MS * tries);
    }
  }
};
