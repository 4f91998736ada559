import fc from 'fast-check';

/** What an attacker, a broken client or a scanner sends, and how to ask that nothing of it matters. */

/** Stands in every text that must not come back as it is. */
export const MARK = 'zq9mark';

/** Texts that have broken something somewhere before. */
const notorious = [
  '',
  ' ',
  '\0',
  `${MARK}\0`,
  `\r\nSet-Cookie: ${MARK}=1`,
  '\u2028\u2029\ufeff',
  '\u202e\u200fright to left',
  '\ud800',
  '\udc00\ud800',
  '\ufffe\uffff',
  '😀',
  '%',
  '%zz%',
  '%00',
  '%c0%ae%c0%ae/',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  'undefined',
  'NaN',
  '-1',
  '1e999',
  '99999999999999999999',
  `<script>${MARK}</script>`,
  `"><img src=x onerror=${MARK}>`,
  `' onmouseover='${MARK}`,
  `</style><b>${MARK}`,
  `javascript:${MARK}`,
  `data:text/html,${MARK}`,
  `//${MARK}.example`,
  `https://${MARK}.example/`,
  `\\\\${MARK}.example`,
  `https://pay.club.example@${MARK}.example/`,
  '{{7*7}}<%=7*7%>',
  "'; drop table orders; --",
  'k1-ord_1-00000000000000000000000000000000',
  '__proto__-ord_1-00000000000000000000000000000000',
  'a'.repeat(9_000),
  `${'('.repeat(2_000)}${MARK}`,
  '-'.repeat(5_000),
  '1'.repeat(3_000),
  ' '.repeat(5_000),
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...notorious) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...notorious), fc.string({ maxLength: 20 }))
      .map((two) => two.join('')),
  },
);

const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);

/** Anything that JSON can say, the absurd first. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    0.5,
    1e21,
    Number.MAX_SAFE_INTEGER,
    -Number.MAX_SAFE_INTEGER,
    1e300,
    [],
    {},
    [null],
    nested(2_000),
    JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
    { toString: 1, valueOf: 1, toJSON: 1 },
    { length: -1 },
    Array.from({ length: 300 }, (_, i) => i),
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

type Json = Record<string, unknown>;
const pathsOf = (value: unknown, at: readonly string[] = []): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [[...at, key], ...pathsOf(inner, [...at, key])])
    : [];

const changedAt = (value: unknown, [key = '', ...rest]: readonly string[], to: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Json;
  if (rest.length > 0) copy[key] = changedAt(copy[key], rest, to);
  else if (to === GONE) delete copy[key];
  else Object.defineProperty(copy, key, { value: to, enumerable: true, configurable: true, writable: true });
  return copy;
};
const GONE = Symbol('left out');

/** Something that is right but for one to three places, where it is absurd or missing, or has more than it should. */
export const almost = (right: object): fc.Arbitrary<unknown> => {
  const paths = pathsOf(right);
  const change = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...paths), fc.oneof(hostileValue, fc.constant(GONE))) },
    {
      weight: 1,
      arbitrary: fc.tuple(
        hostileText.map((key) => [key]),
        hostileValue,
      ),
    },
  );
  return fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((changes) => changes.reduce<unknown>((value, [path, to]) => changedAt(value, path, to), right));
};

/** A body as bytes, as text, as base64 that is none, or something that is JSON. */
export const hostileBody: fc.Arbitrary<{ body?: string; isBase64Encoded: boolean }> = fc.oneof(
  fc.constant({ isBase64Encoded: false }),
  fc.record({ body: hostileText, isBase64Encoded: fc.boolean() }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => ({
    body: Buffer.from(bytes).toString('base64'),
    isBase64Encoded: true,
  })),
  hostileValue.map((value) => ({ body: JSON.stringify(value), isBase64Encoded: false })),
);

/** Header and query names of a client's own choosing, and those that a function may look at. */
const mapOf = (...known: string[]): fc.Arbitrary<Record<string, string>> =>
  fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...known), hostileText), hostileText), { maxLength: 5 })
    .map((pairs) => Object.fromEntries(pairs));

export const hostileHeaders = mapOf(
  'accept-language',
  'user-agent',
  'host',
  'x-forwarded-host',
  'x-forwarded-proto',
  'referer',
  'cookie',
  'content-type',
  'stripe-signature',
);
export const hostileQuery = mapOf('token', 'session', 'redirect', 'url', 'next', 'lang', 'return_url');

/** An event of payload format 2.0, as an HTTP API and a Function URL make it. */
export type HttpEvent = {
  version: '2.0';
  routeKey: string;
  rawPath: string;
  rawQueryString: string;
  headers?: Record<string, string> | undefined;
  cookies?: string[];
  queryStringParameters?: Record<string, string>;
  pathParameters?: Record<string, string>;
  requestContext: { http: { method: string; path: string; sourceIp: string; userAgent: string } };
  body?: string;
  isBase64Encoded: boolean;
};

/** As little of it as there can be. */
export const httpEvent = (method: string, routeKey: string, over: Partial<HttpEvent> = {}): HttpEvent => ({
  version: '2.0',
  routeKey,
  rawPath: '/',
  rawQueryString: '',
  headers: {},
  requestContext: { http: { method, path: '/', sourceIp: '127.0.0.1', userAgent: '' } },
  isBase64Encoded: false,
  ...over,
});

/** Everything about a request that its sender chooses, but for what `fixed` says. */
export const hostileEvent = (
  routeKey: string,
  fixed: fc.Arbitrary<Partial<HttpEvent>> = fc.constant({}),
): fc.Arbitrary<HttpEvent> =>
  fc
    .record(
      {
        method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'TRACE', MARK),
        headers: hostileHeaders,
        cookies: fc.array(hostileText, { maxLength: 3 }),
        queryStringParameters: hostileQuery,
        body: hostileBody,
        path: hostileText,
        fixed,
      },
      { requiredKeys: ['method', 'fixed'] },
    )
    .map(({ method, headers, cookies, queryStringParameters, body, path = '/', fixed: own }) => ({
      ...httpEvent(method, routeKey, { rawPath: path }),
      // No request comes without headers; a function that is tried out in the console does.
      headers,
      ...(cookies && { cookies }),
      ...(queryStringParameters && { queryStringParameters }),
      ...body,
      ...own,
    }));
