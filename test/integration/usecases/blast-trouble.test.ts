import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressKeyOf, isOpen } from '../../../lib/domain/blast.ts';
import { CorruptRow, MailRefused, MailUnclear, Unmailable } from '../../../lib/domain/errors.ts';
import { instantAfter } from '../../../lib/domain/ids.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import type { Blasts, Orders } from '../../../lib/ports.ts';
import { planBlast } from '../../../lib/usecases/plan-blast.ts';
import { settleDelivery } from '../../../lib/usecases/settle-delivery.ts';
import { cancelBlast, pauseBlast, resumeBlast } from '../../../lib/usecases/steer-blast.ts';
import { tick } from '../../../lib/usecases/tick.ts';
import { BLAST, type Mailing, openMailing } from '../../support/mailing.ts';
import { memoryMailer } from '../../support/memory/mailer.ts';
import { type Death, mortal } from '../../support/mortal.ts';
import { decision, payment } from '../../support/orders.ts';
import { startWorld, type World } from '../../support/world.ts';

/** What a mailing does when something around it is wrong: it stops in time, says why, and loses nobody. */

const MINUTE = 60_000;
const by = { blastId: BLAST, actor: 'Kim' };

let world: World;
let mailing: Mailing;
beforeEach(async () => {
  world = await startWorld();
  mailing = openMailing(world);
});
afterEach(() => world.stop());

const states = async () => (await mailing.ledger()).map(({ state, reason }) => [state, reason]);
const countOf = async (state: string) => (await mailing.ledger()).filter((row) => row.state === state).length;
const blast = async () => {
  const found = await world.blasts.get(BLAST);
  if (found === undefined) throw new Error('There is no blast.');
  return found;
};

describe('a mailing while SES does not answer', () => {
  it('stops after a few mails, says so, and goes on by itself', async () => {
    await mailing.families(80);
    await mailing.plan();
    let down = true;
    const mailer = memoryMailer({
      before: () => {
        if (down) throw new MailUnclear('no answer');
      },
    });
    await mailing.work({ ...world.deps, mailer }, { hours: 0.5 });
    expect((await blast()).waiting).toMatchObject({ reason: 'no_answer' });
    // Those that were under way at once, some few times in half an hour.
    const unclear = await countOf('claimed');
    expect(unclear).toBeGreaterThanOrEqual(5);
    expect(unclear).toBeLessThanOrEqual(3 * 10);

    down = false;
    await mailing.work({ ...world.deps, mailer });
    expect(await blast()).toMatchObject({ state: 'complete', waiting: null });
    expect(mailer.sent).toHaveLength(80 - unclear);
    expect(await countOf('held')).toBe(unclear);
  });

  it('goes on at once when only a few mails had none', async () => {
    await mailing.families(30);
    await mailing.plan();
    let lost = 0;
    const mailer = memoryMailer({
      before: () => {
        lost += 1;
        if (lost % 3 === 0) throw new MailUnclear('no answer');
      },
    });
    await mailing.work({ ...world.deps, mailer });
    expect(world.logged.filter(({ event }) => event === 'blast.parked')).toEqual([]);
    expect(await countOf('sent')).toBe(20);
  });
});

describe('a mailing whose mails SES refuses one after the other', () => {
  it('is paused for a person after twenty', async () => {
    await mailing.families(120);
    await mailing.plan();
    const mailer = memoryMailer({
      before: () => {
        throw new MailRefused('no', 'message', { error: 'InvalidParameterValue' });
      },
    });
    await mailing.work({ ...world.deps, mailer }, { hours: 1 });
    expect(await blast()).toMatchObject({
      state: 'paused',
      waiting: { reason: 'mails_refused', until: null },
    });
    const failed = await countOf('failed');
    expect(failed).toBeGreaterThanOrEqual(20);
    expect(failed).toBeLessThan(20 + 10);
    expect(await states()).toContainEqual(['failed', 'InvalidParameterValue']);

    await resumeBlast(by, world.deps);
    await mailing.work();
    expect(world.mails).toHaveLength(120 - failed);
  });

  it('goes on past any number of addresses that are none: SES is not asked', async () => {
    await mailing.families(40);
    await mailing.plan();
    const mailer = memoryMailer({
      before: ({ to }) => {
        if (!to.startsWith('o039')) throw new Unmailable('no address', 'address');
      },
    });
    await mailing.work({ ...world.deps, mailer });
    expect((await blast()).state).toBe('complete');
    expect(await countOf('failed')).toBe(39);
    expect(await states()).toContainEqual(['failed', 'address']);
  });

  it('says that mails came too fast, for as long as nothing leaves for that', async () => {
    await mailing.families(1);
    await mailing.plan();
    const seen: unknown[] = [];
    const mailer = memoryMailer({
      before: () => {
        if (seen.length === 0) throw new MailRefused('too fast', 'rate');
      },
    });
    const clock = {
      ...world.clock,
      sleep: async (ms: number) => {
        seen.push((await blast()).waiting);
        await world.clock.sleep(ms);
      },
    };
    await mailing.work({ ...world.deps, mailer, clock });
    expect(seen[0]).toMatchObject({ reason: 'rate', until: instantAfter('2026-04-14T15:00:00.000Z', 5_000) });
    expect(await blast()).toMatchObject({ state: 'complete', waiting: null });
  });
});

