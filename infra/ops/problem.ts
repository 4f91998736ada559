/** Something that only a person can put right: what is wrong, and what to do. Holds no secret. */
export class OpsProblem extends Error {
  override readonly name = 'OpsProblem';
  readonly fix: string | undefined;

  constructor(text: string, fix?: string) {
    super(text);
    this.fix = fix;
  }
}

/** The command itself was given wrongly: exit code 2. */
export class UsageProblem extends OpsProblem {}
