import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MailRefused, MailUnclear } from '../../../lib/domain/errors.ts';
import { SHARDS } from '../../../lib/domain/ids.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import type { Blasts, Mail, Orders } from '../../../lib/ports.ts';
import { planBlast } from '../../../lib/usecases/plan-blast.ts';
import { tick } from '../../../lib/usecases/tick.ts';
import { type TicketDeps, workTicket } from '../../../lib/usecases/work-ticket.ts';
import { memoryMailer } from '../../support/memory/mailer.ts';
import { payment } from '../../support/orders.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const BLAST = 'bls_1';
const plan = () => planBlast({ blastId: BLAST, productId: 'tournament', createdBy: 'office' }, world.deps);
const MINUTE = 60_000;

/** Works on tickets until none is left; a worker that dies leaves its ticket to be delivered again. */
const work = async (deps: TicketDeps = world.deps): Promise<void> => {
  let worker = 0;
  for (let rounds = 0; rounds < 200; rounds++) {
    const [ticket] = world.blastQueue.receive(1);
    if (ticket === undefined) return;
    const input = { ...ticket, worker: `w${worker++}`, budgetMs: 10 * MINUTE, ratePerSecond: 10 };
    await workTicket(input, deps);
  }
};
const ledger = async () => {
  const rows = [];
  for (let shard = 0; shard < SHARDS; shard++) {
    rows.push(...(await world.blasts.deliveries({ blastId: BLAST, shard, limit: 1000 })).items);
  }
  return rows;
};
const families = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await world.order({ orderId: `o${String(i).padStart(3, '0')}` });
};
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
    expect(await ledger()).toMatchObject([{ state: 'held', reason: 'mail_unclear' }]);
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

  it.each(['rate', 'daily_quota', 'sender'] as const)(
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
      world.clock.advance(15 * MINUTE);
      await work({ ...world.deps, mailer: busy });
      world.clock.advance(15 * MINUTE);
      await work({ ...world.deps, mailer: busy });
      expect(new Set(addresses(busy.sent)).size).toBe(12);
      expect(busy.sent).toHaveLength(12);
    },
  );

  it('whose worker dies at any call mails nobody twice, and everybody whose mail was not yet claimed', async () => {
    const names = ['claim', 'settle', 'saveShard', 'deliveries', 'shard'] as const;
    for (const name of names) {
      for (const moment of ['before', 'after'] as const) {
        const own = await startWorld();
        for (let i = 0; i < 6; i++) await own.order({ orderId: `o${i}` });
        await planBlast({ blastId: BLAST, productId: 'tournament', createdBy: 'office' }, own.deps);
        let deaths = 0;
        const blasts = new Proxy(own.blasts, {
          get:
            (target, called: keyof Blasts) =>
            async (...args: unknown[]) => {
              const method = target[called] as (...a: unknown[]) => Promise<unknown>;
              const dies = called === name && deaths < 3;
              if (dies) deaths += 1;
              if (dies && moment === 'before') throw new Error('killed');
              const result = await method(...args);
              if (dies) throw new Error('killed');
              return result;
            },
        }) as Blasts;
        for (let rounds = 0; rounds < 300; rounds++) {
          const [ticket] = own.blastQueue.receive(1);
          if (ticket === undefined) break;
          const input = { ...ticket, worker: `w${rounds}`, budgetMs: MINUTE, ratePerSecond: 10 };
          await workTicket(input, { ...own.deps, blasts }).catch(async () => {
            // SQS delivers it again, after the lease of the dead worker.
            own.clock.advance(16 * MINUTE);
            await own.blastQueue.send([ticket]);
          });
        }
        const mailed = addresses(own.mails);
        expect(new Set(mailed).size, `${moment} ${name}`).toBe(mailed.length);
        const claimedOnly = (
          await Promise.all(
            Array.from({ length: SHARDS }, (_, shard) =>
              own.blasts.deliveries({ blastId: BLAST, shard, limit: 100 }),
            ),
          )
        )
          .flatMap(({ items }) => items)
          .filter(({ state }) => state === 'claimed');
        expect(
          new Set([...mailed, ...claimedOnly.map(({ address }) => address)]).size,
          `${moment} ${name}`,
        ).toBe(6);
        await own.stop();
      }
    }
  });

  it('whose tickets were all lost is taken up again by the tick', async () => {
    await families(4);
    await plan();
    world.blastQueue.receive();
    await tick(world.deps);
    expect(world.blastQueue.size).toBe(0);
    world.clock.advance(11 * MINUTE);
    await tick(world.deps);
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
