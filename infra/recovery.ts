import * as v from 'valibot';
import { Integer } from '../lib/domain/integer.ts';
import { Planned, RecoveryPlan, type RecoveryScope } from '../lib/domain/recovery-plan.ts';

/** What `functions/recover-orders.ts` answers, for whoever asks it from outside: the command line and the front desk. */

export const PlannedSlice = v.variant('done', [
  v.object({ done: v.literal(false), planId: v.string(), looked: Integer }),
  v.object({ done: v.literal(true), plan: RecoveryPlan }),
]);
export type PlannedSlice = v.InferOutput<typeof PlannedSlice>;

export const PlannedPage = v.object({
  plan: RecoveryPlan,
  items: v.array(Planned),
  /** Whom the families are, by their ids. */
  names: v.record(v.string(), v.string()),
  next: v.exactOptional(v.string()),
});
export type PlannedPage = v.InferOutput<typeof PlannedPage>;

const ApplyPlace = v.object({ shard: Integer, after: v.nullable(v.string()), passed: Integer });
export const AppliedSlice = v.variant('done', [
  v.object({ done: v.literal(false), from: ApplyPlace }),
  v.object({
    done: v.literal(true),
    hash: v.string(),
    counts: v.object({ recovered: Integer, moved: Integer, failed: Integer }),
    blastIds: v.array(v.string()),
  }),
]);
export type AppliedSlice = v.InferOutput<typeof AppliedSlice>;

export type RecoveryWish = { scope: RecoveryScope; mail: boolean; objectsAreGone?: boolean };

/** Calls the function, and gives what it did. */
export type AskRecovery = (input: object) => Promise<unknown>;

/** Each call is a slice of at most a minute; the next one goes on where it ended. */
export const recoverySlices = (ask: AskRecovery) => ({
  plan: async (wish: RecoveryWish, before: PlannedSlice | undefined): Promise<PlannedSlice> =>
    v.parse(
      PlannedSlice,
      await ask(
        before === undefined || before.done
          ? { action: 'plan', ...wish }
          : { action: 'plan_on', planId: before.planId },
      ),
    ),

  apply: async (
    approved: { hash: string; actor: string },
    before: AppliedSlice | undefined,
  ): Promise<AppliedSlice> =>
    v.parse(
      AppliedSlice,
      await ask({
        action: 'apply',
        ...approved,
        ...(before !== undefined && !before.done && { from: before.from }),
      }),
    ),

  rows: async (hash: string, after: string | undefined, limit?: number): Promise<PlannedPage> =>
    v.parse(
      PlannedPage,
      await ask({
        action: 'rows',
        hash,
        ...(after !== undefined && { after }),
        ...(limit !== undefined && { limit }),
      }),
    ),
});

export type PlannedRow = Extract<Planned, { kind: 'row' }>;
export type LeftAloneOrder = Extract<Planned, { kind: 'left_alone' }>['order'];
export type PlannedOrders = {
  rows: PlannedRow[];
  leftAlone: LeftAloneOrder[];
  names: Readonly<Record<string, string>>;
};

/** All that a plan holds, in sequence of order id. */
export const allRows = async (hash: string, ask: AskRecovery): Promise<PlannedOrders> => {
  const items: Planned[] = [];
  const names: Record<string, string> = {};
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await recoverySlices(ask).rows(hash, after);
    items.push(...page.items);
    Object.assign(names, page.names);
    after = page.next;
  }
  const byId = new Intl.Collator('en', { numeric: true });
  return {
    rows: items
      .filter((item) => item.kind === 'row')
      .sort((a, b) => byId.compare(a.row.orderId, b.row.orderId)),
    leftAlone: items
      .flatMap((item) => (item.kind === 'left_alone' ? [item.order] : []))
      .sort((a, b) => byId.compare(a.orderId, b.orderId)),
    names,
  };
};
