import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lib/domain/facts.ts';
import { factKey } from '../../../lib/domain/facts.ts';
import { money } from '../../../lib/domain/money.ts';
import type { Order, Surface } from '../../../lib/domain/order.ts';
import { type StoryLine, storyOf } from '../../../lib/domain/story.ts';
import { aLedgerRow } from '../../support/ledger.ts';
import {
  anOrder,
  aSurface,
  decision,
  dispute,
  minutesAfterNoon as minute,
  NOON,
  payment,
  refund,
} from '../../support/orders.ts';

const NOW = minute(1_000);
const withFacts = (...facts: Fact[]): Pick<Order, 'facts'> => ({
  facts: Object.fromEntries(facts.map((fact) => [factKey(fact), fact])),
});

/** Everything that can happen to one. */
const lived = (): Order => ({
  ...anOrder({ closesAt: minute(90) }),
  clickedAt: minute(20),
  scannedAt: minute(6),
  mint: { generation: 4, attempt: 1, digest: 'd', reservedAt: minute(80) },
  generation: 4,
  surfaces: [
    aSurface({
      stripeId: 'cs_old',
      kind: 'checkout_session',
      mintedAt: NOON,
      expiresAt: minute(5),
      imported: true,
    }),
    aSurface({ stripeId: 'plink_2', generation: 2, mintedAt: minute(2), retiredAt: minute(31) }),
    aSurface({ stripeId: 'plink_3', generation: 3, mintedAt: minute(32) }),
  ],
  ...withFacts(
    payment({ id: 'pi_1', at: minute(30), sessionId: 'cs_1', surfaceId: 'plink_2', customerId: 'cus_1' }),
    payment({ id: 'pi_2', state: 'failed', at: minute(29) }),
    refund({ id: 're_1', paymentId: 'pi_1', at: minute(50) }),
    dispute({ id: 'dp_1', paymentId: 'pi_1', at: minute(50) }),
    decision({ id: 'dec_1', decision: 'amend', amount: money(4_000), at: minute(31) }),
  ),
});
const mails = [
  aLedgerRow({ messageId: 'm-1', sentAt: minute(3), state: 'delivered', settledAt: minute(4) }),
  aLedgerRow({ address: 'ben@family.example', state: 'skipped', reason: 'suppressed', settledAt: minute(3) }),
  aLedgerRow({ blastId: 'bls_2', state: 'claimed', claimedAt: minute(70), sentAt: null, settledAt: null }),
];

const told = (lines: readonly StoryLine[]): string[] =>
  lines.map((line) => {
    const detail = line.what === 'fact' ? line.fact.kind : line.what === 'mail' ? line.state : '';
    return [line.at.slice(11, 16), line.what, detail, ...line.ids].filter((word) => word !== '').join(' ');
  });

