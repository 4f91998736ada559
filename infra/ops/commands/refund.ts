import * as v from 'valibot';
import { formatMoney, money } from '../../../lib/domain/money.ts';
import { RefundDone, RefundLook, type RefundPlan, type Standing } from '../../money.ts';
import { statusWords } from '../../order-words.ts';
import { commandFor } from '../blast.ts';
import type { Environment } from '../environment.ts';
import { blockOf, type DecideOptions, decide } from '../plan.ts';
import type { Report } from '../report.ts';

export type RefundOptions = DecideOptions & { payment?: string; amount?: string };

/** Gives back a payment, or a part of it. */
export const refund = async (
  environment: Environment,
  report: Report,
  options: RefundOptions,
  orderId: string,
): Promise<void> => {
  const { payment, amount } = options;
  const input = {
    orderId,
    ...(payment !== undefined && { paymentId: payment }),
    ...(amount !== undefined && { amount }),
  };
  const ask = (question: object): Promise<unknown> =>
    environment.invoke(environment.outputs.SettlePaymentFunctionName, question);
  await decide(
    {
      command: [
        `refund ${orderId}`,
        ...(payment === undefined ? [] : [`--payment ${payment}`]),
        ...(amount === undefined ? [] : [`--amount ${amount}`]),
      ].join(' '),
      look: async (shown) =>
        v.parse(RefundLook, await ask({ action: 'look_refund', ...input, ...(shown && { shown }) })),
      show: (plan) => report.plain(tableOf(orderId, plan)),
      question: (plan) => ({
        what: `Give back ${formatMoney(plan.amount)} to whoever paid ${plan.paymentId} of order ${orderId}`,
        sums: [],
      }),
      apply: async (signed) => {
        const done = v.parse(RefundDone, await ask({ action: 'refund', ...input, ...signed }));
        report.data({ done });
        tell(done, options, report);
      },
    },
    options,
    report,
  );
};

const tableOf = (orderId: string, plan: v.InferOutput<typeof RefundPlan>): string => {
  const stays = money(plan.left.amountMinor - plan.amount.amountMinor, plan.amount.currency);
  return blockOf(`Order ${orderId}: ${formatMoney(plan.amount)} would be given back`, [
    ['payment', plan.paymentId],
    ['received', formatMoney(plan.received)],
    ['given back before', formatMoney(plan.givenBack)],
    ['left of it', formatMoney(stays)],
    ['the order', changeOf(plan)],
  ]);
};

/** `needs a look (received $110.00 of $55.00) → paid (received $55.00 of $55.00)` */
export const changeOf = ({ before, after }: { before: Standing; after: Standing }): string =>
  `${standingWords(before)} → ${standingWords(after)}`;

export const standingWords = ({ status, due, net }: Standing): string =>
  `${statusWords[status]} (received ${formatMoney(net)} of ${formatMoney(due)})`;

const tell = (done: v.InferOutput<typeof RefundDone>, options: RefundOptions, report: Report): void => {
  const { orderId, amount, paymentId, refund: made, doneBefore, now } = done;
  const sum = formatMoney(amount);
  if (made === null) {
    report.unfinished(
      `It is decided that ${sum} of ${paymentId} is given back. Stripe has not confirmed it yet: it is tried again by itself within minutes.`,
      'Give the same command again to see what came of it.',
    );
    return;
  }
  if (made.state === 'failed' || made.state === 'canceled') {
    report.missing(
      made.why === undefined
        ? `The refund ${made.id} of ${sum} has failed: the money is back with the club.`
        : `Stripe refused to give back ${sum} of ${paymentId} (${made.why}).`,
      `${made.why === '403' || made.why === '401' ? `Is the Stripe key allowed to refund? ${commandFor('check stripe', options)}\n  → ` : ''}${commandFor('attention', options)}`,
    );
    return;
  }
  const how = made.state === 'succeeded' ? 'is given back' : 'is on its way back';
  const text = `${sum} of ${paymentId} ${how} (${made.id}). Order ${orderId}: ${standingWords(now)}.`;
  if (doneBefore) report.ok(`This was done before. ${text}`);
  else report.done(text);
};
