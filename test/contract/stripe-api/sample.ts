/**
 * Where an answer lacks a field that stripe-mock gives to the same request, or has a value of another kind in it. Null
 * fits everywhere, and further fields do: one sample tells neither what may be null nor what else there may be. Stripe's
 * description of its API does (`description.ts`).
 */
export const unlikeSample = (sample: unknown, ours: unknown, at = ''): string[] => {
  if (sample === null || ours === null || sample === undefined) return [];
  if (Array.isArray(sample) && Array.isArray(ours)) {
    return ours.flatMap((item) => unlikeSample(sample[0], item, at));
  }
  if (isReference(sample) && isReference(ours) && typeof sample !== typeof ours) return [];
  if (!isObject(sample) || !isObject(ours)) {
    const [wanted, found] = [kindOf(sample), kindOf(ours)];
    return wanted === found ? [] : [`${at} is of kind ${found}, not ${wanted}`];
  }
  // What an event is about, and what anybody has noted, is of any shape.
  if (at === 'event.data' || at.endsWith('.metadata')) return [];
  const noun = nounOf(ours) ?? at;
  return Object.keys(sample).flatMap((field) =>
    field in ours
      ? unlikeSample(sample[field], ours[field], `${noun}.${field}`)
      : [`${noun}.${field} is missing`],
  );
};

/** What Stripe calls the object: `checkout.session`. A list is known by what is in it. */
export const nounOf = ({ object }: Record<string, unknown>): string | undefined =>
  typeof object === 'string' && object !== 'list' ? object : undefined;

/** To another object: its id, or the object itself where it is expanded. */
const isReference = (value: unknown): boolean =>
  typeof value === 'string' || (isObject(value) && typeof value.id === 'string');

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
