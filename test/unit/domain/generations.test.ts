import { describe, expect, it } from 'vitest';
import { money } from '../../../lib/domain/money.ts';
import { type Order, openSurface, payability } from '../../../lib/domain/order.ts';
import {
  closeSurface,
  passTime,
  recordFact,
  recordSurface,
  reserveMint,
  surfaceRetired,
} from '../../../lib/domain/order-changes.ts';
import {
  anOrder,
  aSurface,
  decision,
  minutesAfterNoon,
  NOON,
  payment,
  refund,
} from '../../support/orders.ts';

const minted = (order = anOrder()): Order => recordSurface(reserveMint(order, 'd', NOON), aSurface(), NOON);
const LATER = minutesAfterNoon(10);

describe('a surface and its generation', () => {
  it('what was minted for the order as it is, is open', () => {
    expect(openSurface(minted(), LATER)?.stripeId).toBe('plink_1');
    expect(minted().mint).toBeNull();
  });

  it('a paid order closes its surface and owes its retirement, until Stripe has confirmed it', () => {
    const paid = recordFact(minted(), payment(), LATER);
    expect(openSurface(paid, LATER)).toBeUndefined();
    expect(Object.keys(paid.dueWork)).toEqual(['retire:plink_1']);
    expect(surfaceRetired(paid, 'plink_1', LATER).dueWork).toEqual({});
  });

  it('a debit under way closes the surface; its failure leaves the next click free to mint', () => {
    const processing = recordFact(minted(), payment({ state: 'processing' }), LATER);
    expect(openSurface(processing, LATER)).toBeUndefined();
    const failed = recordFact(processing, payment({ state: 'failed' }), LATER);
    expect(payability(failed, LATER)).toBe('payable');
    expect(failed.generation).toBe(2);
  });

  it('a failure that is told again, after the next surface was minted, closes nothing', () => {
    const failed = recordFact(minted(), payment({ state: 'failed' }), LATER);
    const again = recordSurface(failed, aSurface({ stripeId: 'plink_2', generation: 2 }), LATER);
    const repeated = recordFact(again, payment({ state: 'failed', customerId: 'cus_1' }), LATER);
    expect(openSurface(repeated, LATER)?.stripeId).toBe('plink_2');
  });

  it('a payment has used up its surface, also when all of it went back before we heard of it', () => {
    const reopened = decision({ decision: 'reopen', at: minutesAfterNoon(5) });
    const facts = [refund(), reopened, payment()];
    const owed = facts.reduce((order, fact) => recordFact(order, fact, LATER), minted());
    expect(payability(owed, LATER)).toBe('payable');
    expect(openSurface(owed, LATER)).toBeUndefined();
    expect(Object.keys(owed.dueWork)).toEqual(['retire:plink_1']);
  });

  it('an amendment closes the surface of the old amount', () => {
    const amended = recordFact(minted(), decision({ decision: 'amend', amount: money(4_000) }), LATER);
    expect(openSurface(amended, LATER)).toBeUndefined();
    expect(Object.keys(amended.dueWork)).toEqual(['retire:plink_1']);
  });

  it('what Stripe made for an order that was paid meanwhile is kept closed, with the work of retiring it', () => {
    const reserved = reserveMint(anOrder(), 'd', NOON);
    const paid = recordFact(reserved, payment({ generation: null }), LATER);
    const late = recordSurface(paid, aSurface(), LATER);
    expect(openSurface(late, LATER)).toBeUndefined();
    expect(Object.keys(late.dueWork)).toEqual(['retire:plink_1']);
  });

  it('what Stripe made with an amount that was amended meanwhile is not opened', () => {
    const reserved = reserveMint(anOrder(), 'd', NOON);
    const amended = recordFact(reserved, decision({ decision: 'amend', amount: money(4_000) }), LATER);
    const late = recordSurface(amended, aSurface(), LATER);
    expect(openSurface(late, LATER)).toBeUndefined();
    expect(late.dueWork).toHaveProperty('retire:plink_1');
  });

  it('of two surfaces for one generation the first stays open and the second is retired', () => {
    const both = recordSurface(minted(), aSurface({ stripeId: 'plink_2' }), LATER);
    expect(openSurface(both, LATER)?.stripeId).toBe('plink_1');
    expect(Object.keys(both.dueWork)).toEqual(['retire:plink_2']);
  });

  it('a session is where a click leads until ten minutes before it ends: time to find a card, and type it', () => {
    const order = recordSurface(
      anOrder({ category: 'jersey' }),
      aSurface({ kind: 'checkout_session', stripeId: 'cs_1', expiresAt: minutesAfterNoon(60) }),
      NOON,
    );
    expect(openSurface(order, minutesAfterNoon(49))).toBeDefined();
    expect(openSurface(order, minutesAfterNoon(50))).toBeUndefined();
  });

  it('a surface of an older system is never where a click leads', () => {
    expect(openSurface(recordSurface(anOrder(), aSurface({ imported: true }), NOON), NOON)).toBeUndefined();
  });

  it('closing a surface that is not the current one changes nothing', () => {
    const order = minted();
    expect(closeSurface(order, 'plink_9', LATER)).toBe(order);
  });

  it('a jersey whose page was a shared link of an older system leaves that link alone when it is paid', () => {
    const order = recordSurface(anOrder({ category: 'jersey' }), aSurface({ imported: true }), NOON);
    expect(recordFact(order, payment(), LATER).dueWork).toEqual({});
  });

  it('a paid monthly fee owes one question: which card was kept', () => {
    const order = recordSurface(anOrder({ category: 'monthly' }), aSurface(), NOON);
    const paid = recordFact(order, payment(), LATER);
    expect(Object.keys(paid.dueWork)).toEqual(['retire:plink_1', 'keep_card:pi_1']);
    const known = recordFact(paid, payment({ customerId: 'cus_1', paymentMethodId: 'pm_1' }), LATER);
    expect(Object.keys(known.dueWork)).toEqual(['retire:plink_1']);
  });
});

