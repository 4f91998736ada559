import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { documentClient } from '../../../lib/adapters/dynamodb/client.ts';
import { dynamoOrders } from '../../../lib/adapters/dynamodb/orders.ts';
import { addressKeyOf } from '../../../lib/domain/blast.ts';
import { CorruptRow, StoreUnavailable } from '../../../lib/domain/errors.ts';
import { dueShardOf } from '../../../lib/domain/ids.ts';
import type { Unmatched } from '../../../lib/domain/unmatched.ts';
import { type LocalDynamo, localAws } from '../../support/dynamodb.ts';
import { type Fault, type FaultyProxy, startFaultyProxy } from '../../support/faulty-proxy.ts';
import type { TableName } from '../../support/tables.ts';
import { dynamoServers, dynamoStores, type Stores, walk } from './backends.ts';
import {
  aBlast,
  aDelivery,
  aFeeSchedule,
  aFinding,
  aFindingResult,
  anOrder,
  aPlan,
  aPreview,
  aResult,
  aRun,
  aShard,
  due,
  LATER,
  NOW,
  work,
} from './samples.ts';

const lost: Fault = { kind: 'lose_answer' };
const answered = (status: number, type: string): Fault => ({
  kind: 'answer',
  status,
  body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'no' }),
});
const throttled = answered(400, 'ProvisionedThroughputExceededException');

const unmatched: Unmatched = {
  stripeId: 'pi_1',
  paymentId: 'pi_1',
  eventId: 'evt_1',
  eventType: 'charge.refunded',
  reason: 'unreadable',
  orderId: null,
  amount: null,
  dispute: null,
  at: NOW,
};
const word = { as: 'settled', orderId: null, actor: 'Kim', reason: 'not ours', at: LATER } as const;

const dueShard = dueShardOf(anOrder().shard);

