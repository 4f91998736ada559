import { invalidRequest, notSimulated as notSimulatedError, unknownParameters } from '../errors.ts';

/**
 * Request parameters, checked twice. At compile time a table must name every parameter of the `stripe` package's
 * type, with a field of a fitting type; one that we do not act on is named `notSimulated`, so that a new SDK with a
 * new parameter does not compile until somebody has decided. At run time the form body is checked against the table,
 * with Stripe's messages.
 */
export type Field<T, Required extends boolean = boolean> = {
  readonly required: Required;
  /** @param at the parameter's name as Stripe writes it: `line_items[0][price_data][currency]` */
  readonly parse: (value: unknown, at: string) => T;
};

/** Known to Stripe, not acted on here: sending it is a 400 of its own kind. */
export const notSimulated = { notSimulated: true } as const;
export type NotSimulated = typeof notSimulated;

type FieldFor<T> = undefined extends T ? Field<Exclude<T, undefined>> : Field<T, true>;
type ShapeOf<P> = { readonly [K in keyof P]-?: FieldFor<P[K]> | NotSimulated };

type RequiredKeys<S> = { [K in keyof S]: S[K] extends Field<unknown, true> ? K : never }[keyof S];
type OptionalKeys<S> = { [K in keyof S]: S[K] extends Field<unknown, false> ? K : never }[keyof S];
type ValueOf<F> = F extends Field<infer T> ? T : never;
type Parsed<S> = { [K in RequiredKeys<S>]: ValueOf<S[K]> } & { [K in OptionalKeys<S>]?: ValueOf<S[K]> };

/** `params<Stripe.RefundCreateParams>()({ … })`: a table of all parameters of that type, and of no others. */
export const params =
  <P extends object>() =>
  <const S extends ShapeOf<P>>(
    shape: S & { readonly [K in Exclude<keyof S, keyof P>]: never },
  ): Field<Parsed<S>, false> => ({
    required: false,
    parse: (value, at) => parseShape(shape, value, at) as Parsed<S>,
  });

function parseShape(shape: object, value: unknown, at: string): unknown {
  const fields: ReadonlyMap<string, Field<unknown> | NotSimulated> = new Map(Object.entries(shape));
  if (!isObject(value)) throw invalidRequest('Invalid object', { param: at });
  const nameOf = (key: string) => (at === '' ? key : `${at}[${key}]`);

  const unknown = Object.keys(value).filter((key) => !fields.has(key));
  if (unknown.length > 0) throw unknownParameters(unknown.map(nameOf));

  const parsed: Record<string, unknown> = {};
  for (const [key, field] of fields) {
    const given = value[key];
    if ('notSimulated' in field) {
      if (given !== undefined) throw notSimulatedError(`parameter ${nameOf(key)}`, nameOf(key));
    } else if (given !== undefined) {
      parsed[key] = field.parse(given, nameOf(key));
    } else if (field.required) {
      throw invalidRequest(`Missing required param: ${nameOf(key)}.`, {
        code: 'parameter_missing',
        param: nameOf(key),
      });
    }
  }
  return parsed;
}

const field = <T>(parse: (value: unknown, at: string) => T): Field<T, false> => ({ required: false, parse });

export const required = <T>(inner: Field<T>): Field<T, true> => ({ required: true, parse: inner.parse });

export const text = (limits: { max?: number } = {}): Field<string, false> =>
  field((value, at) => {
    if (typeof value !== 'string') throw invalidRequest('Invalid string', { param: at });
    if (value === '') throw emptyValue(at);
    const max = limits.max ?? 5_000;
    if ([...value].length > max) {
      throw invalidRequest(`Invalid string: ${value.slice(0, 20)}…; must be at most ${max} characters`, {
        param: at,
      });
    }
    return value;
  });

