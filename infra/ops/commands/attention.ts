import * as v from 'valibot';
import { formatMoney } from '../../../lib/domain/money.ts';
import { findingKinds } from '../../../lib/domain/reconciliation.ts';
import type { Unmatched } from '../../../lib/domain/unmatched.ts';
import type { Page } from '../../../lib/ports.ts';
import { itemsOf } from '../../../lib/usecases/pages.ts';
import { findingWords } from '../../finding-words.ts';
import { AttentionPage, type AttentionRow } from '../../money.ts';
import { attentionMeans, attentionWords } from '../../order-words.ts';
import { meaningOf, Waiting, type WaitingItem } from '../../waiting.ts';
import { wayLines, waysOut, waysOutOf } from '../attention.ts';
import { commandFor } from '../blast.ts';
import { momentOf } from '../columns.ts';
import type { Environment } from '../environment.ts';
import type { StageOptions } from '../options.ts';
import type { Report } from '../report.ts';
import { nameOf, showStranded } from './reconcile.ts';
import { unmatchedOf, unmatchedText, waysToSettle } from './unmatched.ts';

export type AttentionOptions = StageOptions & { product?: string; showAll?: true };

/** Everything that waits for a person, whatever presses most first, each with the commands that end it. */
export const attention = async (
  environment: Environment,
  report: Report,
  options: AttentionOptions,
): Promise<void> => {
  const { product } = options;
  const only = product === undefined ? {} : { productId: product };
  const [rows, unmatched, waiting] = await Promise.all([
    itemsOfOrders(environment, only),
    // Of what product they are, nobody knows.
    product === undefined ? unmatchedOf(environment) : [],
    waitingBeside(environment, only),
  ]);
  const { items: beside, more, compared } = waiting;
  report.data({
    items: rows.map((row) => ({ ...row, means: attentionMeans[row.reason], ways: waysOut(row) })),
    unmatched: unmatched.map((item) => ({
      ...item,
      means: findingWords.unmatched.means,
      ways: waysToSettle(item),
    })),
    waiting: beside.map((item) => ({ ...item, means: meaningOf(item), ways: waysOutOf(item) })),
    more,
    compared,
  });
  for (const row of rows) report.missing(textOf(row), wayLines(waysOut(row), options));
  showUnmatched(report, unmatched, options);
  showBeside(report, beside, options);
  if (more) report.missing('There is more of the same. Settle these first, and give the command again.');
  if (product === undefined) showCompared(report, waiting, options);
  if (!report.steps.some(({ state }) => state === 'missing')) report.ok('Nothing needs a person.');
};

const itemsOfOrders = async (
  { invoke, outputs }: Environment,
  only: { productId?: string },
): Promise<AttentionRow[]> => {
  const rows = await Array.fromAsync(
    itemsOf(
      async (after): Promise<Page<AttentionRow>> =>
        v.parse(
          AttentionPage,
          await invoke(outputs.SettlePaymentFunctionName, { action: 'attention', ...only, ...after }),
        ),
    ),
  );
  return rows.sort((a, b) => (urgencyOf(a) < urgencyOf(b) ? -1 : 1));
};

const waitingBeside = async (
  { invoke, outputs }: Environment,
  only: { productId?: string },
): Promise<Waiting> =>
  v.parse(Waiting, await invoke(outputs.ReconcileFunctionName, { action: 'for_persons', ...only }));

/** What has a deadline comes before what has none. */
const urgencyOf = ({ deadline, since, orderId, name }: AttentionRow): string =>
  [deadline === null ? `2 ${since}` : `1 ${deadline}`, orderId, name].join(' ');

const textOf = (row: AttentionRow): string => {
  const { orderId, productId, reason, about, amount, since, deadline, refundUnderWay, due, net } = row;
  const money = reason === 'wrong_amount' ? `, received ${formatMoney(net)} of ${formatMoney(due)}` : '';
  return [
    `Order ${orderId} (${productId}): ${attentionWords[reason]}`,
    attentionMeans[reason],
    `${amount === null ? '' : `${formatMoney(amount)}, `}${about}${money}, since ${momentOf(since)}.`,
    ...(deadline === null ? [] : [`Decide by ${momentOf(deadline)}.`]),
    ...(refundUnderWay ? ['A refund is on its way.'] : []),
  ].join(' ');
};

const showUnmatched = (report: Report, items: readonly Unmatched[], options: AttentionOptions): void => {
  if (items.length === 0) return;
  const payments = items.length === 1 ? 'A payment' : `${items.length} payments`;
  report.missing(`${payments} came in that no order could be found for: ${findingWords.unmatched.means}.`);
  for (const item of shown(items, options)) {
    report.missing(unmatchedText(item), wayLines(waysToSettle(item), options));
  }
  showRest(report, items, options);
};

const showBeside = (report: Report, items: readonly WaitingItem[], options: AttentionOptions): void => {
  for (const kind of findingKinds) {
    const some = items.filter((each) => each.kind === kind);
    const [first] = some;
    if (first === undefined) continue;
    report.missing(`${findingWords[kind].title(some.length)}: ${meaningOf(first)}.`);
    for (const item of shown(some, options)) {
      const { foundAt, checked, failed } = item;
      const when = checked
        ? `since ${momentOf(foundAt)}`
        : `as of ${momentOf(foundAt)}, and not looked at again`;
      const why = failed === null ? '' : ` ${failed}`;
      report.missing(`${nameOf(item)}, ${when}.${why}`, wayLines(waysOutOf(item), options));
    }
    showRest(report, some, options);
  }
};

const SHOWN = 10;
const shown = <T>(items: readonly T[], { showAll, json }: AttentionOptions): readonly T[] =>
  showAll || json ? items : items.slice(0, SHOWN);

const showRest = (report: Report, items: readonly unknown[], options: AttentionOptions): void => {
  const rest = items.length - shown(items, options).length;
  if (rest > 0) report.plain(`  and ${rest} more: --show-all`);
};

/** What nobody knows but the last reconciliation. */
const showCompared = (report: Report, { compared }: Waiting, options: AttentionOptions): void => {
  if (compared === null) {
    report.advice('Stripe and the orders have not been compared yet.', commandFor('reconcile', options));
    return;
  }
  const asOf = `As of ${momentOf(compared.at)}: `;
  for (const problem of compared.problems) report.missing(`${asOf}${problem}`);
  showStranded(report, compared, options, asOf);
  report.plain(`Stripe and the orders were compared last at ${momentOf(compared.at)}.`);
};
