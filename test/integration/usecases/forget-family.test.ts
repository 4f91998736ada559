import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressKeyOf } from '../../../lib/domain/blast.ts';
import type { HindranceKind } from '../../../lib/domain/forgetting.ts';
import { money } from '../../../lib/domain/money.ts';
import type { Order } from '../../../lib/domain/order.ts';
import { newOrder, recordFact } from '../../../lib/domain/order-changes.ts';
import type { Roster } from '../../../lib/ports.ts';
import { decideOrder } from '../../../lib/usecases/decide-order.ts';
import { type ForgetDeps, forgetFamily, lookAtForgetting } from '../../../lib/usecases/forget-family.ts';
import { keepRecord } from '../../../lib/usecases/keep-record.ts';
import { bringIn, fileOf } from '../../support/imports.ts';
import { aLedgerRow } from '../../support/ledger.ts';
import { BLAST, openMailing } from '../../support/mailing.ts';
import { memoryBlasts } from '../../support/memory/blasts.ts';
import { settableClock } from '../../support/memory/clock.ts';
import { memoryOrders } from '../../support/memory/orders.ts';
import { memoryRoster } from '../../support/memory/roster.ts';
import { type Death, mortal } from '../../support/mortal.ts';
import { decision, dispute, payment, refund } from '../../support/orders.ts';
import { startWorld, type World } from '../../support/world.ts';

const KIM = { actor: 'Kim', reason: 'they asked for it' };
const FAMILY = 'fam_9';
const ANA = 'ana@family.example';
const SITE = { baseUrl: 'https://pay.club.example', system: 'club-payments/test', livemode: false };

type Stores = Pick<ForgetDeps, 'orders' | 'roster' | 'blasts' | 'clock'>;

/** A family of two children, one of whom has no order; its order was mailed about, paid, and amended before that. */
const aFamily = async ({ orders, roster, blasts, clock }: Stores): Promise<Order> => {
  await roster.putFamily({
    familyId: FAMILY,
    language: 'es',
    parents: [{ parentId: '1', name: 'Ana Quispe', addresses: [ANA, 'a.quispe@work.example'] }],
  });
  const contract = { state: 'signed', signUrl: 'https://club.example/sign/quispe' } as const;
  await roster.putPlayer({ playerId: 'ply_9', familyId: FAMILY, name: 'Inés Quispe', contract });
  await roster.putPlayer({ playerId: 'ply_10', familyId: FAMILY, name: 'Teo Quispe', contract });
  await roster.putPlayer({ playerId: 'ply_other', familyId: 'fam_1', name: 'Leo', contract });
  await roster.suppress(ANA, { reason: 'bounced', at: clock.now() });
  const made = newOrder(
    {
      ...{ orderId: '81', productId: 'utah', category: 'tournament', playerId: 'ply_9', familyId: FAMILY },
      ...{ period: null, amount: money(17_500), payBy: null, closesAt: null, test: false },
    },
    clock.now(),
  );
  const amended = recordFact(
    made,
    decision({ decision: 'amend', amount: money(5_500), reason: 'half of it' }),
    clock.now(),
  );
  const paid = recordFact(
    amended,
    payment({ id: 'pi_9', amount: money(5_500), customerId: 'cus_9' }),
    clock.now(),
  );
  await orders.create(paid);
  for (const address of [ANA, 'a.quispe@work.example']) {
    await blasts.claim(aLedgerRow({ orderId: '81', address, shard: made.shard }));
  }
  return paid;
};

const inMemory = () => {
  const clock = settableClock('2026-05-03T15:00:00.000Z');
  const logged: string[] = [];
  return {
    orders: memoryOrders(),
    roster: memoryRoster(),
    blasts: memoryBlasts(),
    site: SITE,
    clock,
    log: (event: string, fields: object = {}) => void logged.push(JSON.stringify([event, fields])),
    logged,
  };
};

const planOf = async (deps: ForgetDeps, familyId = FAMILY) => {
  const look = await lookAtForgetting({ familyId }, deps);
  if (look.state !== 'open') throw new Error(`It is ${look.state}.`);
  return look.plan;
};
const forget = (shown: string, deps: ForgetDeps) => forgetFamily({ familyId: FAMILY, shown, ...KIM }, deps);

