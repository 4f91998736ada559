import Stripe from 'stripe';
import { StripeRefused, StripeUnavailable } from '../../domain/errors.ts';

/**
 * Turns what the SDK throws into what a use case can act on. Decided by class and status, never by a
 * message's text; neither the request nor the key is repeated.
 * @see https://docs.stripe.com/api/errors
 */
export const asStripeFailure = (operation: string, error: unknown): StripeUnavailable | StripeRefused => {
  if (!(error instanceof Stripe.errors.StripeError)) {
    return new StripeUnavailable(
      `Stripe did not answer (${operation}).`,
      { answered: false },
      { operation },
      error,
    );
  }
  const evidence = {
    operation,
    status: error.statusCode ?? null,
    code: error.code ?? null,
    requestId: error.requestId ?? null,
  };
  if (error instanceof Stripe.errors.StripeConnectionError || error.statusCode === undefined) {
    return new StripeUnavailable(
      `Stripe could not be reached (${operation}).`,
      { answered: false },
      evidence,
    );
  }
  // Two requests with one idempotency key at the same moment: the other one is still being executed.
  if (error.statusCode === 409) {
    return new StripeUnavailable(
      `Stripe is busy with the same request (${operation}).`,
      { answered: false },
      evidence,
    );
  }
  // A refusal for haste is not kept under the idempotency key, so the same key may be used again.
  if (error.statusCode === 429) {
    return new StripeUnavailable(
      `Stripe limits our rate (${operation}).`,
      { answered: false, rateLimited: true },
      evidence,
    );
  }
  if (error.statusCode >= 500) {
    return new StripeUnavailable(
      `Stripe failed (${operation}, ${error.statusCode}).`,
      { answered: true },
      evidence,
    );
  }
  return new StripeRefused(
    `Stripe refused ${operation}: ${error.code ?? error.type}${error.param === undefined ? '' : ` (${error.param})`}.`,
    evidence,
  );
};

export const isMissing = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404;

export const hasCode = (error: unknown, status: number): error is Stripe.errors.StripeError =>
  error instanceof Stripe.errors.StripeError && error.statusCode === status;
