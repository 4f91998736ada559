import { withActor, withAudience } from '../blast.ts';
import { secondsFrom, withApply } from '../options.ts';
import type { Chapter } from './command-line.ts';

const BLAST_EXAMPLES = `
For example:
  npm run ops -- blast preview utah-invitational --stage prod
  npm run ops -- blast test utah-invitational --to you@club.example --stage prod
  npm run ops -- blast send <hash> --at "2026-05-01 09:00" --stage prod
  npm run ops -- blast pause <mailing> --stage prod
  npm run ops -- blast resume <mailing> --stage prod
  npm run ops -- blast cancel <mailing> --stage prod
  npm run ops -- blast settle <mailing> <order> --sent --reason "she has it" --stage prod
  npm run ops -- blast settle <mailing> <order> --send-again --reason "nothing there" --stage prod`;

const REPORT_EXAMPLES = `
For example:
  npm run ops -- blast-report bls_0f3a9c --stage prod
  npm run ops -- blast-report bls_0f3a9c --fresh-within 3600 --stage prod
  npm run --silent ops -- blast-report bls_0f3a9c --json --stage prod > report.json`;

const LIST_EXAMPLES = `
For example:
  npm run ops -- blasts --stage prod`;

/** What is mailed: shown, sent, stopped, accounted for. */
export const mailings: Chapter = ({ program, command }) => {
  const blast = program
    .command('blast')
    .description('Mailings: shows what one would do, sends what was shown, stops it and lets it go on')
    .addHelpText('after', BLAST_EXAMPLES);
  withAudience(
    command(
      blast,
      'preview <product>',
      'Shows whom a mailing would reach, for how much, who is left out, and the mail; sends nothing',
      async () => (await import('../commands/blast-preview.ts')).blastPreview,
      { isDefault: true },
    ),
  );
  withActor(
    command(
      blast,
      'send <hash>',
      'Sends exactly what a preview has shown',
      async () => (await import('../commands/blast-send.ts')).blastSend,
    ),
  )
    .option('--at <time>', 'start at this time of the club, not now: "2026-05-01 09:00"')
    .option('--accept-unusual-size', 'more than ten times the usual audience is meant');
  withAudience(
    command(
      blast,
      'test <product>',
      'Sends the mail of the preview to one address, marked as a test',
      async () => (await import('../commands/blast-test.ts')).blastTest,
    ),
  ).requiredOption('--to <address>', 'who gets it');
  withActor(
    command(
      blast,
      'pause <mailing>',
      'Stops a mailing until it is resumed',
      async () => (await import('../commands/blast-steer.ts')).blastPause,
    ),
  );
  withActor(
    command(
      blast,
      'resume <mailing>',
      'Lets a paused mailing go on',
      async () => (await import('../commands/blast-steer.ts')).blastResume,
    ),
  );
  withActor(
    command(
      blast,
      'cancel <mailing>',
      'Ends a mailing for good: whoever was not written to yet never is',
      async () => (await import('../commands/blast-steer.ts')).blastCancel,
    ),
  );
  withApply(
    withActor(
      command(
        blast,
        'settle <mailing> <order>',
        'Says of a mail that is held whether it arrived, or is to be sent again; shows the latter first',
        async () => (await import('../commands/blast-settle.ts')).blastSettle,
      ),
    ),
  )
    .option('--sent', 'it arrived: noted at once, for nobody is written to')
    .option('--send-again', 'it did not, and is sent again: with the --apply that is shown')
    .option('--address <key>', 'which of the mails about this order, if several are held')
    .requiredOption('--reason <text>', 'how you know');
  command(
    program,
    'blasts',
    'Lists the mailings, with what was counted of them last',
    async () => (await import('../commands/blasts.ts')).blasts,
  ).addHelpText('after', LIST_EXAMPLES);
  command(
    program,
    'blast-report <mailing>',
    'Accounts for every mail of a mailing: sent, delivered, held, left out, clicked, paid',
    async () => (await import('../commands/blast-report.ts')).blastReport,
  )
    .option('--fresh-within <seconds>', 'count again only what was counted longer ago than this', secondsFrom)
    .addHelpText('after', REPORT_EXAMPLES);
};
