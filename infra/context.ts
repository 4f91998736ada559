/** Values of the CDK context as they are given, and all that is wrong with them, collected. */
export type Context = {
  /** A value as text; nothing when it is absent or empty. */
  given(key: string): string | undefined;
  /** Nothing is wrong with a value that is not given. */
  check(key: string, fits: (value: string) => boolean, must: string): void;
  /** One sentence each. */
  problems: string[];
};

/** All that is wrong with the settings, one sentence each. */
export class SettingsError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      ['This stage cannot be built as it is set up:', ...problems.map((problem) => `- ${problem}`)].join(
        '\n',
      ),
    );
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

export const reading = (context: (key: string) => unknown): Context => {
  const problems: string[] = [];
  const given = (key: string): string | undefined => {
    const value = context(key);
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'object') return String(value);
    const problem = `The context value "${key}" must be plain text.`;
    if (!problems.includes(problem)) problems.push(problem);
    return undefined;
  };
  return {
    given,
    check(key, fits, must) {
      const value = given(key);
      if (value !== undefined && !fits(value)) {
        problems.push(`The context value "${key}" is "${value}"; it must be ${must}.`);
      }
    },
    problems,
  };
};

/** The SES identity that a sender belongs to: the domain of its address. */
export const mailDomainOf = (from: string): string | undefined =>
  /^(?:[^<>@\r\n]+ <[^<>@\s]+@([^<>@\s]+\.[^<>@\s]+)>|[^<>@\s]+@([^<>@\s]+\.[^<>@\s]+))$/
    .exec(from)
    ?.slice(1)
    .find((domain) => domain !== undefined)
    ?.toLowerCase();

const matches =
  (pattern: RegExp) =>
  (text: string): boolean =>
    pattern.test(text);

const succeeds = (attempt: () => unknown): boolean => {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
};

/** What a value can be asked to be. */
export const is = {
  stage: matches(/^(?!local$)[a-z][a-z0-9-]{0,19}$/),
  sender: (text: string): boolean => mailDomainOf(text) !== undefined,
  address: matches(/^[^<>@\s,]+@[^<>@\s,]+\.[^<>@\s,]+$/),
  hostName: matches(/^(?=.{4,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/),
  hostedZoneId: matches(/^Z[A-Z0-9]{1,31}$/),
  certificateArn: matches(/^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]+$/),
  flag: matches(/^(true|false)$/),
  yes: matches(/^true$/),
  positive: (text: string): boolean => Number(text) > 0 && Number.isFinite(Number(text)),
  wholeFrom:
    (least: number) =>
    (text: string): boolean =>
      /^\d+$/.test(text) && Number(text) >= least,
  timeZone: (text: string): boolean => succeeds(() => new Intl.DateTimeFormat('en', { timeZone: text })),
  pattern: (text: string): boolean => succeeds(() => new RegExp(text)),
};
