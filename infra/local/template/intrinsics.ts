import type { Template } from './template.ts';

/** What names in a template stand for. Both throw on what they do not know. */
export type Scope = {
  ref(logicalId: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  readonly template: Pick<Template, 'Conditions' | 'Mappings'>;
};

/** Marks what `AWS::NoValue` removes from the object or list around it. */
export const NO_VALUE: unique symbol = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown, scope: Scope, where: string) => unknown;

/**
 * Resolves every intrinsic function in a value of a template. Only those that our template uses are known.
 * @param where for the error: logical id and property
 * @throws {Error} for an intrinsic that is not known
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
 */
export function evaluate(value: unknown, scope: Scope, where: string): unknown {
  if (typeof value === 'string' && value.includes('{{resolve:')) {
    throw new Error(`${where}: dynamic reference ${value} is not known to the local runner.`);
  }
  if (Array.isArray(value)) {
    return value.map((item) => evaluate(item, scope, where)).filter((item) => item !== NO_VALUE);
  }
  if (typeof value !== 'object' || value === null) return value;

  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) {
    const [name, argument] = only;
    if (Object.hasOwn(intrinsics, name)) return intrinsics[name]?.(argument, scope, where);
    if (name.startsWith('Fn::')) throw new Error(`${where}: ${name} is not known to the local runner.`);
  }
  return Object.fromEntries(
    entries
      .map(([key, item]) => [key, evaluate(item, scope, `${where}.${key}`)] as const)
      .filter(([, item]) => item !== NO_VALUE),
  );
}

/** Whether a resource or a branch under this condition exists. */
export function conditionHolds(name: string, scope: Scope): boolean {
  const condition = scope.template.Conditions?.[name];
  if (condition === undefined) throw new Error(`Condition ${name} is not declared in the template.`);
  return evaluate(condition, scope, `Conditions.${name}`) === true;
}

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope, where) => scope.ref(text(argument, where)),
  Condition: (argument, scope, where) => conditionHolds(text(argument, where), scope),
  'Fn::GetAtt': (argument, scope, where) => {
    const [logicalId, name] = Array.isArray(argument)
      ? argument.map((part) => text(evaluate(part, scope, where), where))
      : splitOnce(text(argument, where), '.');
    return scope.attribute(text(logicalId, where), text(name, where));
  },
  'Fn::Join': (argument, scope, where) => {
    const [separator, parts] = pair(argument, where);
    return texts(evaluate(parts, scope, where), where).join(text(separator, where));
  },
  'Fn::Sub': (argument, scope, where) => {
    const [pattern, variables] = Array.isArray(argument) ? pair(argument, where) : [argument, {}];
    const own = evaluate(variables, scope, where) as Record<string, unknown>;
    return text(pattern, where).replace(/\$\{(!?)([^}]+)\}/g, (_all, literal: string, name: string) => {
      if (literal === '!') return `\${${name}}`;
      if (Object.hasOwn(own, name)) return text(own[name], where);
      const [logicalId, attribute] = splitOnce(name, '.');
      return text(
        attribute === undefined ? scope.ref(logicalId) : scope.attribute(logicalId, attribute),
        where,
      );
    });
  },
  'Fn::Select': (argument, scope, where) => {
    const [index, list] = pair(argument, where);
    const items = evaluate(list, scope, where);
    const item: unknown = Array.isArray(items) ? items[Number(index)] : undefined;
    if (item === undefined) throw new Error(`${where}: Fn::Select finds nothing at ${String(index)}.`);
    return item;
  },
  'Fn::Split': (argument, scope, where) => {
    const [separator, source] = pair(argument, where);
    return text(evaluate(source, scope, where), where).split(text(separator, where));
  },
  'Fn::If': (argument, scope, where) => {
    const [condition, then, otherwise] = Array.isArray(argument) ? argument : [];
    return evaluate(conditionHolds(text(condition, where), scope) ? then : otherwise, scope, where);
  },
  'Fn::Equals': (argument, scope, where) => {
    const [left, right] = pair(argument, where);
    return JSON.stringify(evaluate(left, scope, where)) === JSON.stringify(evaluate(right, scope, where));
  },
  'Fn::And': (argument, scope, where) => each(argument, scope, where).every((item) => item === true),
  'Fn::Or': (argument, scope, where) => each(argument, scope, where).some((item) => item === true),
  'Fn::Not': (argument, scope, where) => each(argument, scope, where)[0] !== true,
  'Fn::FindInMap': (argument, scope, where) => {
    const [map, first, second] = texts(each(argument, scope, where), where);
    const found = scope.template.Mappings?.[map ?? '']?.[first ?? '']?.[second ?? ''];
    if (found === undefined) throw new Error(`${where}: nothing in mapping ${map} at ${first}, ${second}.`);
    return found;
  },
};

function text(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${where}: expected a string, not ${JSON.stringify(value)}.`);
}

function texts(value: unknown, where: string): string[] {
  if (!Array.isArray(value)) throw new Error(`${where}: expected a list, not ${JSON.stringify(value)}.`);
  return value.map((item) => text(item, where));
}

function pair(value: unknown, where: string): [unknown, unknown] {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new Error(`${where}: expected two arguments, not ${JSON.stringify(value)}.`);
  }
  return [value[0], value[1]];
}

function each(argument: unknown, scope: Scope, where: string): unknown[] {
  const items = evaluate(argument, scope, where);
  return Array.isArray(items) ? items : [items];
}

function splitOnce(value: string, separator: string): [string, string?] {
  const at = value.indexOf(separator);
  return at < 0 ? [value] : [value.slice(0, at), value.slice(at + 1)];
}
