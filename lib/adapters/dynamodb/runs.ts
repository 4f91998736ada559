import * as v from 'valibot';
import { epochMs } from '../../domain/ids.ts';
import { Finding, FindingResult, findingKey, LINK_BYTES, Run } from '../../domain/reconciliation.ts';
import type { LastRun, Runs } from '../../ports.ts';
import { parseRow } from './row.ts';
import { openTable, pageOf, type TableConnection } from './table.ts';

/**
 * Reconciliations in the table of plans: a row for each, and under it the links that it saw and what it found.
 *
 * When the answer to a write is lost after it took effect, the caller gets `StoreUnavailable`. `save` then says
 * `conflict`, and whoever held the run lets go of it until the lease has run out; everything else may be written again.
 */
export const dynamoRuns = (connection: TableConnection): Runs => {
  const table = openTable(connection);

  const named = async (key: DoubleKey): Promise<string | undefined> => {
    const row = await table.get(key);
    return row === undefined ? undefined : parseRow(NameRow, row, nameOf(key)).runId;
  };

  return {
    get: async (runId) => {
      const key = runKey(runId);
      const row = await table.get(key);
      return row === undefined ? undefined : parseRow(Run, row, nameOf(key));
    },

    create: async (run) => {
      const row = { ...runKey(run.runId), ...run, ttl: removedAt(run.startedAt) };
      return (await table.put(row, absent)) ? 'created' : 'exists';
    },

    save: async (next) => {
      const stored: Run = { ...next, revision: next.revision + 1 };
      const written = await table.update(
        runKey(next.runId),
        { set: stored },
        { when: '#revision = :was', values: { ':was': next.revision } },
      );
      return written ? stored : 'conflict';
    },

    noteLast: async (which, runId) => {
      await table.put({ ...lastKey(which), runId });
    },

    last: (which) => named(lastKey(which)),

    keepLinks: async ({ runId, startedAt }, first, hashes) => {
      const bytes = Buffer.alloc(hashes.length * LINK_BYTES);
      for (const [i, hash] of hashes.entries()) bytes.writeUIntBE(hash, i * LINK_BYTES, LINK_BYTES);
      const sk = String(first).padStart(9, '0');
      await table.put({ pk: linksKey(runId), sk, bytes, ttl: removedAt(startedAt) });
    },

    links: async (runId) => {
      const pk = linksKey(runId);
      const { rows } = await table.query({ where: '#pk = :pk', values: { ':pk': pk } });
      const chunks = rows.map((row) => Buffer.from(parseRow(LinksRow, row, `${pk} ${row.sk}`).bytes));
      const all = new Float64Array(chunks.reduce((sum, { length }) => sum + length / LINK_BYTES, 0));
      let next = 0;
      for (const chunk of chunks) {
        for (let at = 0; at < chunk.length; at += LINK_BYTES) all[next++] = chunk.readUIntBE(at, LINK_BYTES);
      }
      return all.sort();
    },

    keepFinding: async (runId, finding) => {
      const row = { ...findingRowKey(runId, finding), finding, ttl: removedAt(finding.foundAt) };
      await table.put(row, absent);
    },

    recordResult: async (runId, finding, result) => {
      await table.update(
        findingRowKey(runId, finding),
        { set: { result } },
        {
          when: 'attribute_exists(#pk) AND (attribute_not_exists(#result) OR #result.#outcome = :failed)',
          values: { ':failed': 'failed' },
        },
      );
    },

    pageOfFindings: async ({ runId, after, limit }) => {
      const pk = findingsKey(runId);
      const answer = await table.query({
        where: `#pk = :pk${after === undefined ? '' : ' AND #sk > :after'}`,
        values: { ':pk': pk, ...(after !== undefined && { ':after': after }) },
        limit,
      });
      return pageOf(
        answer,
        (row) => {
          const { finding, result } = parseRow(FindingRow, row, `${pk} ${row.sk}`);
          return { ...finding, result: result ?? null };
        },
        findingKey,
      );
    },

    nameHash: async (hash, { runId, startedAt }) => {
      await table.put({ ...hashKey(hash), runId, ttl: removedAt(startedAt) });
    },

    ofHash: (hash) => named(hashKey(hash)),
  };
};

type DoubleKey = { pk: string; sk: string };

const absent = { when: 'attribute_not_exists(#pk)' };
const nameOf = ({ pk, sk }: DoubleKey): string => `${pk} ${sk}`;

const runKey = (runId: string): DoubleKey => ({ pk: `run#${runId}`, sk: 'run' });
const lastKey = (which: LastRun): DoubleKey => ({ pk: 'run#last', sk: which });
const hashKey = (hash: string): DoubleKey => ({ pk: `findings#${hash}`, sk: 'run' });
const linksKey = (runId: string): string => `run#${runId}#links`;
const findingsKey = (runId: string): string => `run#${runId}#findings`;
const findingRowKey = (runId: string, finding: Pick<Finding, 'kind' | 'about'>): DoubleKey => ({
  pk: findingsKey(runId),
  sk: findingKey(finding),
});

const NameRow = v.object({ runId: v.string() });
const LinksRow = v.object({ bytes: v.instance(Uint8Array) });
const FindingRow = v.object({ finding: Finding, result: v.optional(FindingResult) });

export const RUNS_KEPT_DAYS = 90;
const removedAt = (at: string): number => Math.ceil(epochMs(at) / 1000) + RUNS_KEPT_DAYS * 24 * 60 * 60;
