/** A request as a fault's condition sees it. */
export type FaultableRequest = {
  readonly method: string;
  readonly path: string;
  readonly params: unknown;
  readonly idempotencyKey?: string;
};

export type Fault = {
  /** An HTTP status, a connection that is reset, or an answer that never comes. Left out: only the delay. */
  status?: number | 'reset' | 'timeout';
  /** Real milliseconds before the request takes effect (`before`) or before it is answered (`after`). */
  delayMs?: number;
  /** How many requests are hit; 1 unless told otherwise, `Infinity` until `clear()`. */
  times?: number;
  /** Hits only requests that this is true for. */
  when?: (request: FaultableRequest) => boolean;
  /**
   * Of `before` with a status: the failure is saved under the idempotency key and replayed, although nothing took
   * effect. That is Stripe failing after execution began. Otherwise the request never got that far.
   */
  saved?: boolean;
};

/**
 * `target` is `'POST /v1/payment_links'`, a pattern `'POST /v1/payment_links/:id'`, the exact path of one object, or
 * `'*'` for all.
 */
export type FaultPlan = {
  /** Hits before the request takes effect. */
  before(target: string, fault: Fault): void;
  /** Hits after the request took effect: the answer is delayed, lost, or an error that is saved and replayed by key. */
  after(target: string, fault: Fault): void;
  clear(): void;
};

export type FaultSource = FaultPlan & {
  take(moment: 'before' | 'after', request: FaultableRequest, pattern: string): Fault | undefined;
};

export function createFaults(): FaultSource {
  type Planned = { moment: 'before' | 'after'; target: string; fault: Fault; left: number };
  let planned: Planned[] = [];

  const plan = (moment: Planned['moment']) => (target: string, fault: Fault) =>
    void planned.push({ moment, target, fault, left: fault.times ?? 1 });

  return {
    before: plan('before'),
    after: plan('after'),
    clear() {
      planned = [];
    },
    take(moment, request, pattern) {
      const names = ['*', `${request.method} ${pattern}`, `${request.method} ${request.path}`];
      const hit = planned.find(
        (candidate) =>
          candidate.moment === moment &&
          candidate.left > 0 &&
          names.includes(candidate.target) &&
          (candidate.fault.when === undefined || candidate.fault.when(request)),
      );
      if (hit === undefined) return undefined;
      hit.left -= 1;
      return hit.fault;
    },
  };
}
