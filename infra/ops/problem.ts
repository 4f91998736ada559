import type { Outcome } from './report.ts';

/** Something that only a person can put right: what is wrong, and what to do. Holds no secret. */
export class OpsProblem extends Error {
  override readonly name = 'OpsProblem';
  readonly fix: string | undefined;
  /** What the command comes to with it. */
  readonly outcome: Outcome = 'missing';

  constructor(text: string, fix?: string) {
    super(text);
    this.fix = fix;
  }
}

/** The command itself was given wrongly. */
export class UsageProblem extends OpsProblem {
  override readonly outcome = 'usage';
}

/** What was named is not there. */
export class NotFoundProblem extends OpsProblem {
  /** What is missing, as the function that looked for it says: ids only. */
  readonly evidence: Readonly<Record<string, unknown>>;

  constructor(text: string, evidence: Readonly<Record<string, unknown>>, fix?: string) {
    super(text, fix);
    this.evidence = evidence;
  }
}

/** What was shown is not what is now, so nothing was written. */
export class StalePlanProblem extends OpsProblem {
  override readonly outcome = 'refused';
}

/** Something did not answer, and may later. */
export class UnreachableProblem extends OpsProblem {
  override readonly outcome = 'unreachable';
}
