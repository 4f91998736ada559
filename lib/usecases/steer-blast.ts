import type { Blast } from '../domain/blast.ts';
import { InvalidInput, NotFound } from '../domain/errors.ts';
import type { Deps } from './deps.ts';
import { createShards, type StartBlastDeps } from './plan-blast.ts';

export type SteerInput = { blastId: string /** Who wants it. */; actor: string };
export type SteerDeps = StartBlastDeps;

/**
 * Stops a blast until somebody resumes it. Senders notice within seconds; mails that are under way then still arrive.
 * Safe to repeat. @throws {NotFound} @throws {InvalidInput} it has ended
 */
export const pauseBlast = async ({ blastId, actor }: SteerInput, deps: SteerDeps): Promise<Blast> => {
  const since = deps.clock.now();
  const paused = { state: 'paused', waiting: { reason: 'asked', since, until: null, by: actor } } as const;
  await deps.blasts.advance(blastId, ['planned', 'sending'], paused, since);
  return standsAs(await blastOf(blastId, deps), ['paused'], 'paused', deps);
};

/**
 * Lets a paused blast go on where it was; one whose start is still to come waits for it again. Whoever the ledger
 * knows is not written to a second time. Safe to repeat. @throws {NotFound} @throws {InvalidInput} it has ended
 */
export const resumeBlast = async ({ blastId }: SteerInput, deps: SteerDeps): Promise<Blast> => {
  const now = deps.clock.now();
  const before = await blastOf(blastId, deps);
  if (before.state === 'planned') return before;
  if (before.state === 'paused' && before.startsAt > now) {
    await deps.blasts.advance(blastId, ['paused'], { state: 'planned', waiting: null }, now);
    return standsAs(await blastOf(blastId, deps), ['planned', 'sending'], 'resumed', deps);
  }
  if (before.state === 'paused') {
    // It may have been paused before it ever began.
    await createShards(blastId, deps);
    await deps.blasts.advance(blastId, ['paused'], { state: 'sending', waiting: null }, now);
  }
  const blast = standsAs(await blastOf(blastId, deps), ['sending'], 'resumed', deps);
  await deps.blastQueue.send([{ blastId, shard: 0, alone: true }]);
  return blast;
};

/**
 * Ends a blast for good: nobody else is written to, and it can't be resumed. The tick looks after its last mails.
 * Safe to repeat.
 * @throws {NotFound} @throws {InvalidInput} it is complete
 */
export const cancelBlast = async ({ blastId }: SteerInput, deps: SteerDeps): Promise<Blast> => {
  const now = deps.clock.now();
  const canceled = { state: 'canceled', waiting: null } as const;
  if (!(await deps.blasts.advance(blastId, ['planned'], canceled, now))) {
    const waiting = { reason: 'last_mails', since: now, until: null } as const;
    await deps.blasts.advance(blastId, ['sending', 'paused'], { state: 'canceled', waiting }, now);
  }
  return standsAs(await blastOf(blastId, deps), ['canceled'], 'canceled', deps);
};

const blastOf = async (blastId: string, deps: Pick<Deps, 'blasts'>): Promise<Blast> => {
  const blast = await deps.blasts.get(blastId);
  if (blast !== undefined) return blast;
  throw new NotFound(`There is no mailing ${blastId}.`, { blastId });
};

/** Whoever asked was not first: what others have made of it stands, if it is what was asked for. */
const standsAs = (
  blast: Blast,
  wanted: readonly Blast['state'][],
  verb: string,
  { log }: Pick<Deps, 'log'>,
): Blast => {
  const { blastId, state } = blast;
  if (wanted.includes(state)) {
    log(`blast.${verb}`, { blastId });
    return blast;
  }
  throw new InvalidInput(`This mailing can't be ${verb}: it is ${state}.`, { blastId, state });
};
