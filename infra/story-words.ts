import type { OrderAccount } from '../lib/domain/account.ts';
import { type DeliveryState, type SkipReason, TRANSIENT } from '../lib/domain/blast.ts';
import type {
  ContractFact,
  DecisionFact,
  DisputeFact,
  Fact,
  PaymentFact,
  RefundFact,
} from '../lib/domain/facts.ts';
import { formatMoney } from '../lib/domain/money.ts';
import type { Surface } from '../lib/domain/order.ts';
import type { StoryLine } from '../lib/domain/story.ts';
import { amountsWords, failedWords } from './mailing-words.ts';

/** How orders stand and what happened to them, in sentences that a volunteer can read to a parent on the phone. */

/** How it stands with the money, and what a click on the mailed link meets. */
export const standingWords = (account: OrderAccount, contractMissing: boolean): string => {
  const due = formatMoney(account.due);
  const by = account.payBy === null ? '' : `, to be paid by ${account.payBy}`;
  switch (account.standing) {
    case 'payable':
      return `${due} is owed${by}. If they click the link in their mail now, ${contractMissing ? 'it asks to sign the contract first, and opens no payment' : 'a payment page opens'}.`;
    case 'closed':
      return `${due} is owed${account.payBy === null ? ', and the time to pay it has passed' : `${by}. That has passed`}: their link says so, and opens no payment any more.`;
    case 'processing':
      return `${amountsWords(account.underWay)} is on its way from their bank. Their link says so, and opens no second payment.`;
    case 'paid':
      return `It is paid: ${amountsWords(account.received)} was received${givenBackWords(account)}. Nothing more is owed.`;
    case 'review':
      return `${amountsWords(account.received)} was received${givenBackWords(account)}, and ${due} asked for: the club has to look at it. Their link opens no payment.`;
    case 'refunded':
      return `${amountsWords(account.received)} was received and given back. Nothing is owed.`;
    case 'canceled':
      return 'It was canceled by the club. Nothing is owed.';
    case 'waived':
      return 'It was waived by the club. Nothing is owed.';
  }
};

const givenBackWords = ({ givenBack }: OrderAccount): string =>
  givenBack.length === 0 ? '' : `, of which ${amountsWords(givenBack)} was given back`;

/** The same in a word or two, for a table. */
export const standingInTable: Record<OrderAccount['standing'], string> = {
  payable: 'owed',
  closed: 'owed, past its date',
  processing: 'on its way',
  paid: 'paid',
  review: 'to be looked at',
  refunded: 'given back',
  canceled: 'canceled',
  waived: 'waived',
};

/** One line of an order's story, as a sentence. */
export const storyWords = (line: StoryLine): string => {
  switch (line.what) {
    case 'created':
      return `The order was made, for ${formatMoney(line.amount)}.`;
    case 'page_begun':
      return 'A payment page was asked for; whether Stripe made it is not known yet.';
    case 'page_made':
      return `${pageWords[line.kind]} for ${formatMoney(line.amount)} was made${line.imported ? ' by the older system' : ''}.`;
    case 'page_ended':
      return `${pageWords[line.kind]} ${line.how === 'expired' ? 'expired by itself' : 'was closed'}.`;
    case 'mail':
      return mailWords[line.state](line);
    case 'clicked':
      return line.by === 'person'
        ? 'The link in the mail was clicked, the last time.'
        : 'A program that looks through mails followed the link, the last time.';
    case 'pay_by_passed':
      return 'The pay-by date passed: the link opens no payment any more.';
    case 'fact':
      return factWords(line.fact);
  }
};

const pageWords: Record<Surface['kind'], string> = {
  payment_link: 'A payment link',
  checkout_session: 'A checkout page',
};

