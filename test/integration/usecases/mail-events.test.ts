import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressKeyOf, type Delivery, type DeliveryRef } from '../../../lib/domain/blast.ts';
import { totalsOfOrder, viewpoint } from '../../../lib/domain/blast-report.ts';
import { InvalidInput, StoreUnavailable } from '../../../lib/domain/errors.ts';
import type { Order } from '../../../lib/domain/order.ts';
import { type MailEventDeps, receiveMailEvent } from '../../../lib/usecases/receive-mail-event.ts';
import { aLedgerRow } from '../../support/ledger.ts';
import { type MailEventKind, type MailEventOptions, mailEvent } from '../../support/mail-events.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const ADDRESS = 'alex@family.example';
const MAILED_AT = '2026-04-14T15:00:00.012Z';

/** An order whose mail a worker has claimed and, maybe, sent; nothing of it is recorded yet. */
const claimedMail = async (over: Partial<Delivery> = {}, order?: Order) => {
  const { orderId, shard } = order ?? (await world.order());
  const row = aLedgerRow({ orderId, shard, address: ADDRESS, state: 'claimed', ...over });
  await world.blasts.claim(row);
  return row;
};
const tell = (kind: MailEventKind, options: MailEventOptions, deps: MailEventDeps = world.deps) =>
  receiveMailEvent({ body: mailEvent(kind, { to: ADDRESS, ...options }) }, deps);
const rowOf = async (ref: DeliveryRef) => {
  const row = await world.blasts.delivery(ref);
  return [row?.state, row?.reason, row?.messageId];
};
const suppressionOf = async (address: string) => (await world.roster.address(address)).suppressed?.reason;

describe('what SES tells of a mail', () => {
  it.each<[MailEventKind, string, string | null]>([
    ['Send', 'sent', null],
    ['Delivery', 'delivered', null],
    ['Permanent', 'bounced', 'permanent'],
    ['Transient', 'bounced', 'transient'],
    ['Undetermined', 'bounced', 'undetermined'],
    ['Complaint', 'complained', null],
    ['Reject', 'failed', 'reject'],
    ['Rendering Failure', 'failed', 'rendering_failure'],
  ])('%s is in the ledger, though its worker has recorded nothing', async (kind, state, reason) => {
    const ref = await claimedMail();
    await tell(kind, { ref, messageId: 'm-1' });
    expect(await rowOf(ref)).toEqual([state, reason, 'm-1']);
  });

  it('in any sequence, and any of it twice, comes to the same', async () => {
    const kinds: MailEventKind[] = ['Send', 'Delivery', 'Permanent', 'Complaint'];
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...kinds, ...kinds], { minLength: kinds.length * 2 }),
        async (sequence) => {
          const ref = await claimedMail();
          for (const kind of sequence) await tell(kind, { ref });
          expect((await rowOf(ref))[0]).toBe('complained');
          expect((await world.mustGet(ref.orderId)).firstMailedOn).toBe('2026-04-14');
        },
      ),
      { numRuns: 20 },
    );
  });

  it.each<MailEventKind[]>([
    ['Delivery', 'Transient'],
    ['Transient', 'Delivery'],
  ])('%s and %s, an answer that somebody is on holiday, is a mail that arrived', async (...kinds) => {
    const ref = await claimedMail();
    for (const kind of kinds) await tell(kind, { ref });
    const row = await world.blasts.delivery(ref);
    expect(row).toMatchObject({ state: 'delivered', sentAt: MAILED_AT });
    const order = await world.mustGet(ref.orderId);
    const view = viewpoint(world.clock.now(), world.deps.club.timeZone);
    expect(totalsOfOrder(row === undefined ? [] : [row], order, view).atRisk.orders).toBe(0);
  });

  it.each<MailEventKind[]>([
    ['Delivery', 'Permanent'],
    ['Permanent', 'Delivery'],
  ])('%s and %s is a mail that did not', async (...kinds) => {
    const ref = await claimedMail();
    for (const kind of kinds) await tell(kind, { ref });
    expect((await rowOf(ref)).slice(0, 2)).toEqual(['bounced', 'permanent']);
  });

  it('ends a claim that was held', async () => {
    const ref = await claimedMail({ state: 'held', reason: 'no_event' });
    await tell('Send', { ref });
    expect((await rowOf(ref))[0]).toBe('sent');
  });

  it('of a mail that has no row changes nothing, and is no failure', async () => {
    const { orderId, shard } = await world.order();
    const ref = { blastId: 'bls_none', shard, orderId, addressKey: addressKeyOf(ADDRESS) };
    await tell('Delivery', { ref });
    expect(await world.blasts.delivery(ref)).toBeUndefined();
    expect((await world.mustGet(orderId)).firstMailedOn).toBeNull();
  });

  it('of another kind is logged and left', async () => {
    const ref = await claimedMail();
    await tell('DeliveryDelay', { ref });
    expect((await rowOf(ref))[0]).toBe('claimed');
    expect(world.logged).toContainEqual({ event: 'mail.left_alone', fields: { told: 'DeliveryDelay' } });
  });

  it('and can’t be read fails', async () => {
    await expect(receiveMailEvent({ body: '{}' }, world.deps)).rejects.toBeInstanceOf(InvalidInput);
  });

  it('is logged without an address', async () => {
    const ref = await claimedMail();
    for (const kind of ['Send', 'Permanent', 'Complaint'] as const) await tell(kind, { ref });
    await tell('Permanent', { ref: null });
    expect(world.logged.length).toBeGreaterThan(3);
    expect(JSON.stringify(world.logged)).not.toContain('family.example');
  });
});

