import type { Violation } from './club.ts';
import { live } from './history.ts';
import type { Plan } from './plan.ts';

/** A history that breaks a promise, and as little of it as still breaks the same one. */
export type Shrunken = { plan: Plan; violation: Violation; lived: number };

/** So many histories are lived through at most: a small one is worth a minute, not an hour. */
const MOST = 400;

/**
 * Leaves out whatever can be left out: orders with all that happens to them, acts, and what befalls calls; first half of
 * them at a time, then a quarter, …
 */
export const shrink = async (failing: Plan, violation: Violation): Promise<Shrunken> => {
  let lived = 0;
  let best = { plan: failing, violation };
  const stillBreaks = async (plan: Plan): Promise<boolean> => {
    if (lived >= MOST) return false;
    lived += 1;
    const { violations } = await live(plan);
    const same = violations.find(({ promise }) => promise === violation.promise);
    if (same !== undefined) best = { plan, violation: same };
    return same !== undefined;
  };

  await without(ordersOf, stillBreaks, () => best.plan);
  await without(hazardsOf, stillBreaks, () => best.plan);
  await without(actsOf, stillBreaks, () => best.plan);
  await without(ordersOf, stillBreaks, () => best.plan);
  return { ...best, lived };
};

/** Parts of a plan, and the plan without some of them. */
type Parts = (plan: Plan) => Promise<{ count: number; without(from: number, count: number): Plan }>;

const ordersOf: Parts = async (plan) => ({
  count: plan.orders.length,
  without: (from, count) => {
    const gone = new Set(plan.orders.slice(from, from + count).map(({ index }) => index));
    return {
      ...plan,
      orders: plan.orders.filter(({ index }) => !gone.has(index)),
      acts: plan.acts.filter((act) => !('order' in act && gone.has(act.order))),
    };
  },
});

const actsOf: Parts = async (plan) => ({
  count: plan.acts.length,
  without: (from, count) => ({ ...plan, acts: plan.acts.toSpliced(from, count) }),
});

/** What befell calls is known only when it has been lived through. */
const hazardsOf: Parts = async (plan) => {
  const { befell } = await live(plan);
  const calls = [...new Set(befell.map(({ call }) => call))];
  return {
    count: calls.length,
    without: (from, count) => ({
      ...plan,
      spared: new Set([...plan.spared, ...calls.slice(from, from + count)]),
    }),
  };
};

const without = async (
  partsOf: Parts,
  stillBreaks: (plan: Plan) => Promise<boolean>,
  plan: () => Plan,
): Promise<void> => {
  let parts = await partsOf(plan());
  for (let size = Math.ceil(parts.count / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < parts.count; ) {
      if (await stillBreaks(parts.without(from, size))) parts = await partsOf(plan());
      else from += size;
    }
  }
};
