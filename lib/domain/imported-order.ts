import { type Fact, factKey } from './facts.ts';
import type { Instant } from './ids.ts';
import type { Stands } from './import-head.ts';
import type { OrderRow } from './import-row.ts';
import { formatMoney, sameMoney } from './money.ts';
import {
  decisionsOf,
  dueAgainOf,
  dueOf,
  endOf,
  isOwedAgain,
  naturalKey,
  netOf,
  type Order,
  paymentsOf,
  returnsOf,
  type Surface,
  standingDecision,
  statusOf,
} from './order.ts';
import { changeTerms, newOrder, recordContract, recordFact, recordSurface } from './order-changes.ts';
import type { Player, Product } from './roster.ts';

/**
 * What a row makes of an order. Nothing that stands is taken away, and everything may be done again: an order that has
 * all of its row is the same order.
 */

export type ImportedOrder = {
  row: OrderRow;
  orderId: string;
  product: Product;
  player: Player;
  /** Absent for an order that counts at once. */
  importId?: string;
};

export const orderFrom = (
  { row, orderId, product, player, importId }: ImportedOrder,
  now: Instant,
): Order => {
  const { productId, playerId, period, payBy, closesAt, test } = row;
  const amount = row.wholeAmount ?? row.amount;
  const [first] = row.surfaces.flatMap(({ mintedAt }) => mintedAt ?? []).sort();
  const order = newOrder(
    {
      ...{ orderId, productId, playerId, period, amount, payBy, closesAt, test },
      category: product.category,
      familyId: player.familyId,
    },
    // Of an import it is known since when it counts. Any other order must not seem older than it is here.
    importId === undefined || first === undefined || first > now ? now : first,
  );
  const made = importId === undefined ? order : { ...order, importId };
  const told = recordContract(made, player.contract, now);
  return completed(
    row.restOrderId === null ? told : recordFact(told, divisionIn(row, order, now), now),
    row,
    now,
  );
};

const divisionIn = ({ amount, restOrderId }: OrderRow, { orderId }: Order, now: Instant): Fact => ({
  ...{ kind: 'decision', id: `dec_import_divide_${orderId}`, decision: 'amend', actor: 'import', amount },
  ...(restOrderId !== null && { about: restOrderId }),
  reason: 'divided before it was imported',
  at: now,
  source: 'import',
});

/** With what it lacks of the row; the same order if it lacks nothing. */
export const completed = (order: Order, row: OrderRow, now: Instant): Order => {
  let next = withTokens(changeTerms(order, termsIn(order, row), now), row);
  for (const surface of surfacesIn(row, order, now)) next = recordSurface(next, surface, now);
  for (const fact of factsIn(row, order, now)) next = recordFact(next, fact, now);
  const isToBeOwedAgain = row.ended === 'reopened' && statusOf(next) === 'refunded';
  return isToBeOwedAgain ? recordFact(next, reopeningIn(row, order, now), now) : next;
};

const reopeningIn = (row: OrderRow, { orderId }: Order, now: Instant): Fact => ({
  ...{ kind: 'decision', id: `dec_import_reopen_${orderId}`, decision: 'reopen', actor: 'import' },
  reason: row.endedReason ?? 'reopened before it was imported',
  at: now,
  source: 'import',
});

const termsIn = (order: Order, { payBy, closesAt }: OrderRow) => ({
  payBy: payBy ?? order.payBy,
  closesAt: closesAt ?? order.closesAt,
});

const withTokens = (order: Order, row: OrderRow): Order => {
  const known = order.legacyTokenHashes ?? [];
  const news = row.legacyTokenHashes.filter((hash) => !known.includes(hash));
  return news.length === 0 ? order : { ...order, legacyTokenHashes: [...known, ...news] };
};

