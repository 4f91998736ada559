import { InvalidInput } from './errors.ts';
import type { PaymentFact } from './facts.ts';
import { formatMoney, type Money, money, sameMoney } from './money.ts';
import { disputesOf, dueOf, endOf, keptOf, netOf, type Order, paymentsOf } from './order.ts';

/** Of one payment: what came in, what has gone back or is about to, and what could still be given back. */
export type Refundable = { received: Money; givenBack: Money; left: Money };

/**
 * Which payment a person means who asks to refund an order, and how much of it. Without more words that is what is too
 * much: the payment that came twice, or came after the end, or what is above the amount due; and else the only payment.
 * @throws {InvalidInput} it has none, or several and it is not clear which
 */
export const paymentToRefund = (order: Order, wanted: string | undefined): PaymentFact => {
  const kept = paymentsOf(order).filter((payment) => keptOf(order, payment) > 0);
  if (wanted !== undefined) {
    const named = paymentsOf(order).find(({ id }) => id === wanted);
    if (named?.state === 'succeeded') return named;
    throw new InvalidInput(
      named === undefined
        ? `Order ${order.orderId} has no payment "${wanted}". ${listed(order)}`
        : `The payment ${wanted} has not succeeded: there is nothing to give back.`,
    );
  }
  const [only, second] = kept;
  if (only === undefined) {
    throw new InvalidInput(`Order ${order.orderId} has no payment that could be given back.`);
  }
  if (second === undefined) return only;
  const tooMuch = kept.filter((payment) => isTooMuch(order, payment));
  // Of two equal ones, the one that came later.
  const last = tooMuch.at(-1);
  if (last !== undefined && tooMuch.every((each) => keptOf(order, each) === keptOf(order, last))) return last;
  throw new InvalidInput(
    `Order ${order.orderId} has several payments. Say which with --payment. ${listed(order)}`,
  );
};

/** Whether the order would be settled without this payment. */
const isTooMuch = (order: Order, payment: PaymentFact): boolean => {
  const due = dueOf(order);
  if (payment.amount.currency !== due.currency) return true;
  return endOf(order) === null && netOf(order).amountMinor - keptOf(order, payment) === due.amountMinor;
};

/** What is given back when no amount is named: what the order has too much of, or all that is left of the payment. */
export const amountToRefund = (order: Order, payment: PaymentFact, left: Money): Money => {
  const due = dueOf(order);
  const tooMuch = netOf(order).amountMinor - due.amountMinor;
  const isPart =
    endOf(order) === null &&
    payment.amount.currency === due.currency &&
    tooMuch > 0 &&
    tooMuch < left.amountMinor;
  return isPart ? money(tooMuch, due.currency) : left;
};

/** @throws {InvalidInput} with what could be given back instead */
export const assertRefundFits = (
  order: Order,
  payment: PaymentFact,
  amount: Money,
  { received, givenBack, left }: Refundable,
): void => {
  const open = disputesOf(order).find(
    ({ paymentId, state }) =>
      paymentId === payment.id &&
      (state === 'needs_response' || state === 'under_review' || state === 'lost'),
  );
  if (open !== undefined) {
    throw new InvalidInput(
      `The payer disputes ${payment.id} at their bank (${open.id}), which has taken the money back already: Stripe ` +
        'refunds nothing of it. Answer or accept the dispute in the Stripe dashboard.',
    );
  }
  if (left.amountMinor <= 0) {
    const gone = sameMoney(received, givenBack) ? 'all of it' : formatMoney(givenBack);
    throw new InvalidInput(
      `Nothing is left of ${payment.id} to give back: of ${formatMoney(received)} ${gone} has gone back or is on its way.`,
    );
  }
  if (amount.amountMinor <= 0) throw new InvalidInput('Nothing to give back: the amount is zero.');
  if (amount.amountMinor > left.amountMinor) {
    throw new InvalidInput(
      `${formatMoney(amount)} is more than the ${formatMoney(left)} that is left of ${payment.id}.`,
    );
  }
};

const listed = (order: Order): string =>
  `It has: ${
    paymentsOf(order)
      .filter(({ state }) => state === 'succeeded')
      .map((payment) => `${payment.id} (${formatMoney(payment.amount)} on ${payment.at.slice(0, 10)})`)
      .join(', ') || 'none'
  }.`;