/** Everything that is kept of the family, as text. */
const everything = async ({ orders, roster, blasts }: Stores): Promise<string> =>
  JSON.stringify([
    await roster.family(FAMILY),
    ...(await roster.pageOfPlayers({ limit: 100 })).items.filter(({ familyId }) => familyId === FAMILY),
    await orders.get('81'),
    await blasts.deliveriesOf('81'),
    await roster.address(ANA).then(({ address, ...standing }) => standing),
  ]);
const PERSONAL = /quispe|ana@|inés|teo/i;

describe('a look at what is known of a family', () => {
  it('shows what would go, what stays and what is at Stripe; and writes nothing', async () => {
    const deps = inMemory();
    await aFamily(deps);
    const before = await everything(deps);
    expect(await planOf(deps)).toEqual({
      hash: expect.stringMatching(/^[0-9a-f]{26}$/),
      familyId: FAMILY,
      goes: {
        parents: [{ name: 'Ana Quispe', addresses: [ANA, 'a.quispe@work.example'] }],
        players: [
          { playerId: 'ply_10', name: 'Teo Quispe' },
          { playerId: 'ply_9', name: 'Inés Quispe' },
        ],
        mails: 2,
      },
      stays: {
        orders: [{ orderId: '81', productId: 'utah', status: 'paid', net: money(5_500) }],
        notMailed: 1,
        notes: [{ orderId: '81', actor: 'office', reason: 'half of it', at: expect.any(String) }],
      },
      atStripe: { customers: ['cus_9'], payments: ['pi_9'] },
    });
    expect(await everything(deps)).toBe(before);
  });

  it('knows no family of which nothing is there', async () => {
    const look = lookAtForgetting({ familyId: 'fam_none' }, inMemory());
    await expect(look).rejects.toMatchObject({ code: 'not_found' });
  });
});

const NOW = '2026-05-03T15:00:00.000Z';
const hindering: Record<HindranceKind, (deps: Stores, order: Order) => Promise<unknown>> = {
  owed: ({ orders }, order) => {
    const wanted = { ...order, orderId: '82', playerId: 'ply_10', amount: money(100) };
    return orders.create(newOrder(wanted, NOW));
  },
  payment_under_way: ({ orders }, order) =>
    orders.save(recordFact(order, payment({ id: 'pi_10', state: 'processing' }), NOW)),
  attention: ({ orders }, order) =>
    orders.save(recordFact(order, dispute({ paymentId: 'pi_9', state: 'needs_response' }), NOW)),
  refund_under_way: ({ orders }, order) =>
    orders.save(recordFact(order, refund({ paymentId: 'pi_9', state: 'pending' }), NOW)),
  work_under_way: ({ orders }, order) =>
    orders.save({
      ...order,
      dueWork: { 'retire:plink_1': { kind: 'retire', about: 'plink_1', since: NOW, dueAt: NOW } },
    }),
  mail_held: ({ blasts }) =>
    blasts.claim(aLedgerRow({ blastId: 'bls_2', orderId: '81', address: ANA, state: 'held' })),
  mail_leaving: ({ blasts }) =>
    blasts.claim(aLedgerRow({ blastId: 'bls_2', orderId: '81', address: ANA, state: 'claimed' })),
};