/** The one that was mailed last is the current one, if the order has none: so it comes first. */
const surfacesIn = (row: OrderRow, order: Order, now: Instant): Surface[] =>
  row.surfaces
    .toSorted((a, b) => ((a.mintedAt ?? '') > (b.mintedAt ?? '') ? -1 : 1))
    .map(({ stripeId, mintedAt }) => ({
      kind: stripeId.startsWith('plink_') ? ('payment_link' as const) : ('checkout_session' as const),
      stripeId,
      url: null,
      generation: 1,
      amount: order.originalAmount,
      mintedAt: mintedAt ?? now,
      // The older system did not keep when its session ends. What became of it is for Stripe to say.
      expiresAt: null,
      retiredAt: null,
      imported: true,
    }));

const isDispute = (id: string): boolean => /^d[pu]_/.test(id);

const factsIn = (row: OrderRow, order: Order, now: Instant): Fact[] => {
  const { orderId } = order;
  const facts: Fact[] = [
    ...row.payments.map(({ paymentId, paidAmount, paidAt }): Fact => {
      const told = { state: 'succeeded', amount: paidAmount, at: paidAt, source: 'import' } as const;
      return { kind: 'payment', id: paymentId, generation: null, ...told };
    }),
    ...row.refunds.map(
      ({ refundId: id, refundedPayment: paymentId, refundedAmount: amount, refundedAt }): Fact => {
        const told = { id, paymentId, amount, at: refundedAt, source: 'import' } as const;
        return isDispute(id)
          ? { kind: 'dispute', state: 'lost', respondBy: null, ...told }
          : { kind: 'refund', state: 'succeeded', ...told };
      },
    ),
  ];
  if (row.ended !== null && row.ended !== 'reopened' && endOf(order) === null) {
    facts.push({
      kind: 'decision',
      // Of the order alone, so that a second import is the same decision.
      id: `dec_import_${orderId}`,
      decision: row.ended === 'canceled' ? 'cancel' : 'waive',
      actor: 'import',
      reason: row.endedReason ?? `${row.ended} before it was imported`,
      at: now,
      source: 'import',
    });
  }
  // What Stripe has told already stands as Stripe told it.
  return facts.filter((fact) => {
    const known = order.facts[factKey(fact)];
    return known === undefined || (known.kind === 'payment' && known.state === 'processing');
  });
};

/** What of an order differs from its row in a way that no import may decide; null: nothing does. */
export const conflictWith = (order: Order, row: OrderRow): { field: string; rule: string } | null => {
  const { orderId } = order;
  if (naturalKey(order) !== naturalKey(row)) {
    return {
      field: 'orderId',
      rule: `order ${orderId} stands for another debt here: product ${order.productId}, player ${order.playerId}, period ${order.period ?? 'none'}`,
    };
  }
  if (order.test !== row.test) {
    return {
      field: 'test',
      rule: `order ${orderId} is ${order.test ? 'a test order' : 'no test order'} here`,
    };
  }
  if (!sameMoney(row.amount, order.originalAmount) && !sameMoney(row.amount, dueOf(order))) {
    return {
      field: 'amount',
      rule: `order ${orderId} stands at ${formatMoney(dueOf(order))} here, and the row says ${formatMoney(row.amount)}. An amount is changed by a person: npm run ops -- amend ${orderId}`,
    };
  }
  const closed = endOf(order) ?? (statusOf(order) === 'refunded' ? 'refunded' : null);
  if (row.ended === 'reopened' && closed !== null) {
    return {
      field: 'ended',
      rule: `order ${orderId} is ${closed} here, and the row says reopened. That is decided by a person: npm run ops -- reopen ${orderId}`,
    };
  }
  if (
    row.ended !== null &&
    row.ended !== 'reopened' &&
    endOf(order) === null &&
    netOf(order).amountMinor !== 0
  ) {
    return {
      field: 'ended',
      rule: `order ${orderId} has received money here, and the row says ${row.ended}`,
    };
  }
  for (const { paymentId, paidAmount } of row.payments) {
    const known = order.facts[`payment:${paymentId}`];
    if (known?.kind === 'payment' && known.state === 'succeeded' && !sameMoney(known.amount, paidAmount)) {
      return {
        field: 'paidAmount',
        rule: `payment ${paymentId} was ${formatMoney(known.amount)} here, and the row says ${formatMoney(paidAmount)}`,
      };
    }
  }
  return null;
};

