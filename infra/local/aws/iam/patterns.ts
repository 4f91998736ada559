/** Whether an action (`dynamodb:GetItem`) is one that a statement names. Case does not matter, `*` and `?` are wild. */
export function actionMatches(pattern: string, action: string): boolean {
  return glob(pattern.toLowerCase()).test(action.toLowerCase());
}

/**
 * Whether an ARN is one that a statement names. A wildcard stays within its part between two colons; only in the last
 * part, the resource's own name, it covers colons and slashes too. `*` alone is everything.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function arnMatches(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const wanted = partsOf(pattern);
  const given = partsOf(arn);
  return wanted.length === given.length && wanted.every((part, at) => glob(part).test(given[at] ?? ''));
}

/** `arn:partition:service:region:account:` and whatever follows, in one piece. */
function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** By pattern: a template has few, and each call is held against most of them. */
const compiled = new Map<string, RegExp>();

function glob(pattern: string): RegExp {
  const known = compiled.get(pattern) ?? compile(pattern);
  compiled.set(pattern, known);
  return known;
}

function compile(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