describe('a family is not forgotten', () => {
  it.each(Object.entries(hindering))('while something is not settled: %s', async (why, happen) => {
    const deps = inMemory();
    const order = await aFamily(deps);
    const { hash } = await planOf(deps);
    await happen(deps, order);
    const look = await lookAtForgetting({ familyId: FAMILY }, deps);
    const mail = { blastId: 'bls_2', addressKey: addressKeyOf(ANA) };
    expect(look).toEqual({
      state: 'hindered',
      hindrances: [{ why, orderId: why === 'owed' ? '82' : '81', ...(why.startsWith('mail') && { mail }) }],
    });
    const before = await everything(deps);
    await expect(forget(hash, deps)).rejects.toMatchObject({ code: 'stale_plan' });
    expect(await everything(deps)).toBe(before);
  });

  it('when it is not what was shown any more, or nobody says who and why', async () => {
    const deps = inMemory();
    await aFamily(deps);
    const { hash } = await planOf(deps);
    await deps.roster.savePlayer({ playerId: 'ply_11', familyId: FAMILY, name: 'Sol' });
    await expect(forget(hash, deps)).rejects.toMatchObject({ code: 'stale_plan' });
    const unsigned = forgetFamily(
      { familyId: FAMILY, shown: (await planOf(deps)).hash, actor: 'Kim', reason: ' ' },
      deps,
    );
    await expect(unsigned).rejects.toMatchObject({ code: 'invalid_input' });
    expect((await deps.roster.family(FAMILY))?.parents).toHaveLength(1);
  });

  it('when somebody writes the family at that very moment', async () => {
    const deps = inMemory();
    await aFamily(deps);
    const { hash } = await planOf(deps);
    const family = await deps.roster.family(FAMILY);
    const busy: Roster = {
      ...deps.roster,
      saveFamily: async (next) => {
        if (family !== undefined) await deps.roster.saveFamily({ ...family, language: 'en' });
        return deps.roster.saveFamily(next);
      },
    };
    await expect(forget(hash, { ...deps, roster: busy })).rejects.toMatchObject({ code: 'stale_plan' });
    expect((await deps.roster.family(FAMILY))?.parents).toHaveLength(1);
  });
});

describe('of a family that is forgotten', () => {
  it('nothing tells who it is; the books, and the wish not to be written to, stay as they were', async () => {
    const deps = inMemory();
    const order = await aFamily(deps);
    expect(await everything(deps)).toMatch(PERSONAL);
    expect(await forget((await planOf(deps)).hash, deps)).toEqual({
      familyId: FAMILY,
      doneBefore: false,
      ...{ players: 2, mails: 2, left: 0 },
      atStripe: { customers: ['cus_9'], payments: ['pi_9'] },
    });
    expect(await everything(deps)).not.toMatch(PERSONAL);
    expect(await deps.orders.get('81')).toEqual(order);
    expect(await deps.roster.address(ANA)).toMatchObject({ suppressed: { reason: 'bounced' } });
    expect(await deps.roster.player('ply_other')).toMatchObject({ name: 'Leo' });
    expect(await deps.blasts.deliveriesOf('81')).toMatchObject([
      { state: 'sent', address: '', addressKey: expect.any(String) },
      { state: 'sent', address: '' },
    ]);
    expect(deps.logged.join()).not.toMatch(PERSONAL);
    expect(await lookAtForgetting({ familyId: FAMILY }, deps)).toEqual({ state: 'done', at: NOW });
  });

  it('what comes in later by somebody who did not know is shown, and taken by the same command', async () => {
    const deps = inMemory();
    const order = await aFamily(deps);
    const { hash } = await planOf(deps);
    await forget(hash, deps);
    await hindering.owed(deps, order);
    await deps.blasts.claim(aLedgerRow({ blastId: 'bls_3', orderId: '81', address: ANA }));
    expect(await lookAtForgetting({ familyId: FAMILY, shown: hash }, deps)).toEqual({ state: 'begun' });
    const plan = await planOf(deps);
    expect(plan.goes).toEqual({ parents: [], players: [], mails: 1 });
    expect(await forget(plan.hash, deps)).toMatchObject({ doneBefore: false, mails: 1, left: 0 });
    expect(await forget(plan.hash, deps)).toMatchObject({ doneBefore: true, mails: 0 });
  });

  it('a row that is written while it is forgotten is told, and taken by the same command', async () => {
    const deps = inMemory();
    await aFamily(deps);
    const { hash } = await planOf(deps);
    const late = {
      ...deps.blasts,
      forgetAddress: async (ref: Parameters<typeof deps.blasts.forgetAddress>[0]) => {
        await deps.blasts.forgetAddress(ref);
        await deps.blasts.claim(aLedgerRow({ blastId: 'bls_3', orderId: '81', address: ANA }));
      },
    };
    expect(await forget(hash, { ...deps, blasts: late })).toMatchObject({ left: 1 });
    expect(await forget(hash, deps)).toMatchObject({ doneBefore: false, left: 0 });
  });

  it('a child that has changed to another family keeps its name', async () => {
    const deps = inMemory();
    await aFamily(deps);
    await deps.roster.savePlayer({ playerId: 'ply_9', familyId: 'fam_1', name: 'Inés' });
    expect((await planOf(deps)).goes.players.map(({ playerId }) => playerId)).toEqual(['ply_10']);
    const { hash } = await planOf(deps);
    const leaving: Roster = {
      ...deps.roster,
      forgetPlayer: async (player, at) => {
        await deps.roster.savePlayer({ playerId: 'ply_10', familyId: 'fam_1', name: 'Teo' });
        return deps.roster.forgetPlayer(player, at);
      },
    };
    await forget(hash, { ...deps, roster: leaving });
    expect(await deps.roster.player('ply_10')).toMatchObject({ name: 'Teo', familyId: 'fam_1' });
  });

  it('what is said of a contract at that moment stands, and the name goes all the same', async () => {
    const deps = inMemory();
    await aFamily(deps);
    const { hash } = await planOf(deps);
    let said = false;
    const busy: Roster = {
      ...deps.roster,
      forgetPlayer: async (player, at) => {
        if (!said) {
          said = true;
          await deps.roster.setContract(player.playerId, { state: 'ended', signUrl: null, changedAt: at });
        }
        return deps.roster.forgetPlayer(player, at);
      },
    };
    expect(await forget(hash, { ...deps, roster: busy })).toMatchObject({ left: 0 });
    expect(await deps.roster.player('ply_10')).toMatchObject({
      name: 'ply_10',
      contract: { state: 'ended' },
    });
  });
});

