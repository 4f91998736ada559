import { randomUUID } from 'node:crypto';
import type { KeptFinding, Run } from '../../lib/domain/reconciliation.ts';
import type { Deps } from '../../lib/usecases/deps.ts';
import { itemsOf } from '../../lib/usecases/pages.ts';
import type { ReconcileDeps } from '../../lib/usecases/reconcile/deps.ts';
import { reconcile } from '../../lib/usecases/reconcile/reconcile.ts';
import { approveFindings, startLook } from '../../lib/usecases/reconcile/runs.ts';

export type Reconciled = { run: Run; findings: KeptFinding[]; named: string[] };

type Own = ReconcileDeps & Pick<Deps, 'newId'>;

/** A run to its end, in slices of so long. */
export const finish = async (runId: string, deps: ReconcileDeps, budgetMs = 60_000): Promise<Reconciled> => {
  const worker = randomUUID();
  for (let slices = 0; slices < 1_000; slices++) {
    const run = await reconcile({ runId, worker, budgetMs }, deps);
    if (run === undefined) throw new Error(`There is no run ${runId}.`);
    if (run.phase === 'done') return { run, ...(await foundBy(runId, deps)) };
    // Somebody else works on it.
    if (run.lease !== null) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`Run ${runId} does not end.`);
};

export const foundBy = async (runId: string, deps: Pick<Deps, 'runs'>): Promise<Omit<Reconciled, 'run'>> => {
  const findings: KeptFinding[] = [];
  for await (const finding of itemsOf((after) => deps.runs.pageOfFindings({ runId, limit: 100, ...after }))) {
    findings.push(finding);
  }
  return { findings, named: findings.map(({ kind, about }) => `${kind} ${about}`) };
};

/** Only looks. */
export const look = async (
  deps: Own,
  input: { since?: string; budgetMs?: number } = {},
): Promise<Reconciled> => {
  const { budgetMs, ...wanted } = input;
  return finish(await startLook(wanted, deps), deps, budgetMs);
};

/** Repairs what a look has shown. */
export const apply = async (hash: string | null, deps: Own): Promise<Reconciled> =>
  finish(await approveFindings({ hash: hash ?? '', actor: 'Kim' }, deps), deps);
