import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressKeyOf, type Delivery, type DeliveryState } from '../../../lib/domain/blast.ts';
import { SHARDS } from '../../../lib/domain/ids.ts';
import { planBlast, startBlast } from '../../../lib/usecases/plan-blast.ts';
import { type SettleInput, settleDelivery, showHeld } from '../../../lib/usecases/settle-delivery.ts';
import { cancelBlast, pauseBlast, resumeBlast } from '../../../lib/usecases/steer-blast.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const BLAST = 'bls_1';
const TOMORROW = '2026-04-15T15:00:00.000Z';
const by = { blastId: BLAST, actor: 'Kim' };
const plan = async (startsAt?: string): Promise<void> => {
  await world.product({ category: 'tournament' });
  const when = startsAt === undefined ? {} : { startsAt };
  await planBlast({ blastId: BLAST, productId: 'tournament', createdBy: 'office', ...when }, world.deps);
};
const blast = async () => {
  const found = await world.blasts.get(BLAST);
  if (found === undefined) throw new Error('There is no blast.');
  return found;
};
const finishShard = async (shard: number): Promise<void> => {
  const progress = await world.blasts.shard(BLAST, shard);
  if (progress === undefined) throw new Error('The shard is not there.');
  await world.blasts.saveShard({ ...progress, pass: 2, cursor: 'ord_9', swept: true, done: true });
};
const tickets = () => world.blastQueue.receive().map(({ shard }) => shard);

describe('a mailing that is paused', () => {
  it('says who asked, and since when, and stays so when it is asked again', async () => {
    await plan();
    const since = world.clock.now();
    await pauseBlast(by, world.deps);
    world.clock.advance(60_000);
    const again = await pauseBlast({ ...by, actor: 'Lee' }, world.deps);
    expect(again).toMatchObject({
      state: 'paused',
      waiting: { reason: 'asked', since, until: null, by: 'Kim' },
    });
  });

  it('goes on with one worker, who calls others where there is much to do', async () => {
    await plan();
    tickets();
    await pauseBlast(by, world.deps);
    expect(await resumeBlast(by, world.deps)).toMatchObject({ state: 'sending', waiting: null });
    expect(world.blastQueue.receive()).toEqual([{ blastId: BLAST, shard: 0, alone: true }]);
  });

  it('goes on when it is resumed once more after the tickets could not be sent', async () => {
    await plan();
    tickets();
    await pauseBlast(by, world.deps);
    const broken = {
      send: async () => {
        throw new Error('the queue is down');
      },
    };
    await expect(resumeBlast(by, { ...world.deps, blastQueue: broken })).rejects.toThrow('the queue is down');
    expect(await resumeBlast(by, world.deps)).toMatchObject({ state: 'sending' });
    expect(tickets()).toHaveLength(1);
  });

  it('before it began, begins when it is resumed after its time', async () => {
    await plan(TOMORROW);
    await pauseBlast(by, world.deps);
    world.clock.set(TOMORROW);
    expect(await resumeBlast(by, world.deps)).toMatchObject({ state: 'sending' });
    expect(await world.blasts.shards(BLAST)).toHaveLength(SHARDS);
    expect(tickets()).toHaveLength(1);
  });

  it('before it began, waits for its time again when it is resumed before', async () => {
    await plan(TOMORROW);
    await pauseBlast(by, world.deps);
    expect(await resumeBlast(by, world.deps)).toMatchObject({ state: 'planned', waiting: null });
    expect(await resumeBlast(by, world.deps)).toMatchObject({ state: 'planned' });
    expect(tickets()).toEqual([]);
  });

  it('in the moment in which the tick starts it, stays paused', async () => {
    await plan(TOMORROW);
    const asTheTickReadIt = await blast();
    await pauseBlast(by, world.deps);
    expect((await startBlast(asTheTickReadIt, world.deps)).state).toBe('paused');
    expect(tickets()).toEqual([]);
  });

  it('because SES refused the sender goes on the same way', async () => {
    await plan();
    tickets();
    const since = world.clock.now();
    const waiting = { reason: 'sender_refused', since, until: null } as const;
    await world.blasts.advance(BLAST, ['sending'], { state: 'paused', waiting }, since);
    expect(await resumeBlast(by, world.deps)).toMatchObject({ state: 'sending', waiting: null });
    expect(tickets()).toHaveLength(1);
  });
});

