import * as v from 'valibot';
import { formatMoney, type Money } from '../../../lib/domain/money.ts';
import { DecisionDone, DecisionLook, type DecisionPlan } from '../../money.ts';
import { commandFor } from '../blast.ts';
import type { Environment } from '../environment.ts';
import { blockOf, type DecideOptions, decide } from '../plan.ts';
import { UsageProblem } from '../problem.ts';
import type { Report } from '../report.ts';
import { changeOf, standingWords } from './refund.ts';

type Wanted = { decision: DecisionPlan['decision']; amount?: string; rest?: boolean; item?: string };
export type AmendOptions = DecideOptions & { amount?: string; rest?: boolean };

/** Changes what is owed. */
export const amend = async (
  environment: Environment,
  report: Report,
  options: AmendOptions,
  orderId: string,
): Promise<void> => {
  const { amount, rest = false } = options;
  if ((amount === undefined) !== rest) {
    throw new UsageProblem(
      'What is owed from now on?',
      'Give --amount 40.00; or --rest, to make an order of its own over what is missing: one of the two.',
    );
  }
  const wanted = amount === undefined ? { rest } : { amount };
  const typed = amount === undefined ? '--rest' : `--amount ${amount}`;
  await decideOn(`amend ${orderId} ${typed}`, { decision: 'amend', ...wanted }, orderId, {
    environment,
    report,
    options,
  });
};

const plain =
  (decision: 'cancel' | 'waive' | 'reopen') =>
  (environment: Environment, report: Report, options: DecideOptions, orderId: string): Promise<void> =>
    decideOn(`${decision} ${orderId}`, { decision }, orderId, { environment, report, options });

export const cancel = plain('cancel');
export const waive = plain('waive');
export const reopen = plain('reopen');

/** Puts an item aside that a person has dealt with. */
export const settle = (
  environment: Environment,
  report: Report,
  options: DecideOptions,
  orderId: string,
  item: string,
): Promise<void> =>
  decideOn(`settle ${orderId} ${item}`, { decision: 'settle', item }, orderId, {
    environment,
    report,
    options,
  });

type Around = { environment: Environment; report: Report; options: DecideOptions };

const decideOn = async (
  command: string,
  wanted: Wanted,
  orderId: string,
  { environment, report, options }: Around,
): Promise<void> => {
  const ask = (input: object): Promise<unknown> =>
    environment.invoke(environment.outputs.DecideOrderFunctionName, { orderId, ...wanted, ...input });
  await decide(
    {
      command,
      look: async (shown) => v.parse(DecisionLook, await ask({ action: 'look', ...(shown && { shown }) })),
      show: (plan) => show(orderId, plan, options, report),
      question: (plan) => questionOf(orderId, wanted, plan),
      apply: async (signed) => {
        const done = v.parse(DecisionDone, await ask({ action: 'apply', ...signed }));
        report.data({ done });
        const text = `Order ${orderId}: ${standingWords(done.now)}.`;
        if (done.doneBefore) report.ok(`This was done before. ${text}`);
        else report.done(text);
        if (done.restOrderId !== null) {
          report.plain(`What was missing is order ${done.restOrderId}. Nobody has been mailed about it yet.`);
        }
        if (done.attention.length > 0) {
          report.missing(
            `It still needs a person: ${done.attention.join(', ')}.`,
            commandFor('attention', options),
          );
        }
      },
      // It writes nothing of what was shown; it takes back the order over a rest that an earlier try has made.
      ...(wanted.rest === true && { refused: (signed) => ask({ action: 'apply', ...signed }) }),
    },
    options,
    report,
  );
};

const show = (orderId: string, plan: DecisionPlan, options: DecideOptions, report: Report): void => {
  const { before, after, closes, difference, rest, attention, underWay, forMonthsToCome } = plan;
  report.plain(
    blockOf(`Order ${orderId}`, [
      ['the order', changeOf(plan)],
      ['payment pages closed', closes.length === 0 ? 'none' : closes.join(', ')],
      ...(rest === null ? [] : [['a new order', restWords(rest)] as const]),
      ...(attention.length === 0 ? [] : [['left for a person', attention.join(', ')] as const]),
    ]),
  );
  if (underWay) {
    report.advice('A bank payment is on its way. If it arrives, it counts, and may not fit any more.');
  }
  if (forMonthsToCome) {
    const owed = `Later months go by this one: ${formatMoney(after.due)} will be owed for each of them too.`;
    const isPaidInPart = before.net.amountMinor > 0 && before.net.amountMinor < before.due.amountMinor;
    if (!isPaidInPart) report.advice(owed);
    else {
      report.advice(
        `${owed} To let it be enough for this month alone, divide it, and waive the order for the rest:`,
        commandFor(`amend ${orderId} --rest`, options),
      );
    }
  }
  if (difference?.kind === 'too_much') {
    report.advice(
      `${formatMoney(difference.amount)} more than that was received. Afterwards, to give it back:`,
      commandFor(`refund ${orderId}`, options),
    );
  }
  if (difference?.kind === 'too_little') {
    report.advice(
      `${formatMoney(difference.amount)} would be missing, and nobody can pay it on an order that was paid in part. Afterwards, to ask for it:`,
      commandFor(`amend ${orderId} --rest`, options),
    );
  }
};

const restWords = ({ orderId, period, amount }: NonNullable<DecisionPlan['rest']>): string =>
  `${orderId} for ${formatMoney(amount)}, of the period ${period}`;

const questionOf = (
  orderId: string,
  { decision, item }: Wanted,
  { before, after, rest }: DecisionPlan,
): { what: string; sums: Money[] } => {
  const due = formatMoney(before.due);
  switch (decision) {
    case 'amend':
      return {
        what:
          rest === null
            ? `Change what order ${orderId} owes from ${due} to ${formatMoney(after.due)}`
            : `Divide order ${orderId} of ${due} into two, of ${formatMoney(after.due)} and ${formatMoney(rest.amount)}`,
        sums: [],
      };
    case 'cancel':
      return { what: `Cancel order ${orderId} of ${due}`, sums: [] };
    case 'waive':
      return { what: `Waive order ${orderId} of ${due}`, sums: [] };
    case 'reopen':
      return { what: `Let order ${orderId} be owed again`, sums: [after.due] };
    case 'settle':
      return { what: `Put aside ${item} of order ${orderId}`, sums: [] };
  }
};