type MailLine = Extract<StoryLine, { what: 'mail' }>;
const mailWords: Record<DeliveryState, (line: MailLine) => string> = {
  claimed: ({ address }) => `A mail to ${address} is about to leave.`,
  sent: ({ address }) => `A mail left to ${address}.`,
  delivered: ({ address }) => `The mail reached ${address}.`,
  held: ({ address }) => `Whether the mail to ${address} left is not known: it waits for somebody's word.`,
  released: ({ address }) => `The mail to ${address} did not leave, and is sent again.`,
  skipped: ({ address, reason }) =>
    address === ''
      ? `No mail left: ${notMailedWords(reason)}.`
      : `No mail left to ${address}: ${notMailedWords(reason)}.`,
  failed: ({ address, reason }) =>
    `The mail to ${address} could not leave: mails like it ${failedWords[reason ?? ''] ?? `are refused by SES (${reason ?? 'no reason given'})`}.`,
  bounced: ({ address, reason }) =>
    reason === TRANSIENT
      ? `The mail to ${address} came back for now, from a full mailbox for example.`
      : `The mail to ${address} came back: nothing is written there any more.`,
  complained: ({ address }) =>
    `Whoever reads ${address} called the mail spam: nothing is written there any more.`,
};

const skipped: Record<SkipReason, string> = {
  paid: 'it was paid already',
  processing: 'a bank payment was on its way',
  review: 'something was paid that is to be looked at',
  refunded: 'it was refunded',
  canceled: 'it was canceled',
  waived: 'it was waived',
  closed: 'its pay-by date had passed',
  suppressed: 'mails to this address came back before, or were called spam',
  unsubscribed: 'reminders to this address were stopped',
  contract_unsigned: 'the contract was not signed',
  no_address: 'the family has no address',
  test_order: "it is the club's own test",
};
const notMailedWords = (reason: string | null): string =>
  Object.entries(skipped).find(([known]) => known === reason)?.[1] ?? reason ?? 'no reason is known';

const factWords = (fact: Fact): string => {
  switch (fact.kind) {
    case 'payment':
      return `${formatMoney(fact.amount)} ${paymentWords[fact.state]}.`;
    case 'refund':
      return `${formatMoney(fact.amount)} ${refundWords[fact.state]}.`;
    case 'dispute':
      return `The payer disputes ${formatMoney(fact.amount)} at their bank: ${disputeWords[fact.state]}${
        fact.respondBy === null ? '' : ` (to be answered by ${fact.respondBy.slice(0, 10)})`
      }.`;
    case 'contract':
      return contractWords[fact.state];
    case 'decision':
      return `${fact.actor} ${decisionWords[fact.decision]}${
        fact.amount === undefined ? '' : ` ${formatMoney(fact.amount)}`
      }: "${fact.reason}".`;
  }
};

const contractWords: Record<ContractFact['state'], string> = {
  signed: 'The contract was signed.',
  unsigned: 'The contract counts as not signed.',
  ended: 'The contract ended: nothing can be paid any more.',
};
const paymentWords: Record<PaymentFact['state'], string> = {
  processing: 'is on its way from their bank',
  failed: 'was tried, and did not go through',
  succeeded: 'was paid',
};
const refundWords: Record<RefundFact['state'], string> = {
  pending: 'is being given back',
  requires_action: 'is to be given back, and Stripe waits for the payer',
  succeeded: 'was given back',
  canceled: 'was to be given back, and that was canceled',
  failed: 'was to be given back, and did not reach the payer',
};
const disputeWords: Record<DisputeFact['state'], string> = {
  warning_needs_response: 'an inquiry that waits for our answer',
  warning_under_review: 'an inquiry that is being looked at',
  warning_closed: 'an inquiry that came to nothing',
  needs_response: 'it waits for our answer',
  under_review: 'the bank is looking at it',
  prevented: 'it was prevented',
  won: 'it was decided for the club',
  lost: 'it was decided for the payer, who has the money back',
};
const decisionWords: Record<DecisionFact['decision'], string> = {
  amend: 'changed the amount to',
  cancel: 'canceled it',
  waive: 'waived it',
  reopen: 'opened it again',
  settle: 'put aside what waited for a person',
  refund: 'decided to give back',
  close_link: 'had a link of it closed at Stripe',
};