describe("an order's story", () => {
  it('is told from its beginning to now, each part with its ids at Stripe and SES', () => {
    expect(told(storyOf(lived(), mails, NOW))).toEqual([
      '12:00 created ord_1',
      '12:00 page_made cs_old',
      '12:02 page_made plink_2',
      '12:03 mail sent m-1 bls_1',
      '12:03 mail skipped bls_1',
      '12:04 mail delivered m-1 bls_1',
      '12:05 page_ended cs_old',
      '12:06 clicked',
      '12:20 clicked',
      '12:29 fact payment pi_2',
      '12:30 fact payment pi_1 cs_1 plink_2 cus_1',
      '12:31 fact decision dec_1',
      '12:31 page_ended plink_2',
      '12:32 page_made plink_3',
      '12:50 fact refund re_1 pi_1',
      '12:50 fact dispute dp_1 pi_1',
      '13:10 mail claimed bls_2',
      '13:20 page_begun',
    ]);
  });

  it('tells of a mail that a person called sent when it left, and of one that is held since it is', () => {
    const held = aLedgerRow({ state: 'held', sentAt: null, claimedAt: minute(1), settledAt: minute(61) });
    const sent = aLedgerRow({ state: 'sent', reason: 'Kim', sentAt: minute(2), settledAt: minute(99) });
    expect(told(storyOf(anOrder(), [held, sent], NOW)).slice(1)).toEqual([
      '12:02 mail sent bls_1',
      '13:01 mail held bls_1',
    ]);
  });

  it.each<[string, Partial<Surface>, string[]]>([
    ['is open', {}, []],
    ['expires later', { expiresAt: minute(1_001) }, []],
    ['has expired', { expiresAt: NOW }, ['expired']],
    ['was closed before it would have expired', { expiresAt: minute(9), retiredAt: minute(8) }, ['closed']],
    ['was looked after once it had expired', { expiresAt: minute(7), retiredAt: minute(8) }, ['expired']],
  ])('ends a payment page that %s as it ended', (_, over, ends) => {
    const order = { ...anOrder(), surfaces: [aSurface(over)] };
    const lines = storyOf(order, [], NOW).filter(({ what }) => what === 'page_ended');
    expect(lines.map((line) => line.what === 'page_ended' && line.how)).toEqual(ends);
  });

  it('names a session once that was mailed itself, and so is the page that was paid on', () => {
    const paid = {
      ...anOrder(),
      ...withFacts(payment({ id: 'pi_1', sessionId: 'cs_1', surfaceId: 'cs_1' })),
    };
    const [line] = storyOf(paid, [], NOW).filter(({ what }) => what === 'fact');
    expect(line?.ids.filter((id) => id === 'cs_1')).toEqual(['cs_1']);
  });

  it('says that the pay-by date has passed only where that is why nothing can be paid', () => {
    const closesAt = minute(90);
    const passed = (order: Order, now: string): boolean =>
      storyOf(order, [], now).some(({ what }) => what === 'pay_by_passed');
    expect(passed(anOrder({ closesAt }), minute(89))).toBe(false);
    expect(passed(anOrder({ closesAt }), minute(90))).toBe(true);
    expect(passed({ ...anOrder({ closesAt }), ...withFacts(payment()) }, NOW)).toBe(false);
  });

  it('is the same, in whatever sequence its parts are kept', () => {
    const story = storyOf(lived(), mails, NOW);
    const { facts, surfaces } = lived();
    fc.assert(
      fc.property(
        fc.shuffledSubarray(Object.entries(facts), { minLength: Object.keys(facts).length }),
        fc.shuffledSubarray(surfaces, { minLength: surfaces.length }),
        fc.shuffledSubarray(mails, { minLength: mails.length }),
        fc.boolean(),
        (shuffledFacts, shuffledSurfaces, shuffledMails, backwards) => {
          const order = {
            ...lived(),
            surfaces: shuffledSurfaces,
            facts: Object.fromEntries(
              shuffledFacts.map(([key, fact]) => [key, backwards ? reversed(fact) : fact]),
            ),
          };
          expect(storyOf(order, shuffledMails, NOW)).toEqual(story);
        },
      ),
    );
  });

  it('keeps to what can only have followed the other, where times are of one second', () => {
    const at = (ms: number): string => new Date(Date.parse(minute(1)) + ms).toISOString();
    const order = {
      ...anOrder(),
      surfaces: [aSurface({ mintedAt: at(300), retiredAt: at(900) })],
      clickedAt: at(310),
      // As Stripe tells them.
      ...withFacts(
        payment({ at: at(0) }),
        refund({ at: at(0) }),
        decision({ decision: 'refund', at: at(0) }),
      ),
    };
    const mail = aLedgerRow({ state: 'delivered', sentAt: at(200), settledAt: at(150) });
    expect(told(storyOf(order, [mail], NOW)).slice(1)).toEqual([
      '12:01 mail sent bls_1',
      '12:01 mail delivered bls_1',
      '12:01 page_made plink_1',
      '12:01 clicked',
      '12:01 fact payment pi_1',
      '12:01 fact decision dec_1',
      '12:01 fact refund re_1 pi_1',
      '12:01 page_ended plink_1',
    ]);
    const late = aLedgerRow({ state: 'delivered', sentAt: at(1_001), settledAt: at(999) });
    expect(told(storyOf(anOrder(), [late], NOW)).slice(1)).toEqual([
      '12:01 mail sent bls_1',
      '12:01 mail delivered bls_1',
    ]);
  });

  it('never goes back in time, and leaves out nothing that has an id', () => {
    const order = lived();
    const story = storyOf(order, mails, NOW);
    const seconds = story.map(({ at }) => at.slice(0, 19));
    expect(seconds).toEqual(seconds.toSorted());
    const named = new Set(story.flatMap(({ ids }) => ids));
    const known = [
      ...order.surfaces.map(({ stripeId }) => stripeId),
      ...Object.values(order.facts).map(({ id }) => id),
      'm-1',
    ];
    expect(known.filter((id) => !named.has(id))).toEqual([]);
  });
});

/** The same fact with its fields the other way round, as another version may have written it. */
const reversed = (fact: Fact): Fact => Object.fromEntries(Object.entries(fact).reverse()) as Fact;
