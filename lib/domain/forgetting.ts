import * as v from 'valibot';
import { attentionItemsOf } from './attention.ts';
import { Instant } from './ids.ts';
import { Money } from './money.ts';
import { type Order, paymentsOf, refundsOf, refundsOwed, statusOf } from './order.ts';

/**
 * What has to come to its end before a family can be forgotten: afterwards nobody could be asked, paid back, or told.
 * Of its orders, and of the mails about them.
 */
export const hindrances = [
  /** Somebody may pay it, now or after it was opened again. */
  'owed',
  /** A bank payment that may still arrive, or fail. */
  'payment_under_way',
  'attention',
  'refund_under_way',
  /** Something is still to be done at Stripe; it is done by itself. */
  'work_under_way',
  /** Nobody knows whether it left. */
  'mail_held',
  /** Somebody is at it just now. */
  'mail_leaving',
] as const;
export type HindranceKind = (typeof hindrances)[number];

export const Hindrance = v.object({
  why: v.picklist(hindrances),
  orderId: v.string(),
  /** Of a mail: by what it is settled. */
  mail: v.exactOptional(v.object({ blastId: v.string(), addressKey: v.string() })),
});
export type Hindrance = v.InferOutput<typeof Hindrance>;

/** What of an order is in the way; null: nothing. */
export const hindranceOf = (order: Order): HindranceKind | null => {
  if (statusOf(order) === 'pending') return 'owed';
  if (paymentsOf(order).some(({ state }) => state === 'processing')) return 'payment_under_way';
  if (attentionItemsOf(order).length > 0) return 'attention';
  const returning = refundsOf(order).some(({ state }) => state === 'pending' || state === 'requires_action');
  if (returning || refundsOwed(order).length > 0) return 'refund_under_way';
  return Object.keys(order.dueWork).length > 0 ? 'work_under_way' : null;
};

/** What forgetting a family comes to. Holds names and addresses: never logged. */
export const ForgetPlan = v.object({
  hash: v.string(),
  familyId: v.string(),
  /** Nothing here tells afterwards who they are. */
  goes: v.object({
    parents: v.array(v.object({ name: v.string(), addresses: v.array(v.string()) })),
    players: v.array(v.object({ playerId: v.string(), name: v.string() })),
    /** Mails of the ledger that name an address. */
    mails: v.number(),
  }),
  stays: v.object({
    orders: v.array(v.object({ orderId: v.string(), productId: v.string(), status: v.string(), net: Money })),
    /** Addresses that nothing, or no reminder, is mailed to: of these a hash is kept. */
    notMailed: v.number(),
    /** What people wrote beside their decisions: it may name somebody. */
    notes: v.array(v.object({ orderId: v.string(), actor: v.string(), reason: v.string(), at: Instant })),
  }),
  /** What only a person can remove. */
  atStripe: v.object({ customers: v.array(v.string()), payments: v.array(v.string()) }),
});
export type ForgetPlan = v.InferOutput<typeof ForgetPlan>;
export type AtStripe = ForgetPlan['atStripe'];

export const ForgetLook = v.variant('state', [
  /** When it was forgotten; nothing is left to be done. */
  v.object({ state: v.literal('done'), at: Instant }),
  /** This very decision stands, and the rest of it is still to be done. */
  v.object({ state: v.literal('begun') }),
  v.object({ state: v.literal('hindered'), hindrances: v.array(Hindrance) }),
  v.object({ state: v.literal('open'), plan: ForgetPlan }),
]);
export type ForgetLook = v.InferOutput<typeof ForgetLook>;

export const FamilyForgotten = v.object({
  familyId: v.string(),
  doneBefore: v.boolean(),
  players: v.number(),
  mails: v.number(),
  /** Players and mails that were written meanwhile: the same command takes them. */
  left: v.number(),
  atStripe: ForgetPlan.entries.atStripe,
});
export type FamilyForgotten = v.InferOutput<typeof FamilyForgotten>;
