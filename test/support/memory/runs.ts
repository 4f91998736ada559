import { findingKey, type KeptFinding, type Run } from '../../../lib/domain/reconciliation.ts';
import type { Clock, LastRun, Runs } from '../../../lib/ports.ts';
import { dailyRunId } from '../../../lib/usecases/reconcile/daily-run.ts';
import { kept } from './kept.ts';
import { mapPage, partitions } from './sorted.ts';

export const memoryRuns = (): Runs => {
  const runs = new Map<string, Run>();
  const lastRuns = new Map<LastRun, string>();
  const links = new Map<string, Map<number, readonly number[]>>();
  const found = new Map<string, KeptFinding>();
  const keys = partitions();
  const hashes = new Map<string, string>();
  return {
    get: async (runId) => runs.get(runId),
    create: async (run) => {
      if (runs.has(run.runId)) return 'exists';
      runs.set(run.runId, kept(run));
      return 'created';
    },
    save: async (next) => {
      if (runs.get(next.runId)?.revision !== next.revision) return 'conflict';
      const stored = kept({ ...next, revision: next.revision + 1 });
      runs.set(next.runId, stored);
      return stored;
    },
    noteLast: async (which, runId) => void lastRuns.set(which, runId),
    last: async (which) => lastRuns.get(which),
    keepLinks: async ({ runId }, first, seen) => {
      const chunks = links.get(runId) ?? new Map<number, readonly number[]>();
      links.set(runId, chunks.set(first, [...seen]));
    },
    links: async (runId) => Float64Array.from([...(links.get(runId)?.values() ?? [])].flat()).sort(),
    keepFinding: async (runId, finding) => {
      const key = findingKey(finding);
      if (found.has(runId + key)) return;
      keys(runId).add(key);
      found.set(runId + key, kept({ ...finding, result: null }));
    },
    recordResult: async (runId, finding, result) => {
      const key = runId + findingKey(finding);
      const known = found.get(key);
      if (known === undefined || (known.result !== null && known.result.outcome !== 'failed')) return;
      found.set(key, kept({ ...known, result }));
    },
    pageOfFindings: async ({ runId, ...page }) =>
      mapPage(keys(runId).page(page), (key) => {
        const known = found.get(runId + key);
        if (known === undefined) throw new Error(`The index names ${key}, which was never stored.`);
        return known;
      }),
    nameHash: async (hash, { runId }) => void hashes.set(hash, runId),
    ofHash: async (hash) => hashes.get(hash),
  };
};

/** Where the run of the day has always been made already: for ticks that are about something else. */
export const reconciledToday = (clock: Clock, timeZone: string): Runs => ({
  ...memoryRuns(),
  last: async () => dailyRunId(clock.now(), timeZone),
});
