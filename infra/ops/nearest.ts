import * as v from 'valibot';
import { NearestIds, type NearKind } from '../../lib/domain/look-up.ts';
import type { Environment } from './environment.ts';
import { NotFoundProblem } from './problem.ts';

/** What can be looked for when it was written wrongly, by the name under which a function says what it lacks. */
const kinds: Readonly<Record<string, NearKind>> = {
  orderId: 'order',
  productId: 'product',
  familyId: 'family',
};

/**
 * The same problem, with what may have been meant. Every command that takes an order, a product or a family gets it,
 * for it is decided by what a function did not find.
 */
export const withNearest = async (
  problem: NotFoundProblem,
  { invoke, outputs }: Pick<Environment, 'invoke' | 'outputs'>,
): Promise<NotFoundProblem> => {
  const [[name = '', id] = [], ...others] = Object.entries(problem.evidence);
  const kind = kinds[name];
  // Where more is named, it is not a word of the command that there is not.
  if (kind === undefined || typeof id !== 'string' || others.length > 0) return problem;
  try {
    const { ids } = v.parse(
      NearestIds,
      await invoke(outputs.LookUpFunctionName, { action: 'nearest', kind, id }),
    );
    const fix =
      ids.length === 0
        ? `Nothing on this stage is spelled like it: is it the right stage, and the id of ${articles[kind]}?`
        : `Did you mean ${either(ids)}?`;
    return new NotFoundProblem(problem.message, problem.evidence, fix);
  } catch {
    // What was wrong is known already; only the help with it failed.
    return problem;
  }
};

const articles: Record<NearKind, string> = { order: 'an order', product: 'a product', family: 'a family' };

const either = (ids: readonly string[]): string =>
  ids.length < 2 ? ids.join('') : `${ids.slice(0, -1).join(', ')} or ${ids.at(-1)}`;
