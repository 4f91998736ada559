import { StripeRefused } from '../../../../lib/domain/errors.ts';

type Detail = { status?: number; code?: string; param?: string; type?: string };

/** What the adapter makes of a 4xx of Stripe's: decided by status and code, never by a message's text. */
export const refused = (
  operation: string,
  { status = 400, code, param, type = 'StripeInvalidRequestError' }: Detail = {},
): StripeRefused =>
  new StripeRefused(
    `Stripe refused ${operation}: ${code ?? type}${param === undefined ? '' : ` (${param})`}.`,
    { operation, status, code: code ?? null, requestId: null },
  );

/** An id that names nothing: in the path a 404, in a parameter a 400. */
export const missing = (operation: string, param = 'id'): StripeRefused =>
  refused(operation, { status: param === 'id' ? 404 : 400, code: 'resource_missing', param });