export const integer = (limits: { min?: number; max?: number } = {}): Field<number, false> =>
  field((value, at) => {
    if (value === '') throw emptyValue(at);
    // Stripe takes digits only: no fraction, no exponent, no thousands separator.
    if (typeof value !== 'string' || !/^-?\d{1,15}$/.test(value)) {
      throw invalidRequest(`Invalid integer: ${String(value)}`, {
        code: 'parameter_invalid_integer',
        param: at,
      });
    }
    const number = Number(value);
    if (limits.min !== undefined && number < limits.min) {
      throw invalidRequest(`This value must be greater than or equal to ${limits.min}.`, {
        code: 'parameter_invalid_integer',
        param: at,
      });
    }
    if (limits.max !== undefined && number > limits.max) {
      throw invalidRequest(`This value must be less than or equal to ${limits.max}.`, {
        code: 'parameter_invalid_integer',
        param: at,
      });
    }
    return number;
  });

export const flag = (): Field<boolean, false> =>
  field((value, at) => {
    if (value !== 'true' && value !== 'false') {
      throw invalidRequest(`Invalid boolean: ${String(value)}`, { param: at });
    }
    return value === 'true';
  });

export const oneOf = <const T extends string>(...allowed: readonly T[]): Field<T, false> =>
  field((value, at) => {
    const match = allowed.find((option) => option === value);
    if (match === undefined) {
      throw invalidRequest(`Invalid ${at}: must be one of ${allowed.join(', ')}`, { param: at });
    }
    return match;
  });

/** A value out of many that Stripe allows, of which only some are acted on. */
export const simulatedOnly = <const T extends string>(...simulated: readonly T[]): Field<T, false> =>
  field((value, at) => {
    const match = simulated.find((option) => option === value);
    if (match === undefined) throw notSimulatedError(`${at}=${String(value)}`, at);
    return match;
  });

export const listOf = <T>(item: Field<T>, limits: { min?: number; max?: number } = {}): Field<T[], false> =>
  field((value, at) => {
    if (!Array.isArray(value)) throw invalidRequest('Invalid array', { param: at });
    const items: unknown[] = value;
    if (limits.min !== undefined && items.length < limits.min) throw emptyValue(at);
    if (limits.max !== undefined && items.length > limits.max) {
      throw invalidRequest(`You can pass at most ${limits.max} items in ${at}.`, { param: at });
    }
    return items.map((entry, index) => item.parse(entry, `${at}[${index}]`));
  });

/** Stripe unsets a value on an empty string (which is also how the SDK sends null). */
export const emptyable = <T>(inner: Field<T>): Field<T | '', false> =>
  field((value, at) => (value === '' ? '' : inner.parse(value, at)));

/** An http or https URL; Stripe wants the scheme spelled out. */
export const webUrl = (): Field<string, false> =>
  field((value, at) => {
    const url = text({ max: 5_000 }).parse(value, at);
    // `{CHECKOUT_SESSION_ID}` is a template, not a character that a URL may hold.
    const parsed = URL.parse(url.replaceAll('{CHECKOUT_SESSION_ID}', 'cs'));
    if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
      throw invalidRequest('Not a valid URL. URLs must begin with http:// or https://.', {
        code: 'url_invalid',
        param: at,
      });
    }
    return url;
  });

const rangeFields = { gt: integer(), gte: integer(), lt: integer(), lte: integer() };
export type Range = { gt?: number; gte?: number; lt?: number; lte?: number };

/** A time in seconds, or a range of them. */
export const timeRange = (): Field<Range, false> =>
  field((value, at) => {
    if (typeof value !== 'string') return parseShape(rangeFields, value, at) as Range;
    const exactly = integer().parse(value, at);
    return { gte: exactly, lte: exactly };
  });

export const inRange = (seconds: number, range: Range | undefined): boolean =>
  range === undefined ||
  ((range.gt === undefined || seconds > range.gt) &&
    (range.gte === undefined || seconds >= range.gte) &&
    (range.lt === undefined || seconds < range.lt) &&
    (range.lte === undefined || seconds <= range.lte));

const emptyValue = (at: string) =>
  invalidRequest(
    `You passed an empty string for '${at}'. We assume empty values are an attempt to unset a parameter; however '${at}' cannot be unset. You should remove '${at}' from your request or supply a non-empty value.`,
    { code: 'parameter_invalid_empty', param: at },
  );

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
