import { beforeEach, describe, expect, it } from 'vitest';
import { CorruptRow, StoreUnavailable } from '../../../lib/domain/errors.ts';
import type { Order } from '../../../lib/domain/order.ts';
import { readTogether } from '../../../lib/usecases/read-together.ts';
import { anOrder } from '../../support/orders.ts';

let calls: (string | string[])[];
let broken: ReadonlySet<string>;

const stored = new Map(['a', 'b', 'c'].map((orderId) => [orderId, anOrder({ orderId })]));
const read = (orderId: string): Order | undefined => {
  if (broken.has(orderId)) throw new CorruptRow(`Row ${orderId} can not be read.`, { key: orderId });
  return stored.get(orderId);
};
const readOrder = readTogether({
  get: async (orderId) => {
    calls.push(orderId);
    return read(orderId);
  },
  getMany: async (orderIds) => {
    calls.push([...orderIds]);
    return orderIds.flatMap((orderId) => read(orderId) ?? []);
  },
});

beforeEach(() => {
  calls = [];
  broken = new Set();
});

describe('orders that are read', () => {
  it('at the same moment are one call, and each is given to whoever asked for it', async () => {
    const [a, b, none] = await Promise.all([readOrder('a'), readOrder('b'), readOrder('none')]);
    expect([a?.orderId, b?.orderId, none]).toEqual(['a', 'b', undefined]);
    expect(calls).toEqual([['a', 'b', 'none']]);
  });

  it('one after the other are read each time', async () => {
    expect((await readOrder('a'))?.orderId).toBe('a');
    expect(await readOrder('none')).toBeUndefined();
    expect(calls).toEqual(['a', 'none']);
  });

  it('together with one that can not be read are read all the same, and only that one fails', async () => {
    broken = new Set(['b']);
    const [a, b, c] = await Promise.allSettled(['a', 'b', 'c'].map(readOrder));
    expect(a).toMatchObject({ value: { orderId: 'a' } });
    expect(b).toMatchObject({ reason: expect.any(CorruptRow) });
    expect(c).toMatchObject({ value: { orderId: 'c' } });
  });

  it('from a store that does not answer fail all, and are asked for once', async () => {
    const down = readTogether({
      get: async () => undefined,
      getMany: async (orderIds) => {
        calls.push([...orderIds]);
        throw new StoreUnavailable('No answer.', {});
      },
    });
    const both = await Promise.allSettled([down('a'), down('b')]);
    for (const one of both) expect(one).toMatchObject({ reason: expect.any(StoreUnavailable) });
    expect(calls).toEqual([['a', 'b']]);
  });
});
