import { withActor } from '../blast.ts';
import { withApply } from '../options.ts';
import type { Chapter } from './command-line.ts';

const RECOVER_EXAMPLES = `
For example:
  npm run ops -- recover utah-invitational --stage prod
  npm run ops -- recover utah-invitational --apply <hash> --stage prod
  npm run ops -- recover --all --no-mail --stage prod
  npm run ops -- recover --all --json --stage prod > plan.json`;

const REGENERATE_EXAMPLES = `
For example:
  npm run ops -- regenerate ord_01j9 --mail --stage prod
  npm run ops -- regenerate ord_01j9 --apply <hash> --stage prod`;

/** Families who were mailed a link that is dead. */
export const recovery: Chapter = ({ program, command }) => {
  withActor(
    withApply(
      command(
        program,
        'recover [product]',
        'Finds who was mailed a link that is dead, shows what would be done, and does what was shown',
        async () => (await import('../commands/recover.ts')).recover,
      ),
    ),
  )
    .option('--all', 'the orders of all products')
    .option('--no-mail', 'new links only: nobody is written to')
    .option('--show-all', 'every order in the tables, however many')
    .option('--objects-are-gone', 'Stripe knows none of what the older system made, and that is right')
    .addHelpText('after', RECOVER_EXAMPLES);
  withActor(
    withApply(
      command(
        program,
        'regenerate <order>',
        'Replaces the link of one order, whatever is wrong with it: shows first, and does what was shown',
        async () => (await import('../commands/regenerate.ts')).regenerate,
      ),
    ),
  )
    .option('--mail', 'write to its family, too')
    .addHelpText('after', REGENERATE_EXAMPLES);
};
