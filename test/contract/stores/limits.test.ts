import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import {
  BlastId,
  FamilyId,
  ImportId,
  Instant,
  OrderId,
  PlayerId,
  ProductId,
} from '../../../lib/domain/ids.ts';
import { describeStores, walk } from './backends.ts';
import { aBlast, aDelivery, anOrder, NOW } from './samples.ts';

/**
 * Where dynalite is more patient than DynamoDB: it takes an empty text, and one of any length, as the key of an index,
 * where DynamoDB refuses the whole row. So neither must ever be asked for, and what is longest has to fit.
 */
describeStores('rows at the limits of DynamoDB', (stores) => {
  const longest = (prefix: string): string => prefix.padEnd(64, 'x');

  test('an order whose ids are as long as they may be is found by each of them', async () => {
    const order = anOrder({
      orderId: longest('ord_'),
      productId: longest('prd_'),
      familyId: longest('fam_'),
      playerId: longest('ply_'),
      period: '2026-05'.padEnd(32, '0'),
      firstMailedOn: '2026-05-01',
    });
    const { orderId, productId, familyId, shard } = order;
    const key = [order.productId, order.playerId, order.period].join('#');
    expect(await stores.orders.point({ kind: 'natural', key }, orderId)).toBe(orderId);
    expect(await stores.orders.create(order)).toBe('created');
    expect(await stores.orders.get(orderId)).toEqual(order);
    const pages = [
      await stores.orders.pageOfFamily({ familyId, limit: 5 }),
      await stores.orders.pageOfShard({ productId, shard, limit: 5 }),
      await stores.orders.pageOfFirstMailed({ productId, on: '2026-05-01', shard, limit: 5 }),
    ];
    expect(pages.map(({ items }) => items.map((item) => item.orderId))).toEqual(pages.map(() => [orderId]));
  });

  test('what is noted by Stripe under an id of 255 characters is found', async () => {
    const pointer = { kind: 'stripe', id: 'cs_live_'.padEnd(255, 'x') } as const;
    await stores.orders.point(pointer, 'ord_1');
    expect(await stores.orders.find(pointer)).toBe('ord_1');
  });

  test('more than DynamoDB hands out at once, a megabyte, is read whole and in sequence', async () => {
    await stores.blasts.create(aBlast());
    const reason = 'x'.repeat(150_000);
    const ids = Array.from({ length: 9 }, (_, i) => `ord_${i}`);
    for (const orderId of ids) await stores.blasts.claim(aDelivery({ orderId, reason }));
    const page = { blastId: 'bls_1', shard: 5 };
    const atOnce = await stores.blasts.deliveries({ ...page, limit: 20 });
    expect(atOnce.items.map(({ orderId }) => orderId)).toEqual(ids);
    expect(atOnce.next).toBeUndefined();
    const { items, sizes } = await walk((after) => stores.blasts.deliveries({ ...page, limit: 8, ...after }));
    expect(items.map(({ orderId }) => orderId)).toEqual(ids);
    expect(sizes).toEqual([8, 1]);
  });
});

describe('what only dynalite would take as a key', () => {
  test.each(Object.entries({ BlastId, FamilyId, ImportId, OrderId, PlayerId, ProductId }))(
    'is no %s: neither nothing, nor more than 64 characters',
    (_, schema) => {
      expect(v.is(schema, 'x'.repeat(64))).toBe(true);
      expect(v.is(schema, '')).toBe(false);
      expect(v.is(schema, 'x'.repeat(65))).toBe(false);
    },
  );

  test('is no instant', () => {
    expect(v.is(Instant, NOW)).toBe(true);
    expect(v.is(Instant, '')).toBe(false);
  });
});
