/**
 * `ok`: as it should be. `done`: changed just now. `advice`: works, and could be better. `missing`: something that
 * a person has to do; `fix` says what. `unfinished`: a part is done, and the same command does the rest. `plain`: text
 * for a person, such as a table, that judges nothing.
 */
export type Step = {
  state: 'ok' | 'done' | 'advice' | 'missing' | 'unfinished' | 'plain';
  text: string;
  fix?: string;
};

/** What a command found and did, collected while it runs: what was done before a failure is told too. */
export type Report = {
  ok(text: string): void;
  done(text: string): void;
  advice(text: string, fix?: string): void;
  missing(text: string, fix?: string): void;
  unfinished(text: string, fix?: string): void;
  plain(text: string): void;
  /** Values for `--json`. Never a secret. */
  data(values: Readonly<Record<string, unknown>>): void;
  readonly steps: readonly Step[];
  readonly values: Readonly<Record<string, unknown>>;
};

/** How a command can end: its exit code, for scripts. */
export const EXIT = { ok: 0, missing: 1, usage: 2, unfinished: 3, refused: 4, unreachable: 5 } as const;
export type Outcome = keyof typeof EXIT;

/** Told by `--help`. */
export const exitMeanings: Record<Outcome, string> = {
  ok: 'all is well, or done',
  missing: 'something is missing, failed, or needs a person',
  usage: 'the command was given wrongly',
  unfinished: 'done in part: what is printed says how to go on',
  refused: 'nothing was written, for something has changed since it was shown: look again',
  unreachable: 'something did not answer: try again later',
};

export const createReport = (): Report => {
  const steps: Step[] = [];
  const values: Record<string, unknown> = {};
  const add = (state: Step['state'], text: string, fix?: string): void =>
    void steps.push({ state, text, ...(fix === undefined ? {} : { fix }) });
  return {
    ok: (text) => add('ok', text),
    done: (text) => add('done', text),
    advice: (text, fix) => add('advice', text, fix),
    missing: (text, fix) => add('missing', text, fix),
    unfinished: (text, fix) => add('unfinished', text, fix),
    plain: (text) => add('plain', text),
    data: (more) => void Object.assign(values, more),
    steps,
    values,
  };
};

export const succeeded = (report: Report): boolean => exitCodeOf(report) === EXIT.ok;

/** What is left to do by itself weighs more than what a person has to look at: only then does a repetition help. */
export const exitCodeOf = ({ steps }: Report): number => {
  const has = (sought: Step['state']): boolean => steps.some(({ state }) => state === sought);
  if (has('unfinished')) return EXIT.unfinished;
  return has('missing') ? EXIT.missing : EXIT.ok;
};

const marks: Record<Step['state'], string> = {
  ok: '✓ ',
  done: '✓ ',
  advice: '! ',
  missing: '✗ ',
  unfinished: '… ',
  plain: '',
};

export const asText = (report: Report): string =>
  report.steps
    .map(({ state, text, fix }) => `${marks[state]}${text}${fix === undefined ? '' : `\n  → ${fix}`}`)
    .join('\n');

export const asJson = (command: string, stage: string | null, report: Report): string =>
  JSON.stringify({ command, stage, ok: succeeded(report), steps: report.steps, ...report.values });
