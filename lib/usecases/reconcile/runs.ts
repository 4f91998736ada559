import { InvalidInput, NotFound, StalePlan } from '../../domain/errors.ts';
import { type Instant, instantAfter } from '../../domain/ids.ts';
import {
  approved,
  type KeptFinding,
  LOOK_LIVES_MS,
  newRun,
  type Run,
  type ToldRun,
  toldStranded,
} from '../../domain/reconciliation.ts';
import type { Page } from '../../ports.ts';
import type { Deps } from '../deps.ts';

/** Bank debits and refunds may fail weeks later; what is older and not settled is read order by order. */
export const LOOKS_BACK_MS = 45 * 24 * 60 * 60 * 1000;

/** A look that was begun longer ago is begun anew: much may have changed since. */
const GO_ON_WITHIN_MS = 60 * 60 * 1000;

/**
 * The run of a look that somebody asks for: the one that was left unfinished a moment ago, if it looks as far back.
 * @throws {InvalidInput} when it should begin in the future
 */
export const startLook = async (
  input: { since?: Instant },
  deps: Pick<Deps, 'runs' | 'clock' | 'newId'>,
): Promise<string> => {
  const now = deps.clock.now();
  if (input.since !== undefined && input.since > now) {
    throw new InvalidInput(
      "What is to be compared can't begin in the future. Give an earlier day with --since.",
    );
  }
  const since = input.since ?? instantAfter(now, -LOOKS_BACK_MS);
  const lastId = await deps.runs.last('asked');
  const last = lastId === undefined ? undefined : await deps.runs.get(lastId);
  const goesOn =
    last !== undefined &&
    last.repairs === null &&
    last.phase !== 'done' &&
    last.startedAt > instantAfter(now, -GO_ON_WITHIN_MS) &&
    (input.since === undefined ? last.since >= instantAfter(since, -GO_ON_WITHIN_MS) : last.since === since);
  if (goesOn) return last.runId;
  const run = newRun({ runId: deps.newId('run'), since, repairs: null }, now);
  await deps.runs.create(run);
  await deps.runs.noteLast('asked', run.runId);
  return run.runId;
};

/** @throws {StalePlan} nothing was found under this hash */
export const runShown = async ({ hash }: { hash: string }, deps: Pick<Deps, 'runs'>): Promise<Run> => {
  const runId = await deps.runs.ofHash(hash);
  const run = runId === undefined ? undefined : await deps.runs.get(runId);
  if (run !== undefined) return run;
  throw new StalePlan(
    `Nothing was found under ${hash}. Look again with "reconcile", and apply what it shows.`,
  );
};

/**
 * Lets what was shown under this hash be repaired. Resolves to the run; saying it again is harmless.
 * @throws {StalePlan} nothing was found under it, or too long ago
 */
export const approveFindings = async (
  { hash, actor }: { hash: string; actor: string },
  deps: Pick<Deps, 'runs' | 'clock' | 'log'>,
): Promise<string> => {
  const run = await runShown({ hash }, deps);
  if (run.repairs !== null) return run.runId;
  const now = deps.clock.now();
  if (run.phase !== 'done' || (run.endedAt ?? '') < instantAfter(now, -LOOK_LIVES_MS)) {
    throw new StalePlan(
      `${hash} was shown more than a day ago. Look again with "reconcile", and apply what it shows.`,
    );
  }
  const saved = await deps.runs.save(approved(run, actor, now));
  // Somebody else may have approved it at the same moment.
  if (saved === 'conflict') return approveFindings({ hash, actor }, deps);
  deps.log('reconcile.approved', { runId: run.runId, hash });
  return run.runId;
};

export const findingsOf = (
  q: { runId: string; after?: string; limit: number },
  deps: Pick<Deps, 'runs'>,
): Promise<Page<KeptFinding>> => deps.runs.pageOfFindings(q);

/** @throws {NotFound} none was ever made */
export const lastDaily = async (deps: Pick<Deps, 'runs'>): Promise<Run> => {
  const runId = await deps.runs.last('daily');
  const run = runId === undefined ? undefined : await deps.runs.get(runId);
  if (run !== undefined) return run;
  throw new NotFound(
    'There has been no daily reconciliation yet: the first one is made within minutes of a deployment.',
  );
};

/**
 * What is told of a run. @throws {NotFound} there is none
 */
export const tellOf = (run: Run | undefined): ToldRun => {
  if (run === undefined) throw new NotFound('There is no such reconciliation. Begin with "reconcile".');
  const { next: _n, open: _o, blasts: _b, products: _p, linksFrom: _l, lease, revision: _r, ...told } = run;
  return { ...told, stranded: toldStranded(run), done: run.phase === 'done', busy: lease !== null };
};
