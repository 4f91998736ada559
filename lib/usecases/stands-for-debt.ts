import { InvalidInput } from '../domain/errors.ts';
import { naturalKey, type Order } from '../domain/order.ts';
import type { Deps } from './deps.ts';

/**
 * One debt is one order, the one that its natural key leads to. Others beside it are tries in vain that an older system kept:
 * they stay canceled, or the same would be owed twice.
 * @param how whether to make this one stand for it where none does yet
 * @returns the one that does
 */
export const holderOfDebt = (
  order: Order,
  how: 'find' | 'point',
  { orders }: Pick<Deps, 'orders'>,
): Promise<string | undefined> => {
  const pointer = { kind: 'natural', key: naturalKey(order) } as const;
  return how === 'find' ? orders.find(pointer) : orders.point(pointer, order.orderId);
};

/** @throws {InvalidInput} another one does */
export const assertStandsForDebt = ({ orderId }: Order, holder: string | undefined): void => {
  if (holder === undefined || holder === orderId) return;
  throw new InvalidInput(
    `Order ${orderId} can't be owed again: order ${holder} stands for the same debt (product, player and period). ` +
      `Look at that one: npm run ops -- status ${holder}`,
    { orderId: holder },
  );
};