describe('a mailing that is canceled', () => {
  it.each(['planned', 'sending', 'paused'] as const)('while it is %s has ended for good', async (state) => {
    await plan(state === 'planned' ? TOMORROW : undefined);
    if (state === 'paused') await pauseBlast(by, world.deps);
    expect((await blast()).state).toBe(state);
    const at = world.clock.now();
    await cancelBlast(by, world.deps);
    world.clock.advance(1_000);
    expect(await cancelBlast(by, world.deps)).toMatchObject({ state: 'canceled', endedAt: at });
    await expect(resumeBlast(by, world.deps)).rejects.toThrow("can't be resumed: it is canceled");
    await expect(pauseBlast(by, world.deps)).rejects.toThrow("can't be paused: it is canceled");
    // Where mails have left, the tick looks after the last of them.
    const after = state === 'planned' ? [] : ['last_mails'];
    const open = await world.blasts.pageOfOpen({ limit: 9 });
    expect(open.items.map(({ waiting }) => waiting?.reason)).toEqual(after);
  });

  it('after it is complete can not be', async () => {
    await plan();
    await world.blasts.advance(BLAST, ['sending'], { state: 'complete', waiting: null }, world.clock.now());
    await expect(cancelBlast(by, world.deps)).rejects.toThrow("can't be canceled: it is complete");
  });
});

it.each([pauseBlast, resumeBlast, cancelBlast])(
  '%o of a mailing that is not there says so',
  async (steer) => {
    await expect(steer(by, world.deps)).rejects.toThrow('There is no mailing bls_1.');
  },
);

