import * as v from 'valibot';
import { BlastReport } from '../../../lib/domain/blast-report.ts';
import { leftOutWords } from '../../mailing.ts';
import { amountsWords, failedWords, shareOf } from '../../mailing-words.ts';
import { commandFor } from '../blast.ts';
import { aligned, momentOf, waitsLine } from '../columns.ts';
import type { Environment } from '../environment.ts';
import type { StageOptions } from '../options.ts';
import type { Report } from '../report.ts';

export type ReportOptions = { freshWithin?: number };

/** What became of a mailing: every address accounted for, who clicked and paid, and what needs a person. */
export const blastReport = async (
  environment: Environment,
  report: Report,
  options: StageOptions & ReportOptions,
  blastId: string,
): Promise<void> => {
  const { freshWithin: freshWithinSeconds } = options;
  const counted = v.parse(
    BlastReport,
    await environment.invoke(environment.outputs.ReportBlastFunctionName, {
      blastId,
      ...(freshWithinSeconds !== undefined && { freshWithinSeconds }),
    }),
  );
  report.data({ report: counted });
  const { blast, waits, held, atRisk, days, parts } = counted;
  report.plain(`${blast.productId}, ${blast.purpose}: ${blast.state} (${blast.blastId})`);
  report.plain(`\n${tableOf(counted)}\n`);
  if (days.length > 0) report.plain(`${daysOf(counted)}\n`);
  const [oldest] = parts.map(({ countedAt }) => countedAt).sort();
  if (oldest !== undefined) report.plain(`Counted at ${momentOf(oldest)}.`);
  if (waits !== null) report.advice(`It waits: ${waitsLine(waits)}`);
  if (atRisk.orders > 0) {
    report.advice(
      `Money at risk: ${amountsWords(atRisk.amounts)} on ${atRisk.orders} orders none of whose addresses was reached.`,
      `Ask these families for another address: ${named(atRisk.orderIds, atRisk.orders)}`,
    );
  }
  if (held.length > 0) {
    report.advice(
      `${counted.funnel.held} mails are held: nobody knows whether they left.\n${heldOf(counted)}`,
      `Ask the family, then: ${commandFor(`blast settle ${blastId} <order>`, options)} --sent (or --send-again) --reason "…"`,
    );
  }
};

const named = (ids: readonly string[], of: number): string =>
  `${ids.join(', ')}${of > ids.length ? `, and ${of - ids.length} more` : ''}`;

const tableOf = ({ funnel, skipped, failed }: BlastReport): string => {
  const { audience, orders } = funnel;
  const reasons = (counts: Readonly<Record<string, number>>, words: Readonly<Record<string, string>>) =>
    Object.entries(counts).map(([reason, count]): [string, number] => [
      `    ${words[reason] === undefined ? reason : `${words[reason]} (${reason})`}`,
      count,
    ]);
  const mails = [
    ['audience', audience],
    ['  sent', funnel.sent],
    ['    delivered', funnel.delivered],
    ['    bounced', funnel.bounced],
    ['    complained about', funnel.complained],
    ['  skipped', funnel.skipped],
    ...reasons(skipped, leftOutWords),
    ['  failed', funnel.failed],
    ...reasons(failed, failedWords),
    ['  held', funnel.held],
    ['  waiting', funnel.waiting],
    ['  not begun', funnel.notBegun],
  ] as const;
  const ofOrders = [
    ['  with a mail', orders.mailed],
    ['    clicked', orders.clicked],
    ['    only a program followed the link', orders.scannedOnly],
    ['    paid', orders.paid],
  ] as const;
  return aligned(
    [
      ['MAILS', '', ''],
      ...mails.map(([name, count]) => [name, String(count), shareOf(count, audience)]),
      ['', '', ''],
      ['ORDERS', String(orders.all), ''],
      ...ofOrders.map(([name, count]) => [name, String(count), shareOf(count, orders.mailed)]),
      ['  collected', amountsWords(funnel.collected), ''],
    ],
    { right: [1, 2] },
  );
};

const daysOf = ({ days }: BlastReport): string =>
  aligned(
    [
      ['DAY', 'SENT', 'CLICKED', 'PAID', 'COLLECTED'],
      ...days.map(({ day, sent, clicked, paid, collected }) => [
        day,
        ...[sent, clicked, paid].map(String),
        amountsWords(collected),
      ]),
    ],
    { right: [1, 2, 3, 4] },
  );

const heldOf = ({ held }: BlastReport): string =>
  aligned(
    held.map(({ orderId, addressKey, since, reason }) => [
      `  ${orderId}`,
      addressKey,
      `since ${momentOf(since)}`,
      reason ?? '',
    ]),
  );
