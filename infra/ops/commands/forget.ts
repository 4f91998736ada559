import * as v from 'valibot';
import {
  type AtStripe,
  FamilyForgotten,
  ForgetLook,
  type ForgetPlan,
  type Hindrance,
  type HindranceKind,
} from '../../../lib/domain/forgetting.ts';
import { formatMoney } from '../../../lib/domain/money.ts';
import { commandFor } from '../blast.ts';
import type { Environment } from '../environment.ts';
import { blockOf, type DecideOptions, decide } from '../plan.ts';
import { OpsProblem } from '../problem.ts';
import type { Report } from '../report.ts';
import { parentsWords } from './status.ts';

/** Leaves nothing here that tells who a family is. */
export const forget = async (
  { invoke, outputs }: Environment,
  report: Report,
  options: DecideOptions,
  familyId: string,
): Promise<void> => {
  const ask = (input: object): Promise<unknown> =>
    invoke(outputs.ForgetFamilyFunctionName, { ...input, familyId });
  const { Livemode: livemode } = outputs;
  await decide(
    {
      command: `forget ${familyId}`,
      look: async (shown) => {
        const seen = v.parse(ForgetLook, await ask({ action: 'look', ...(shown && { shown }) }));
        if (seen.state === 'hindered') throw refusal(familyId, seen.hindrances, { report, options });
        return seen.state === 'open' ? { doneBefore: false, plan: seen.plan } : { doneBefore: true as const };
      },
      before: `Family ${familyId} was forgotten before: nothing here tells who they are.`,
      show: (plan) => {
        report.plain(tableOf(plan));
        for (const sentence of meaningOf(plan)) report.advice(sentence);
        showStripe(plan.atStripe, { report, livemode });
      },
      question: ({ goes }) => ({
        what: `Forget family ${familyId}: ${parentsWords(goes.parents)}. Nobody can bring this back from here`,
        sums: [],
      }),
      apply: async (signed) => {
        const done = v.parse(FamilyForgotten, await ask({ action: 'forget', ...signed }));
        report.data({ done });
        if (done.left > 0) {
          report.unfinished(
            `${done.left} rows about family ${familyId} were written at this moment.`,
            'Give the same command again: it takes them too.',
          );
          return;
        }
        if (done.doneBefore) report.ok(`Family ${familyId} was forgotten before.`);
        else report.done(`Nothing here tells any more who family ${familyId} is.`);
        showStripe(done.atStripe, { report, livemode });
      },
    },
    options,
    report,
  );
};

const refusal = (
  familyId: string,
  hindrances: readonly Hindrance[],
  { report, options }: { report: Report; options: DecideOptions },
): OpsProblem => {
  report.data({ hindrances });
  for (const hindrance of hindrances) {
    const { what, command } = inTheWay[hindrance.why](hindrance);
    report.missing(what, command.map((one) => commandFor(one, options)).join('\n  → ') || undefined);
  }
  return new OpsProblem(
    `Family ${familyId} can't be forgotten yet. Nothing was written.`,
    'Settle what is said above, and give the same command again.',
  );
};

/** What is in the way, and the commands that end it; without one it ends by itself. */
const inTheWay: Record<HindranceKind, (of: Hindrance) => { what: string; command: string[] }> = {
  owed: ({ orderId }) => ({
    what: `Order ${orderId} is owed: nobody could be asked for it any more.`,
    command: [`cancel ${orderId}`, `waive ${orderId}`],
  }),
  payment_under_way: ({ orderId }) => ({
    what: `A bank payment of order ${orderId} is on its way. It arrives, or fails, within some days: wait for it.`,
    command: [`status ${orderId}`],
  }),
  attention: ({ orderId }) => ({
    what: `Order ${orderId} waits for a person: money is not where it should be, or a bank asks.`,
    command: ['attention'],
  }),
  refund_under_way: ({ orderId }) => ({
    what: `A refund of order ${orderId} is on its way: wait until it has arrived.`,
    command: [`status ${orderId}`],
  }),
  work_under_way: ({ orderId }) => ({
    what: `Something of order ${orderId} is still to be done at Stripe. It is done by itself within minutes.`,
    command: [],
  }),
  mail_held: ({ orderId, mail }) => ({
    what: `Nobody knows whether a mail about order ${orderId} left.`,
    command: [
      `blast settle ${mail?.blastId} ${orderId} --address ${mail?.addressKey} --sent --reason "they have it"`,
    ],
  }),
  mail_leaving: ({ orderId }) => ({
    what: `A mail about order ${orderId} is just leaving: try again in an hour.`,
    command: [],
  }),
};

const MOST_SHOWN = 10;
const listed = (words: readonly string[]): string =>
  words.length === 0
    ? 'none'
    : [
        ...words.slice(0, MOST_SHOWN),
        ...(words.length > MOST_SHOWN ? [`and ${words.length - MOST_SHOWN} more`] : []),
      ].join(', ');

export const tableOf = ({ familyId, goes, stays }: ForgetPlan): string =>
  [
    blockOf(`Of family ${familyId} would go`, [
      ['parents', goes.parents.length === 0 ? 'none' : parentsWords(goes.parents)],
      ['children', listed(goes.players.map(({ name, playerId }) => `${name} (${playerId})`))],
      ['mails', goes.mails === 0 ? 'none' : `the addresses of ${goes.mails}`],
    ]),
    blockOf('Would stay, under ids alone', [
      [
        'orders',
        listed(
          stays.orders.map(
            ({ orderId, productId, status, net }) =>
              `${orderId} (${productId}, ${status}, kept ${formatMoney(net)})`,
          ),
        ),
      ],
      [
        'not written to',
        stays.notMailed === 0 ? 'no address' : `${stays.notMailed} of their addresses, as a hash`,
      ],
    ]),
  ].join('\n');

/** What a person must know, and what is for them to do elsewhere. */
export const meaningOf = ({ stays: { notes } }: ForgetPlan): string[] => [
  ...(notes.length === 0
    ? []
    : [
        `What people wrote beside their decisions stays with the books; look whether it names somebody: ${listed(notes.map(({ orderId, reason }) => `"${reason}" (${orderId})`))}`,
      ]),
  'Files that somebody imported or exported, the mailbox of the club and its own system are for you to clear: take the family out there, or the next import brings it back.',
  'Backups of the tables hold it for 35 days more. If one is ever restored, give this command again.',
];

const showStripe = (
  { customers, payments }: AtStripe,
  { report, livemode }: { report: Report; livemode: boolean },
): void => {
  if (customers.length === 0 && payments.length === 0) return;
  const at = `https://dashboard.stripe.com${livemode ? '' : '/test'}`;
  const lines = [
    ...customers.map((id) => `${at}/customers/${id}`),
    ...payments.map((id) => `${at}/payments/${id}`),
  ];
  report.advice(
    'Stripe keeps who paid, and the cards that were saved. Delete the customers there; payments can be redacted 90 days after they were made, and can then neither be refunded nor defended against the bank (https://docs.stripe.com/privacy/redaction):',
    lines.join('\n  → '),
  );
};