describe('a mail whose worker died before it could record its end', () => {
  /** Claims one, sends it, and is never heard of again. */
  const workerDies = async (): Promise<void> => {
    const dying: Blasts = { ...world.blasts, settle: () => new Promise(() => undefined) };
    const [ticket] = world.blastQueue.receive(1);
    if (ticket === undefined) throw new Error('There is no ticket.');
    const { shard } = await world.mustGet('o000');
    void mailing.worker({ ...ticket, shard }, { ...world.deps, blasts: dying });
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    expect(await states()).toEqual([['claimed', null]]);
  };
  const tickFor = async (hours: number): Promise<void> => {
    for (let minutes = 0; minutes < hours * 60; minutes += 5) {
      world.clock.advance(5 * MINUTE);
      await tick(world.deps);
    }
  };

  it.each(['paused', 'canceled'] as const)('is held after an hour in a mailing that is %s', async (state) => {
    await mailing.families(1);
    await mailing.plan();
    await workerDies();
    await (state === 'paused' ? pauseBlast : cancelBlast)(by, world.deps);
    await tickFor(0.9);
    expect(await states()).toEqual([['claimed', null]]);
    await tickFor(0.3);
    expect(await states()).toEqual([['held', 'no_answer']]);
    expect((await blast()).state).toBe(state);
    expect(isOpen(await blast())).toBe(state === 'paused');
  });

  it('is left alone where SES has told of it in the meantime', async () => {
    await mailing.families(1);
    await mailing.plan();
    await workerDies();
    const [row] = await mailing.ledger();
    if (row === undefined) throw new Error('There is no row.');
    await cancelBlast(by, world.deps);
    const at = world.clock.now();
    await world.blasts.report(row, { state: 'delivered', reason: null, messageId: 'm', at, mailedAt: at });
    await tickFor(2);
    expect(await states()).toEqual([['delivered', null]]);
    expect((await world.blasts.pageOfOpen({ limit: 10 })).items).toEqual([]);
    expect((await world.blasts.pageOfEnded({ limit: 10 })).items).toHaveLength(1);
  });

  it('keeps the mailing open where another worker finds it taken', async () => {
    await mailing.families(1);
    await mailing.plan();
    const order = await world.mustGet('o000');
    const claimedAt = world.clock.now();
    const row = { blastId: BLAST, shard: order.shard, orderId: 'o000', address: 'o000@family.example' };
    const claimed = { ...row, addressKey: addressKeyOf(row.address), state: 'claimed', claimedAt } as const;
    const open = { reason: null, messageId: null, sentAt: null, settledAt: null };
    // Its order is in the index by the closing pass only; its row is not there when that reads its page, and then it is.
    let looks = 0;
    const orders: Orders = {
      ...world.orders,
      pageOfShard: async (q) => {
        const page = await world.orders.pageOfShard(q);
        return q.shard === order.shard && looks++ === 0 ? { ...page, items: [] } : page;
      },
    };
    const blasts: Blasts = {
      ...world.blasts,
      claim: async () => {
        await world.blasts.claim({ ...claimed, ...open });
        return 'taken';
      },
    };
    await mailing.work({ ...world.deps, blasts, orders }, { hours: 0.5 });
    expect((await blast()).state).toBe('sending');
    await mailing.work({ ...world.deps, blasts, orders });
    expect((await blast()).state).toBe('complete');
    expect(await states()).toEqual([['held', 'no_answer']]);
  });

  it('counts as the first mail of its order once a person says that it arrived, after a crash as well', async () => {
    await mailing.families(1);
    await mailing.plan();
    const lost = memoryMailer({
      after: () => {
        throw new MailUnclear('no answer');
      },
    });
    await mailing.work({ ...world.deps, mailer: lost });
    expect(await states()).toEqual([['held', 'no_answer']]);
    const arrived = {
      blastId: BLAST,
      orderId: 'o000',
      as: 'sent',
      actor: 'Kim',
      reason: 'they told us',
    } as const;
    const orders: Orders = {
      ...world.orders,
      save: async () => {
        throw new Error('the table is down');
      },
    };
    await expect(settleDelivery(arrived, { ...world.deps, orders })).rejects.toThrow('the table is down');
    expect((await world.mustGet('o000')).firstMailedOn).toBeNull();
    await settleDelivery(arrived, world.deps);
    expect((await world.mustGet('o000')).firstMailedOn).toBe('2026-04-14');
  });

  /** How the mail ends if the command that is to send it again dies there, and nobody repeats it. Undefined: it was done by then. */
  const endAfter = async (death: Death): Promise<string | undefined> => {
    await world.stop();
    world = await startWorld();
    mailing = openMailing(world);
    await mailing.families(1);
    await mailing.plan();
    const silent = memoryMailer({
      before: () => {
        throw new MailUnclear('no answer');
      },
    });
    await mailing.work({ ...world.deps, mailer: silent });
    expect(await states()).toEqual([['held', 'no_answer']]);
    const again = { ...by, orderId: 'o000', as: 'send_again', reason: 'they have none' } as const;
    const process = mortal(world.deps, ['blasts', 'orders', 'blastQueue'], death);
    await Promise.race([settleDelivery(again, process.deps), process.died]);
    await mailing.work();
    expect((await blast()).state).toBe('complete');
    return process.calls() < death.at ? undefined : ((await states())[0]?.[0] ?? 'gone');
  };

  it('leaves, or stays held, wherever the command dies that was to send it again', async () => {
    const ends: (string | undefined)[] = [];
    for (let at = 1; ends.at(-1) !== undefined || at === 1; at++) {
      ends.push(await endAfter({ at, moment: 'before' }), await endAfter({ at, moment: 'after' }));
    }
    const [first, ...later] = ends.filter((end) => end !== undefined);
    expect(first).toBe('held');
    expect(new Set(later)).toEqual(new Set(['held', 'sent']));
    // From the moment on in which it may leave it does.
    expect(later.lastIndexOf('held')).toBeLessThan(later.indexOf('sent'));
  });
});

