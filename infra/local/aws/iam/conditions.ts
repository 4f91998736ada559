import { type Properties, properties } from '../../template/properties.ts';
import { arnMatches } from './patterns.ts';

/** What is known of a request, by condition key in lower case: keys have no case. */
export type RequestContext = Readonly<Partial<Record<ConditionKey, string>>>;

type ConditionKey = (typeof KEYS)[number];
type Operator = (value: string, wanted: readonly string[]) => boolean;
type Test = { operator: Operator; key: ConditionKey; wanted: readonly string[] };

/** Holds when every test does: several values of one key are alternatives, several keys must all fit. */
export type Condition = readonly Test[];

/** What our template uses where it speaks of callers and of services. Another key or operator is written here, or refused. */
const KEYS = ['aws:securetransport', 'aws:sourcearn', 'aws:sourceaccount'] as const;
const OPERATORS: Readonly<Record<string, Operator>> = {
  Bool: (value, wanted) => wanted.some((each) => each.toLowerCase() === value.toLowerCase()),
  StringEquals: (value, wanted) => wanted.includes(value),
  ArnEquals: (value, wanted) => wanted.some((each) => arnMatches(each, value)),
};

/**
 * @throws {Error} for an operator or a key that is not known: passing over it could admit what AWS refuses
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
 */
export function readCondition(statement: Properties): Condition {
  const blocks = statement.optionalObject('Condition');
  return (blocks?.names() ?? []).flatMap((name) => {
    const operator = OPERATORS[name];
    const block = properties(blocks?.raw(name), `${statement.where}.Condition.${name}`);
    if (operator === undefined) throw unknown(`${statement.where}.Condition`, 'operator', name, OPERATORS);
    return block.names().map((written): Test => {
      const key = KEYS.find((each) => each === written.toLowerCase());
      if (key === undefined) throw unknown(block.where, 'key', written, KEYS);
      const wanted = block.raw(written);
      return { operator, key, wanted: (Array.isArray(wanted) ? wanted : [wanted]).map(String) };
    });
  });
}

/** A key that the request does not have fails its test, as on AWS without `IfExists`. */
export function conditionHolds(condition: Condition, context: RequestContext): boolean {
  return condition.every(({ operator, key, wanted }) => {
    const value = context[key];
    return value !== undefined && operator(value, wanted);
  });
}

function unknown(where: string, what: string, name: string, known: object): Error {
  const names = (Array.isArray(known) ? known : Object.keys(known)).join(', ');
  return new Error(
    `${where}: the local runner does not know the condition ${what} ${name}; it knows ${names}. ` +
      'Teach it in infra/local/aws/iam/conditions.ts.',
  );
}
