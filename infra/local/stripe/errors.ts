/** The `error` object of Stripe's answers. @see https://docs.stripe.com/api/errors */
export type StripeErrorBody = {
  type: 'invalid_request_error' | 'card_error' | 'idempotency_error' | 'api_error';
  message: string;
  code?: string;
  decline_code?: string;
  param?: string;
  doc_url?: string;
  charge?: string;
  payment_intent?: unknown;
  payment_method?: unknown;
};

/** Thrown anywhere under an endpoint; answered in Stripe's shape. */
export class StripeApiError extends Error {
  readonly status: number;
  readonly body: StripeErrorBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: StripeErrorBody, headers: Readonly<Record<string, string>> = {}) {
    super(body.message);
    this.name = 'StripeApiError';
    this.status = status;
    this.body = body.code === undefined ? body : { ...body, doc_url: docUrl(body.code) };
    this.headers = headers;
  }
}

type Detail = { param?: string; code?: string };

/** A 400: the request is wrong, and repeating it unchanged is useless. */
export const invalidRequest = (message: string, detail: Detail = {}): StripeApiError =>
  new StripeApiError(400, { type: 'invalid_request_error', message, ...detail });

/** A 404 for an id in the path. */
export const noSuchObject = (kind: string, id: string): StripeApiError =>
  new StripeApiError(404, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${kind}: '${id}'`,
    param: 'id',
  });

/** A 400 for an id in a parameter. */
export const noSuchReference = (kind: string, id: string, param: string): StripeApiError =>
  invalidRequest(`No such ${kind}: '${id}'`, { code: 'resource_missing', param });

export const unknownParameters = (names: readonly string[]): StripeApiError =>
  invalidRequest(`Received unknown parameter${names.length > 1 ? 's' : ''}: ${names.join(', ')}`, {
    code: 'parameter_unknown',
    ...(names[0] === undefined ? {} : { param: names[0] }),
  });

/** Not one of Stripe's codes: Stripe knows the parameter, and acting as if we did would be a lie. */
export const notSimulated = (what: string, param?: string): StripeApiError =>
  invalidRequest(`not simulated: ${what}. Stripe knows it; this simulator does not act on it.`, {
    code: 'not_simulated',
    ...(param === undefined ? {} : { param }),
  });

export const unauthorized = (message: string): StripeApiError =>
  new StripeApiError(
    401,
    { type: 'invalid_request_error', message },
    { 'www-authenticate': 'Bearer realm="Stripe"' },
  );

export const unrecognizedUrl = (method: string, path: string): StripeApiError =>
  new StripeApiError(404, {
    type: 'invalid_request_error',
    message: `Unrecognized request URL (${method}: ${path}). Either Stripe has no such endpoint, or this simulator does not know it.`,
  });

/** What a fault answers: Stripe's own failure, or its rate limiter. */
export const serverFailure = (status: number): StripeApiError =>
  status === 429
    ? new StripeApiError(429, {
        type: 'invalid_request_error',
        code: 'rate_limit',
        message:
          'Request rate limit exceeded. Learn more about rate limits here https://docs.stripe.com/rate-limits.',
      })
    : new StripeApiError(status, {
        type: status >= 500 ? 'api_error' : 'invalid_request_error',
        message: 'An unknown error occurred (injected by a fault of the simulator).',
      });

const docUrl = (code: string): string => `https://docs.stripe.com/error-codes/${code.replaceAll('_', '-')}`;
