import * as v from 'valibot';
import { type Delivery, deliveryStates } from './blast.ts';
import { Fact } from './facts.ts';
import { Instant } from './ids.ts';
import { Money } from './money.ts';
import { type Order, payability, Surface } from './order.ts';

/**
 * What happened to one order, in order of time: folded from what the order knows and from the ledgers of the mailings
 * about it. Nothing of it is stored, so it can't tell anything else than what the order is now.
 */

const when = {
  at: Instant,
  /** Under what it is found elsewhere: at Stripe, in SES's events, among the mailings. The most telling one first. */
  ids: v.array(v.string()),
};
const page = { kind: Surface.entries.kind, stripeId: v.string() };

export const StoryLine = v.variant('what', [
  v.object({ what: v.literal('created'), amount: Money, ...when }),
  /** A payment page was asked for, and it is not known yet what Stripe made of that. */
  v.object({ what: v.literal('page_begun'), ...when }),
  v.object({ what: v.literal('page_made'), ...page, amount: Money, imported: v.boolean(), ...when }),
  /** One mail to one address: when it left, and what became of it. */
  v.object({
    what: v.literal('mail'),
    state: v.picklist(deliveryStates),
    address: v.string(),
    reason: v.nullable(v.string()),
    ...when,
  }),
  /** The last time that somebody, or a program that looks through mails, followed its link; to within an hour. */
  v.object({ what: v.literal('clicked'), by: v.picklist(['person', 'program']), ...when }),
  /** From then on a click opens no payment any more. */
  v.object({ what: v.literal('pay_by_passed'), ...when }),
  v.object({ what: v.literal('fact'), fact: Fact, ...when }),
  v.object({ what: v.literal('page_ended'), ...page, how: v.picklist(['closed', 'expired']), ...when }),
]);
export type StoryLine = v.InferOutput<typeof StoryLine>;

/**
 * Stripe tells times in whole seconds. So of what happened within the same one, what can only have followed the other
 * comes later, and the time itself only after that.
 */
const sequence: readonly StoryLine['what'][] = [
  'created',
  'mail',
  'page_begun',
  'page_made',
  'clicked',
  'fact',
  'pay_by_passed',
  'page_ended',
];
const factRanks: Record<Fact['kind'], number> = {
  payment: 0,
  refund: 2,
  dispute: 3,
  decision: 4,
  contract: 5,
};
/** A person's word on giving money back, which the refund follows. */
const REFUND_DECIDED = 1;

const rankOfFact = (fact: Fact): number =>
  fact.kind === 'decision' && fact.decision === 'refund' ? REFUND_DECIDED : factRanks[fact.kind];

const rankOf = (line: StoryLine): number => {
  const rank = sequence.indexOf(line.what) * 100;
  if (line.what === 'fact') return rank + rankOfFact(line.fact);
  return line.what === 'mail' ? rank + deliveryStates.indexOf(line.state) : rank;
};

/** The same story from the same order, in whatever sequence its parts are handed in. */
export const storyOf = (order: Order, deliveries: readonly Delivery[], now: Instant): StoryLine[] =>
  [
    ...beginning(order),
    ...order.surfaces.flatMap((surface) => pageLines(surface, now)),
    ...deliveries.flatMap(mailLines),
    ...visits(order),
    ...Object.values(order.facts).map(
      (fact): StoryLine => ({ what: 'fact', at: fact.at, ids: idsOf(fact), fact }),
    ),
    ...closing(order, now),
  ].sort(byTime);

const byTime = (a: StoryLine, b: StoryLine): number =>
  compare(secondOf(a), secondOf(b)) ||
  rankOf(a) - rankOf(b) ||
  compare(a.at, b.at) ||
  // Text decides the rest, so that the choice has no history.
  compare(sortedText(a), sortedText(b));

const secondOf = ({ at }: StoryLine): string => at.slice(0, 19);
const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Of facts that are equal but for the sequence of their fields, the same. */
const sortedText = (line: StoryLine): string =>
  JSON.stringify(line, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

const beginning = (order: Order): StoryLine[] => [
  { what: 'created', at: order.createdAt, ids: [order.orderId], amount: order.originalAmount },
  ...(order.mint === null ? [] : [{ what: 'page_begun' as const, at: order.mint.reservedAt, ids: [] }]),
];

const pageLines = (
  { kind, stripeId, amount, imported, mintedAt, expiresAt, retiredAt }: Surface,
  now: Instant,
): StoryLine[] => {
  const expired = expiresAt !== null && expiresAt <= now && (retiredAt === null || expiresAt <= retiredAt);
  const endedAt = expired ? expiresAt : retiredAt;
  const ids = [stripeId];
  return [
    { what: 'page_made', at: mintedAt, ids, kind, stripeId, amount, imported },
    ...(endedAt === null
      ? []
      : [
          {
            what: 'page_ended' as const,
            at: endedAt,
            ids,
            kind,
            stripeId,
            how: expired ? ('expired' as const) : ('closed' as const),
          },
        ]),
  ];
};

/** A delivery keeps when it left and its last state, not what was in between. */
const mailLines = (delivery: Delivery): StoryLine[] => {
  const { address, reason, state, sentAt, settledAt, claimedAt, messageId, blastId } = delivery;
  const ids = [...(messageId === null ? [] : [messageId]), blastId];
  const line = (at: Instant, of: typeof state, why: string | null): StoryLine[] => [
    { what: 'mail', at, ids, state: of, address, reason: why },
  ];
  if (state === 'sent') return line(sentAt ?? settledAt ?? claimedAt, state, reason);
  const since = settledAt ?? claimedAt;
  if (sentAt === null) return line(since, state, reason);
  // The sender notes it when SES has answered; SES may tell of an earlier moment.
  return [...line(sentAt, 'sent', null), ...line(since < sentAt ? sentAt : since, state, reason)];
};

const visits = ({ clickedAt, scannedAt }: Order): StoryLine[] => [
  ...(clickedAt === null
    ? []
    : [{ what: 'clicked' as const, at: clickedAt, ids: [], by: 'person' as const }]),
  ...(scannedAt === null
    ? []
    : [{ what: 'clicked' as const, at: scannedAt, ids: [], by: 'program' as const }]),
];

const closing = (order: Order, now: Instant): StoryLine[] =>
  order.closesAt !== null && payability(order, now) === 'closed'
    ? [{ what: 'pay_by_passed', at: order.closesAt, ids: [] }]
    : [];

/** All that a fact names at Stripe, beginning with what it is about. */
const idsOf = (fact: Fact): string[] => {
  switch (fact.kind) {
    case 'payment':
      // A session that was mailed itself is the surface too.
      return [
        ...new Set([fact.id, fact.sessionId, fact.surfaceId, fact.customerId, fact.paymentMethodId]),
      ].filter((id) => typeof id === 'string');
    case 'refund':
    case 'dispute':
      return [fact.id, fact.paymentId];
    case 'decision':
      return fact.decision === 'close_link' && fact.about !== undefined ? [fact.id, fact.about] : [fact.id];
    case 'contract':
      return [];
  }
};
