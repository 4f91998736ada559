import { InvalidArgumentError, Option } from 'commander';
import { withActor } from '../blast.ts';
import type { ExportOptions } from '../commands/export.ts';
import type { ImportOptions } from '../commands/import-file.ts';
import type { PaymentsOptions } from '../commands/payments.ts';
import { withApply, withPlace } from '../options.ts';
import { withDecision } from '../plan.ts';
import { carryOut, carryOutHere } from './carry-out.ts';
import type { Chapter } from './command-line.ts';

const IMPORT_EXAMPLES = `
A file is CSV as Excel, Google Sheets and Numbers write it, or JSON. First it is shown what it would do; the hash that is
shown then does exactly that. The sequence is: products, families, players, contracts, orders.

For example:
  npm run ops -- import template orders
  npm run ops -- import orders.csv --stage prod
  npm run ops -- import orders.csv --apply <hash> --stage prod
  npm run ops -- import orders.csv --kind orders --dates dmy --decimal comma --stage prod`;

const EXPORT_EXAMPLES = `
For example:
  npm run ops -- export orders --product utah-invitational --out utah.csv --stage prod
  npm run ops -- export families --out families.csv --delimiter ";" --stage prod
  npm run ops -- export orders --out orders.json --stage prod`;

const FORGET_EXAMPLES = `
A family that wishes it is forgotten once nothing is owed and no money is on its way. First it is shown what goes, what
stays and what is for you to remove at Stripe.

For example:
  npm run ops -- forget fam_118 --stage prod
  npm run ops -- forget fam_118 --apply <hash> --reason "they asked for it" --by Kim --stage prod`;

const PAYMENTS_EXAMPLES = `
For example:
  npm run ops -- payments --from 2026-05-01 --stage prod
  npm run ops -- payments --from 2026-05-01 --to 2026-05-31 --by product --stage prod
  npm run ops -- payments --from 2026-01-01 --to 2026-12-31 --by family --out 2026.csv --stage prod`;

/** What a club brings along, and what it takes home. */
export const records: Chapter = ({ program, command, exit }) => {
  const bring = withApply(
    withActor(
      withPlace(
        program
          .command('import')
          .description('Brings in orders, families, players, contracts or products from a file')
          .argument('<file>', 'a CSV or JSON file; or the word "template"')
          .argument('[kind]', 'after "template": which one to show'),
      ),
    ),
  )
    .option('--kind <kind>', 'what the file is about, if its columns do not tell')
    .option('--currency <code>', 'of amounts whose line names none', 'usd')
    .addOption(new Option('--decimal <mark>', 'what stands before the cents').choices(['point', 'comma']))
    .addOption(new Option('--dates <sequence>', 'of days such as 5/6/2026').choices(['mdy', 'dmy']))
    .option('--ignore <columns>', 'columns of your own that mean nothing here: notes,color', names)
    .addHelpText('after', IMPORT_EXAMPLES);
  bring.action(async () => {
    const [file = '', kind] = bring.args;
    const options = bring.opts<ImportOptions>();
    const { checkFile, importFile, showTemplate } = await import('../commands/import-file.ts');
    exit(
      file === 'template'
        ? await carryOutHere('import template', options, async (report) => showTemplate(kind ?? '', report))
        : await carryOut(
            'import',
            options,
            (environment, report) => importFile(environment, report, options, file),
            (report) => checkFile(file, options, report),
          ),
    );
  });

  command<ExportOptions>(
    program,
    'export <kind>',
    'Writes products, families, players, contracts or orders into a file that an import reads',
    async () => (await import('../commands/export.ts')).exportRows,
  )
    .requiredOption('--out <file>', 'where to: a new file, .csv or .json')
    .option('--product <product>', 'only the orders of this product')
    .option(
      '--delimiter <character>',
      'between cells: , or ; (as Excel wants it in your country)',
      delimiter,
      ',',
    )
    .addOption(decimalMark())
    .addHelpText('after', EXPORT_EXAMPLES);

  withDecision(
    command(
      program,
      'forget <family>',
      'Leaves nothing here that tells who a family is; what it owed and paid stays under ids',
      async () => (await import('../commands/forget.ts')).forget,
    ),
  ).addHelpText('after', FORGET_EXAMPLES);

  command<PaymentsOptions>(
    program,
    'payments',
    'What came in and what was given back, by family, product or month: for the treasurer',
    async () => (await import('../commands/payments.ts')).payments,
  )
    .requiredOption('--from <day>', 'the first day: 2026-05-01')
    .option('--to <day>', 'the last day (otherwise today, on the clocks of the club)')
    .addOption(
      new Option('--by <what>', 'a line for each').choices(['family', 'product', 'month']).default('month'),
    )
    .option('--product <product>', 'only this product')
    .option('--out <file>', 'into a new CSV file as well')
    .option('--delimiter <character>', 'between cells of that file', delimiter, ',')
    .addOption(decimalMark())
    .addHelpText('after', PAYMENTS_EXAMPLES);
};

const decimalMark = (): Option =>
  new Option('--decimal <mark>', 'what stands before the cents').choices(['point', 'comma']).default('point');

const names = (text: string): string[] => text.split(',').map((name) => name.trim());

const delimiter = (text: string): string => {
  if (/^[,;\t]$/.test(text)) return text;
  throw new InvalidArgumentError('It is a comma, a semicolon (in quotes: ";") or a tab.');
};
