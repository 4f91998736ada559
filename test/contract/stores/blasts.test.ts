import { expect, test } from 'vitest';
import { deliveryStates } from '../../../lib/domain/blast.ts';
import { SHARDS } from '../../../lib/domain/ids.ts';
import { describeStores, type Stores, walk } from './backends.ts';
import { aBlast, aDelivery, aShard, LATER, NOW } from './samples.ts';

describeStores('blasts', (stores) => {
  test('a blast is read as it was written, and written once', async () => {
    expect(await stores.blasts.create(aBlast())).toBe('created');
    expect(await stores.blasts.create(aBlast({ createdBy: 'somebody else' }))).toBe('exists');
    expect(await stores.blasts.get('bls_1')).toEqual(aBlast());
    expect(await stores.blasts.get('bls_none')).toBeUndefined();
  });

  const sending = { state: 'sending', waiting: null } as const;
  const complete = { state: 'complete', waiting: null } as const;
  const canceled = { state: 'canceled', waiting: null } as const;

  test('a blast advances from the states that are named, and from no other', async () => {
    await stores.blasts.create(aBlast());
    expect(await stores.blasts.advance('bls_1', ['sending'], complete, LATER)).toBe(false);
    expect(await stores.blasts.advance('bls_1', [], complete, LATER)).toBe(false);
    expect(await stores.blasts.get('bls_1')).toEqual(aBlast());
    expect(await stores.blasts.advance('bls_1', ['planned', 'sending'], sending, LATER)).toBe(true);
    expect(await stores.blasts.get('bls_1')).toEqual(aBlast({ state: 'sending' }));
  });

  test.each([complete, canceled])('a blast that is $state has ended, at that time', async (to) => {
    await stores.blasts.create(aBlast());
    expect(await stores.blasts.advance('bls_1', ['planned'], to, LATER)).toBe(true);
    expect(await stores.blasts.get('bls_1')).toEqual(aBlast({ ...to, endedAt: LATER }));
  });

  test('what a blast waits for stands with its state, until it advances again', async () => {
    await stores.blasts.create(aBlast());
    const parked = {
      state: 'sending',
      waiting: { reason: 'daily_quota', since: NOW, until: LATER },
    } as const;
    expect(await stores.blasts.advance('bls_1', ['planned'], parked, NOW)).toBe(true);
    expect(await stores.blasts.get('bls_1')).toEqual(aBlast(parked));
    expect(await stores.blasts.advance('bls_1', ['sending'], sending, LATER)).toBe(true);
    expect(await stores.blasts.get('bls_1')).toEqual(aBlast(sending));
  });

  test('a blast that does not exist does not advance into being', async () => {
    expect(await stores.blasts.advance('bls_none', ['planned'], sending, NOW)).toBe(false);
    expect(await stores.blasts.get('bls_none')).toBeUndefined();
  });

  test('of those who start a blast at once, one does', async () => {
    await stores.blasts.create(aBlast());
    const outcomes = await Promise.all(
      [1, 2, 3].map(() => stores.blasts.advance('bls_1', ['planned'], sending, NOW)),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
  });

  test.each([1, 2, 3, 100])('open blasts are listed by when they start, in pages of %i', async (limit) => {
    const starts = ['2026-05-03', '2026-05-01', '2026-05-02', '2026-05-01'];
    const blasts = starts.map((day, i) => aBlast({ blastId: `bls_${i}`, startsAt: `${day}T09:00:00.000Z` }));
    for (const blast of blasts) await stores.blasts.create(blast);
    const { items } = await walk((after) => stores.blasts.pageOfOpen({ limit, ...after }));
    expect(items.map(({ blastId }) => blastId).slice(2)).toEqual(['bls_2', 'bls_0']);
    expect(items.toSorted((a, b) => (a.blastId < b.blastId ? -1 : 1))).toEqual(blasts);
  });

  const open = async () => (await walk((after) => stores.blasts.pageOfOpen({ limit: 1, ...after }))).items;
  const ended = async (limit = 1) =>
    (await walk((after) => stores.blasts.pageOfEnded({ limit, ...after }))).items;

  test('a blast is in the list of open ones or of those that have ended', async () => {
    await stores.blasts.create(aBlast());
    await stores.blasts.advance(
      'bls_1',
      ['planned'],
      { state: 'paused', waiting: { reason: 'asked', since: NOW, until: null } },
      NOW,
    );
    expect([(await open()).length, (await ended()).length]).toEqual([1, 0]);
    await stores.blasts.advance('bls_1', ['paused'], canceled, LATER);
    expect([await open(), await ended()]).toEqual([[], [aBlast({ ...canceled, endedAt: LATER })]]);
  });

  test.each([1, 2, 3, 4, 5, 100])(
    'ended blasts are listed from the latest on, pages of %i',
    async (limit) => {
      const starts = ['2026-05-02', '2026-05-04', '2026-05-01', '2026-05-03'];
      for (const [i, day] of starts.entries()) {
        const startsAt = `${day}T09:00:00.000Z`;
        await stores.blasts.create(aBlast({ blastId: `bls_${i}`, startsAt, ...complete, endedAt: NOW }));
      }
      await stores.blasts.create(aBlast({ blastId: 'bls_open' }));
      expect((await ended(limit)).map(({ blastId }) => blastId)).toEqual([
        'bls_1',
        'bls_3',
        'bls_0',
        'bls_2',
      ]);
    },
  );

  test('ended blasts that started at one moment are each listed once', async () => {
    const blasts = ['bls_1', 'bls_2', 'bls_3'].map((blastId) =>
      aBlast({ blastId, ...complete, endedAt: NOW }),
    );
    for (const blast of blasts) await stores.blasts.create(blast);
    expect((await ended()).toSorted((a, b) => (a.blastId < b.blastId ? -1 : 1))).toEqual(blasts);
  });

  test('shards are listed in sequence, without the blast, its ledger or those of another', async () => {
    await stores.blasts.create(aBlast());
    await stores.blasts.claim(aDelivery());
    await stores.blasts.createShard(aShard({ blastId: 'bls_10' }));
    for (let shard = SHARDS - 1; shard >= 0; shard--) await stores.blasts.createShard(aShard({ shard }));
    expect(await stores.blasts.shards('bls_1')).toEqual(
      Array.from({ length: SHARDS }, (_, shard) => aShard({ shard })),
    );
    expect(await stores.blasts.shards('bls_none')).toEqual([]);
  });

  test('creating a shard again leaves the progress that it has made', async () => {
    await stores.blasts.createShard(aShard());
    await stores.blasts.saveShard(aShard({ cursor: 'ord_7' }));
    await stores.blasts.createShard(aShard());
    expect(await stores.blasts.shard('bls_1', 5)).toEqual(aShard({ cursor: 'ord_7', revision: 1 }));
    expect(await stores.blasts.shard('bls_1', 6)).toBeUndefined();
  });

  test('of those who take the lease of a shard at once, one does', async () => {
    await stores.blasts.createShard(aShard());
    const outcomes = await Promise.all(
      ['a', 'b', 'c'].map((owner) => stores.blasts.saveShard(aShard({ lease: { owner, until: LATER } }))),
    );
    const [winner] = outcomes.filter((outcome) => outcome !== 'conflict');
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(2);
    expect(await stores.blasts.shard('bls_1', 5)).toEqual(winner);
    expect(await stores.blasts.saveShard(aShard({ shard: 6 }))).toBe('conflict');
  });

  test('of those who claim a delivery at once, one may send', async () => {
    const outcomes = await Promise.all([1, 2, 3, 4, 5].map(() => stores.blasts.claim(aDelivery())));
    expect(outcomes.filter((outcome) => outcome === 'claimed')).toHaveLength(1);
  });

  test('the claims of two addresses, orders or blasts do not meet', async () => {
    const deliveries = [
      aDelivery(),
      aDelivery({ address: 'ben@family.example' }),
      aDelivery({ orderId: 'ord_2' }),
      aDelivery({ blastId: 'bls_2' }),
    ];
    for (const delivery of deliveries) expect(await stores.blasts.claim(delivery)).toBe('claimed');
  });

  const released = { state: 'released', reason: 'rate', settledAt: NOW } as const;
  const sent = aDelivery({ state: 'sent', messageId: 'm-1', sentAt: NOW, settledAt: NOW });
  const held = aDelivery({ state: 'held', reason: 'no event within an hour', settledAt: LATER });

  test('a claim is settled once, and stays as it was settled', async () => {
    expect(await stores.blasts.settle(sent)).toBe(false);
    expect(await stores.blasts.delivery(sent)).toBeUndefined();
    await stores.blasts.claim(aDelivery());
    expect(await stores.blasts.delivery(sent)).toEqual(aDelivery());
    expect(await stores.blasts.settle(sent)).toBe(true);
    expect(await stores.blasts.settle(held)).toBe(false);
    expect(await stores.blasts.claim(aDelivery())).toBe('taken');
    expect(await stores.blasts.delivery(sent)).toEqual(sent);
    expect((await stores.blasts.deliveries({ blastId: 'bls_1', shard: 5, limit: 10 })).items).toEqual([sent]);
  });

  test('a released delivery is claimed again by one, and only that claim can be settled', async () => {
    const first = aDelivery();
    const second = aDelivery({ claimedAt: LATER });
    await stores.blasts.claim(first);
    expect(await stores.blasts.settle({ ...first, ...released })).toBe(true);
    const outcomes = await Promise.all([1, 2, 3].map(() => stores.blasts.claim(second)));
    expect(outcomes.filter((outcome) => outcome === 'claimed')).toHaveLength(1);
    expect(await stores.blasts.settle({ ...first, ...released })).toBe(false);
    expect(await stores.blasts.settle({ ...first, state: 'sent', sentAt: NOW })).toBe(false);
    expect(await stores.blasts.delivery(second)).toEqual(second);
    expect(await stores.blasts.settle({ ...second, state: 'sent', settledAt: LATER })).toBe(true);
  });

  type News = Parameters<Stores['blasts']['report']>[1];
  const at = (second: number): string => `2026-05-01T16:00:0${second}.000Z`;
  const MAILED_AT = at(0);
  const news = (state: News['state'], second: number, reason: string | null = null): News => ({
    state,
    reason,
    messageId: 'm-1',
    at: at(second),
    mailedAt: MAILED_AT,
  });
  const told = {
    sent: news('sent', 1),
    delivered: news('delivered', 2),
    bounced: news('bounced', 3, 'permanent'),
    complained: news('complained', 4, 'abuse'),
  };

  test('SES tells of a claim that its worker did not live to settle', async () => {
    await stores.blasts.claim(aDelivery());
    expect(await stores.blasts.report(sent, told.sent)).toBe(true);
    const known = { ...sent, sentAt: MAILED_AT, settledAt: at(1) };
    expect(await stores.blasts.delivery(sent)).toEqual(known);
    expect(await stores.blasts.settle(held)).toBe(false);
    expect(await stores.blasts.delivery(sent)).toEqual(known);
  });

  test('a delivery of which SES tells only later was sent when SES took the mail', async () => {
    await stores.blasts.claim(aDelivery());
    await stores.blasts.report(sent, told.delivered);
    expect(await stores.blasts.delivery(sent)).toMatchObject({ sentAt: MAILED_AT, settledAt: at(2) });
  });

  test('when it was sent stays as the worker noted it', async () => {
    await stores.blasts.claim(aDelivery());
    await stores.blasts.settle(sent);
    expect(await stores.blasts.report(sent, told.sent)).toBe(false);
    expect(await stores.blasts.report(sent, told.bounced)).toBe(true);
    expect(await stores.blasts.delivery(sent)).toEqual({
      ...sent,
      state: 'bounced',
      reason: 'permanent',
      settledAt: at(3),
    });
  });

  test('what SES tells ends the same, in whatever sequence and however often it is told', async () => {
    const { sent: a, delivered: b, bounced: c, complained: d } = told;
    for (const [i, sequence] of permutations([a, b, c, d]).entries()) {
      const delivery = aDelivery({ orderId: `ord_${i}` });
      await stores.blasts.claim(delivery);
      for (const one of [...sequence, ...sequence]) await stores.blasts.report(delivery, one);
      expect(await stores.blasts.delivery(delivery)).toEqual({
        ...delivery,
        state: 'complained',
        reason: 'abuse',
        messageId: 'm-1',
        sentAt: MAILED_AT,
        settledAt: at(4),
      });
    }
  });

  test.each([
    ['transient', 'delivered'],
    ['permanent', 'bounced'],
    ['undetermined', 'bounced'],
  ] as const)('a %s bounce beside a delivery ends as %s in either sequence', async (reason, end) => {
    const pair = [told.delivered, news('bounced', 3, reason)] as const;
    for (const [i, sequence] of permutations(pair).entries()) {
      const delivery = aDelivery({ orderId: `ord_${i}` });
      await stores.blasts.claim(delivery);
      for (const one of sequence) await stores.blasts.report(delivery, one);
      expect((await stores.blasts.delivery(delivery))?.state).toBe(end);
    }
  });

  test('a transient bounce is known for one until something later is', async () => {
    await stores.blasts.claim(aDelivery());
    const [transient, permanent] = [news('bounced', 2, 'transient'), news('bounced', 3, 'permanent')];
    for (const one of [transient, told.sent, permanent, transient]) await stores.blasts.report(sent, one);
    expect(await stores.blasts.delivery(sent)).toMatchObject({ state: 'bounced', reason: 'permanent' });
  });

  test('what SES tells at once ends as the latest state', async () => {
    await stores.blasts.claim(aDelivery());
    await Promise.all(Object.values(told).map((one) => stores.blasts.report(sent, one)));
    expect((await stores.blasts.delivery(sent))?.state).toBe('complained');
  });

  test.each(deliveryStates.map((state, i) => [state, deliveryStates.slice(0, i + 1)] as const))(
    'a delivery that is %s is lowered by no report',
    async (state, notLater) => {
      await stores.blasts.claim(aDelivery());
      await stores.blasts.settle(aDelivery({ state, settledAt: NOW }));
      for (const lower of notLater) {
        expect(await stores.blasts.report(sent, news(lower, 5))).toBe(false);
      }
      expect(await stores.blasts.delivery(sent)).toMatchObject({ state, messageId: null });
    },
  );

  test('a report on a delivery that is not in the ledger puts nothing there', async () => {
    expect(await stores.blasts.report(sent, told.sent)).toBe(false);
    expect(await stores.blasts.delivery(sent)).toBeUndefined();
  });

  test('a mail that was given up and left all the same is not sent again', async () => {
    await stores.blasts.claim(aDelivery());
    await stores.blasts.settle({ ...aDelivery(), ...released });
    expect(await stores.blasts.report(sent, told.sent)).toBe(true);
    expect(await stores.blasts.claim(aDelivery({ claimedAt: LATER }))).toBe('taken');
  });

  test('a delivery that was claimed anew takes reports as the first one did', async () => {
    await stores.blasts.claim(aDelivery());
    await stores.blasts.settle({ ...aDelivery(), ...released });
    await stores.blasts.claim(aDelivery({ claimedAt: LATER }));
    expect(await stores.blasts.report(sent, told.delivered)).toBe(true);
    expect(await stores.blasts.report(sent, told.sent)).toBe(false);
  });

  const hold = async (): Promise<void> => {
    await stores.blasts.claim(aDelivery());
    await stores.blasts.settle(held);
  };
  const asSent = { state: 'sent', reason: 'ops@club.example', at: LATER } as const;
  const again = { state: 'released', reason: 'ops@club.example', at: LATER } as const;

  test('a held delivery that a person calls sent was sent when it was claimed', async () => {
    await hold();
    expect(await stores.blasts.settleHeld(held, asSent)).toBe(true);
    expect(await stores.blasts.delivery(held)).toEqual(
      aDelivery({ state: 'sent', reason: 'ops@club.example', sentAt: NOW, settledAt: LATER }),
    );
    expect(await stores.blasts.settleHeld(held, again)).toBe(false);
    expect(await stores.blasts.claim(aDelivery())).toBe('taken');
    expect(await stores.blasts.report(held, told.sent)).toBe(false);
    expect(await stores.blasts.report(held, told.delivered)).toBe(true);
  });

  test('a held delivery that a person lets go is claimed by one more', async () => {
    await hold();
    expect(await stores.blasts.claim(aDelivery())).toBe('taken');
    expect(await stores.blasts.settleHeld(held, again)).toBe(true);
    expect(await stores.blasts.delivery(held)).toEqual(
      aDelivery({ state: 'released', reason: 'ops@club.example', settledAt: LATER }),
    );
    expect(await stores.blasts.claim(aDelivery({ claimedAt: LATER }))).toBe('claimed');
    expect(await stores.blasts.claim(aDelivery({ claimedAt: LATER }))).toBe('taken');
  });

  test('of two people who decide at once, one does', async () => {
    await hold();
    const outcomes = await Promise.all(
      [asSent, again, asSent].map((decided) => stores.blasts.settleHeld(held, decided)),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
  });

  test('a held delivery of which SES tells after all is no longer held', async () => {
    await hold();
    expect(await stores.blasts.report(held, told.sent)).toBe(true);
    expect(await stores.blasts.settleHeld(held, again)).toBe(false);
    expect((await stores.blasts.delivery(held))?.state).toBe('sent');
  });

  test('there is nothing to decide of a delivery that is not held', async () => {
    expect(await stores.blasts.settleHeld(held, asSent)).toBe(false);
    await stores.blasts.claim(aDelivery());
    expect(await stores.blasts.settleHeld(held, again)).toBe(false);
    expect(await stores.blasts.delivery(held)).toEqual(aDelivery());
  });

  const everyHeld = async (limit = 1) => {
    const { items } = await walk((after) => stores.blasts.pageOfHeld({ limit, ...after }));
    return items.map(({ blastId, orderId }) => `${blastId} ${orderId}`);
  };

  test.each([1, 2, 3, 100])(
    'held deliveries of all blasts are listed by how long they wait, pages of %i',
    async (limit) => {
      const claims = [
        aDelivery({ blastId: 'bls_2', claimedAt: at(3) }),
        aDelivery({ orderId: 'ord_2', shard: 6, claimedAt: at(1) }),
        aDelivery({ orderId: 'ord_3', claimedAt: at(2) }),
      ];
      for (const [i, claim] of claims.entries()) {
        await stores.blasts.claim(claim);
        await stores.blasts.settle({ ...claim, state: 'held', reason: 'no_answer', settledAt: at(4 + i) });
      }
      await stores.blasts.claim(aDelivery({ orderId: 'ord_4' }));
      await stores.blasts.create(aBlast());
      expect(await everyHeld(limit)).toEqual(['bls_1 ord_2', 'bls_1 ord_3', 'bls_2 ord_1']);
      expect((await stores.blasts.pageOfHeld({ limit: 1 })).items).toEqual([
        { ...claims[1], state: 'held', reason: 'no_answer', settledAt: at(5) },
      ]);
    },
  );

  test('held deliveries of one moment are each listed once', async () => {
    for (const orderId of ['ord_1', 'ord_2', 'ord_3']) {
      await stores.blasts.claim(aDelivery({ orderId }));
      await stores.blasts.settle({ ...held, orderId });
    }
    expect((await everyHeld()).toSorted()).toEqual(['bls_1 ord_1', 'bls_1 ord_2', 'bls_1 ord_3']);
  });

  test.each([
    ['a person says that it was sent', () => stores.blasts.settleHeld(held, asSent)],
    ['a person lets it go', () => stores.blasts.settleHeld(held, again)],
    ['SES tells of it', () => stores.blasts.report(held, told.sent)],
    [
      'it is claimed anew',
      async () => {
        await stores.blasts.settleHeld(held, again);
        await stores.blasts.claim(aDelivery({ claimedAt: LATER }));
      },
    ],
  ])('a delivery is no longer listed as held once %s', async (_, settles) => {
    await hold();
    expect(await everyHeld()).toEqual(['bls_1 ord_1']);
    await settles();
    // One that only its state kept out of the list would still take a place on a page.
    expect((await walk((after) => stores.blasts.pageOfHeld({ limit: 1, ...after }))).sizes).toEqual([0]);
    expect(await everyHeld()).toEqual([]);
  });

  test('every delivery about an order is found, by the time of its claim, and of no other order', async () => {
    const deliveries = [
      aDelivery({ blastId: 'bls_3', shard: 1, claimedAt: at(3), address: 'ben@family.example' }),
      aDelivery({ blastId: 'bls_2', claimedAt: at(1) }),
      aDelivery({ claimedAt: at(2) }),
    ] as const;
    for (const delivery of deliveries) await stores.blasts.claim(delivery);
    await stores.blasts.claim(aDelivery({ orderId: 'ord_10' }));
    const settledAt = at(4);
    await stores.blasts.settle({
      ...deliveries[2],
      state: 'sent',
      messageId: 'm-1',
      sentAt: at(3),
      settledAt,
    });
    expect(await stores.blasts.deliveriesOf('ord_1')).toEqual([
      deliveries[1],
      { ...deliveries[2], state: 'sent', messageId: 'm-1', sentAt: at(3), settledAt },
      deliveries[0],
    ]);
    expect(await stores.blasts.deliveriesOf('ord_none')).toEqual([]);
  });

  test('of a delivery whose address is taken off everything else stays, and it is not claimed again', async () => {
    await stores.blasts.claim(aDelivery());
    await stores.blasts.forgetAddress(aDelivery());
    await stores.blasts.forgetAddress(aDelivery());
    const bare = { ...aDelivery(), address: '' };
    expect(await stores.blasts.deliveriesOf('ord_1')).toEqual([bare]);
    expect(await stores.blasts.claim(aDelivery())).toBe('taken');
    await stores.blasts.settle(aDelivery({ state: 'sent', sentAt: NOW, settledAt: NOW }));
    expect(await stores.blasts.delivery(aDelivery())).toMatchObject({ state: 'sent', address: '' });
    await stores.blasts.forgetAddress(aDelivery({ orderId: 'ord_none' }));
    expect(await stores.blasts.delivery(aDelivery({ orderId: 'ord_none' }))).toBeUndefined();
  });

  test('a delivery that was claimed anew is found once, at the time of that claim', async () => {
    await stores.blasts.claim(aDelivery());
    await stores.blasts.settle({ ...aDelivery(), ...released });
    await stores.blasts.claim(aDelivery({ claimedAt: LATER }));
    expect(await stores.blasts.deliveriesOf('ord_1')).toEqual([aDelivery({ claimedAt: LATER })]);
  });

  const ledger = async (q: { from?: string; to?: string }, limit: number): Promise<string[]> => {
    const { items, sizes } = await walk((after) =>
      stores.blasts.deliveries({ blastId: 'bls_1', shard: 5, limit, ...q, ...after }),
    );
    expect(sizes.slice(0, -1).every((size) => size === limit)).toBe(true);
    return items.map(({ orderId }) => orderId);
  };

  test.each([1, 2, 3, 6, 100])(
    'a stretch of the ledger is read with both its ends, pages of %i',
    async (limit) => {
      for (const orderId of ['ord_1', 'ord_1-b', 'ord_10', 'ord_2', 'ord_3']) {
        await stores.blasts.claim(aDelivery({ orderId }));
      }
      await stores.blasts.claim(aDelivery({ orderId: 'ord_2', address: 'ben@family.example' }));
      await stores.blasts.claim(aDelivery({ orderId: 'ord_2', shard: 6 }));
      const all = ['ord_1', 'ord_1-b', 'ord_10', 'ord_2', 'ord_2', 'ord_3'];
      expect(await ledger({}, limit)).toEqual(all);
      expect(await ledger({ from: 'ord_1-b', to: 'ord_2' }, limit)).toEqual(all.slice(1, 5));
      expect(await ledger({ from: 'ord_1-b' }, limit)).toEqual(all.slice(1));
      expect(await ledger({ to: 'ord_1' }, limit)).toEqual(all.slice(0, 1));
      expect(await ledger({ from: 'ord_0', to: 'ord_00' }, limit)).toEqual([]);
    },
  );
});

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
