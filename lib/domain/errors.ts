/**
 * Everything that can go wrong on purpose. An error says what happened, whose fault it is, whether trying
 * again can help, and what to do; `evidence` holds ids only, never names, addresses or secrets.
 */
export abstract class ClubPaymentsError extends Error {
  abstract readonly code: string;
  /** HTTP status of the answer when the error ends a request. */
  abstract readonly httpStatus: number;
  /** True when the same call may succeed later, unchanged. */
  readonly retryable: boolean = false;
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>;

  constructor(
    message: string,
    evidence: Record<string, string | number | boolean | null> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.evidence = evidence;
  }
}

/** The caller sent something that breaks a rule; the message names the rule. */
export class InvalidInput extends ClubPaymentsError {
  readonly code = 'invalid_input';
  readonly httpStatus = 400;
}

export class NotFound extends ClubPaymentsError {
  readonly code = 'not_found';
  readonly httpStatus = 404;
}

/** The order does not allow this now (paid, canceled, …); `evidence.status` says what it is. */
export class NotPayable extends ClubPaymentsError {
  readonly code = 'not_payable';
  readonly httpStatus = 409;
}

/** What a person was shown is not what is now: nothing was done, and they have to look again. */
export class StalePlan extends ClubPaymentsError {
  readonly code = 'stale_plan';
  readonly httpStatus = 409;
}

/** What stands here says otherwise, and only a person can decide which is right; nothing was changed. */
export class Conflict extends ClubPaymentsError {
  readonly code = 'conflict';
  readonly httpStatus = 409;
}

/** Others kept writing the same item; nothing was changed by us. */
export class Contention extends ClubPaymentsError {
  readonly code = 'contention';
  readonly httpStatus = 503;
  override readonly retryable = true;
}

/** A function was deployed without something that it needs; the message names the variable or secret. */
export class Misconfigured extends ClubPaymentsError {
  readonly code = 'misconfigured';
  readonly httpStatus = 500;
}

/** A stored row does not have the shape that this version reads; the key is in the message. */
export class CorruptRow extends ClubPaymentsError {
  readonly code = 'corrupt_row';
  readonly httpStatus = 500;
}

/** The database or a queue did not answer, or asked us to slow down. */
export class StoreUnavailable extends ClubPaymentsError {
  readonly code = 'store_unavailable';
  readonly httpStatus = 503;
  override readonly retryable = true;
}

/**
 * Stripe did not do what was asked, and may later. `answered` is true when Stripe itself said so (5xx or 429):
 * an idempotency key would replay a 5xx for a day, so a new attempt needs a new key. It is false when no
 * answer arrived: the call may have taken effect, so the same key must be used again.
 */
export class StripeUnavailable extends ClubPaymentsError {
  readonly code = 'stripe_unavailable';
  readonly httpStatus = 503;
  override readonly retryable = true;
  readonly answered: boolean;
  readonly rateLimited: boolean;

  constructor(
    message: string,
    how: { answered: boolean; rateLimited?: boolean },
    evidence: Record<string, string | number | boolean | null> = {},
    cause?: unknown,
  ) {
    super(message, { ...evidence, answered: how.answered }, cause);
    this.answered = how.answered;
    this.rateLimited = how.rateLimited ?? false;
  }
}

/** Stripe refused the request as wrong; the same request will be refused again. */
export class StripeRefused extends ClubPaymentsError {
  readonly code = 'stripe_refused';
  readonly httpStatus = 502;
}

/**
 * What was made with our key is not there: the key belongs to another Stripe account than the one that families pay to.
 * Whatever would be made with it would be that account's.
 */
export class WrongAccount extends ClubPaymentsError {
  readonly code = 'wrong_account';
  readonly httpStatus = 502;
}

/** This mail can't be sent by anybody, and SES was not asked. */
export class Unmailable extends ClubPaymentsError {
  readonly code = 'unmailable';
  readonly httpStatus = 400;
  /** `address`: it is none that mail can be sent to. `render`: the mail can't be written. */
  readonly reason: 'address' | 'render';

  constructor(message: string, reason: Unmailable['reason'], cause?: unknown) {
    super(message, { reason }, cause);
    this.reason = reason;
  }
}

/** SES answered that it did not take this mail. `scope` says how much of a mailing it concerns. */
export class MailRefused extends ClubPaymentsError {
  readonly code = 'mail_refused';
  readonly httpStatus = 502;
  readonly scope: 'message' | 'rate' | 'daily_quota' | 'sender';

  /** SES's own name for it. */
  get reason(): string {
    const { error } = this.evidence;
    return typeof error === 'string' ? error : this.code;
  }

  constructor(
    message: string,
    scope: MailRefused['scope'],
    evidence: Record<string, string | number | boolean | null> = {},
    cause?: unknown,
  ) {
    super(message, { ...evidence, scope }, cause);
    this.scope = scope;
  }
}

/** No usable answer from SES: the mail may or may not have been taken. Never send it again unasked. */
export class MailUnclear extends ClubPaymentsError {
  readonly code = 'mail_unclear';
  readonly httpStatus = 502;
}
