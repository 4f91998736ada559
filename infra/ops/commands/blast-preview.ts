import * as v from 'valibot';
import { formatMoney } from '../../../lib/domain/money.ts';
import { SeenPreview } from '../../mailing.ts';
import { leftOutWords } from '../../mailing-words.ts';
import { type AudienceOptions, audienceFrom, commandFor } from '../blast.ts';
import type { Environment } from '../environment.ts';
import type { StageOptions } from '../options.ts';
import type { Report } from '../report.ts';

/** Whom a mailing would reach and what it would say; sends nothing. */
export const blastPreview = async (
  environment: Environment,
  report: Report,
  options: StageOptions & AudienceOptions,
  productId: string,
): Promise<void> => {
  const preview = v.parse(
    SeenPreview,
    await environment.invoke(environment.outputs.PlanBlastFunctionName, {
      action: 'preview',
      ...audienceFrom(productId, options),
    }),
  );
  report.data({ preview });
  report.plain(tableOf(preview));
  if (preview.sample !== null) report.plain(sampleOf(preview.sample));
  for (const warning of preview.warnings) report.advice(warning);
  report.ok('This is a preview: nothing was sent.');
  if (preview.deliveries > 0) {
    report.plain(
      `To send exactly this, within a day:\n  ${commandFor(`blast send ${preview.hash}`, options)}`,
    );
  }
};

const tableOf = (preview: SeenPreview): string => {
  const { filter, amount, usual } = preview;
  const leftOut = Object.entries(preview.leftOut).sort(([, a], [, b]) => b - a);
  const rows: [string, string][] = [
    ['mails', String(preview.deliveries)],
    ['orders', String(preview.orders)],
    ['families', String(preview.families)],
    ['they owe', amount === null ? '–' : formatMoney(amount)],
    ['usual audience', usual === null ? 'this is the first mailing' : `${usual} mails`],
    ...(filter.period === null ? [] : [['only of the period', filter.period] as [string, string]]),
    ...(filter.onlyNeverMailed ? [['only those never mailed', 'yes'] as [string, string]] : []),
    ...leftOut.map(([reason, count]): [string, string] => [
      'left out',
      `${count} ${leftOutWords[reason] ?? ''} (${reason})`,
    ]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [preview.productName, ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join(
    '\n',
  );
};

const sampleOf = ({ to, subject, text }: NonNullable<SeenPreview['sample']>): string =>
  ['The first mail, as it would leave:', `To: ${to}`, `Subject: ${subject}`, '', text.trim()]
    .join('\n')
    .replaceAll('\n', '\n  | ');