describe('a hard bounce or a complaint', () => {
  it.each<[MailEventKind, string]>([
    ['Permanent', 'bounced'],
    ['Complaint', 'complained'],
  ])('%s suppresses the address, for siblings and co-parents too', async (kind, reason) => {
    const ref = await claimedMail();
    await tell(kind, { ref, to: ' Alex@Family.Example ' });
    expect(await suppressionOf(ADDRESS)).toBe(reason);
  });

  it('of a mail of no blast suppresses as well: a test mail’s', async () => {
    await tell('Permanent', { ref: null });
    expect(await suppressionOf(ADDRESS)).toBe('bounced');
  });

  it('of a mailbox that forwards suppresses the address that we know, and the one that was named', async () => {
    const ref = await claimedMail();
    await tell('Permanent', { ref, to: 'alex@elsewhere.example' });
    expect(await suppressionOf(ADDRESS)).toBe('bounced');
    expect(await suppressionOf('alex@elsewhere.example')).toBe('bounced');
  });

  it('of a domain that is not ASCII suppresses the address as the roster spells it', async () => {
    await tell('Permanent', { ref: null, to: 'alex@xn--mller-kva.example' });
    expect(await suppressionOf('alex@Müller.example')).toBe('bounced');
  });

  it.each<MailEventKind>(['Transient', 'Undetermined', 'Reject', 'Send', 'Delivery'])(
    '%s is neither',
    async (kind) => {
      const ref = await claimedMail();
      await tell(kind, { ref });
      expect(await suppressionOf(ADDRESS)).toBeUndefined();
    },
  );

  it('suppresses even when the ledger can’t be written, and is told again', async () => {
    const ref = await claimedMail();
    const report = () => Promise.reject(new StoreUnavailable('down'));
    const blasts = { ...world.blasts, report };
    await expect(tell('Complaint', { ref }, { ...world.deps, blasts })).rejects.toThrow(StoreUnavailable);
    expect(await suppressionOf(ADDRESS)).toBe('complained');
    await tell('Complaint', { ref });
    expect((await rowOf(ref))[0]).toBe('complained');
  });
});

describe('the first mail of an order', () => {
  it.each<MailEventKind>(['Send', 'Delivery'])(
    'is noted by %s, though its sender did not live to record the mail',
    async (kind) => {
      const ref = await claimedMail();
      await tell(kind, { ref });
      expect((await world.mustGet(ref.orderId)).firstMailedOn).toBe('2026-04-14');
    },
  );

  it('is noted though the sender has recorded the mail itself', async () => {
    const ref = await claimedMail({ state: 'sent' });
    await tell('Send', { ref });
    expect((await world.mustGet(ref.orderId)).firstMailedOn).toBe('2026-04-14');
  });

  it('left on the day on which SES took it, in the club’s time zone', async () => {
    const ref = await claimedMail();
    // 23:59:59 in Denver; delivered on the next day.
    await tell('Delivery', {
      ref,
      mailedAt: '2026-04-15T05:59:59.000Z',
      at: '2026-04-15T06:00:01.000Z',
    });
    expect((await world.mustGet(ref.orderId)).firstMailedOn).toBe('2026-04-14');
  });

  it('stands: a later one changes nothing, and writes nothing', async () => {
    const order = await world.order();
    await world.orders.save({ ...order, firstMailedOn: '2026-04-01' });
    const ref = await claimedMail({}, order);
    const save = () => Promise.reject(new Error('written'));
    await tell('Send', { ref }, { ...world.deps, orders: { ...world.orders, save } });
    expect((await world.mustGet(order.orderId)).firstMailedOn).toBe('2026-04-01');
  });

  it.each<MailEventKind>(['Reject', 'Transient', 'Complaint'])('is not noted by %s', async (kind) => {
    const ref = await claimedMail();
    await tell(kind, { ref });
    expect((await world.mustGet(ref.orderId)).firstMailedOn).toBeNull();
  });

  it.each([
    ['before it took effect', false],
    ['after it took effect', true],
  ])('whose note fails %s is noted when the message comes again', async (_, took) => {
    const ref = await claimedMail();
    const save: World['orders']['save'] = async (next) => {
      if (took) await world.orders.save(next);
      throw new StoreUnavailable('no answer');
    };
    const orders = { ...world.orders, save };
    await expect(tell('Send', { ref }, { ...world.deps, orders })).rejects.toThrow(StoreUnavailable);
    await tell('Send', { ref });
    expect((await world.mustGet(ref.orderId)).firstMailedOn).toBe('2026-04-14');
    expect((await rowOf(ref))[0]).toBe('sent');
  });

  it('of an order that was mailed before costs one read beside the report', async () => {
    const ref = await claimedMail();
    await tell('Send', { ref });
    const calls: string[] = [];
    const counted = <T extends object>(port: T): T =>
      new Proxy(port, {
        get: (target, name, receiver) => {
          calls.push(String(name));
          return Reflect.get(target, name, receiver);
        },
      });
    const { blasts, orders, roster } = world.deps;
    await tell(
      'Delivery',
      { ref },
      {
        ...world.deps,
        blasts: counted(blasts),
        orders: counted(orders),
        roster: counted(roster),
      },
    );
    expect(calls).toEqual(['report', 'get']);
  });
});
