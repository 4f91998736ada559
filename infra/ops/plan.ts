import type { Command } from 'commander';
import type { Money } from '../../lib/domain/money.ts';
import { type ActorOptions, actorFrom, commandFor, withActor } from './blast.ts';
import { confirm } from './confirm.ts';
import { type ApplyOptions, type StageOptions, withApply } from './options.ts';
import { StalePlanProblem, UsageProblem } from './problem.ts';
import type { Report } from './report.ts';

/** Of a command that decides something about one order: shown first, then done as it was shown, by somebody, for a reason. */
export type DecideOptions = StageOptions & ActorOptions & ApplyOptions & { reason?: string };

export const withDecision = (command: Command): Command =>
  withActor(withApply(command)).option('--reason <text>', 'why, for the books; needed with --apply');

/** What such a command is made of. */
export type Deciding<P extends { hash: string }> = {
  /** As it was typed, without --apply and what belongs to it. */
  command: string;
  look(shown: string | undefined): Promise<{ doneBefore: true } | { doneBefore: false; plan: P }>;
  /** What is told where nothing is left to be done; absent: that it was done before. */
  before?: string;
  show(plan: P): void;
  /** What is confirmed, a sentence without its end, and how much money it is about. */
  question(plan: P): { what: string; sums: readonly Money[] };
  apply(input: Signed): Promise<void>;
  /** What is done about something that is no longer what was shown: an earlier try may have been cut off half-way. */
  refused?(input: Signed): Promise<unknown>;
};
type Signed = { shown: string; actor: string; reason: string };

/**
 * Shows what would be done, with the command that does it; or does it, once a person has said yes. What was done before
 * is not asked about again.
 */
export const decide = async <P extends { hash: string }>(
  { command, look, before, show, question, apply, refused }: Deciding<P>,
  options: DecideOptions,
  report: Report,
): Promise<void> => {
  const { apply: shown, reason } = options;
  if (shown === undefined) {
    const seen = await look(undefined);
    if (seen.doneBefore) return report.ok(before ?? 'This was done before.');
    report.data({ plan: seen.plan });
    show(seen.plan);
    report.ok('Nothing was done yet.');
    report.plain(`To do exactly this:\n  ${applyCommand(command, seen.plan.hash, options)}`);
    return;
  }
  if (reason === undefined || reason.trim() === '') {
    throw new UsageProblem('Why?', 'Add --reason "…": it stays with the order, beside your name.');
  }
  const signed = { shown, actor: actorFrom(options), reason };
  const seen = await look(shown).catch(async (error: unknown) => {
    if (error instanceof StalePlanProblem) await refused?.(signed);
    throw error;
  });
  if (!seen.doneBefore) {
    const { what, sums } = question(seen.plan);
    await confirm(what, sums, options);
  }
  await apply(signed);
};

const applyCommand = (command: string, hash: string, options: DecideOptions): string =>
  commandFor(
    [
      command,
      `--apply ${hash}`,
      `--reason ${options.reason === undefined ? '"<why>"' : quoted(options.reason)}`,
      ...(options.by === undefined ? [] : [`--by ${quoted(options.by)}`]),
    ].join(' '),
    options,
  );

/** One word for a shell. */
export const quoted = (text: string): string =>
  /^[\w./:,=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** Names beside values, as a block. */
export const blockOf = (title: string, rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return [title, ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join('\n');
};
