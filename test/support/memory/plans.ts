import { shardOf } from '../../../lib/domain/ids.ts';
import type { RecoveryPlan, RowResult } from '../../../lib/domain/recovery-plan.ts';
import type { Plans } from '../../../lib/ports.ts';
import { mapPage, sorted } from './sorted.ts';

export const memoryPlans = (): Plans => {
  const plans = new Map<string, RecoveryPlan>();
  const resultsByHash = new Map<string, Map<string, RowResult>>();
  return {
    put: async (plan) => {
      plans.set(plan.hash, structuredClone(plan));
      resultsByHash.set(plan.hash, resultsByHash.get(plan.hash) ?? new Map());
    },
    get: async (hash) => structuredClone(plans.get(hash)),
    recordResult: async (hash, orderId, result) => {
      const results = resultsByHash.get(hash);
      const planned = plans.get(hash)?.rows.some((row) => row.orderId === orderId);
      if (results === undefined || !planned) return;
      if ((results.get(orderId)?.outcome ?? 'failed') === 'failed')
        results.set(orderId, structuredClone(result));
    },
    results: async (hash) => structuredClone(resultsByHash.get(hash) ?? new Map()),
    pageOfRecovered: async ({ hash, shard, ...page }) => {
      const results = resultsByHash.get(hash);
      const rows = new Map((plans.get(hash)?.rows ?? []).map((row) => [row.orderId, row]));
      const recovered = sorted();
      for (const orderId of rows.keys()) {
        if (shardOf(orderId) === shard && results?.get(orderId)?.outcome === 'recovered')
          recovered.add(orderId);
      }
      return mapPage(recovered.page(page), (orderId) => {
        const row = rows.get(orderId);
        return { orderId, familyId: row?.familyId ?? '', playerId: row?.playerId ?? '' };
      });
    },
  };
};
