import { describe, expect, it } from 'vitest';
import { standingWords, storyWords } from '../../../infra/story-words.ts';
import { accountOf } from '../../../lib/domain/account.ts';
import { deliveryStates, skipReasons } from '../../../lib/domain/blast.ts';
import { disputeStates, type Fact, paymentStates, refundStates } from '../../../lib/domain/facts.ts';
import { money } from '../../../lib/domain/money.ts';
import type { NewOrder } from '../../../lib/domain/order-changes.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import { storyOf } from '../../../lib/domain/story.ts';
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

const NOW = minute(60);
const standing = (facts: Fact[] = [], over: Partial<NewOrder> = {}, contractMissing = false): string =>
  standingWords(
    accountOf(
      facts.reduce((order, fact) => recordFact(order, fact, NOW), anOrder({ payBy: '2026-05-29', ...over })),
      NOW,
    ),
    contractMissing,
  );

describe('what is read to a parent', () => {
  it.each<[string, Fact[], Partial<NewOrder>, string]>([
    [
      'owed',
      [],
      {},
      '$55.00 is owed, to be paid by 2026-05-29. If they click the link in their mail now, a payment page opens.',
    ],
    [
      'owed at no time',
      [],
      { payBy: null },
      '$55.00 is owed. If they click the link in their mail now, a payment page opens.',
    ],
    [
      'too late',
      [],
      { closesAt: minute(59) },
      '$55.00 is owed, to be paid by 2026-05-29. That has passed: their link says so, and opens no payment any more.',
    ],
    [
      'too late, of a day that nobody named',
      [],
      { payBy: null, closesAt: minute(59) },
      '$55.00 is owed, and the time to pay it has passed: their link says so, and opens no payment any more.',
    ],
    [
      'on its way',
      [payment({ state: 'processing' })],
      {},
      '$55.00 is on its way from their bank. Their link says so, and opens no second payment.',
    ],
    ['paid', [payment()], {}, 'It is paid: $55.00 was received. Nothing more is owed.'],
    [
      'paid twice and given back once',
      [payment(), payment({ id: 'pi_2' }), refund({ paymentId: 'pi_2' })],
      {},
      'It is paid: $110.00 was received, of which $55.00 was given back. Nothing more is owed.',
    ],
    [
      'paid too little',
      [payment({ amount: money(5_000) })],
      {},
      '$50.00 was received, and $55.00 asked for: the club has to look at it. Their link opens no payment.',
    ],
    ['given back', [payment(), refund()], {}, '$55.00 was received and given back. Nothing is owed.'],
    ['canceled', [decision()], {}, 'It was canceled by the club. Nothing is owed.'],
    ['waived', [decision({ decision: 'waive' })], {}, 'It was waived by the club. Nothing is owed.'],
  ])('of an order that is %s', (_, facts, over, words) => {
    expect(standing(facts, over)).toBe(words);
  });

  it('of an order whose contract is not signed says so, as long as that is what a click meets', () => {
    expect(standing([], {}, true)).toBe(
      '$55.00 is owed, to be paid by 2026-05-29. If they click the link in their mail now, it asks to sign the contract first, and opens no payment.',
    );
    expect(standing([payment()], {}, true)).toBe('It is paid: $55.00 was received. Nothing more is owed.');
  });

  it('of everything that can happen is a whole sentence', () => {
    const facts: Fact[] = [
      ...paymentStates.map((state) => payment({ id: `pi_${state}`, state })),
      ...refundStates.map((state) => refund({ id: `re_${state}`, state })),
      ...disputeStates.map((state) => dispute({ id: `dp_${state}`, state, respondBy: minute(90) })),
      ...(['amend', 'cancel', 'waive', 'reopen', 'settle'] as const).map((made) =>
        decision({ id: `dec_${made}`, decision: made, ...(made === 'amend' && { amount: money(4_000) }) }),
      ),
    ];
    const order = {
      ...anOrder(),
      clickedAt: NOON,
      scannedAt: NOON,
      mint: { generation: 2, attempt: 1, digest: 'd', reservedAt: NOON },
      surfaces: [
        aSurface({ retiredAt: NOON }),
        aSurface({ kind: 'checkout_session', stripeId: 'cs_1', expiresAt: NOON, imported: true }),
      ],
      facts: Object.fromEntries(facts.map((fact) => [`${fact.kind}:${fact.id}`, fact])),
    };
    const mails = [
      ...deliveryStates.map((state) => aLedgerRow({ state, reason: 'address' })),
      ...skipReasons.map((reason) => aLedgerRow({ state: 'skipped', reason })),
      aLedgerRow({ state: 'skipped', reason: 'no_address', address: '' }),
      aLedgerRow({ state: 'failed', reason: 'MessageRejected' }),
      aLedgerRow({ state: 'bounced', reason: 'transient' }),
    ];
    const sentences = [...storyOf(order, mails, NOW), ...storyOf(anOrder({ closesAt: NOON }), [], NOW)].map(
      storyWords,
    );
    expect(sentences.length).toBeGreaterThan(50);
    for (const sentence of sentences) {
      expect(sentence).toMatch(/^[A-Z$a-z].*\.$/);
      expect(sentence).not.toMatch(/undefined|null|_/);
    }
    expect(new Set(sentences).size).toBeGreaterThan(45);
  });
});
