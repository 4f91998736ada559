/**
 * `ok`: as it should be. `done`: changed just now. `advice`: works, and could be better. `missing`: something that
 * a person has to do; `fix` says what. `plain`: text for a person, such as a table, that judges nothing.
 */
export type Step = { state: 'ok' | 'done' | 'advice' | 'missing' | 'plain'; text: string; fix?: string };

/** What a command found and did, collected while it runs: what was done before a failure is told too. */
export type Report = {
  ok(text: string): void;
  done(text: string): void;
  advice(text: string, fix?: string): void;
  missing(text: string, fix?: string): void;
  plain(text: string): void;
  /** Values for `--json`. Never a secret. */
  data(values: Readonly<Record<string, unknown>>): void;
  readonly steps: readonly Step[];
  readonly values: Readonly<Record<string, unknown>>;
};

/** The meaning of the exit codes, also told by `--help`. */
export const EXIT = { ok: 0, missing: 1, usage: 2 } as const;

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
    plain: (text) => add('plain', text),
    data: (more) => void Object.assign(values, more),
    steps,
    values,
  };
};

export const succeeded = (report: Report): boolean => !report.steps.some(({ state }) => state === 'missing');

const marks: Record<Step['state'], string> = {
  ok: '✓ ',
  done: '✓ ',
  advice: '! ',
  missing: '✗ ',
  plain: '',
};

export const asText = (report: Report): string =>
  report.steps
    .map(({ state, text, fix }) => `${marks[state]}${text}${fix === undefined ? '' : `\n  → ${fix}`}`)
    .join('\n');

export const asJson = (command: string, stage: string | null, report: Report): string =>
  JSON.stringify({ command, stage, ok: succeeded(report), steps: report.steps, ...report.values });
