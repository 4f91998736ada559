import type { Chapter } from './command-line.ts';

const STATUS_EXAMPLES = `
For example:
  npm run ops -- status ord_01jt5w7f8k3m2n4p6q9r0s1t2v --stage prod
  npm run --silent ops -- status 81 --json --stage prod`;

const STATEMENT_EXAMPLES = `
For example:
  npm run ops -- statement fam_118 --stage prod`;

const UNPAID_EXAMPLES = `
For example:
  npm run ops -- unpaid utah-invitational --stage prod
  npm run --silent ops -- unpaid u12-fees --json --stage prod > unpaid.json`;

/** What there is to know of an order, a family, a product. Nothing here changes anything. */
export const lookup: Chapter = ({ program, command }) => {
  command(
    program,
    'status <order>',
    "Tells one order's story in order of time: made, mailed, clicked, paid, given back",
    async () => (await import('../commands/status.ts')).status,
  ).addHelpText('after', STATUS_EXAMPLES);
  command(
    program,
    'statement <family>',
    'Shows what a family owes, paid and was given back, over all its children',
    async () => (await import('../commands/statement.ts')).statement,
  ).addHelpText('after', STATEMENT_EXAMPLES);
  command(
    program,
    'unpaid <product>',
    'Lists the orders of a product that are not paid, with the names to call by',
    async () => (await import('../commands/unpaid.ts')).unpaid,
  ).addHelpText('after', UNPAID_EXAMPLES);
};