const PORTS = ['orders', 'roster', 'blasts'] as const;

/** Whoever does it dies, and gives the same command again. */
const forgotten = async (death?: Death) => {
  const deps = inMemory();
  await aFamily(deps);
  const { hash } = await planOf(deps);
  const process = mortal<ForgetDeps>(deps, PORTS, death);
  await Promise.race([forget(hash, process.deps), process.died]);
  if (death !== undefined) {
    const look = await lookAtForgetting({ familyId: FAMILY, shown: hash }, deps);
    expect(['open', 'begun', 'done']).toContain(look.state);
    expect(await forget(hash, deps)).toMatchObject({ left: 0 });
  }
  return { calls: process.calls(), is: await everything(deps) };
};

describe('whoever forgets a family and dies', () => {
  it('finishes it by the same command, wherever that was', async () => {
    const whole = await forgotten();
    expect(whole.is).not.toMatch(PERSONAL);
    for (let at = 1; at <= whole.calls; at++) {
      for (const moment of ['before', 'after'] as const) {
        expect({ at, moment, is: (await forgotten({ at, moment })).is }).toEqual({
          at,
          moment,
          is: whole.is,
        });
      }
    }
  });

  it('does it once with another who does it at the same moment', async () => {
    const deps = inMemory();
    await aFamily(deps);
    const { hash } = await planOf(deps);
    await Promise.all([forget(hash, deps), forget(hash, deps)]);
    expect(await everything(deps)).not.toMatch(PERSONAL);
  });
});

