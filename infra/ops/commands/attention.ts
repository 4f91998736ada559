import * as v from 'valibot';
import { formatMoney } from '../../../lib/domain/money.ts';
import type { Page } from '../../../lib/ports.ts';
import { itemsOf } from '../../../lib/usecases/pages.ts';
import { AttentionPage, type AttentionRow, UnmatchedPage } from '../../money.ts';
import { attentionWords } from '../../order-words.ts';
import { waysOut } from '../attention.ts';
import { commandFor } from '../blast.ts';
import { momentOf } from '../columns.ts';
import type { Environment } from '../environment.ts';
import type { StageOptions } from '../options.ts';
import type { Report } from '../report.ts';

/** What needs a person, whatever presses most first, each with the commands that end it. */
export const attention = async (
  environment: Environment,
  report: Report,
  options: StageOptions & { product?: string },
): Promise<void> => {
  const { product } = options;
  const ask = (input: object): Promise<unknown> =>
    environment.invoke(environment.outputs.SettlePaymentFunctionName, input);
  const only = product === undefined ? {} : { productId: product };
  const rows = await Array.fromAsync(
    itemsOf(
      async (after): Promise<Page<AttentionRow>> =>
        v.parse(AttentionPage, await ask({ action: 'attention', ...only, ...after })),
    ),
  );
  rows.sort((a, b) => (urgencyOf(a) < urgencyOf(b) ? -1 : 1));
  const unmatched =
    product === undefined ? v.parse(UnmatchedPage, await ask({ action: 'unmatched' })).items.length : 0;
  report.data({ items: rows.map((row) => ({ ...row, ways: waysOut(row) })), unmatched });
  for (const row of rows) report.missing(textOf(row), waysOf(row, options));
  if (unmatched > 0) {
    report.missing(
      `${unmatched === 1 ? 'A payment' : `${unmatched} payments`} came in that no order could be found for.`,
      commandFor('unmatched list', options),
    );
  }
  if (rows.length + unmatched === 0) report.ok('Nothing needs a person.');
};

/** What has a deadline comes before what has none. */
const urgencyOf = ({ deadline, since, orderId, name }: AttentionRow): string =>
  [deadline === null ? `2 ${since}` : `1 ${deadline}`, orderId, name].join(' ');

const textOf = (row: AttentionRow): string => {
  const { orderId, productId, reason, about, amount, since, deadline, refundUnderWay, due, net } = row;
  const money = reason === 'wrong_amount' ? `, received ${formatMoney(net)} of ${formatMoney(due)}` : '';
  return [
    `Order ${orderId} (${productId}): ${attentionWords[reason]}`,
    `${amount === null ? '' : `${formatMoney(amount)}, `}${about}${money}, since ${momentOf(since)}.`,
    ...(deadline === null ? [] : [`Decide by ${momentOf(deadline)}.`]),
    ...(refundUnderWay ? ['A refund is on its way.'] : []),
  ].join(' ');
};

const waysOf = (row: AttentionRow, options: StageOptions): string =>
  waysOut(row)
    .map(({ what, command }) => (command === undefined ? what : `${what}: ${commandFor(command, options)}`))
    .join('\n  → ');