describe('a mailing whose roster changes under it', () => {
  it('does not wait for a mail to an address that the family has no more', async () => {
    await mailing.families(1);
    await mailing.plan();
    const full = memoryMailer({
      before: () => {
        throw new MailRefused('used up', 'daily_quota');
      },
    });
    await mailing.work({ ...world.deps, mailer: full }, { hours: 0.2 });
    expect(await states()).toEqual([['released', 'daily_quota']]);
    await world.roster.putFamily({
      familyId: (await world.mustGet('o000')).familyId,
      language: 'en',
      parents: [{ parentId: '1', name: 'Pat', addresses: ['new@family.example'] }],
    });
    await mailing.work();
    expect(world.mails.map(({ to }) => to)).toEqual(['new@family.example']);
    expect((await states()).sort()).toEqual([
      ['sent', null],
      ['skipped', 'no_address'],
    ]);
    expect((await blast()).state).toBe('complete');
  });

  it('looks once more at the contract where mails leave slowly', async () => {
    const { playerId, familyId } = await world.order({ orderId: 'o000', category: 'monthly' });
    const player = { playerId, familyId, name: 'Maya' };
    await world.roster.putPlayer({ ...player, contract: { state: 'signed', signUrl: null } });
    await planBlast({ blastId: BLAST, productId: 'monthly', createdBy: 'office' }, world.deps);
    const ending: Blasts = {
      ...world.blasts,
      claim: async (delivery) => {
        world.clock.advance(6_000);
        await world.roster.putPlayer({ ...player, contract: { state: 'unsigned', signUrl: null } });
        return world.blasts.claim(delivery);
      },
    };
    await mailing.work({ ...world.deps, blasts: ending });
    expect(await states()).toEqual([['skipped', 'contract_unsigned']]);
  });

  it('does not write to who has paid while the claim waited for its answer', async () => {
    const { orderId } = await world.order({ orderId: 'o000' });
    await mailing.plan();
    const slow: Blasts = {
      ...world.blasts,
      claim: async (delivery) => {
        // The order is read meanwhile, and is not paid yet.
        await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
        world.clock.advance(2_000);
        const order = await world.mustGet(orderId);
        await world.orders.save(recordFact(order, payment({ generation: null }), world.clock.now()));
        return world.blasts.claim(delivery);
      },
    };
    await mailing.work({ ...world.deps, blasts: slow });
    expect(world.mails).toEqual([]);
    expect(await states()).toEqual([['skipped', 'paid']]);
  });

  it('goes past an order that can not be read, and says which', async () => {
    await mailing.families(5);
    await mailing.plan();
    const orders: Orders = {
      ...world.orders,
      get: async (orderId) => {
        if (orderId === 'o002')
          throw new CorruptRow('Row order#o002 can not be read.', { key: 'order#o002' });
        return world.orders.get(orderId);
      },
    };
    await mailing.work({ ...world.deps, orders });
    expect(world.mails).toHaveLength(4);
    expect((await mailing.ledger()).find(({ state }) => state === 'failed')).toMatchObject({
      orderId: 'o002',
      reason: 'corrupt_row',
    });
  });
});

