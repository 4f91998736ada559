import * as v from 'valibot';
import { ListedBlast } from '../../../lib/domain/blast-report.ts';
import { amountsWords, shareOf } from '../../mailing-words.ts';
import { commandFor } from '../blast.ts';
import { aligned, momentOf, waitsLine } from '../columns.ts';
import type { Environment } from '../environment.ts';
import type { StageOptions } from '../options.ts';
import type { Report } from '../report.ts';

/** The mailings of a stage, those that have not ended first. Counts nothing: that is "blast-report". */
export const blasts = async (
  environment: Environment,
  report: Report,
  options: StageOptions,
): Promise<void> => {
  const { ReportBlastFunctionName } = environment.outputs;
  const mailings = v.parse(
    v.array(ListedBlast),
    await environment.invoke(ReportBlastFunctionName, { action: 'list' }),
  );
  report.data({ mailings });
  if (mailings.length === 0) {
    report.ok('There has been no mailing yet.');
    return;
  }
  const heads = ['MAILING', 'PRODUCT', 'WHAT', 'STARTS', 'STATE', 'SENT', 'HELD', 'PAID', 'COLLECTED'];
  report.plain(aligned([heads, ...mailings.map(rowOf)], { right: [5, 6, 7, 8] }));
  for (const { blast, waits } of mailings) {
    if (waits !== null) report.advice(`${blast.blastId} waits: ${waitsLine(waits)}`);
  }
  report.plain(
    `Those that have ended are the latest 50 at most. Figures are those of the last count. To count: ${commandFor('blast-report <mailing>', options)}`,
  );
};

const rowOf = ({ blast, funnel }: ListedBlast): string[] => [
  blast.blastId,
  blast.productId,
  blast.purpose,
  momentOf(blast.startsAt),
  blast.state,
  ...(funnel === null
    ? ['–', '–', '–', '–']
    : [
        `${funnel.sent} of ${funnel.audience}`,
        String(funnel.held),
        shareOf(funnel.orders.paid, funnel.orders.mailed),
        amountsWords(funnel.collected),
      ]),
];
