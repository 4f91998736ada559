import { StalePlan } from '../domain/errors.ts';
import { SHARDS } from '../domain/ids.ts';
import { orderIdOf, type Planned, type RecoveryPlan } from '../domain/recovery-plan.ts';
import type { Deps } from './deps.ts';

/** @throws {StalePlan} */
export const mustFindPlan = async (hash: string, { plans }: Pick<Deps, 'plans'>): Promise<RecoveryPlan> => {
  const plan = await plans.get(hash);
  if (plan !== undefined) return plan;
  throw new StalePlan('There is no such plan. Look again without --apply, and use the hash that it shows.', {
    hash,
  });
};

export type PlannedPage = {
  plan: RecoveryPlan;
  items: Planned[];
  /** Whom the families of these orders are, by their ids: what their parents are called. */
  names: Record<string, string>;
  /** Says where to go on; absent at the end. */
  next?: string;
};

/** What a plan holds, with what has become of it, some at a time. @throws {StalePlan} there is no such plan */
export const recoveryRows = async (
  { hash, after, limit }: { hash: string; after?: string; limit: number },
  deps: Pick<Deps, 'plans' | 'roster'>,
): Promise<PlannedPage> => {
  const plan = await mustFindPlan(hash, deps);
  const items: Planned[] = [];
  const [, first = '0', cursor = ''] = /^(\d{1,2})\/(.*)$/.exec(after ?? '') ?? [];
  for (let shard = Number(first), behind = cursor; shard < SHARDS; shard++, behind = '') {
    const page = await deps.plans.pageOfPlanned({
      planId: plan.planId,
      shard,
      limit: limit - items.length,
      ...(behind !== '' && { after: behind }),
    });
    items.push(...page.items);
    const last = page.items.at(-1);
    if (items.length >= limit && last !== undefined) {
      return { plan, items, names: await namesOf(items, deps), next: `${shard}/${orderIdOf(last)}` };
    }
  }
  return { plan, items, names: await namesOf(items, deps) };
};

const namesOf = async (
  items: readonly Planned[],
  deps: Pick<Deps, 'roster'>,
): Promise<Record<string, string>> => {
  const ids = items.map((item) => (item.kind === 'row' ? item.row : item.order).familyId);
  const families = await deps.roster.families([...new Set(ids)]);
  return Object.fromEntries(
    [...families.values()].map(({ familyId, parents }) => [
      familyId,
      parents.map(({ name }) => name).join(', '),
    ]),
  );
};