describe('an order that changes back and forth while its mailing leaves', () => {
  const save = async (
    change: (order: Awaited<ReturnType<World['mustGet']>>) => Parameters<Orders['save']>[0],
  ) => void (await world.orders.save(change(await world.mustGet('o000'))));

  it('canceled and reopened between two passes is not mailed a second time', async () => {
    await mailing.families(1);
    await mailing.plan();
    let passes = 0;
    const orders: Orders = {
      ...world.orders,
      pageOfShard: async (q) => {
        if (q.shard === (await world.mustGet('o000')).shard) passes += 1;
        return world.orders.pageOfShard(q);
      },
    };
    const decide = (what: 'cancel' | 'reopen') =>
      save((order) =>
        recordFact(order, decision({ id: what, decision: what, at: world.clock.now() }), world.clock.now()),
      );
    const mailer = memoryMailer({ after: () => void decide('cancel').then(() => decide('reopen')) });
    await mailing.work({ ...world.deps, orders, mailer });
    expect(passes).toBe(2);
    expect(mailer.sent).toHaveLength(1);
  });

  it('that was paid when its mail was due keeps its place in the ledger when the payment is undone', async () => {
    await mailing.families(1);
    await save((order) => recordFact(order, payment({ generation: null }), world.clock.now()));
    await mailing.plan();
    await mailing.work();
    expect(await states()).toEqual([['skipped', 'paid']]);
    expect(world.mails).toEqual([]);
  });
});

describe('several at the same moment', () => {
  it('two who plan it, and two workers with the same ticket, mail nobody twice', async () => {
    await mailing.families(60);
    await Promise.all([mailing.plan(), mailing.plan()]);
    const tickets = world.blastQueue.receive();
    expect(tickets).toHaveLength(2);
    await Promise.all(tickets.flatMap((ticket) => [mailing.worker(ticket), mailing.worker(ticket)]));
    await mailing.work();
    expect(world.mails).toHaveLength(60);
    expect(new Set(world.mails.map(({ to }) => to)).size).toBe(60);
    expect((await blast()).state).toBe('complete');
  });

  it('a worker whose lease was taken over sends nothing more and changes nothing', async () => {
    await mailing.families(100);
    const { shard } = await world.mustGet('o000');
    const inShard = (await world.orders.pageOfShard({ productId: 'tournament', shard, limit: 99 })).items;
    expect(inShard.length).toBeGreaterThan(3);
    await mailing.plan();
    const mailer = memoryMailer({
      after: () => {
        // It is away for longer than its lease; somebody else takes the shard.
        world.clock.advance(11_000);
        void world.blasts.shard(BLAST, shard).then(async (progress) => {
          if (progress === undefined) return;
          const lease = { owner: 'another', until: instantAfter(world.clock.now(), 60_000) };
          await world.blasts.saveShard({ ...progress, lease });
        });
      },
    });
    await mailing.worker({ blastId: BLAST, shard }, { ...world.deps, mailer }, { limitPerSecond: 1 });
    expect(mailer.sent).toHaveLength(1);
    expect(await world.blasts.shard(BLAST, shard)).toMatchObject({
      lease: { owner: 'another' },
      cursor: null,
    });
  });

  it('a worker ends with its budget also where there is nobody to write to', async () => {
    await mailing.families(40);
    await mailing.plan();
    await mailing.work();
    expect((await blast()).state).toBe('complete');
    await planBlast({ blastId: 'bls_2', productId: 'tournament', createdBy: 'office' }, world.deps);
    let pages = 0;
    const orders: Orders = {
      ...world.orders,
      pageOfShard: async (q) => {
        pages += 1;
        world.clock.advance(MINUTE);
        return { ...(await world.orders.pageOfShard({ ...q, limit: 1 })), items: [], next: 'o000' };
      },
    };
    await mailing.worker({ blastId: 'bls_2', shard: 0 }, { ...world.deps, orders }, { budgetMs: 3 * MINUTE });
    expect(pages).toBe(3);
    expect(
      world.blastQueue.receive().filter(({ blastId, shard }) => blastId === 'bls_2' && shard === 0),
    ).toHaveLength(2);
  });
});
