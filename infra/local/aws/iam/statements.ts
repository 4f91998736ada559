import { type Properties, properties } from '../../template/properties.ts';
import { type Condition, conditionHolds, type RequestContext, readCondition } from './conditions.ts';
import { actionMatches, arnMatches } from './patterns.ts';

/** One statement of a policy, read. */
export type Statement = {
  effect: 'Allow' | 'Deny';
  actions: readonly string[];
  resources: readonly string[];
  condition: Condition;
  /** Whom a resource's policy speaks of, as it is written; absent in a role's. */
  principal: unknown;
};

/** What somebody wants to do: `dynamodb:GetItem` on the ARN of a table. */
export type Access = { action: string; resource: string };

/** What the statements that fit say together; `silent` is a refusal too. */
export type Word = 'allow' | 'deny' | 'silent';

const OF_A_ROLE = ['Sid', 'Effect', 'Action', 'Resource', 'Condition'];

/**
 * The statements of a policy document.
 * @param others elements that this kind of policy has besides
 * @param concerns whether a statement matters here; one that does not is not read
 * @throws {Error} for anything that would be read wrongly: `NotAction`, `NotResource`, policy variables, …
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
export function readStatements(
  document: Properties,
  others: readonly string[] = [],
  concerns: (statement: Properties) => boolean = () => true,
): Statement[] {
  if (document.text('Version') !== '2012-10-17') {
    throw new Error(`${document.where}.Version: only 2012-10-17 is known to the local runner.`);
  }
  const all = items(document, 'Statement').map((item, at) =>
    properties(item, `${document.where}.Statement[${at}]`),
  );
  return all.filter(concerns).map((read) => {
    const known = [...OF_A_ROLE, ...others];
    for (const name of read.names()) {
      if (known.includes(name)) continue;
      throw new Error(`${read.where}.${name}: the local runner does not know this element of a statement.`);
    }
    return {
      effect: effectOf(read),
      actions: texts(read, 'Action'),
      resources:
        others.includes('Principal') && read.raw('Resource') === undefined ? [] : texts(read, 'Resource'),
      condition: readCondition(read),
      principal: read.raw('Principal'),
    };
  });
}

/** An explicit deny wins over every allow. */
export function wordOf(statements: readonly Statement[], access: Access, context: RequestContext): Word {
  const fitting = statements.filter(
    (statement) =>
      statement.actions.some((pattern) => actionMatches(pattern, access.action)) &&
      statement.resources.some((pattern) => arnMatches(pattern, access.resource)) &&
      conditionHolds(statement.condition, context),
  );
  if (fitting.some(({ effect }) => effect === 'Deny')) return 'deny';
  return fitting.length > 0 ? 'allow' : 'silent';
}

function effectOf(statement: Properties): Statement['effect'] {
  const effect = statement.text('Effect');
  if (effect === 'Allow' || effect === 'Deny') return effect;
  throw new Error(`${statement.where}.Effect: expected Allow or Deny, not ${effect}.`);
}

/** A list, or the one thing that stands in its place. */
function items(of: Properties, name: string): readonly unknown[] {
  const found = of.raw(name);
  return Array.isArray(found) ? found : found === undefined ? [] : [found];
}

function texts(statement: Properties, name: string): string[] {
  const found = items(statement, name);
  if (found.length === 0) throw new Error(`${statement.where}.${name}: is missing.`);
  return found.map((each) => {
    if (typeof each !== 'string')
      throw new Error(`${statement.where}.${name}: expected a string, not ${JSON.stringify(each)}.`);
    // ${aws:username} and its kind stand for something of the request.
    if (each.includes('${'))
      throw new Error(`${statement.where}.${name}: the local runner knows no policy variables: ${each}.`);
    return each;
  });
}
