import * as v from 'valibot';
import { BlastReport, type NamedDelivery } from '../../../lib/domain/blast-report.ts';
import {
  amountsWords,
  andMore,
  failedWords,
  failureWords,
  leftOutWords,
  missingWords,
  shareOf,
} from '../../mailing-words.ts';
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
  const { blast, waits, funnel, account, held, failures, atRisk, days, parts } = counted;
  report.plain(`${blast.productId}, ${blast.purpose}: ${blast.state} (${blast.blastId})`);
  report.plain(`\n${tableOf(counted)}\n`);
  if (days.length > 0) report.plain(`${daysOf(counted)}\n`);
  const [oldest] = parts.map(({ countedAt }) => countedAt).sort();
  if (oldest !== undefined) report.plain(`Counted at ${momentOf(oldest)}.`);
  if (account.counted !== null) {
    report.plain(
      `Before it left ${account.counted} mails were counted, those to be left out too; the ledger has ${account.ledger}.`,
    );
  }
  const missing = missingWords(account);
  if (missing !== null) report.missing(missing);
  if (waits !== null) report.advice(`It waits: ${waitsLine(waits)}`);
  if (atRisk.orders > 0) {
    report.advice(
      `Money at risk: ${amountsWords(atRisk.amounts)} on ${atRisk.orders} orders none of whose addresses was reached.`,
      `Ask these families for another address: ${atRisk.orderIds.join(', ')}${andMore(atRisk.orderIds.length, atRisk.orders)}`,
    );
  }
  if (failures.length > 0) {
    const of = funnel.failed + funnel.bounced;
    report.advice(
      `${of} mails failed or came back:\n${listed(failures, failureWords)}${andMore(failures.length, of)}`,
      'Where the address is wrong, ask the family of the order for another, and enter it in the roster.',
    );
  }
  if (held.length > 0) {
    const why = ({ addressKey, since }: NamedDelivery) => `${addressKey}  since ${momentOf(since)}`;
    report.advice(
      `${funnel.held} mails are held: nobody knows whether they left.\n${listed(held, why)}${andMore(held.length, funnel.held)}`,
      `Ask the family, then: ${commandFor(`blast settle ${blastId} <order>`, options)} --sent (or --send-again) --reason "…"`,
    );
  }
};

const listed = (rows: readonly NamedDelivery[], about: (row: NamedDelivery) => string): string =>
  aligned(rows.map((row) => [`  ${row.orderId}`, row.address || '(no address)', about(row)]));

const tableOf = ({ blast, funnel, skipped, failed }: BlastReport): string => {
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
    [blast.state === 'canceled' ? '  not begun, and will not come' : '  not begun', funnel.notBegun],
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
