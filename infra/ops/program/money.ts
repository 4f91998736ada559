import { type Command, InvalidArgumentError } from 'commander';
import type { AttentionOptions } from '../commands/attention.ts';
import type { StageOptions } from '../options.ts';
import { withDecision } from '../plan.ts';
import type { Chapter, Run } from './command-line.ts';

const examples = (...commands: string[]): string =>
  `\nFor example:\n${commands.map((command) => `  npm run ops -- ${command} --stage prod`).join('\n')}`;

/** What only a person decides: money that goes back, and what becomes of an order. Shown first, done with --apply. */
export const money: Chapter = ({ program, command }) => {
  command<AttentionOptions>(
    program,
    'attention',
    'Lists everything that waits for a person, what presses most first, each with the command that ends it',
    async () => (await import('../commands/attention.ts')).attention,
  )
    .option('--product <id>', 'only orders and mailings of this product')
    .option('--show-all', 'list every one, not the first ten of a kind')
    .addHelpText(
      'after',
      `${examples('attention', 'attention --product utah-invitational')}

Orders, payments without an order, mails that are held and mailings that stand still are read as they are now. What
the last reconciliation has left to a person is looked at once more; what only it can know is told as of then.`,
    );

  withDecision(
    command(
      program,
      'refund <order>',
      'Gives back what is too much of an order, or a payment, or a part of it',
      async () => (await import('../commands/refund.ts')).refund,
    ),
  )
    .option('--payment <id>', 'which payment (pi_…), if there are several')
    .option('--amount <sum>', 'only a part of it: 15.00', sum)
    .addHelpText('after', examples('refund 81', 'refund 81 --payment pi_3Q --amount 15.00'));

  const decided = <O>(
    name: string,
    description: string,
    which: (all: typeof import('../commands/decide.ts')) => Run<StageOptions & O>,
  ): Command =>
    withDecision(
      command<O>(program, name, description, async () => which(await import('../commands/decide.ts'))),
    );
  decided<{ amount?: string; rest?: boolean }>(
    'amend <order>',
    'Changes what is owed; the old payment page is closed',
    (all) => all.amend,
  )
    .option('--amount <sum>', 'the new amount: 40.00', sum)
    .option('--rest', 'of an order paid in part: what was received is enough, the rest becomes an order')
    .addHelpText('after', examples('amend 81 --amount 40.00', 'amend 81 --rest'));
  decided('cancel <order>', 'Ends a debt that should not be', (all) => all.cancel).addHelpText(
    'after',
    examples('cancel 81'),
  );
  decided('waive <order>', 'Lets a family off what it owes', (all) => all.waive).addHelpText(
    'after',
    examples('waive 81'),
  );
  decided(
    'reopen <order>',
    'Lets an order be owed again that was canceled, waived or refunded',
    (all) => all.reopen,
  ).addHelpText('after', examples('reopen 81'));
  decided(
    'settle <order> <item>',
    'Puts aside what "attention" lists, once it is dealt with',
    (all) => all.settle,
  ).addHelpText('after', examples('settle 81 dispute:du_1Q'));

  const unmatched = program
    .command('unmatched')
    .description('Payments that no order could be found for')
    .addHelpText('after', examples('unmatched list', 'unmatched assign pi_3Q 81', 'unmatched settle pi_3Q'));
  const unmatchedOf = <O>(
    name: string,
    description: string,
    which: (all: typeof import('../commands/unmatched.ts')) => Run<StageOptions & O>,
  ): Command =>
    command<O>(unmatched, name, description, async () => which(await import('../commands/unmatched.ts')));
  unmatchedOf('list', 'Lists them', (all) => all.unmatchedList);
  withDecision(
    unmatchedOf(
      'assign <item> <order>',
      "Books one on an order: it is this family's",
      (all) => all.unmatchedAssign,
    ),
  );
  withDecision(
    unmatchedOf('settle <item>', 'Puts one aside that is dealt with', (all) => all.unmatchedSettle),
  );
};

/** Kept as it was typed: the currency is the order's. */
const sum = (text: string): string => {
  if (/^\d{1,9}(\.\d{1,2})?$/.test(text)) return text;
  throw new InvalidArgumentError('It is a number in the currency of the order, such as 40.00.');
};