describe('a mail that is held', () => {
  const row = async (state: DeliveryState, address = 'o1@family.example'): Promise<Delivery> => {
    const order = (await world.orders.get('o1')) ?? (await world.order({ orderId: 'o1' }));
    const at = world.clock.now();
    const delivery: Delivery = {
      blastId: BLAST,
      shard: order.shard,
      orderId: 'o1',
      addressKey: addressKeyOf(address),
      address,
      state: 'claimed',
      reason: null,
      messageId: null,
      claimedAt: at,
      sentAt: null,
      settledAt: null,
    };
    await world.blasts.claim(delivery);
    await world.blasts.settle({ ...delivery, state, reason: 'unclear', settledAt: at });
    return delivery;
  };
  const settle = (as: SettleInput['as'], over: Partial<SettleInput> = {}) =>
    settleDelivery(
      { blastId: BLAST, orderId: 'o1', as, actor: 'Kim', reason: 'she has it', ...over },
      world.deps,
    );
  const completed = async (): Promise<void> => {
    await plan();
    tickets();
    for (let shard = 0; shard < SHARDS; shard++) await finishShard(shard);
    await world.blasts.advance(BLAST, ['sending'], { state: 'complete', waiting: null }, world.clock.now());
  };

  it('and arrived, is settled as sent, with who said so; the mailing stays complete', async () => {
    await completed();
    const held = await row('held');
    expect(await settle('sent')).toMatchObject({ as: 'sent', addressKey: held.addressKey });
    expect(await world.blasts.delivery(held)).toMatchObject({ state: 'sent', reason: 'Kim: she has it' });
    expect((await blast()).state).toBe('complete');
    expect(tickets()).toEqual([]);
    expect(await settle('sent'), 'said twice').toMatchObject({ as: 'sent' });
  });

  it('is settled by a person only where nobody else has', async () => {
    await completed();
    const held = await row('held');
    const at = world.clock.now();
    await world.blasts.report(held, { state: 'sent', reason: null, messageId: 'm', at, mailedAt: at });
    await expect(settle('sent')).rejects.toThrow('No mail about order o1 is held in this mailing (sent).');
  });

  it('and did not, is sent again: a closing pass goes over its shard once more', async () => {
    await completed();
    const held = await row('held');
    await settle('send_again');
    expect(await world.blasts.delivery(held)).toMatchObject({ state: 'released' });
    expect(await world.blasts.shard(BLAST, held.shard)).toMatchObject({
      done: false,
      pass: 2,
      cursor: null,
      addedInPass: 0,
      swept: false,
      wakeAt: null,
    });
    expect(await blast()).toMatchObject({ state: 'sending', endedAt: null });
    expect(tickets()).toEqual([held.shard]);
  });

  it('is sent again by a repetition, after a crash between the row and the shard', async () => {
    await completed();
    const held = await row('held');
    const dies = {
      ...world.blasts,
      saveShard: async () => {
        throw new Error('killed');
      },
    };
    const input = {
      blastId: BLAST,
      orderId: 'o1',
      as: 'send_again',
      actor: 'Kim',
      reason: 'no mail',
    } as const;
    await expect(settleDelivery(input, { ...world.deps, blasts: dies })).rejects.toThrow('killed');
    await settleDelivery(input, world.deps);
    expect((await world.blasts.shard(BLAST, held.shard))?.done).toBe(false);
    expect(tickets()).toEqual([held.shard]);
  });

  const shown = () => showHeld({ blastId: BLAST, orderId: 'o1' }, world.deps);

  it('is shown before it is sent again, and is sent again as it was shown, once more by mistake', async () => {
    await completed();
    const held = await row('held');
    const { hash, ...seen } = await shown();
    expect(seen).toMatchObject({ address: held.address, claimedAt: held.claimedAt, standing: 'payable' });
    expect((await shown()).hash).toBe(hash);
    expect(tickets()).toEqual([]);
    await settle('send_again', { shown: hash });
    await settle('send_again', { shown: hash });
    expect(await world.blasts.delivery(held)).toMatchObject({ state: 'released' });
    expect(new Set(tickets())).toEqual(new Set([held.shard]));
  });

  it('is not sent again if SES has told of it since it was shown, or if another one is held by now', async () => {
    await completed();
    const held = await row('held');
    const { hash } = await shown();
    const at = world.clock.now();
    await world.blasts.report(held, { state: 'sent', reason: null, messageId: 'm', at, mailedAt: at });
    await expect(settle('send_again', { shown: hash })).rejects.toMatchObject({ code: 'stale_plan' });
    await row('held', 'ben@family.example');
    await expect(settle('send_again', { shown: hash })).rejects.toMatchObject({ code: 'stale_plan' });
    expect(tickets()).toEqual([]);
  });

  it('of a canceled mailing is not even shown', async () => {
    await plan();
    await row('held');
    await cancelBlast(by, world.deps);
    await expect(shown()).rejects.toThrow('nothing of it is sent any more');
  });

  it('while its shard is worked on, gets its ticket when that lease has ended', async () => {
    await plan();
    tickets();
    const held = await row('held');
    const progress = await world.blasts.shard(BLAST, held.shard);
    if (progress === undefined) throw new Error('no shard');
    const lease = { owner: 'w1', until: '2026-04-14T15:00:20.500Z' };
    await world.blasts.saveShard({ ...progress, pass: 1, cursor: 'ord_5', lease });
    await settle('send_again');
    expect(await world.blasts.shard(BLAST, held.shard)).toMatchObject({ pass: 1, cursor: 'ord_5', lease });
    expect(tickets()).toEqual([]);
    world.clock.advance(21_000);
    expect(tickets()).toEqual([held.shard]);
  });

  it('beside another of the same order has to be named', async () => {
    await completed();
    const [first, second] = [await row('held'), await row('held', 'ben@family.example')];
    await expect(settle('sent')).rejects.toThrow('2 mails about order o1 are held');
    await settle('sent', { addressKey: second.addressKey });
    expect((await world.blasts.delivery(first))?.state).toBe('held');
    expect((await world.blasts.delivery(second))?.state).toBe('sent');
  });

  it('of a canceled mailing can only be settled as sent', async () => {
    await plan();
    await row('held');
    await cancelBlast(by, world.deps);
    await expect(settle('send_again')).rejects.toThrow('nothing of it is sent any more');
    expect(await settle('sent')).toMatchObject({ as: 'sent' });
  });

  it.each([
    ['of a mailing that is not there', { blastId: 'bls_x' }, 'There is no mailing bls_x.'],
    ['of an order that is not there', { orderId: 'o9' }, 'There is no order o9.'],
  ])('%s can not be settled', async (_, over, sentence) => {
    await completed();
    await row('held');
    await expect(settle('sent', over)).rejects.toThrow(sentence);
  });
});
