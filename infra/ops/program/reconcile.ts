import { InvalidArgumentError } from 'commander';
import { withActor } from '../blast.ts';
import type { ReconcileOptions } from '../commands/reconcile.ts';
import { withApply } from '../options.ts';
import { withDecision } from '../plan.ts';
import type { Chapter } from './command-line.ts';

const EXAMPLES = `
For example:
  npm run ops -- reconcile --stage prod
  npm run ops -- reconcile --since 2025-09-01 --stage prod
  npm run ops -- reconcile --apply <hash> --stage prod
  npm run ops -- reconcile --last --stage prod

It looks 45 days back, and further with --since. Once a day the stage does the same by itself, and repairs
what is certain; --last shows what that came to.`;

const CLOSE_EXAMPLES = `
For example:
  npm run ops -- close-link plink_1Q --stage prod
  npm run ops -- close-link plink_1Q --apply <hash> --reason "nobody pays by it" --stage prod

It is for a link that "reconcile" leaves to a person. What was paid by the link stays as it is.`;

/** Stripe, orders and mail, compared. */
export const reconciliation: Chapter = ({ program, command }) => {
  withApply(
    withActor(
      command<ReconcileOptions>(
        program,
        'reconcile',
        'Compares Stripe, orders and mail, and shows what does not agree; changes nothing without --apply',
        async () => (await import('../commands/reconcile.ts')).reconcile,
      ),
    ),
  )
    .option('--since <day>', 'compare what was paid on pages opened from this day on: 2025-09-01', dayFrom)
    .option('--last', 'show what the last daily run found and repaired')
    .option('--show-all', 'list every finding, not the first ten of a kind')
    .addHelpText('after', EXAMPLES);
  withDecision(
    command(
      program,
      'close-link <link>',
      'Shows a link at Stripe and who pays by it, and closes it, so that nobody can',
      async () => (await import('../commands/close-link.ts')).closeLink,
    ),
  ).addHelpText('after', CLOSE_EXAMPLES);
};

/** The earliest that this day begins anywhere. */
const dayFrom = (text: string): string => {
  const atMs = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00.000+14:00`) : Number.NaN;
  if (Number.isNaN(atMs)) throw new InvalidArgumentError('It is a day: 2025-09-01.');
  return new Date(atMs).toISOString();
};
