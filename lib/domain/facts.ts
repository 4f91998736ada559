import * as v from 'valibot';
import { Instant } from './ids.ts';
import { Integer } from './integer.ts';
import { Money } from './money.ts';

/** From whom an order knows a fact. */
export const FactSource = v.picklist(['stripe_event', 'stripe_read', 'import', 'ops']);

/** States in the order in which they can follow one another: merging two facts keeps the later state. */
export const paymentStates = ['processing', 'failed', 'succeeded'] as const;
export const refundStates = ['pending', 'requires_action', 'succeeded', 'canceled', 'failed'] as const;
export const disputeStates = [
  'warning_needs_response',
  'warning_under_review',
  'warning_closed',
  'needs_response',
  'under_review',
  'prevented',
  'won',
  'lost',
] as const;

const shared = { at: Instant, source: FactSource };

/** One payment intent. `generation` is that of the surface it was paid on; null when that is not known. */
export const PaymentFact = v.object({
  kind: v.literal('payment'),
  id: v.string(),
  state: v.picklist(paymentStates),
  amount: Money,
  generation: v.nullable(Integer),
  sessionId: v.optional(v.string()),
  surfaceId: v.optional(v.string()),
  customerId: v.optional(v.string()),
  /** Of a card kept for later fees: null when Stripe kept none, missing while it has not been asked. */
  paymentMethodId: v.optional(v.nullable(v.string())),
  ...shared,
});
export type PaymentFact = v.InferOutput<typeof PaymentFact>;

export const RefundFact = v.object({
  kind: v.literal('refund'),
  id: v.string(),
  state: v.picklist(refundStates),
  amount: Money,
  paymentId: v.string(),
  /** The decision of ours that it carries out; missing where somebody refunded in Stripe's dashboard. */
  decision: v.optional(v.string()),
  /** Stripe's word for it, where Stripe refused to make it. */
  why: v.optional(v.string()),
  ...shared,
});
export type RefundFact = v.InferOutput<typeof RefundFact>;

export const DisputeFact = v.object({
  kind: v.literal('dispute'),
  id: v.string(),
  state: v.picklist(disputeStates),
  amount: Money,
  paymentId: v.string(),
  /** When the evidence must be in; null when Stripe names no time. */
  respondBy: v.nullable(Instant),
  /** When Stripe said so: what it said last counts. */
  respondByToldAt: v.optional(Instant),
  ...shared,
});
export type DisputeFact = v.InferOutput<typeof DisputeFact>;

/** What a person of the club decided, with a name and a reason. Never changed once it stands. */
export const DecisionFact = v.object({
  kind: v.literal('decision'),
  id: v.string(),
  decision: v.picklist(['amend', 'cancel', 'waive', 'reopen', 'settle', 'refund', 'close_link']),
  /** The new amount of an `amend`; what a `refund` gives back. */
  amount: v.optional(Money),
  /**
   * The attention item that a `settle` closes, by its key; the payment that a `refund` gives back, by the key of its
   * fact; the order that an `amend` made of what is missing; the link that a `close_link` ends, by its id at Stripe.
   */
  about: v.optional(v.string()),
  actor: v.string(),
  reason: v.string(),
  ...shared,
});
export type DecisionFact = v.InferOutput<typeof DecisionFact>;

/** What the roster was told of the contract of the order's player, where the category asks for one. */
export const ContractFact = v.object({
  kind: v.literal('contract'),
  /** When the roster was told: the same news told again is the same fact. */
  id: Instant,
  state: v.picklist(['unsigned', 'signed', 'ended']),
  ...shared,
});
export type ContractFact = v.InferOutput<typeof ContractFact>;

export const Fact = v.variant('kind', [PaymentFact, RefundFact, DisputeFact, DecisionFact, ContractFact]);
export type Fact = v.InferOutput<typeof Fact>;
export type Facts = Readonly<Record<string, Fact>>;

/** What a fact is about: facts of one key are merged, facts of different keys stand beside each other. */
export const factKey = (fact: Fact): string => `${fact.kind}:${fact.id}`;

/** Whether `b` is further than `a`, of the same thing. */
export const isLaterState = (a: Fact, b: { kind: Fact['kind']; state: string }): boolean =>
  a.kind === b.kind && rank({ ...a, state: b.state } as Fact) > rank(a);

const rank = (fact: Fact): number => {
  switch (fact.kind) {
    case 'payment':
      return paymentStates.indexOf(fact.state);
    case 'refund':
      return refundStates.indexOf(fact.state);
    case 'dispute':
      return disputeStates.indexOf(fact.state);
    case 'decision':
    case 'contract':
      return 0;
  }
};

/**
 * The later of two states of one thing, with what only the other knows filled in. The result is the same
 * whichever came first and however often each came, which is what makes the order of webhooks irrelevant.
 */
export const mergeFact = (known: Fact | undefined, arriving: Fact): Fact => {
  if (known === undefined) return arriving;
  const [later, earlier] = isLater(known, arriving) ? [known, arriving] : [arriving, known];
  return {
    ...definedOf(earlier),
    ...definedOf(later),
    ...generationOf(later, earlier),
    ...deadlineOf(later, earlier),
  } as Fact;
};

/** Of two reports of one state the first by time counts; text decides a tie, so that the choice has no history. */
const isLater = (a: Fact, b: Fact): boolean => {
  if (rank(a) !== rank(b)) return rank(a) > rank(b);
  if (a.at !== b.at) return a.at < b.at;
  return JSON.stringify(definedOf(a)) <= JSON.stringify(definedOf(b));
};

/** In alphabetical order of names, so that equal facts are equal as text. */
const definedOf = (fact: Fact): Partial<Fact> =>
  Object.fromEntries(
    Object.entries(fact)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const generationOf = (later: Fact, earlier: Fact): { generation?: number | null } =>
  later.kind === 'payment' && earlier.kind === 'payment'
    ? { generation: later.generation ?? earlier.generation }
    : {};

/** Of two reports of one state of a dispute, the deadline that was told last: banks move it, to either side. */
const deadlineOf = (later: Fact, earlier: Fact): Partial<DisputeFact> => {
  if (later.kind !== 'dispute' || earlier.kind !== 'dispute' || rank(later) !== rank(earlier)) return {};
  const told = ({ respondByToldAt = '', respondBy }: DisputeFact): string =>
    `${respondByToldAt} ${respondBy}`;
  const { respondBy, respondByToldAt } = told(later) >= told(earlier) ? later : earlier;
  return { respondBy, ...(respondByToldAt !== undefined && { respondByToldAt }) };
};

/** True when two reports can't both be right: Stripe's object must be read before either is believed. */
export const contradicts = (known: Fact | undefined, arriving: Fact): boolean => {
  if (known === undefined) return false;
  const final = (fact: Fact): boolean =>
    fact.kind === 'payment'
      ? fact.state !== 'processing'
      : fact.kind === 'dispute' && (fact.state === 'won' || fact.state === 'lost');
  return final(known) && final(arriving) && rank(known) !== rank(arriving);
};
