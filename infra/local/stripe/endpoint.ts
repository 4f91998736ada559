import type { Account } from './account.ts';
import { expand } from './expand.ts';
import type { Field } from './validation/params.ts';

export type Method = 'GET' | 'POST' | 'DELETE';

type Call<P> = {
  account: Account;
  params: P;
  /** The id in the path, '' for a path without one. */
  id: string;
};

/** One operation of the API. */
export type Endpoint = {
  readonly method: Method;
  /** With `:id` for the id. */
  readonly path: string;
  /**
   * Checks the parameters and returns what will execute the request. Two steps, because Stripe stores an idempotent
   * result only once execution has begun.
   * @see https://docs.stripe.com/api/idempotent_requests
   */
  prepare(account: Account, id: string, rawParams: unknown): () => unknown;
};

export function endpoint<P extends { expand?: string[] }>(operation: {
  method: Method;
  path: string;
  params: Field<P>;
  /** Rules about the parameters together; whatever needs no object of the account. */
  check?: (call: Call<P>) => void;
  execute: (call: Call<P>) => object;
}): Endpoint {
  return {
    method: operation.method,
    path: operation.path,
    prepare(account, id, rawParams) {
      const call = { account, id, params: operation.params.parse(rawParams, '') };
      operation.check?.(call);
      return () => expand(account, operation.execute(call), call.params.expand ?? []);
    },
  };
}