describe('a mint that was begun', () => {
  const begun = reserveMint(anOrder(), 'digest', NOON);

  it('goes on under the same key while nothing changed', () => {
    expect(reserveMint(begun, 'digest', minutesAfterNoon(20 * 60 - 1))).toBe(begun);
  });

  it.each([
    ['after 20 hours, before Stripe forgets the key', 'digest', 20 * 60, undefined],
    ['when the parameters are others', 'other', 1, undefined],
    ['when Stripe failed for good under the old key', 'digest', 1, { generation: 1, attempt: 1 }],
  ])('starts a new attempt %s', (_, digest, minutes, failed) => {
    const next = reserveMint(begun, digest, minutesAfterNoon(minutes), failed);
    expect(next.mint?.attempt).toBe(2);
    expect(next.mint?.generation).toBe(1);
  });

  it('starts one new attempt for a failure, however many were told of it', () => {
    const failed = { generation: 1, attempt: 1 };
    const next = reserveMint(begun, 'digest', NOON, failed);
    expect(reserveMint(next, 'digest', NOON, failed)).toBe(next);
  });
});

describe('an order that closes after its pay-by date', () => {
  const order = minted(anOrder({ closesAt: LATER }));

  it('is payable until the moment, and has an appointment with the sweep', () => {
    expect(payability(order, minutesAfterNoon(9))).toBe('payable');
    expect(order.dueWork['close:ord_1']?.dueAt).toBe(LATER);
  });

  it('closes its surface when the sweep comes', () => {
    expect(payability(order, LATER)).toBe('closed');
    const closed = passTime(order, LATER);
    expect(Object.keys(closed.dueWork)).toEqual(['retire:plink_1']);
    expect(passTime(closed, LATER)).toBe(closed);
  });
});
