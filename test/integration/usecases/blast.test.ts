import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MailRefused, MailUnclear } from '../../../lib/domain/errors.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import type { Blasts, BlastTicket, Mail, Mailer, Orders } from '../../../lib/ports.ts';
import { planBlast } from '../../../lib/usecases/plan-blast.ts';
import { tick } from '../../../lib/usecases/tick.ts';
import { workTicket } from '../../../lib/usecases/work-ticket.ts';
import { BLAST, type Mailing, openMailing } from '../../support/mailing.ts';
import { memoryMailer } from '../../support/memory/mailer.ts';
import { payment } from '../../support/orders.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
let mailing: Mailing;
beforeEach(async () => {
  world = await startWorld();
  mailing = openMailing(world);
});
afterEach(() => world.stop());

const plan = () => mailing.plan();
const work: Mailing['work'] = (...how) => mailing.work(...how);
const ledger = () => mailing.ledger();
const families = (count: number) => mailing.families(count);
const addresses = (mails: readonly Mail[]) => mails.map(({ to }) => to).sort();

describe('a blast', () => {
  it('mails every family of the product once, with our URL and never one of Stripe', async () => {
    await families(40);
    await plan();
    await work();
    expect(addresses(world.mails)).toEqual(
      Array.from({ length: 40 }, (_, i) => `o${String(i).padStart(3, '0')}@family.example`),
    );
    for (const mail of world.mails) {
      expect(mail.html).toContain('https://pay.club.example/pay/k1-');
      expect(`${mail.html}${mail.text}`).not.toMatch(/stripe|plink_|cs_test/i);
    }
    expect((await world.blasts.get(BLAST))?.state).toBe('complete');
  });

  it('that is planned twice, and whose tickets come twice, mails nobody twice', async () => {
    await families(20);
    await plan();
    await plan();
    await work();
    await plan();
    await work();
    expect(new Set(addresses(world.mails)).size).toBe(world.mails.length);
    expect(world.mails).toHaveLength(20);
  });

  it('mails each address of a family once, whoever in it has it', async () => {
    const order = await world.order({ orderId: 'o1' });
    await world.roster.putFamily({
      familyId: order.familyId,
      language: 'es',
      parents: [
        { parentId: '1', name: 'Ana', addresses: ['Ana@Family.example', 'ana@family.example '] },
        { parentId: '2', name: 'Ben', addresses: ['ben@family.example'] },
      ],
    });
    await plan();
    await work();
    expect(addresses(world.mails)).toEqual(['ana@family.example', 'ben@family.example']);
  });

  it('writes down who is left out and why', async () => {
    const paid = await world.order({ orderId: 'paid' });
    await world.orders.save(recordFact(paid, payment({ generation: null }), world.clock.now()));
    await world.order({ orderId: 'test', test: true });
    await world.order({ orderId: 'closed', closesAt: '2026-04-01T00:00:00.000Z' });
    const unreachable = await world.order({ orderId: 'mute' });
    await world.roster.putFamily({ familyId: unreachable.familyId, language: 'en', parents: [] });
    await plan();
    await work();
    expect(world.mails).toEqual([]);
    expect((await ledger()).map(({ orderId, state, reason }) => [orderId, state, reason]).sort()).toEqual([
      ['closed', 'skipped', 'closed'],
      ['mute', 'skipped', 'no_address'],
      ['paid', 'skipped', 'paid'],
      ['test', 'skipped', 'test_order'],
    ]);
  });

  it('does not remind somebody who paid a moment before the mail', async () => {
    const order = await world.order({ orderId: 'o1' });
    await plan();
    const blasts: Blasts = {
      ...world.blasts,
      claim: async (delivery) => {
        const answer = await world.blasts.claim(delivery);
        const now = await world.mustGet(order.orderId);
        await world.orders.save(recordFact(now, payment({ generation: null }), world.clock.now()));
        return answer;
      },
    };
    await work({ ...world.deps, blasts });
    expect(world.mails).toEqual([]);
    expect(await ledger()).toMatchObject([{ state: 'skipped', reason: 'paid' }]);
  });

  it('finds in its closing pass an order that was not in the index when the cursor went by', async () => {
    await families(5);
    const passed = new Set<number>();
    const orders: Orders = {
      ...world.orders,
      pageOfShard: async (q) => {
        const page = await world.orders.pageOfShard(q);
        if (passed.has(q.shard)) return page;
        passed.add(q.shard);
        return { ...page, items: page.items.filter(({ orderId }) => orderId !== 'o002') };
      },
    };
    await plan();
    await work({ ...world.deps, orders });
    expect(addresses(world.mails)).toContain('o002@family.example');
    expect(world.mails).toHaveLength(5);
  });

  it('holds a mail whose sending got no answer, and never sends it again', async () => {
    await families(1);
    await plan();
    const lost = memoryMailer({
      after: () => {
        throw new MailUnclear('no answer');
      },
    });
    await work({ ...world.deps, mailer: lost });
    await plan();
    await work();
    expect(lost.sent).toHaveLength(1);
    expect(world.mails).toHaveLength(0);
    expect(await ledger()).toMatchObject([{ state: 'held', reason: 'no_answer' }]);
  });

  it('holds it after an hour, though the mailing goes on for a day', async () => {
    await families(60);
    await plan();
    let lose = true;
    const slow = memoryMailer({
      after: () => {
        if (!lose) return;
        lose = false;
        throw new MailUnclear('no answer');
      },
    });
    slow.account.perSecond = 0.005;
    await work({ ...world.deps, mailer: slow }, { hours: 1.5 });
    expect((await world.blasts.get(BLAST))?.state).toBe('sending');
    expect((await ledger()).filter(({ state }) => state === 'held')).toHaveLength(1);
  });

  it('goes on after a mail that SES refused for its own sake', async () => {
    await families(3);
    await plan();
    const picky = memoryMailer({
      before: ({ to }) => {
        if (to.startsWith('o001')) throw new MailRefused('malformed', 'message');
      },
    });
    await work({ ...world.deps, mailer: picky });
    expect(picky.sent).toHaveLength(2);
    expect((await ledger()).map(({ state }) => state).sort()).toEqual(['failed', 'sent', 'sent']);
  });

  it.each(['rate', 'daily_quota'] as const)(
    'that SES refuses for the %s waits, and loses nobody',
    async (scope) => {
      await families(12);
      await plan();
      let refusals = 5;
      const busy = memoryMailer({
        before: () => {
          if (refusals-- > 0) throw new MailRefused('not now', scope);
        },
      });
      await work({ ...world.deps, mailer: busy });
      expect(new Set(addresses(busy.sent)).size).toBe(12);
      expect(busy.sent).toHaveLength(12);
      expect((await world.blasts.get(BLAST))?.state).toBe('complete');
    },
  );

  it('whose sender SES refuses stops until a person goes on, and loses nobody', async () => {
    await families(12);
    await plan();
    const unknown = memoryMailer({
      before: () => {
        throw new MailRefused('not verified', 'sender');
      },
    });
    await work({ ...world.deps, mailer: unknown }, { hours: 1 });
    expect(await world.blasts.get(BLAST)).toMatchObject({
      state: 'paused',
      waiting: { reason: 'sender_refused', until: null },
    });
    const going = { state: 'sending', waiting: null } as const;
    await world.blasts.advance(BLAST, ['paused'], going, world.clock.now());
    await work();
    expect(world.mails).toHaveLength(12);
  });

  it('parks when the quota of the day is used up, says until when, and goes on when it is back', async () => {
    await families(12);
    await plan();
    world.mailer.account.per24Hours = 5;
    await work(world.deps, { hours: 2 });
    expect(world.mails).toHaveLength(5);
    expect((await world.blasts.get(BLAST))?.waiting).toMatchObject({ reason: 'daily_quota' });
    expect(world.blastQueue.size, 'no message waits for it').toBeLessThanOrEqual(4);
    world.mailer.account.sentLast24Hours = 0;
    world.mailer.account.per24Hours = 50;
    await work();
    expect(world.mails).toHaveLength(12);
    expect(await world.blasts.get(BLAST)).toMatchObject({ state: 'complete', waiting: null });
  });

  it.each([
    { scope: 'rate', state: 'complete' },
    { scope: 'sender', state: 'paused' },
  ] as const)('whose account can not be asked ($scope) is $state in the end', async ({ scope, state }) => {
    await families(3);
    await plan();
    let refusals = 3;
    const mailer: Mailer = {
      ...world.mailer,
      quota: async () => {
        if (refusals-- > 0) throw new MailRefused('no answer', scope);
        return world.mailer.quota();
      },
    };
    await work({ ...world.deps, mailer }, { hours: 2 });
    expect((await world.blasts.get(BLAST))?.state).toBe(state);
    expect(world.mails).toHaveLength(state === 'complete' ? 3 : 0);
  });

  it('that is paused sends nothing more within seconds', async () => {
    await families(60);
    await plan();
    let sent = 0;
    const pausing = memoryMailer({
      after: () => {
        sent += 1;
        if (sent !== 10) return;
        const asked = { reason: 'asked', since: world.clock.now(), until: null } as const;
        void world.blasts.advance(BLAST, ['sending'], { state: 'paused', waiting: asked }, world.clock.now());
      },
    });
    await work({ ...world.deps, mailer: pausing }, { hours: 1 });
    // Ten mails a second: those of two more seconds at most, and what was under way.
    expect(sent).toBeGreaterThanOrEqual(10);
    expect(sent).toBeLessThan(10 + 2 * 10 + 10);
    expect((await world.blasts.get(BLAST))?.state).toBe('paused');
  });

  it('to few families needs two workers: one mails them, one looks a minute later whom it missed', async () => {
    await families(20);
    await plan();
    const [first, ...others] = world.blastQueue.receive();
    expect(others).toEqual([]);
    await mailing.worker(first as BlastTicket);
    expect(world.mails).toHaveLength(20);
    expect(world.blastQueue.receive(), 'not before the index shows what is written now').toEqual([]);
    world.clock.advance(61_000);
    const [second, ...more] = world.blastQueue.receive();
    expect(more).toEqual([]);
    await mailing.worker(second as BlastTicket);
    expect(world.mails).toHaveLength(20);
    expect((await world.blasts.get(BLAST))?.state).toBe('complete');
    expect(world.blastQueue.size).toBe(0);
  });

  it('with more to do than a page of orders calls a worker for each other shard, once', async () => {
    await families(60);
    await plan();
    const [first] = world.blastQueue.receive();
    const begun = {
      ...(first as BlastTicket),
      worker: 'w',
      budgetMs: 240_000,
      limitPerSecond: 10,
      pageSize: 2,
    };
    await workTicket(begun, world.deps);
    const shards = world.blastQueue.receive().map(({ shard }) => shard);
    expect(shards).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
  });

  it('that takes longer than two seconds has others called to it, once: should one die, another goes on at once', async () => {
    await families(60);
    await plan();
    const [first] = world.blastQueue.receive();
    // Ten mails a second, several under way at once.
    await mailing.worker(first as BlastTicket);
    expect(world.mails).toHaveLength(60);
    expect(world.blastQueue.receive().map(({ shard }) => shard)).toEqual(
      Array.from({ length: 15 }, (_, i) => i + 1),
    );
  });

  it('is closed once, although two workers have seen that it has to be', async () => {
    await families(5);
    await plan();
    const [first] = world.blastQueue.receive();
    await mailing.worker(first as BlastTicket);
    // Its answer was lost, so it comes once more.
    await mailing.worker(first as BlastTicket);
    world.clock.advance(61_000);
    const closers = world.blastQueue.receive();
    expect(closers).toHaveLength(2);
    for (const closer of closers) await mailing.worker(closer);
    expect((await world.blasts.get(BLAST))?.state).toBe('complete');
    expect(world.blastQueue.size).toBe(0);
  });

  it('whose tickets were all lost is taken up again by the tick', async () => {
    await families(4);
    await plan();
    world.blastQueue.receive();
    await tick(world.deps);
    expect(world.blastQueue.size).toBe(1);
    await work();
    expect(world.mails).toHaveLength(4);
    expect((await world.blasts.get(BLAST))?.state).toBe('complete');
  });

  it('of a later time waits for it, and the tick starts it once', async () => {
    await families(2);
    await planBlast(
      { blastId: BLAST, productId: 'tournament', createdBy: 'office', startsAt: '2026-04-15T15:00:00.000Z' },
      world.deps,
    );
    await tick(world.deps);
    expect(world.blastQueue.size).toBe(0);
    world.clock.set('2026-04-15T15:01:00.000Z');
    await tick(world.deps);
    await tick(world.deps);
    await work();
    expect(world.mails).toHaveLength(2);
  });

  it('keeps to its rate', async () => {
    await families(30);
    await plan();
    const begun = Date.parse(world.clock.now());
    await work();
    expect((Date.parse(world.clock.now()) - begun) / 1000).toBeGreaterThanOrEqual(30 / 10);
  });

  it('costs at most four reads, two writes and one mail per address', async () => {
    await families(60);
    await plan();
    const reads = { roster: 0, orders: 0 };
    const writes = { claim: 0, settle: 0, saveShard: 0 };
    const counting = <T extends object>(port: T, count: (name: string) => void): T =>
      new Proxy(port, {
        get: (target, name: string) => {
          count(name);
          return (target as Record<string, unknown>)[name];
        },
      });
    await work({
      ...world.deps,
      roster: counting(world.roster, (name) => void (name !== 'product' && reads.roster++)),
      orders: counting(world.orders, (name) => void (name === 'get' && reads.orders++)),
      blasts: counting(world.blasts, (name) => {
        if (name in writes) writes[name as keyof typeof writes] += 1;
      }),
    });
    expect(reads.roster + reads.orders).toBeLessThanOrEqual(4 * 60);
    expect(writes.claim + writes.settle).toBe(2 * 60);
  });
});
