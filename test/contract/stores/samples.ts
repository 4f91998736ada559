import {
  addressKeyOf,
  type Blast,
  type Delivery,
  type Preview,
  type ShardProgress,
} from '../../../lib/domain/blast.ts';
import type { DueWork } from '../../../lib/domain/due-work.ts';
import { dueWorkKey } from '../../../lib/domain/due-work.ts';
import { money } from '../../../lib/domain/money.ts';
import type { Order } from '../../../lib/domain/order.ts';
import { type Finding, type FindingResult, newRun } from '../../../lib/domain/reconciliation.ts';
import type {
  LeftAlone,
  PlanDraft,
  Planned,
  RecoveryPlan,
  RecoveryRow,
  RowResult,
} from '../../../lib/domain/recovery-plan.ts';
import type { Monthly, Reminders } from '../../../lib/domain/schedule.ts';

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
  firstMailedOn: null,
  clickedAt: null,
  scannedAt: LATER,
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
  purpose: 'notice',
  audience: {
    kind: 'product',
    productId: 'prd_utah',
    filter: { period: null, onlyNeverMailed: true },
    asOf: NOW,
  },
  productId: 'prd_utah',
  template: 'payment-request',
  replacesDeadLink: false,
  state: 'planned',
  waiting: null,
  approved: { hash: 'abc123', orders: 17, deliveries: 23, leftOut: 2, amount: money(93_500) },
  startsAt: NOW,
  createdAt: NOW,
  createdBy: 'ops@club.example',
  endedAt: null,
  ...over,
});

export const aShard = (over: Partial<ShardProgress> = {}): ShardProgress => ({
  blastId: 'bls_1',
  shard: 5,
  cursor: null,
  pass: 1,
  addedInPass: 0,
  swept: false,
  done: false,
  wakeAt: null,
  unclear: [{ orderId: 'ord_1', addressKey: 'a1', claimedAt: NOW }],
  lease: null,
  revision: 0,
  ...over,
});

export const aDelivery = (over: Partial<Delivery> = {}): Delivery => {
  const address = over.address ?? 'ana@family.example';
  return {
    blastId: 'bls_1',
    shard: 5,
    orderId: 'ord_1',
    addressKey: addressKeyOf(address),
    address,
    state: 'claimed',
    reason: null,
    messageId: null,
    claimedAt: NOW,
    sentAt: null,
    settledAt: null,
    ...over,
  };
};

export const aPreview = (over: Partial<Preview> = {}): Preview => ({
  hash: 'abc123',
  productId: 'prd_utah',
  template: 'payment-request',
  templateVersion: '1',
  filter: { period: null, onlyNeverMailed: false },
  asOf: NOW,
  orders: 17,
  deliveries: 23,
  families: 15,
  amount: money(93_500),
  leftOut: { paid: 4, no_address: 1 },
  ...over,
});

export const aRow = (over: Partial<RecoveryRow> = {}): RecoveryRow => ({
  orderId: 'ord_1',
  familyId: 'fam_1',
  playerId: 'ply_1',
  productId: 'prd_utah',
  generation: 1,
  amount: money(5500),
  finding: 'session_expired',
  stripeId: 'cs_1',
  old: 'ended',
  mail: 'again',
  ...over,
});

export const aPlannedRow = (over: Partial<RecoveryRow> = {}): Planned => ({
  kind: 'row',
  row: aRow(over),
  begunAt: null,
  result: null,
});

export const leftAlone = (over: Partial<LeftAlone> = {}): Planned => ({
  kind: 'left_alone',
  order: {
    orderId: 'ord_93',
    familyId: 'fam_93',
    productId: 'prd_utah',
    reason: 'other_order',
    stripeId: 'cs_93',
    foundAtStripe: 'expired',
    belongsTo: 'ord_94',
    ...over,
  },
});

export const aPlan = (over: Partial<RecoveryPlan> = {}): RecoveryPlan => ({
  hash: 'abc123',
  planId: 'pln_1',
  scope: { kind: 'product', productId: 'prd_utah' },
  productIds: ['prd_utah'],
  mail: true,
  rows: 1,
  mailed: 1,
  families: 1,
  sums: [money(5500)],
  leftAlone: 1,
  others: { paid: 5 },
  createdAt: NOW,
  expiresAt: LATER,
  startedAt: null,
  ...over,
});

export const aDraft = (over: Partial<PlanDraft> = {}): PlanDraft => ({
  planId: 'pln_1',
  scope: { kind: 'all' },
  mail: true,
  productIds: ['prd_utah', 'prd_fees'],
  at: { product: 1, shard: 3, cursor: 'ord_1' },
  accountSeen: true,
  looked: 40,
  others: { paid: 5 },
  createdAt: NOW,
  revision: 0,
  ...over,
});

export const aResult = (over: Partial<RowResult> = {}): RowResult => ({
  outcome: 'recovered',
  detail: 'plink_2',
  at: NOW,
  ...over,
});

const schedule = {
  productId: 'prd_utah',
  timeZone: 'America/Denver',
  at: '09:00',
  state: 'active',
  createdBy: 'office',
  createdAt: NOW,
  ranUntil: '2026-04-30',
  nextRunAt: NOW,
  revision: 0,
} as const;
export const aReminderSchedule = (over: Partial<Reminders> = {}): Reminders => ({
  kind: 'reminders',
  scheduleId: 'reminders_prd_utah',
  days: [3, 7, 14],
  skipped: [
    {
      runId: 'rem_prd_utah_3_2026-04-29',
      day: '2026-04-29',
      reason: 'missed',
      orders: null,
      ordersBefore: null,
    },
  ],
  ...schedule,
  ...over,
});
/** With something in every part of it. */
export const aFeeSchedule = (over: Partial<Monthly> = {}): Monthly => ({
  kind: 'monthly',
  scheduleId: 'monthly_prd_utah',
  dayOfMonth: 25,
  of: 'next_month',
  payByDays: 10,
  running: {
    period: '2026-05',
    day: '2026-04-25',
    anyway: false,
    phase: 'make',
    source: '2026-04',
    sourceOrders: 40,
    shard: 3,
    after: 'ord_1',
    made: 7,
    leftOut: { canceled: 1 },
  },
  last: {
    period: '2026-04',
    day: '2026-03-25',
    sourceOrders: 38,
    made: 37,
    leftOut: { contract_unsigned: 1 },
  },
  skipped: [],
  ...schedule,
  ...over,
});

export const aRun = (runId = 'run_1') =>
  newRun({ runId, since: '2026-03-01T00:00:00.000Z', repairs: null }, NOW);
export const aFinding = (over: Partial<Finding> = {}): Finding => ({
  kind: 'lost_payment',
  about: 'pi_1',
  via: 'cs_1',
  orderId: 'ord_1',
  amount: { amountMinor: 5_500, currency: 'usd' },
  foundAt: NOW,
  ...over,
});
export const aFindingResult = (over: Partial<FindingResult> = {}): FindingResult => ({
  outcome: 'repaired',
  detail: 'paid',
  at: NOW,
  ...over,
});
