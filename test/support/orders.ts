import type { ProductCategory } from '../../lib/domain/category.ts';
import type { DecisionFact, DisputeFact, PaymentFact, RefundFact } from '../../lib/domain/facts.ts';
import { instant } from '../../lib/domain/ids.ts';
import { money } from '../../lib/domain/money.ts';
import type { Order, Surface } from '../../lib/domain/order.ts';
import { type NewOrder, newOrder } from '../../lib/domain/order-changes.ts';

export const NOON = '2026-04-14T12:00:00.000Z';
export const minutesAfterNoon = (minutes: number): string => instant(Date.parse(NOON) + minutes * 60_000);

export const anOrder = (over: Partial<NewOrder> & { category?: ProductCategory } = {}): Order =>
  newOrder(
    {
      orderId: 'ord_1',
      productId: 'utah',
      category: 'tournament',
      playerId: 'ply_1',
      familyId: 'fam_1',
      period: null,
      amount: money(5_500),
      payBy: null,
      closesAt: null,
      test: false,
      ...over,
    },
    NOON,
  );

export const aSurface = (over: Partial<Surface> = {}): Surface => ({
  kind: 'payment_link',
  stripeId: 'plink_1',
  url: 'https://stripe.example/plink_1',
  generation: 1,
  amount: money(5_500),
  mintedAt: NOON,
  expiresAt: null,
  retiredAt: null,
  imported: false,
  ...over,
});

export const payment = (over: Partial<PaymentFact> = {}): PaymentFact => ({
  kind: 'payment',
  id: 'pi_1',
  state: 'succeeded',
  amount: money(5_500),
  generation: 1,
  at: minutesAfterNoon(1),
  source: 'stripe_event',
  ...over,
});

export const refund = (over: Partial<RefundFact> = {}): RefundFact => ({
  kind: 'refund',
  id: 're_1',
  state: 'succeeded',
  amount: money(5_500),
  paymentId: 'pi_1',
  at: minutesAfterNoon(2),
  source: 'stripe_event',
  ...over,
});

export const dispute = (over: Partial<DisputeFact> = {}): DisputeFact => ({
  kind: 'dispute',
  id: 'dp_1',
  state: 'needs_response',
  amount: money(5_500),
  paymentId: 'pi_1',
  respondBy: null,
  at: minutesAfterNoon(3),
  source: 'stripe_event',
  ...over,
});

export const decision = (over: Partial<DecisionFact> = {}): DecisionFact => ({
  kind: 'decision',
  id: 'dec_1',
  decision: 'cancel',
  actor: 'office',
  reason: 'left the club',
  at: minutesAfterNoon(4),
  source: 'ops',
  ...over,
});
