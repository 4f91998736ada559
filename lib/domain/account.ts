import * as v from 'valibot';
import { attentionReasons } from './due-work.ts';
import { CalendarDate, FamilyId, Instant, OrderId, PlayerId, ProductId } from './ids.ts';
import { type Currency, Money, money } from './money.ts';
import { dueOf, keptOf, type Order, payability, paymentsOf, statusOf } from './order.ts';

/** What an order comes to in money, for whoever is asked about it: by a parent, by the treasurer. */

/** One amount per currency, in sequence of their names; a currency of which there is nothing is left out. */
const Amounts = v.array(Money);
type Amounts = v.InferOutput<typeof Amounts>;

const beyondOwed = ['processing', 'paid', 'review', 'refunded', 'canceled', 'waived'] as const;

export const OrderAccount = v.object({
  orderId: OrderId,
  productId: ProductId,
  playerId: PlayerId,
  familyId: FamilyId,
  period: v.nullable(v.string()),
  /** The club's own: in no sum. */
  test: v.boolean(),
  status: v.picklist(['pending', ...beyondOwed]),
  /** What a click on its link meets now. */
  standing: v.picklist(['payable', 'closed', ...beyondOwed]),
  due: Money,
  payBy: v.nullable(CalendarDate),
  firstMailedOn: v.nullable(CalendarDate),
  clickedAt: v.nullable(Instant),
  /** Payments that arrived, whatever became of them afterwards. */
  received: Amounts,
  /** Of these: refunded, or lost in a dispute. */
  givenBack: Amounts,
  /** Payments that Stripe is still waiting for. */
  underWay: Amounts,
  /** What waits for a person. */
  attention: v.array(
    v.object({ reason: v.picklist(attentionReasons), about: v.string(), since: Instant, dueAt: Instant }),
  ),
});
export type OrderAccount = v.InferOutput<typeof OrderAccount>;

export const accountOf = (order: Order, now: Instant): OrderAccount => {
  const payments = paymentsOf(order);
  const arrived = payments.filter(({ state }) => state === 'succeeded');
  const { orderId, productId, playerId, familyId, period, test, payBy, firstMailedOn, clickedAt } = order;
  return {
    orderId,
    productId,
    playerId,
    familyId,
    period,
    test,
    status: statusOf(order),
    standing: payability(order, now),
    due: dueOf(order),
    payBy,
    firstMailedOn,
    clickedAt,
    received: amountsOf(arrived.map(({ amount }) => amount)),
    givenBack: amountsOf(
      arrived.map((payment) =>
        money(payment.amount.amountMinor - keptOf(order, payment), payment.amount.currency),
      ),
    ),
    underWay: amountsOf(payments.filter(({ state }) => state === 'processing').map(({ amount }) => amount)),
    attention: Object.values(order.dueWork).flatMap((work) =>
      work.kind === 'attention'
        ? [{ reason: work.reason, about: work.about, since: work.since, dueAt: work.dueAt }]
        : [],
    ),
  };
};

/** What some orders come to. */
export const AccountSums = v.object({
  /** Of those that nobody has paid yet. */
  owed: Amounts,
  /** Of those whose payment is on its way. */
  underWay: Amounts,
  received: Amounts,
  givenBack: Amounts,
});
export type AccountSums = v.InferOutput<typeof AccountSums>;

/** The club's own test orders are in none of them. */
export const sumsOf = (accounts: readonly OrderAccount[]): AccountSums => {
  const real = accounts.filter(({ test }) => !test);
  const dueOfThose = (status: OrderAccount['status']): Amounts =>
    amountsOf(real.filter((account) => account.status === status).map(({ due }) => due));
  return {
    owed: dueOfThose('pending'),
    underWay: dueOfThose('processing'),
    received: amountsOf(real.flatMap(({ received }) => received)),
    givenBack: amountsOf(real.flatMap(({ givenBack }) => givenBack)),
  };
};

export const amountsOf = (amounts: readonly Money[]): Amounts => {
  const byCurrency = new Map<Currency, number>();
  for (const { amountMinor, currency } of amounts) {
    byCurrency.set(currency, (byCurrency.get(currency) ?? 0) + amountMinor);
  }
  return [...byCurrency]
    .filter(([, amountMinor]) => amountMinor !== 0)
    .map(([currency, amountMinor]) => money(amountMinor, currency))
    .sort((a, b) => (a.currency < b.currency ? -1 : 1));
};
