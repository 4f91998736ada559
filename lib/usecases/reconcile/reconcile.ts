import { StripeUnavailable } from '../../domain/errors.ts';
import { epochMs } from '../../domain/ids.ts';
import {
  type Cell,
  cellName,
  cellsOf,
  nextPhase,
  type Run,
  toldStranded,
} from '../../domain/reconciliation.ts';
import type { Deps } from '../deps.ts';
import type { ReconcileDeps } from './deps.ts';
import { holdRun, RunLost } from './hold.ts';
import { linksStep } from './links.ts';
import { blastsStep, heldStep, overdueStep, unmatchedStep } from './mail.ts';
import { moneyStep } from './money.ts';
import { ordersStep } from './orders.ts';
import { repairStep, sumStep } from './repair.ts';
import { forbidden, isForbidden, openWork, type Step, type Work, withProblem } from './work.ts';

export type ReconcileInput = {
  runId: string;
  /** Names the worker that holds the run's lease. */
  worker: string;
  budgetMs: number;
};

/** How many cells are worked on side by side: enough to use up the pace, few enough to be over soon. */
const LANES = 4;

/**
 * Goes on with a run for as long as the budget lasts. Two of one run never work at once; whoever goes on after a crash
 * repeats at most the pages that were being read, and finds the same.
 *
 *   money → links → orders → mail → (repair) → sum → done
 *
 * Resolves to the run as it is then; `undefined`: there is none of that id.
 */
export const reconcile = async (
  { runId, worker, budgetMs }: ReconcileInput,
  deps: ReconcileDeps,
): Promise<Run | undefined> => {
  const untilMs = epochMs(deps.clock.now()) + budgetMs;
  const found = await deps.runs.get(runId);
  if (found === undefined || found.phase === 'done') return found;
  const hold = await holdRun({ run: found, worker }, deps);
  if (hold === undefined) return found;
  const work = openWork(hold, deps);
  try {
    while (hold.run().phase !== 'done' && (await workPhase(work, untilMs))) {
      hold.change((run) => nextPhase(run, deps.clock.now()));
      if (hold.run().phase === 'orders') await listProducts(work);
    }
    await hold.release();
  } catch (error) {
    if (error instanceof RunLost) return await deps.runs.get(runId);
    await hold.release().catch(() => undefined);
    throw error;
  }
  const run = hold.run();
  if (run.phase === 'done') tell(run, deps);
  return run;
};

const tell = (run: Run, { log }: Pick<Deps, 'log'>): void => {
  const { sessions, links } = toldStranded(run);
  const stranded = sessions + (links ?? 0);
  log('reconcile.done', {
    runId: run.runId,
    requests: run.requests,
    // That nobody is can only be said when all were looked at: an alarm ends with it.
    ...((stranded > 0 || links !== null) && { stranded }),
    // And that nothing was lost, only when all could be compared.
    whole: run.problems.length === 0,
    ...Object.fromEntries(Object.entries(run.found).map(([kind, { count }]) => [kind, count])),
  });
};

const listProducts = async ({ hold, deps }: Work): Promise<void> => {
  const products = (await deps.roster.products()).map(({ productId }) => productId).sort();
  hold.change((run) => ({ ...run, products }));
};

/** False: the time is over, and not all of the phase is done. */
const workPhase = async (work: Work, untilMs: number): Promise<boolean> => {
  const { hold, deps } = work;
  const cells = new Map(cellsOf(hold.run()).map((cell) => [cellName(cell), cell]));
  const names = [...cells.keys()];
  const taken = new Set<string>();
  const timeIsOver = (): boolean => epochMs(deps.clock.now()) >= untilMs;
  let failed = false;

  /** One that was begun and left, else the first that nobody has begun. */
  const take = (): string | undefined => {
    const left = Object.keys(hold.run().open).find((name) => !taken.has(name));
    const name = left ?? names[hold.run().next];
    if (name === undefined) return undefined;
    if (left === undefined) {
      hold.change((run) => ({ ...run, next: run.next + 1, open: { ...run.open, [name]: null } }));
    }
    taken.add(name);
    return name;
  };

  const lane = async (): Promise<void> => {
    while (!failed && !timeIsOver()) {
      const name = take();
      if (name === undefined) return;
      const cell = cells.get(name);
      for (let ended = cell === undefined; cell !== undefined && !ended; ) {
        if (failed || timeIsOver()) return;
        const step = await stepOf(cell, hold.run().open[name] ?? null, work);
        ended = step.next === undefined;
        hold.change((run) => noted(run, name, step));
        await hold.saveSometimes();
      }
      if (cell === undefined) hold.change((run) => noted(run, name, {}));
    }
  };
  const lanes = await Promise.allSettled(
    Array.from({ length: LANES }, () =>
      lane().catch((error) => {
        failed = true;
        throw error;
      }),
    ),
  );
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
  return hold.run().next >= names.length && Object.keys(hold.run().open).length === 0;
};

/** In one change with the cursor, so that what is counted belongs to what was read. */
const noted = (run: Run, name: string, { next, looked = {}, also }: Step): Run => {
  const { [name]: _, ...open } = run.open;
  const sums = { ...run.looked };
  for (const [what, count] of Object.entries(looked)) sums[what] = (sums[what] ?? 0) + count;
  const after = { ...run, looked: sums, open: next === undefined ? open : { ...open, [name]: next || null } };
  return also === undefined ? after : also(after);
};

const TRIES = 3;
const PAUSE_MS = 2_000;

/** A step may be repeated: what it found is kept under what it is about. */
const stepOf = async (cell: Cell, cursor: string | null, work: Work): Promise<Step> => {
  const { deps, hold } = work;
  for (let tries = 1; ; tries++) {
    try {
      return await stepOnce(cell, cursor, work);
    } catch (error) {
      if (isForbidden(error)) {
        hold.change(withProblem(forbidden(cell.kind, error)));
        return { also: (run) => (cell.kind === 'links' ? { ...run, linksFrom: null } : run) };
      }
      if (!(error instanceof StripeUnavailable) || tries === TRIES) throw error;
      await deps.clock.sleep(PAUSE_MS);
    }
  }
};

const stepOnce = (cell: Cell, cursor: string | null, work: Work): Promise<Step> => {
  switch (cell.kind) {
    case 'payments':
    case 'refunds':
    case 'disputes':
      return moneyStep(cell, cursor, work);
    case 'links':
      return linksStep(cursor, work);
    case 'orders':
      return ordersStep(cell, cursor, work);
    case 'unmatched':
      return unmatchedStep(cursor, work);
    case 'held':
      return heldStep(cursor, work);
    case 'blasts':
      return blastsStep(work);
    case 'overdue':
      return overdueStep(work);
    case 'repair':
      return repairStep(cursor, work);
    case 'sum':
      return sumStep(work);
  }
};
