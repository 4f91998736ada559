import type { Blast, Delivery, ShardProgress } from '../../../lib/domain/blast.ts';
import { deliveryTagOf } from '../../../lib/domain/blast.ts';
import type { DueWork } from '../../../lib/domain/due-work.ts';
import { dueWorkKey } from '../../../lib/domain/due-work.ts';
import { money } from '../../../lib/domain/money.ts';
import type { Order } from '../../../lib/domain/order.ts';
import type { RecoveryPlan, RecoveryRow, RowResult } from '../../../lib/domain/recovery-plan.ts';

export const NOW = '2026-05-01T16:00:00.000Z';
export const LATER = '2026-05-02T16:00:00.000Z';

/** An order with something in every part of it. */
export const anOrder = (over: Partial<Order> = {}): Order => ({
  orderId: 'ord_1',
  productId: 'prd_utah',
  category: 'tournament',
  playerId: 'ply_1',
  familyId: 'fam_1',
  period: null,
  originalAmount: money(5500),
  payBy: '2026-05-30',
  closesAt: null,
  test: false,
  shard: 5,
  createdAt: NOW,
  revision: 0,
  generation: 1,
  surfaces: [
    {
      kind: 'payment_link',
      stripeId: 'plink_1',
      url: 'https://buy.stripe.com/1',
      generation: 1,
      amount: money(5500),
      mintedAt: NOW,
      expiresAt: null,
      retiredAt: null,
      imported: false,
    },
  ],
  mint: { generation: 1, attempt: 1, digest: 'd', reservedAt: NOW },
  facts: {
    'payment:pi_1': {
      kind: 'payment',
      id: 'pi_1',
      state: 'processing',
      amount: money(5500),
      generation: null,
      at: NOW,
      source: 'stripe_event',
    },
  },
  dueWork: {},
  ...over,
});

const toRetire: DueWork = { kind: 'retire', about: 'plink_1', since: NOW, dueAt: NOW };
const toClose: DueWork = { kind: 'close', about: 'ord_1', since: NOW, dueAt: LATER };
const toDecide: DueWork = { kind: 'attention', reason: 'dispute', about: 'dp_1', since: NOW, dueAt: NOW };
export const work = { toRetire, toClose, toDecide };

export const due = (...some: DueWork[]): Pick<Order, 'dueWork'> => ({
  dueWork: Object.fromEntries(some.map((one) => [dueWorkKey(one), one])),
});

export const aBlast = (over: Partial<Blast> = {}): Blast => ({
  blastId: 'bls_1',
  audience: { kind: 'product', productId: 'prd_utah' },
  productId: 'prd_utah',
  template: 'payment-request',
  replacesDeadLink: false,
  state: 'planned',
  startsAt: NOW,
  createdAt: NOW,
  createdBy: 'ops@club.example',
  completedAt: null,
  ...over,
});

export const aShard = (over: Partial<ShardProgress> = {}): ShardProgress => ({
  blastId: 'bls_1',
  shard: 5,
  cursor: null,
  pass: 1,
  addedInPass: 0,
  done: false,
  lease: null,
  revision: 0,
  ...over,
});

export const aDelivery = (over: Partial<Delivery> = {}): Delivery => {
  const delivery: Delivery = {
    blastId: 'bls_1',
    shard: 5,
    orderId: 'ord_1',
    address: 'ana@family.example',
    deliveryTag: '',
    state: 'claimed',
    reason: null,
    messageId: null,
    claimedAt: NOW,
    settledAt: null,
    ...over,
  };
  return { ...delivery, deliveryTag: deliveryTagOf(delivery.blastId, delivery.orderId, delivery.address) };
};

export const aRow = (over: Partial<RecoveryRow> = {}): RecoveryRow => ({
  orderId: 'ord_1',
  familyId: 'fam_1',
  playerId: 'ply_1',
  generation: 1,
  amount: money(5500),
  finding: 'session_expired',
  stripeId: 'cs_1',
  ...over,
});

export const aPlan = (over: Partial<RecoveryPlan> = {}): RecoveryPlan => ({
  hash: 'abc123',
  productId: 'prd_utah',
  mail: true,
  rows: [aRow()],
  excluded: [{ orderId: 'ord_93', why: "the club's own test order" }],
  others: { paid: 5 },
  createdAt: NOW,
  expiresAt: LATER,
  ...over,
});

export const aResult = (over: Partial<RowResult> = {}): RowResult => ({
  outcome: 'recovered',
  detail: 'plink_2',
  at: NOW,
  ...over,
});
