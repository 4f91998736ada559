import { instantAfter, SHARDS } from '../../../lib/domain/ids.ts';
import { money } from '../../../lib/domain/money.ts';
import type { Order } from '../../../lib/domain/order.ts';
import { newOrder, recordFact, recordSurface, surfaceRetired } from '../../../lib/domain/order-changes.ts';
import type { FindingKind } from '../../../lib/domain/reconciliation.ts';

/** A club of so many orders, the same for the same seed: each order is made from its number, here and at Stripe. */

export const NOW = '2026-04-14T15:00:00.000Z';
export const SYSTEM = 'club-payments/bench';
export const PRODUCT = 'utah';

export const plantedKinds = [
  'lost_payment',
  'lost_refund',
  'lost_dispute',
  'active_on_closed',
  'orphan_link',
  'inactive_surface',
] as const satisfies FindingKind[];
export type PlantedKind = (typeof plantedKinds)[number];

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const DUE = money(5_500);

/** Three of five are paid. */
export const isPaid = (index: number): boolean => index % 5 < 3;
/** Paid a moment ago: its webhook is on its way. */
const UNDER_WAY_MS = 20 * MINUTE;

export type Club = ReturnType<typeof clubOf>;

export const clubOf = (total: number, perKind: number, seed: number) => {
  const random = mulberry32(seed);
  const faults = new Map<number, PlantedKind>();
  for (const kind of plantedKinds) {
    const wantsPaid = kind !== 'orphan_link' && kind !== 'inactive_surface';
    for (let planted = 0; planted < perKind; ) {
      const index = Math.floor(random() * total);
      if (isPaid(index) !== wantsPaid || faults.has(index) || isUnderWay(index)) continue;
      faults.set(index, kind);
      planted += 1;
    }
  }
  const perShard = Math.ceil(total / SHARDS);
  let arrived = false;

  /** Made one after the other over the last six weeks. */
  function madeAt(index: number): string {
    return instantAfter(NOW, -Math.round(((total - index) / total) * 44 * DAY));
  }
  function paidAt(index: number): string {
    return instantAfter(madeAt(index), MINUTE);
  }
  function isUnderWay(index: number): boolean {
    return paidAt(index) > instantAfter(NOW, -UNDER_WAY_MS);
  }
  const refunded = (index: number): boolean => index % 97 === 0 && isPaid(index) && !faults.has(index);
  const disputed = (index: number): boolean => index % 101 === 0 && isPaid(index) && !faults.has(index);
  /** An order with a fault of kind `orphan_link` has a link of its own beside the stray one, or none. */
  const hasOwnLink = (index: number): boolean => faults.get(index) !== 'orphan_link' || index % 2 === 0;

  return {
    total,
    faults,
    madeAt,
    paidAt,
    isUnderWay,
    refunded,
    disputed,
    hasOwnLink,

    /** The webhooks that were on their way are there. */
    webhooksArrive(): void {
      arrived = true;
    },

    /** Kind and object of everything that is wrong. */
    planted: (): string[] =>
      [...faults].map(([index, kind]) => {
        const prefix: Record<PlantedKind, string> = {
          lost_payment: 'pi_',
          lost_refund: 're_',
          lost_dispute: 'du_',
          active_on_closed: 'plink_',
          orphan_link: 'plink_stray',
          inactive_surface: 'plink_',
        };
        return `${kind} ${prefix[kind]}${index}`;
      }),

    idOf: (index: number): string =>
      `ord_${String(index % SHARDS).padStart(2, '0')}_${String(Math.floor(index / SHARDS)).padStart(7, '0')}`,

    indexOf: (orderId: string): number => Number(orderId.slice(7)) * SHARDS + Number(orderId.slice(4, 6)),

    orderIdsOf: (shard: number, after: string | undefined, limit: number): string[] => {
      const first = after === undefined ? 0 : Number(after.slice(7)) + 1;
      const ids: string[] = [];
      for (let place = first; place < perShard && ids.length < limit; place++) {
        const index = place * SHARDS + shard;
        if (index < total)
          ids.push(`ord_${String(shard).padStart(2, '0')}_${String(place).padStart(7, '0')}`);
      }
      return ids;
    },

    order(index: number): Order {
      const orderId = this.idOf(index);
      const at = madeAt(index);
      const fault = faults.get(index);
      let order: Order = {
        ...newOrder(
          {
            orderId,
            productId: PRODUCT,
            category: 'tournament',
            playerId: `ply_${index}`,
            familyId: `fam_${index}`,
            period: null,
            amount: DUE,
            payBy: null,
            closesAt: null,
            test: false,
          },
          at,
        ),
        shard: index % SHARDS,
      };
      if (hasOwnLink(index)) {
        order = recordSurface(
          order,
          {
            kind: 'payment_link',
            stripeId: `plink_${index}`,
            url: `https://buy.stripe.example/${index}`,
            generation: 1,
            amount: DUE,
            mintedAt: at,
            expiresAt: null,
            retiredAt: null,
            imported: false,
          },
          at,
        );
      }
      if (!isPaid(index) || fault === 'lost_payment' || (isUnderWay(index) && !arrived)) return order;
      const shared = { at: paidAt(index), source: 'stripe_event' } as const;
      const paymentId = `pi_${index}`;
      order = recordFact(
        order,
        { kind: 'payment', id: paymentId, state: 'succeeded', amount: DUE, generation: 1, ...shared },
        NOW,
      );
      const amount = money(500);
      if (refunded(index)) {
        const refund = { kind: 'refund', id: `re_${index}`, state: 'succeeded', amount, paymentId } as const;
        order = recordFact(order, { ...refund, ...shared }, NOW);
      }
      if (disputed(index)) {
        const dispute = { kind: 'dispute', id: `du_${index}`, state: 'won', amount: DUE, paymentId } as const;
        order = recordFact(order, { ...dispute, respondBy: null, ...shared }, NOW);
      }
      return surfaceRetired(order, `plink_${index}`, NOW);
    },
  };
};

/** A small generator of numbers between 0 and 1, the same for the same seed. */
const mulberry32 = (seed: number) => {
  let state = seed >>> 0;
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export const NOW_MS = Date.parse(NOW);
