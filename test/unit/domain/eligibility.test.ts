import { describe, expect, it } from 'vitest';
import { type SkipReason, skipReasons } from '../../../lib/domain/blast.ts';
import { type MailInQuestion, skipReasonOf } from '../../../lib/domain/eligibility.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import type { AddressStanding } from '../../../lib/domain/roster.ts';
import { anOrder, decision, minutesAfterNoon, NOON, payment, refund } from '../../support/orders.ts';

const good: AddressStanding = { address: 'ana@family.example', suppressed: null, unsubscribedAt: null };
const bounced: AddressStanding = { ...good, suppressed: { reason: 'bounced', at: NOON } };
const unsubscribed: AddressStanding = { ...good, unsubscribedAt: NOON };
const now = minutesAfterNoon(60);
const signed = { state: 'signed', signUrl: null } as const;

const reasonFor = (over: Partial<MailInQuestion> = {}): SkipReason | null =>
  skipReasonOf({ order: anOrder(), standing: good, purpose: 'notice', contract: signed, now, ...over });

const paid = recordFact(anOrder(), payment(), now);
const standings: Record<SkipReason, Partial<MailInQuestion>> = {
  paid: { order: paid },
  processing: { order: recordFact(anOrder(), payment({ state: 'processing' }), now) },
  review: { order: recordFact(paid, payment({ id: 'pi_2' }), now) },
  refunded: { order: recordFact(paid, refund(), now) },
  canceled: { order: recordFact(anOrder(), decision(), now) },
  waived: { order: recordFact(anOrder(), decision({ decision: 'waive' }), now) },
  closed: { order: anOrder({ closesAt: now }) },
  suppressed: { standing: bounced },
  unsubscribed: { standing: unsubscribed, purpose: 'reminder' },
  contract_unsigned: {
    order: anOrder({ category: 'monthly' }),
    contract: { state: 'unsigned', signUrl: null },
  },
  no_address: { standing: undefined },
  test_order: { order: anOrder({ test: true }) },
};

describe('a mail about an order', () => {
  it('may leave while the order is owed and the address is in good standing', () => {
    expect(reasonFor()).toBeNull();
    expect(reasonFor({ purpose: 'reminder' })).toBeNull();
  });

  it.each(skipReasons)('is skipped as %s', (reason) => {
    expect(reasonFor(standings[reason])).toBe(reason);
  });

  it('of an order that closes in a second may leave; at that second it may not', () => {
    expect(reasonFor({ order: anOrder({ closesAt: '2026-04-14T13:00:00.001Z' }) })).toBeNull();
    expect(reasonFor({ order: anOrder({ closesAt: '2026-04-14T13:00:00.000Z' }) })).toBe('closed');
  });

  it('that is a notice reaches whoever unsubscribed from reminders', () => {
    expect(reasonFor({ standing: unsubscribed })).toBeNull();
  });

  it('asks for a contract only where a click does', () => {
    expect(reasonFor({ contract: undefined })).toBeNull();
    expect(reasonFor({ order: anOrder({ category: 'monthly' }) })).toBeNull();
    for (const contract of [undefined, { state: 'ended', signUrl: null }] as const) {
      expect(reasonFor({ order: anOrder({ category: 'monthly' }), contract })).toBe('contract_unsigned');
    }
  });

  it('names what holds for the whole order before what holds for one address', () => {
    expect(reasonFor({ order: paid, standing: undefined })).toBe('paid');
    expect(reasonFor({ order: paid, standing: bounced })).toBe('paid');
  });

  it('about an order that is no longer there has nobody to go to', () => {
    expect(reasonFor({ order: undefined })).toBe('no_address');
  });
});
