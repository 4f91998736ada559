import * as v from 'valibot';
import { Currency, formatMoney, money } from '../../../lib/domain/money.ts';
import { mayBeAssigned, type Unmatched } from '../../../lib/domain/unmatched.ts';
import type { Page } from '../../../lib/ports.ts';
import { itemsOf } from '../../../lib/usecases/pages.ts';
import { Assigned, AssignLook, Settled, SettleLook, UnmatchedPage } from '../../money.ts';
import { type WayOut, wayLines } from '../attention.ts';
import { commandFor } from '../blast.ts';
import { momentOf } from '../columns.ts';
import type { Environment } from '../environment.ts';
import type { StageOptions } from '../options.ts';
import { blockOf, type DecideOptions, decide } from '../plan.ts';
import type { Report } from '../report.ts';
import { changeOf, standingWords } from './refund.ts';

const asking =
  ({ invoke, outputs }: Environment) =>
  (input: object): Promise<unknown> =>
    invoke(outputs.SettlePaymentFunctionName, input);

/** Payments of ours that no order could be found for. */
export const unmatchedList = async (
  environment: Environment,
  report: Report,
  options: StageOptions,
): Promise<void> => {
  const items = await unmatchedOf(environment);
  report.data({ items });
  for (const item of items) report.missing(unmatchedText(item), wayLines(waysToSettle(item), options));
  if (items.length === 0) report.ok('Every payment has its order.');
};

export const unmatchedOf = async (environment: Environment): Promise<Unmatched[]> => {
  const ask = asking(environment);
  return Array.fromAsync(
    itemsOf(
      async (after): Promise<Page<Unmatched>> =>
        v.parse(UnmatchedPage, await ask({ action: 'unmatched', ...after })),
    ),
  );
};

export const waysToSettle = ({ stripeId, reason, amount }: Unmatched): WayOut[] => [
  ...(reason === 'unknown_order' && mayBeAssigned({ amount })
    ? [{ what: "it is an order's", command: `unmatched assign ${stripeId} <order>` }]
    : []),
  { what: 'it is dealt with', command: `unmatched settle ${stripeId}` },
];

const reasons: Record<Unmatched['reason'], (item: Unmatched) => string> = {
  unknown_order: ({ orderId }) =>
    orderId === null ? 'names no order' : `names order "${orderId}", which there is not`,
  wrong_mode: () => 'is of the other mode (test or live) than this stage',
  unreadable: ({ orderId }) => `is in a currency that order ${orderId} can't be in`,
};

export const unmatchedText = (item: Unmatched): string => {
  const { stripeId, paymentId, amount, dispute, at } = item;
  return [
    dispute === null ? `The payment ${stripeId}` : `The dispute ${stripeId} about ${paymentId}`,
    ...(amount === null ? [] : [`of ${amountWords(amount)}`]),
    `${reasons[item.reason](item)}, since ${momentOf(at)}.`,
    ...(dispute?.respondBy == null ? [] : [`Answer it by ${momentOf(dispute.respondBy)}.`]),
  ].join(' ');
};

export const amountWords = ({ amountMinor, currency }: NonNullable<Unmatched['amount']>): string => {
  const known = v.safeParse(Currency, currency);
  return known.success
    ? formatMoney(money(amountMinor, known.output))
    : `${amountMinor} of the smallest unit of ${currency.toUpperCase()}`;
};

/** Says whose a payment is. */
export const unmatchedAssign = async (
  environment: Environment,
  report: Report,
  options: DecideOptions,
  stripeId: string,
  orderId: string,
): Promise<void> => {
  const ask = asking(environment);
  const input = { stripeId, orderId };
  await decide(
    {
      command: `unmatched assign ${stripeId} ${orderId}`,
      look: async (shown) =>
        v.parse(AssignLook, await ask({ action: 'look_assign', ...input, ...(shown && { shown }) })),
      show: (plan) =>
        report.plain(
          blockOf(`Order ${orderId} would get ${formatMoney(plan.amount)}`, [
            ['payment', plan.paymentId],
            ['of which went back', plan.refunds.map((sum) => formatMoney(sum)).join(', ') || 'nothing'],
            ['the order', changeOf(plan)],
            ...(plan.attention.length === 0
              ? []
              : [['left for a person', plan.attention.join(', ')] as const]),
          ]),
        ),
      question: (plan) => ({
        what: `Book ${plan.paymentId} on order ${orderId}, a payment of ${formatMoney(plan.amount)}`,
        sums: [],
      }),
      apply: async (signed) => {
        const done = v.parse(Assigned, await ask({ action: 'assign', ...input, ...signed }));
        report.data({ done });
        const text = `${stripeId} is booked. Order ${orderId}: ${standingWords(done.now)}.`;
        if (done.doneBefore) report.ok(`This was done before. ${text}`);
        else report.done(text);
        if (done.attention.length > 0) {
          report.missing(
            `It needs a person: ${done.attention.join(', ')}.`,
            commandFor('attention', options),
          );
        }
      },
    },
    options,
    report,
  );
};

/** Says that a payment without an order is dealt with. */
export const unmatchedSettle = async (
  environment: Environment,
  report: Report,
  options: DecideOptions,
  stripeId: string,
): Promise<void> => {
  const ask = asking(environment);
  await decide(
    {
      command: `unmatched settle ${stripeId}`,
      look: async (shown) =>
        v.parse(SettleLook, await ask({ action: 'look_settle', stripeId, ...(shown && { shown }) })),
      show: ({ item }) => report.plain(unmatchedText(item)),
      question: () => ({ what: `Put aside ${stripeId}, of which no order will know`, sums: [] }),
      apply: async (signed) => {
        const done = v.parse(Settled, await ask({ action: 'settle', stripeId, ...signed }));
        report.data({ done });
        if (done.doneBefore) report.ok(`${stripeId} was dealt with before.`);
        else report.done(`${stripeId} is put aside.`);
      },
    },
    options,
    report,
  );
};