/** What an order gains by its row, in words that a volunteer knows from the columns. */
export const gainsOf = (before: Order, after: Order): string[] => {
  const grows = (was: object | undefined, is: object | undefined): boolean =>
    Object.keys(is ?? {}).length > Object.keys(was ?? {}).length;
  const factsOf = (order: Order, kind: Fact['kind']) =>
    Object.values(order.facts).filter((fact) => fact.kind === kind);
  return [
    before.payBy !== after.payBy ? 'pay_by' : '',
    before.closesAt !== after.closesAt ? 'closes_at' : '',
    grows(before.surfaces, after.surfaces) ? 'stripe_id' : '',
    grows(factsOf(before, 'payment'), factsOf(after, 'payment')) ? 'payment' : '',
    grows(returnsOf(before), returnsOf(after)) ? 'refund' : '',
    grows(factsOf(before, 'decision'), factsOf(after, 'decision')) ? 'ended' : '',
    grows(before.legacyTokenHashes, after.legacyTokenHashes) ? 'legacy_token' : '',
  ].filter((name) => name !== '');
};

/** How all of that stands, in words; and since when or by whose id, so that two who say the same are told apart. */
export const standsOf = (order: Order): Stands => {
  const decision = standingDecision(order);
  const ids = (facts: readonly { id: string }[]): string => facts.map(({ id }) => id).join(' ');
  return {
    pay_by: order.payBy ?? '',
    closes_at: order.closesAt ?? '',
    stripe_id: order.surfaces
      .filter(({ imported }) => imported)
      .map(({ stripeId }) => stripeId)
      .join(' '),
    payment: ids(paymentsOf(order).filter(({ state }) => state !== 'failed')),
    refund: ids(returnsOf(order)),
    ended: decision === undefined ? '' : `${endWords[decision.decision]} on ${decision.at}`,
    legacy_token: order.legacyTokenHashes === undefined ? '' : `${order.legacyTokenHashes.length} known`,
  };
};
const endWords = { cancel: 'canceled', waive: 'waived', reopen: 'reopened' };

/** The row that would bring an order as it is now. */
export const rowOf = (order: Order): OrderRow => {
  const { orderId, productId, playerId, period, payBy, closesAt, test, legacyTokenHashes = [] } = order;
  const amount = dueOf(order);
  const whole = dueAgainOf(order);
  const division = decisionsOf(order).findLast(
    ({ decision, about }) => decision === 'amend' && about !== undefined,
  );
  const divided = sameMoney(whole, amount) ? undefined : division;
  const payments = paymentsOf(order).filter(({ state }) => state === 'succeeded');
  const refunds = returnsOf(order).filter(({ paymentId }) => payments.some(({ id }) => id === paymentId));
  const reopened = refunds.length > 0 && isOwedAgain(order) ? 'reopened' : null;
  const ended = amount.amountMinor === 0 ? null : (endOf(order) ?? reopened);
  return {
    ...{ orderId, productId, playerId, period, amount, payBy, closesAt, test, ended },
    wholeAmount: divided === undefined ? null : whole,
    restOrderId: divided?.about ?? null,
    endedReason: ended === null ? null : (standingDecision(order)?.reason ?? null),
    surfaces: order.surfaces
      .filter(({ imported }) => imported)
      .map(({ stripeId, mintedAt }) => ({ stripeId, mintedAt })),
    payments: payments.map(({ id, amount: paidAmount, at }) => ({ paymentId: id, paidAmount, paidAt: at })),
    refunds: refunds.map(({ id, amount: refundedAmount, at, paymentId }) => ({
      ...{ refundId: id, refundedAmount, refundedAt: at, refundedPayment: paymentId },
    })),
    legacyTokenHashes: [...legacyTokenHashes],
  };
};
