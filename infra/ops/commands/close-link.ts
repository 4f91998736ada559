import * as v from 'valibot';
import { CloseLinkLook, type CloseLinkPlan, LinkClosed } from '../../money.ts';
import { momentOf } from '../columns.ts';
import type { Environment } from '../environment.ts';
import { blockOf, type DecideOptions, decide } from '../plan.ts';
import type { Report } from '../report.ts';
import { standingWords } from './refund.ts';
import { amountWords } from './unmatched.ts';

/** Closes a link at Stripe that reconciliation leaves to a person. */
export const closeLink = async (
  { invoke, outputs }: Environment,
  report: Report,
  options: DecideOptions,
  linkId: string,
): Promise<void> => {
  const ask = (input: object): Promise<unknown> =>
    invoke(outputs.ReconcileFunctionName, { ...input, linkId });
  await decide(
    {
      command: `close-link ${linkId}`,
      look: async (shown) =>
        v.parse(CloseLinkLook, await ask({ action: 'look_link', ...(shown && { shown }) })),
      before: `Nobody can pay by ${linkId} any more: it is switched off, and no page of it is open. Nothing is to be done.`,
      show: (plan) => {
        report.plain(tableOf(plan));
        for (const sentence of meaningOf(plan)) report.advice(sentence);
      },
      question: ({ order }) => ({
        what: `Close ${linkId}, so that nobody can pay by it any more${order === null ? '' : ` (order ${order.orderId})`}`,
        sums: [],
      }),
      apply: async (signed) => {
        const done = v.parse(LinkClosed, await ask({ action: 'close_link', ...signed }));
        report.data({ done });
        const pages = done.ended === 0 ? '' : ` ${pagesOf(done.ended)} of it that stood open ended with it.`;
        if (done.doneBefore) report.ok(`Nobody could pay by ${linkId} any more. It is left as it was.`);
        else report.done(`${linkId} is closed: nobody can pay by it any more.${pages}`);
      },
    },
    options,
    report,
  );
};

export const tableOf = (plan: CloseLinkPlan): string => {
  const { linkId, active, amount, productNames, order, namesOrderId, paid, paidMore, open } = plan;
  return blockOf(`The link ${linkId}`, [
    ['at Stripe', active ? 'can be paid' : 'is switched off'],
    ['for', productNames.join(', ') || 'no product that has a name'],
    ['amount', amount === null ? 'as the payer chooses' : amountWords(amount)],
    ...(order?.madeAt == null ? [] : [['made', momentOf(order.madeAt)] as const]),
    [
      'names',
      namesOrderId === null
        ? 'no order'
        : `order ${namesOrderId}${order === null ? ', which is not here' : ''}`,
    ],
    ...(order === null
      ? []
      : [
          ['carried by', `order ${order.orderId} of family ${order.familyId}, ${order.productId}`] as const,
          ['the order', standingWords(order.standing)] as const,
        ]),
    ['paid by it', paidWords(paid, paidMore)],
    ['open now', open === 0 ? 'nobody has it open' : `${pagesOf(open)}, opened within a day and not paid`],
  ]);
};

const SHOWN = 5;

/** `2 times: $55.00 on 2026-04-14 (pi_…), …` */
const paidWords = (paid: CloseLinkPlan['paid'], more: boolean): string => {
  if (paid.length === 0) return 'nothing';
  const some = paid
    .slice(0, SHOWN)
    .map(({ amount, at, paymentId, sessionId, state }) =>
      [
        ...(amount === null ? [] : [amountWords(amount)]),
        `on ${at.slice(0, 10)}`,
        ...(state === 'processing' ? ['on its way from a bank'] : []),
        ...(state === 'failed' ? ['which failed'] : []),
        `(${paymentId ?? sessionId})`,
      ].join(' '),
    );
  const times = paid.length === 1 && !more ? 'once' : `${more ? 'at least ' : ''}${paid.length} times`;
  return `${times}: ${some.join(', ')}${paid.length > SHOWN ? ', …' : ''}`;
};

/** What it means for families that nobody can pay by it any more. */
export const meaningOf = ({ order, namesOrderId, paid, open }: CloseLinkPlan): string[] => [
  familyWords(order, namesOrderId),
  ...(open === 0 ? [] : [`Somebody has it open: ${pagesOf(open)} would end, unless they are paid by then.`]),
  ...(paid.some(({ state }) => state === 'processing')
    ? ['A bank payment by it is on its way. It still arrives, and is kept.']
    : []),
  ...(paid.some(({ state }) => state === 'succeeded')
    ? ['What was paid by it stays as it is: nothing is given back.']
    : []),
];

const familyWords = (order: CloseLinkPlan['order'], namesOrderId: string | null): string => {
  if (order === null) {
    const none = namesOrderId === null ? '' : `: there is no order ${namesOrderId}`;
    return `No order here is paid by it${none}. Whoever has its address meets a page that says it is closed. No family that has an order here loses its link.`;
  }
  const { orderId, familyId, standing } = order;
  const own =
    standing.status === 'pending'
      ? `Order ${orderId} is owed, but not by this link: family ${familyId} pays by the link in its mail of ours.`
      : `Family ${familyId} loses nothing: order ${orderId} is not to be paid by it.`;
  return `${own} If another family pays by this address, it meets a page that says it is closed, and pays by the link in its own mail.`;
};

const pagesOf = (count: number): string => (count === 1 ? '1 page' : `${count} pages`);
