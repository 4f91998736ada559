import { Misconfigured, StripeUnavailable } from '../../domain/errors.ts';
import { instantAfter } from '../../domain/ids.ts';
import { newRun } from '../../domain/reconciliation.ts';
import type { ReconcileDeps } from './deps.ts';
import { type ReconcileInput, reconcile } from './reconcile.ts';
import { LOOKS_BACK_MS } from './runs.ts';

/**
 * Goes on with a day's run, which repairs what is certain; once it is done, it is named as the last one. Resolves to
 * whether it is. What keeps it from going on for now is no failure: the next tick tries again.
 */
export const reconcileDaily = async (input: ReconcileInput, deps: ReconcileDeps): Promise<boolean> => {
  const { runId } = input;
  const now = deps.clock.now();
  const since = instantAfter(now, -LOOKS_BACK_MS);
  await deps.runs.create(newRun({ runId, since, repairs: { by: 'every day', at: now } }, now));
  try {
    const run = await reconcile(input, deps);
    if (run?.phase !== 'done') return false;
  } catch (error) {
    if (!(error instanceof StripeUnavailable || error instanceof Misconfigured)) throw error;
    deps.log('reconcile.put_off', { runId, code: error.code });
    return false;
  }
  await deps.runs.noteLast('daily', runId);
  return true;
};
