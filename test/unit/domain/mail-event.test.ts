import { describe, expect, it } from 'vitest';
import { addressKeyOf, type DeliveryRef } from '../../../lib/domain/blast.ts';
import { InvalidInput } from '../../../lib/domain/errors.ts';
import { readMailEvent } from '../../../lib/domain/mail-event.ts';
import { inEnvelope, type MailEventKind, mailEvent, mailEventObject } from '../../support/mail-events.ts';

const ref: DeliveryRef = {
  blastId: 'bls_1',
  shard: 5,
  orderId: 'ord_1',
  addressKey: addressKeyOf('alex@family.example'),
};
const MAILED_AT = '2026-04-14T15:00:00.012Z';
const AT = '2026-04-14T15:00:02.669Z';
const bounced = { reason: 'bounced', addresses: ['alex@family.example'] };

describe('what SES tells of a mail', () => {
  it.each<[MailEventKind, object, object | null]>([
    ['Send', { state: 'sent', reason: null, at: MAILED_AT }, null],
    ['Delivery', { state: 'delivered', reason: null, at: AT }, null],
    ['Permanent', { state: 'bounced', reason: 'permanent', at: AT }, bounced],
    ['Transient', { state: 'bounced', reason: 'transient', at: AT }, null],
    ['Undetermined', { state: 'bounced', reason: 'undetermined', at: AT }, null],
    ['Complaint', { state: 'complained', reason: null, at: AT }, { ...bounced, reason: 'complained' }],
    ['Reject', { state: 'failed', reason: 'reject', at: MAILED_AT }, null],
    ['Rendering Failure', { state: 'failed', reason: 'rendering_failure', at: MAILED_AT }, null],
  ])('%s, raw and in the envelope of SNS', (kind, news, suppresses) => {
    const body = mailEvent(kind, { ref });
    const read = readMailEvent(body);
    expect(read).toMatchObject({ kind: 'mail', delivery: ref, mailedAt: MAILED_AT, news, suppresses });
    expect(readMailEvent(inEnvelope(body))).toEqual(read);
  });

  it('of a mail of no blast has no delivery', () => {
    expect(readMailEvent(mailEvent('Permanent'))).toMatchObject({ delivery: undefined, suppresses: bounced });
    const { mail, ...rest } = mailEventObject('Send');
    const foreign = { ...rest, mail: { ...mail, tags: { delivery: ['test-mail'] } } };
    expect(readMailEvent(JSON.stringify(foreign))).toMatchObject({ delivery: undefined });
    const { tags: _, ...untagged } = mail;
    expect(readMailEvent(JSON.stringify({ ...rest, mail: untagged }))).toMatchObject({ delivery: undefined });
  });

  it('takes a time without a fraction of a second', () => {
    const read = readMailEvent(mailEvent('Delivery', { at: '2026-04-14T15:00:02Z' }));
    expect(read).toMatchObject({ news: { at: '2026-04-14T15:00:02.000Z' } });
  });

  it('finds the bare address in a name with an address', () => {
    const read = readMailEvent(mailEvent('Permanent', { to: 'Alex "Al" Alvarez <Alex@Family.example>' }));
    expect(read).toMatchObject({ suppresses: { addresses: ['Alex@Family.example'] } });
  });

  it('of a kind that is not asked for is left', () => {
    expect(readMailEvent(mailEvent('DeliveryDelay'))).toEqual({ kind: 'other', told: 'DeliveryDelay' });
    // What is told is logged.
    const strange = JSON.stringify({ eventType: 'alex@family.example' });
    expect(readMailEvent(strange)).toEqual({ kind: 'other', told: 'unknown' });
    expect(readMailEvent('{"eventType":"Subscription"}')).toEqual({ kind: 'other', told: 'Subscription' });
  });

  it('when a topic becomes its destination is left as well', () => {
    const greeting = 'Successfully validated SNS topic for Amazon SES event publishing.';
    for (const body of [greeting, inEnvelope(greeting)]) {
      expect(readMailEvent(body)).toEqual({ kind: 'other', told: 'topic_validated' });
    }
  });

  it.each([
    ['no JSON', 'not JSON, alex@family.example'],
    ['JSON of something else', '"alex@family.example"'],
    ['null', 'null'],
    ['no event type', '{"mail":{"to":"alex@family.example"}}'],
    ['a known type without its mail', '{"eventType":"Send","to":"alex@family.example"}'],
    ['a bounce of an unknown type', mailEvent('Permanent').replace('"Permanent"', '"Forever"')],
    ['a time that is none', mailEvent('Delivery', { at: 'alex@family.example' })],
    ['an envelope around no JSON', inEnvelope('alex@family.example')],
  ])('can’t be read when it is %s, and nothing of it is repeated', (_, body) => {
    expect(() => readMailEvent(body)).toThrow(InvalidInput);
    expect(() => readMailEvent(body)).not.toThrow(/alex|Forever/);
  });
});