describe('later', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(() => world.stop());
  const RECORD = {
    familyId: 'fam_o000',
    language: 'en',
    parents: [{ parentId: '1', name: 'Pat', addresses: [ANA] }],
  };
  const cancel = (orderId: string) =>
    decideOrder({ orderId, decision: 'cancel', actor: 'Kim', reason: 'left' }, world.deps);
  const gone = async (familyId: string): Promise<void> => {
    const { hash } = await planOf(world.deps, familyId);
    await forgetFamily({ familyId, shown: hash, ...KIM }, world.deps);
  };

  it('a mailing leaves them out: they have no address', async () => {
    const mailing = openMailing(world);
    await mailing.families(2);
    await cancel('o000');
    await gone('fam_o000');
    await decideOrder({ orderId: 'o000', decision: 'reopen', actor: 'Kim', reason: 'owed' }, world.deps);
    await mailing.plan();
    await mailing.work();
    const rows = await mailing.ledger();
    expect(rows.map(({ orderId, state, reason }) => [orderId, state, reason]).sort()).toEqual([
      ['o000', 'skipped', 'no_address'],
      ['o001', 'sent', null],
    ]);
    expect((await world.blasts.get(BLAST))?.state).toBe('complete');
  });

  it('a mailing that leaves slowly, and has read them before, does not write to them', async () => {
    const mailing = openMailing(world);
    await mailing.families(1);
    await mailing.plan();
    const slow = {
      ...world.blasts,
      claim: async (delivery: Parameters<typeof world.blasts.claim>[0]) => {
        world.clock.advance(6_000);
        const player = await world.roster.player('ply_o000');
        if (player !== undefined) await world.roster.forgetPlayer(player, world.clock.now());
        return world.blasts.claim(delivery);
      },
    };
    await mailing.work({ ...world.deps, blasts: slow });
    expect(world.mails).toEqual([]);
    expect((await mailing.ledger()).map(({ state, reason }) => [state, reason])).toEqual([
      ['skipped', 'no_address'],
    ]);
  });

  it('a file that brings them back says so, and a system that puts them every night is refused', async () => {
    await world.order({ orderId: 'o000' });
    await cancel('o000');
    await gone('fam_o000');
    await expect(keepRecord({ kind: 'families', row: RECORD as never }, world.deps)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Family fam_o000 was forgotten on 2026-04-14'),
    });
    const player = { playerId: 'ply_o000', familyId: 'fam_o000', name: 'Maya' };
    const families = await fileOf('families', [RECORD], world.deps).look();
    expect(families).toMatchObject({ counts: { changes: 1 }, returning: [{ key: 'fam_o000', line: 2 }] });
    const players = await fileOf('players', [player], world.deps).look();
    expect(players).toMatchObject({ counts: { changes: 1 }, returning: [{ key: 'ply_o000' }] });
    await bringIn('families', [RECORD], world.deps);
    await bringIn('players', [player], world.deps);
    expect(await world.roster.family('fam_o000')).toEqual({ ...RECORD, revision: 2 });
    expect(await world.roster.player('ply_o000')).not.toHaveProperty('forgottenAt');
    expect((await fileOf('families', [RECORD], world.deps).look()).returning).toEqual([]);
  });

  it('where a child signs is not kept again; what is said of its contract is', async () => {
    await world.order({ orderId: 'o000' });
    await cancel('o000');
    await gone('fam_o000');
    const row = {
      playerId: 'ply_o000',
      contract: 'ended',
      signUrl: 'https://club.example/sign/maya',
    } as const;
    const file = await fileOf('contracts', [row], world.deps).look();
    expect(file).toMatchObject({ counts: { conflict: 1 }, conflicts: [{ key: 'ply_o000', line: 2 }] });
    await expect(keepRecord({ kind: 'contracts', row }, world.deps)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Player ply_o000 was forgotten on 2026-04-14'),
    });
    await keepRecord({ kind: 'contracts', row: { ...row, signUrl: null } }, world.deps);
    expect((await world.roster.player('ply_o000'))?.contract).toMatchObject({
      state: 'ended',
      signUrl: null,
    });
  });

  it('a file brings back a child whose name is its id, with where it signs', async () => {
    await world.order({ orderId: 'o000' });
    await cancel('o000');
    await gone('fam_o000');
    const signUrl = 'https://club.example/sign/maya';
    const row = { playerId: 'ply_o000', familyId: 'fam_o000', name: 'ply_o000', signUrl };
    await bringIn('players', [row], world.deps);
    const player = await world.roster.player('ply_o000');
    expect(player?.contract.signUrl).toBe(signUrl);
    expect(player).not.toHaveProperty('forgottenAt');
  });

  it('a file that was shown before they were forgotten does not bring them back unseen', async () => {
    await world.order({ orderId: 'o000' });
    await cancel('o000');
    const file = fileOf('families', [RECORD], world.deps);
    const { hash } = await file.look();
    await gone('fam_o000');
    expect(await file.apply(hash ?? '')).toMatchObject({ written: 0, failures: [{ outcome: 'moved' }] });
    expect((await world.roster.family('fam_o000'))?.parents).toEqual([]);
  });
});