describe.each(dynamoServers)('the stores on $server', ({ start }) => {
  let dynamo: LocalDynamo;
  let proxy: FaultyProxy;
  let client: DynamoDBClient;
  /** For calls that are never answered; the others may take their time on a busy machine. */
  let impatient: DynamoDBClient;
  const clientFor = ({ kind }: Fault) => (kind === 'silence' || kind === 'stall' ? impatient : client);
  let tables: Record<TableName, string>;
  let stores: Stores;

  beforeAll(async () => {
    dynamo = await start();
    proxy = await startFaultyProxy(dynamo.endpoint);
    const connection = { endpoint: proxy.endpoint, ...localAws };
    client = documentClient({ connectMs: 5_000, answerMs: 5_000 }, connection);
    impatient = documentClient({ connectMs: 5_000, answerMs: 3_000 }, connection);
  });

  beforeEach(async () => {
    tables = await dynamo.createTables();
    stores = dynamoStores(client, tables);
    proxy.calls.length = 0;
  });

  afterAll(async () => {
    client.config.requestHandler.destroy?.();
    impatient.config.requestHandler.destroy?.();
    await proxy.stop();
    await dynamo.stop();
  });

  describe('a write that took effect, and whose answer was lost', () => {
    const sent = aDelivery({ state: 'sent', messageId: 'm-1', sentAt: NOW, settledAt: LATER });
    const before = async (): Promise<void> => {
      await stores.orders.create(anOrder());
      await stores.blasts.create(aBlast());
      await stores.blasts.createShard(aShard());
      await stores.blasts.claim(aDelivery({ orderId: 'ord_3' }));
      await stores.blasts.claim(aDelivery({ orderId: 'ord_4' }));
      await stores.blasts.settle(aDelivery({ orderId: 'ord_4', state: 'held', settledAt: NOW }));
      await stores.plans.put(aPlan());
      await stores.orders.keepUnmatched({ ...unmatched, stripeId: 'pi_2' });
      await stores.runs.create(aRun());
      await stores.runs.keepFinding('run_1', aFinding());
    };
    const pointer = { kind: 'stripe', id: 'plink_1' } as const;

    /** Each write, and what its repetition finds. */
    const writes: Record<
      string,
      { call: 'PutItem' | 'UpdateItem'; run: () => Promise<unknown>; again: unknown }
    > = {
      'Orders.create': {
        call: 'PutItem',
        run: () => stores.orders.create(anOrder({ orderId: 'ord_2' })),
        again: 'exists',
      },
      'Orders.save': {
        call: 'UpdateItem',
        run: () => stores.orders.save(anOrder({ generation: 2 })),
        again: 'conflict',
      },
      'Orders.point': {
        call: 'PutItem',
        run: () => stores.orders.point(pointer, 'ord_1'),
        again: 'ord_1',
      },
      'Orders.keepUnmatched': {
        call: 'PutItem',
        run: () => stores.orders.keepUnmatched(unmatched),
        again: undefined,
      },
      'Orders.settleUnmatched': {
        call: 'UpdateItem',
        run: () => stores.orders.settleUnmatched('pi_2', word),
        again: false,
      },
      'Runs.create': {
        call: 'PutItem',
        run: () => stores.runs.create(aRun('run_2')),
        again: 'exists',
      },
      'Runs.save': {
        call: 'UpdateItem',
        run: () => stores.runs.save({ ...aRun(), requests: 7 }),
        again: 'conflict',
      },
      'Runs.keepFinding': {
        call: 'PutItem',
        run: () => stores.runs.keepFinding('run_1', aFinding({ about: 'pi_2' })),
        again: undefined,
      },
      'Runs.recordResult': {
        call: 'UpdateItem',
        run: () => stores.runs.recordResult('run_1', aFinding(), aFindingResult()),
        again: undefined,
      },
      'Blasts.create': {
        call: 'PutItem',
        run: () => stores.blasts.create(aBlast({ blastId: 'bls_2' })),
        again: 'exists',
      },
      'Blasts.advance': {
        call: 'UpdateItem',
        run: () => stores.blasts.advance('bls_1', ['planned'], { state: 'sending', waiting: null }, NOW),
        again: false,
      },
      'Blasts.createShard': {
        call: 'PutItem',
        run: () => stores.blasts.createShard(aShard({ shard: 6 })),
        again: undefined,
      },
      'Schedules.put': {
        call: 'PutItem',
        run: () => stores.schedules.put(aFeeSchedule()),
        again: 'conflict',
      },
      'Blasts.saveShard': {
        call: 'UpdateItem',
        run: () => stores.blasts.saveShard(aShard({ cursor: 'ord_1' })),
        again: 'conflict',
      },
      'Blasts.report': {
        call: 'UpdateItem',
        run: () =>
          stores.blasts.report(aDelivery({ orderId: 'ord_3' }), {
            state: 'delivered',
            reason: null,
            messageId: 'm-1',
            at: NOW,
            mailedAt: NOW,
          }),
        again: false,
      },
      'Blasts.settleHeld': {
        call: 'UpdateItem',
        run: () =>
          stores.blasts.settleHeld(aDelivery({ orderId: 'ord_4' }), {
            state: 'sent',
            reason: 'ops',
            at: NOW,
          }),
        again: false,
      },
      'Roster.suppress': {
        call: 'UpdateItem',
        run: () => stores.roster.suppress('ana@family.example', { reason: 'complained', at: NOW }),
        again: undefined,
      },
      'Roster.unsubscribe': {
        call: 'UpdateItem',
        run: () => stores.roster.unsubscribe('a1', NOW),
        again: undefined,
      },
      'Previews.put': { call: 'PutItem', run: () => stores.previews.put(aPreview()), again: undefined },
      'Pace.hold': { call: 'UpdateItem', run: () => stores.pace.hold('mail', 5_000), again: undefined },
      'Plans.recordResult': {
        call: 'UpdateItem',
        run: () => stores.plans.recordResult('abc123', 'ord_1', aResult()),
        again: undefined,
      },
    };

    test.each(Object.keys(writes))(
      '%s says that nothing is known, and is not repeated blindly',
      async (name) => {
        await before();
        const { call, run, again } = writes[name] ?? expect.unreachable();
        proxy.calls.length = 0;
        proxy.fail(call, lost);
        await expect(run()).rejects.toThrow(StoreUnavailable);
        expect(proxy.calls.filter((name) => !name.includes('Get'))).toEqual([call]);
        expect(await run()).toEqual(again);
      },
    );

    test('a claim is taken, by nobody: whoever repeats it does not send', async () => {
      proxy.fail('PutItem', lost);
      await expect(stores.blasts.claim(aDelivery())).rejects.toThrow(StoreUnavailable);
      expect(await stores.blasts.claim(aDelivery())).toBe('taken');
      expect((await stores.blasts.deliveries({ blastId: 'bls_1', shard: 5, limit: 1 })).items).toEqual([
        aDelivery(),
      ]);
    });

    test('a settlement stands, and repeating it changes nothing', async () => {
      await stores.blasts.claim(aDelivery());
      proxy.fail('UpdateItem', lost);
      await expect(stores.blasts.settle(sent)).rejects.toThrow(StoreUnavailable);
      expect(await stores.blasts.settle({ ...sent, state: 'held' })).toBe(false);
      expect((await stores.blasts.deliveries({ blastId: 'bls_1', shard: 5, limit: 1 })).items).toEqual([
        sent,
      ]);
    });

    const place = (nowMs: number) => stores.pace.reserve({ lane: 'mail', count: 2, perSecond: 10, nowMs });

    const passes: Fault = { kind: 'rewrite', body: (text) => text };

    test.each<[string, { earlier: number[]; nowMs: number; faults: Fault[]; next: number }]>([
      ['begins the row', { earlier: [], nowMs: 1_000, faults: [passes, lost], next: 1_200 }],
      ['goes on behind others', { earlier: [1_000], nowMs: 1_000, faults: [lost], next: 1_400 }],
      ['begins anew', { earlier: [1_000], nowMs: 60_000, faults: [passes, lost], next: 60_200 }],
    ])('the places of a reserve that %s pass unused, for nobody was told of them', async (_, given) => {
      for (const nowMs of given.earlier) await place(nowMs);
      proxy.fail('UpdateItem', ...given.faults);
      await expect(place(given.nowMs)).rejects.toThrow(StoreUnavailable);
      expect(await place(given.nowMs)).toBe(given.next);
    });

    test('a plan that was cut short is not there, and putting it again completes it', async () => {
      const plan = aPlan();
      proxy.fail('PutItem', answered(500, 'InternalServerError'));
      await expect(stores.plans.put(plan)).rejects.toThrow(StoreUnavailable);
      expect(await stores.plans.get(plan.hash)).toBeUndefined();
      await stores.plans.put(plan);
      expect(await stores.plans.get(plan.hash)).toEqual(plan);
    });
  });

  describe('a call that fails in passing', () => {
    test.each<[string, Fault]>([
      ['was throttled', throttled],
      ['was answered with 500', answered(500, 'InternalServerError')],
      ['was answered with a page of HTML', { kind: 'answer', status: 503, body: '<html></html>' }],
      ['lost its answer', lost],
      ['got half an answer', { kind: 'cut_answer' }],
      ['got an answer that is no JSON', { kind: 'answer', status: 200, body: '{"Item' }],
      ['was not answered in time', { kind: 'silence' }],
      ['was not answered to the end in time', { kind: 'stall' }],
    ])('a read that %s is repeated', async (_, fault) => {
      await stores.orders.create(anOrder());
      proxy.calls.length = 0;
      proxy.fail('GetItem', fault, fault);
      const orders = dynamoOrders({ client: clientFor(fault), table: tables.orders });
      expect(await orders.get('ord_1')).toEqual(anOrder());
      expect(proxy.calls).toEqual(['GetItem', 'GetItem', 'GetItem']);
    });

    test('a read is given up after three attempts', async () => {
      proxy.fail('GetItem', throttled, lost, throttled);
      await expect(stores.orders.get('ord_1')).rejects.toThrow(StoreUnavailable);
      expect(proxy.calls).toHaveLength(3);
    });

    test('how often is for whoever connects to decide', async () => {
      const once = dynamoOrders({ client, table: tables.orders, attempts: 1 });
      proxy.fail('GetItem', throttled);
      await expect(once.get('ord_1')).rejects.toThrow(StoreUnavailable);
    });

    test('a write that was throttled took no effect, so it is repeated', async () => {
      proxy.fail('PutItem', throttled, throttled);
      expect(await stores.blasts.claim(aDelivery())).toBe('claimed');
    });

    test.each<[string, Fault]>([
      ['was answered with 500', answered(500, 'InternalServerError')],
      ['got half an answer', { kind: 'cut_answer' }],
      ['was not answered in time', { kind: 'silence' }],
    ])('a write that %s is not repeated', async (_, fault) => {
      proxy.fail('PutItem', fault);
      const orders = dynamoOrders({ client: clientFor(fault), table: tables.orders });
      await expect(orders.create(anOrder())).rejects.toThrow(StoreUnavailable);
      expect(proxy.calls).toEqual(['PutItem']);
    });

    test('a query is repeated where it stood', async () => {
      for (const orderId of ['ord_1', 'ord_2']) await stores.orders.create(anOrder({ orderId }));
      proxy.fail('Query', lost);
      expect((await stores.orders.pageOfFamily({ familyId: 'fam_1', limit: 5 })).items).toHaveLength(2);
    });

    test('a mistake of ours is not dressed up as an outage', async () => {
      proxy.fail('GetItem', answered(400, 'ValidationException'));
      await expect(stores.orders.get('ord_1')).rejects.toMatchObject({ name: 'ValidationException' });
      proxy.fail('PutItem', answered(400, 'AccessDeniedException'));
      await expect(stores.orders.create(anOrder())).rejects.toMatchObject({ name: 'AccessDeniedException' });
    });

    test('nobody listening is an outage', async () => {
      const nowhere = documentClient(
        { connectMs: 200, answerMs: 200 },
        { endpoint: 'http://127.0.0.1:1', ...localAws },
      );
      const orders = dynamoOrders({ client: nowhere, table: tables.orders });
      await expect(orders.get('ord_1')).rejects.toThrow(StoreUnavailable);
    });
  });

  describe('a batch that DynamoDB answers in part', () => {
    type Answer = { Responses: Record<string, { pk: { S: string } }[]>; UnprocessedKeys: object };
    /** Keeps the first rows of an answer, and hands the keys of the others back. */
    const keep = (count: number): Fault => ({
      kind: 'rewrite',
      body: (text) => {
        const answer = JSON.parse(text) as Answer;
        const rows = answer.Responses[tables.orders] ?? [];
        const Keys = rows.slice(count).map(({ pk }) => ({ pk }));
        return JSON.stringify({
          Responses: { [tables.orders]: rows.slice(0, count) },
          UnprocessedKeys: { [tables.orders]: { Keys, ConsistentRead: true } },
        });
      },
    });
    const ids = ['ord_1', 'ord_2', 'ord_3', 'ord_4', 'ord_5'];

    beforeEach(async () => {
      for (const orderId of ids) await stores.orders.create(anOrder({ orderId }));
      proxy.calls.length = 0;
    });

    test('is asked for the rest until there is none', async () => {
      proxy.fail('BatchGetItem', keep(1), keep(1), keep(0), keep(2));
      const read = await stores.orders.getMany(ids);
      expect(read.map(({ orderId }) => orderId).toSorted()).toEqual(ids);
      expect(proxy.calls).toHaveLength(5);
    });

    test('is an outage when nothing comes any more', async () => {
      proxy.fail('BatchGetItem', keep(1), keep(0), keep(0), keep(0));
      await expect(stores.orders.getMany(ids)).rejects.toThrow(StoreUnavailable);
    });
  });

  describe('a row that this version can not read', () => {
    const put = (table: TableName, Item: Record<string, unknown>) =>
      dynamo.client.send(
        new PutItemCommand({
          TableName: tables[table],
          Item: marshall(Item, { removeUndefinedValues: true }),
        }),
      );

    const corrupt = async (reading: Promise<unknown>): Promise<string> => {
      const error = await reading.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(CorruptRow);
      return error instanceof Error ? error.message : '';
    };

    test('an order fails with its key and the place, and without its contents', async () => {
      await put('orders', { pk: 'order#ord_1', ...anOrder(), originalAmount: { amountMinor: 'secret' } });
      const message = await corrupt(stores.orders.get('ord_1'));
      expect(message).toContain('order#ord_1');
      expect(message).toContain('originalAmount.amountMinor');
      expect(message).not.toContain('secret');
      expect(await corrupt(stores.orders.getMany(['ord_1']))).toContain('order#ord_1');
    });

    test('an attribute of a later version is passed over, and survives a save', async () => {
      await put('orders', { pk: 'order#ord_1', ...anOrder(), invented: 'later' });
      expect(await stores.orders.get('ord_1')).toEqual(anOrder());
      await stores.orders.save(anOrder());
      expect(await stores.orders.get('ord_1')).toEqual(anOrder({ revision: 1 }));
      const row = await dynamo.client.send(
        new GetItemCommand({ TableName: tables.orders, Key: { pk: { S: 'order#ord_1' } } }),
      );
      expect(row.Item?.invented).toEqual({ S: 'later' });
    });

    test('an address fails without being named', async () => {
      await put('roster', { pk: `address#${addressKeyOf('ana@family.example')}`, suppressed: 1 });
      const message = await corrupt(stores.roster.address('ana@family.example'));
      expect(message).toContain('address#');
      expect(message).not.toContain('ana');
    });

    test.each([
      ['a player', 'roster', { pk: 'player#x' }, () => stores.roster.player('x'), 'player#x'],
      ['a blast', 'blasts', { pk: 'blast#x', sk: 'blast' }, () => stores.blasts.get('x'), 'blast#x blast'],
      [
        'a shard',
        'blasts',
        { pk: 'blast#x', sk: 'shard#05' },
        () => stores.blasts.shard('x', 5),
        'blast#x shard#05',
      ],
      [
        'a delivery',
        'blasts',
        { pk: 'blast#x#05', sk: 'ord_1#0' },
        () => stores.blasts.deliveries({ blastId: 'x', shard: 5, limit: 1 }),
        'blast#x#05 ord_1#0',
      ],
      [
        'a preview',
        'blasts',
        { pk: 'preview#x', sk: 'preview' },
        () => stores.previews.get('x'),
        'preview#x preview',
      ],
      ['a plan', 'plans', { pk: 'plan#x', sk: 'plan' }, () => stores.plans.get('x'), 'plan#x plan'],
      [
        'a pointer',
        'orders',
        { pk: 'pointer#stripe#x' },
        () => stores.orders.find({ kind: 'stripe', id: 'x' }),
        'pointer#stripe#x',
      ],
    ] as const)('%s fails with its key', async (_, table, row, read, key) => {
      await put(table, row);
      expect(await corrupt(read())).toContain(`Row ${key} `);
    });

    test('a plan that lacks one of its rows is not taken for a smaller plan', async () => {
      await stores.plans.put(aPlan());
      await put('plans', { pk: 'plan#abc123', sk: 'plan', plan: omitRows(aPlan()), rowCount: 2, ttl: 0 });
      expect(await corrupt(stores.plans.get('abc123'))).toContain('plan#abc123 plan');
    });

    const omitRows = ({ rows: _, ...plan }: ReturnType<typeof aPlan>) => plan;
  });

  test('a walk goes on when the order that its cursor names has left the list', async () => {
    for (const orderId of ['ord_1', 'ord_2', 'ord_3']) {
      await stores.orders.create(anOrder({ orderId, ...due(work.toRetire) }));
    }
    const first = await stores.orders.pageOfDueWork({ dueShard, before: LATER, limit: 1 });
    const [orderId] = first.items;
    await stores.orders.save(anOrder({ orderId: orderId ?? '', ...due() }));
    const rest = await stores.orders.pageOfDueWork({
      dueShard,
      before: LATER,
      limit: 5,
      ...(first.next !== undefined && { after: first.next }),
    });
    expect([...first.items, ...rest.items].toSorted()).toEqual(['ord_1', 'ord_2', 'ord_3']);
  });

  test('a page that ends where the first list of work ends leads on to the second', async () => {
    await stores.orders.create(anOrder({ orderId: 'ord_1', ...due(work.toRetire) }));
    await stores.orders.create(anOrder({ orderId: 'ord_2', ...due(work.toRetire, work.toDecide) }));
    const withoutCursor: Fault = {
      kind: 'rewrite',
      body: (text) => JSON.stringify({ ...JSON.parse(text), LastEvaluatedKey: undefined }),
    };
    proxy.fail('Query', withoutCursor);
    const { items } = await walk((after) =>
      stores.orders.pageOfDueWork({ dueShard, before: LATER, limit: 1, ...after }),
    );
    expect(items).toEqual(['ord_1', 'ord_2']);
  });

  test('a preview says when DynamoDB may remove it: thirty days after it was made', async () => {
    await stores.previews.put(aPreview({ asOf: '2026-05-01T16:00:00.001Z' }));
    const row = await dynamo.client.send(
      new GetItemCommand({
        TableName: tables.blasts,
        Key: { pk: { S: 'preview#abc123' }, sk: { S: 'preview' } },
      }),
    );
    expect(row.Item?.ttl).toEqual({ N: String(Date.parse('2026-05-31T16:00:01.000Z') / 1000) });
  });
});
