import type Stripe from 'stripe';
import * as v from 'valibot';

import { type Instant, instant } from '../../../lib/domain/ids.ts';
import { Currency, type Money, money } from '../../../lib/domain/money.ts';
import { naturalKey, type Order } from '../../../lib/domain/order.ts';
import { newOrder } from '../../../lib/domain/order-changes.ts';
import type { Family, Player, Product } from '../../../lib/domain/roster.ts';
import type { Orders, Roster } from '../../../lib/ports.ts';
import type { SeedOrder } from './incident.ts';
import type { MailedSession } from './older-system.ts';

export type SeedDeps = { orders: Orders; roster: Roster; now: Instant };

/** An order as the older system left it, with what Stripe says of the session that its family was mailed. */
export type LegacyOrder = {
  order: SeedOrder;
  sessionId: string;
  mintedAt: Instant;
  payment: { paymentIntentId: string; amount: Money; at: Instant } | null;
  /** A try in vain, which the older system kept as an order of its own and canceled. */
  canceled: boolean;
};

/** Who plays, who pays and for what. Written again, it is replaced by itself. */
export const seedRoster = async (
  input: { products: readonly Product[]; families: readonly Family[]; players: readonly Player[] },
  { roster }: Pick<SeedDeps, 'roster'>,
): Promise<void> => {
  await Promise.all([
    ...input.products.map((product) => roster.putProduct(product)),
    ...input.families.map((family) => roster.putFamily(family)),
    ...input.players.map((player) => roster.putPlayer(player)),
  ]);
};

/** Orders that are owed and that nobody has been written to about. Orders that stand already are left as they are. */
export const seedFresh = async (
  input: { orders: readonly SeedOrder[] },
  { orders, roster, now }: SeedDeps,
): Promise<void> => {
  for (const seed of input.orders) {
    const order = await orderOf(seed, now, roster);
    await orders.point({ kind: 'natural', key: naturalKey(order) }, order.orderId);
    await orders.create(order);
  }
};

/** Asks Stripe what became of the sessions that the older system made. */
export const readLegacy = async (
  input: { mailed: readonly MailedSession[]; canceledTries: readonly MailedSession[] },
  { stripe }: { stripe: Stripe },
): Promise<LegacyOrder[]> => {
  const legacy: LegacyOrder[] = [];
  for (const [sessions, canceled] of [
    [input.mailed, false],
    [input.canceledTries, true],
  ] as const) {
    for (const { order, sessionId } of sessions) {
      const session = await stripe.checkout.sessions.retrieve(sessionId, {
        expand: ['payment_intent.latest_charge'],
      });
      const mintedAt = instant(session.created * 1000);
      legacy.push({ order, sessionId, mintedAt, payment: paymentIn(session), canceled });
    }
  }
  return legacy;
};

const paymentIn = (session: Stripe.Checkout.Session): LegacyOrder['payment'] => {
  const intent = session.payment_intent;
  if (session.payment_status !== 'paid' || intent === null || typeof intent === 'string') return null;
  const charge = intent.latest_charge;
  const at = charge === null || typeof charge === 'string' ? intent.created : charge.created;
  return {
    paymentIntentId: intent.id,
    amount: money(intent.amount_received, v.parse(Currency, intent.currency)),
    at: instant(at * 1000),
  };
};

/** As the older system had it. */
export const orderOf = async (seed: SeedOrder, createdAt: Instant, roster: Roster): Promise<Order> => {
  const product = await roster.product(seed.productId);
  if (product === undefined) throw new Error(`The roster has no product ${seed.productId}; seed it first.`);
  return newOrder(
    {
      orderId: seed.orderId,
      productId: seed.productId,
      category: product.category,
      playerId: seed.playerId,
      familyId: seed.familyId,
      period: seed.period,
      payBy: seed.payBy,
      // Still owed after its pay-by date, and so still payable.
      closesAt: null,
      test: seed.test,
      amount: money(seed.amountMinor),
    },
    createdAt,
  );
};
