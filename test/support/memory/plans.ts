import { SHARDS, shardOf } from '../../../lib/domain/ids.ts';
import {
  orderIdOf,
  type PlanDraft,
  type Planned,
  type RecoveryPlan,
} from '../../../lib/domain/recovery-plan.ts';
import type { Plans } from '../../../lib/ports.ts';
import { kept } from './kept.ts';
import { mapPage, sorted } from './sorted.ts';

type PlannedRow = Extract<Planned, { kind: 'row' }>;

export const memoryPlans = (): Plans => {
  const drafts = new Map<string, PlanDraft>();
  const plans = new Map<string, RecoveryPlan>();
  const announced = new Map<string, readonly number[]>();
  const found = new Map<string, Map<string, Planned>>();

  const of = (planId: string): Map<string, Planned> => {
    const known = found.get(planId) ?? new Map<string, Planned>();
    found.set(planId, known);
    return known;
  };
  const rowOf = (planId: string, orderId: string): PlannedRow | undefined => {
    const planned = of(planId).get(orderId);
    return planned?.kind === 'row' ? planned : undefined;
  };
  const page = (
    q: { planId: string; shard: number; after?: string; limit: number },
    belongs: (planned: Planned) => boolean,
  ) => {
    const keys = sorted();
    for (const [orderId, planned] of of(q.planId)) {
      if (shardOf(orderId) === q.shard && belongs(planned)) keys.add(orderId);
    }
    return mapPage(keys.page(q), (orderId) => of(q.planId).get(orderId) as Planned);
  };

  return {
    draft: async (planId) => drafts.get(planId),
    saveDraft: async (next) => {
      if ((drafts.get(next.planId)?.revision ?? 0) !== next.revision) return 'conflict';
      const stored = kept({ ...next, revision: next.revision + 1 });
      drafts.set(next.planId, stored);
      return stored;
    },
    keep: async (planId, all) => {
      for (const planned of all) {
        const known = rowOf(planId, orderIdOf(planned));
        of(planId).set(
          orderIdOf(planned),
          kept(planned.kind === 'row' && known !== undefined ? { ...known, row: planned.row } : planned),
        );
      }
    },
    pageOfPlanned: async (q) => page(q, () => true),
    planned: async (planId, orderId) => of(planId).get(orderId),
    put: async (plan) => {
      const known = plans.get(plan.hash);
      const stored = kept(known === undefined ? plan : { ...known, expiresAt: plan.expiresAt });
      plans.set(plan.hash, stored);
      return stored;
    },
    get: async (hash) => plans.get(hash),
    begin: async (hash, at) => {
      const plan = plans.get(hash);
      if (plan === undefined || (plan.startedAt === null && plan.expiresAt <= at)) return 'expired';
      plans.set(hash, kept({ ...plan, startedAt: plan.startedAt ?? at }));
      return 'begun';
    },
    beginRow: async (planId, orderId, at) => {
      const row = rowOf(planId, orderId);
      if (row !== undefined) of(planId).set(orderId, kept({ ...row, begunAt: row.begunAt ?? at }));
    },
    recordResult: async (planId, orderId, result) => {
      const row = rowOf(planId, orderId);
      if (row === undefined || (row.result?.outcome ?? 'failed') !== 'failed') return;
      of(planId).set(orderId, kept({ ...row, result }));
    },
    pageOfRecovered: async ({ productId, ...q }) =>
      mapPage(
        page(
          q,
          (planned) =>
            planned.kind === 'row' &&
            planned.result?.outcome === 'recovered' &&
            planned.row.mail === 'again' &&
            planned.row.productId === productId,
        ),
        (planned) => {
          const { orderId, familyId, playerId } = (planned as PlannedRow).row;
          return { orderId, familyId, playerId };
        },
      ),
    announced: async (hash) => announced.get(hash) ?? [],
    saveAnnounced: async (hash, counts) => {
      if (counts.length !== SHARDS) throw new Error('One count for each shard.');
      if (plans.has(hash)) announced.set(hash, kept(counts));
    },
  };
};
