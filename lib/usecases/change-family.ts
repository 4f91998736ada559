import { moveToFamily } from '../domain/order-changes.ts';
import type { Player } from '../domain/roster.ts';
import { changeOrder } from './change-order.ts';
import { type KeepContractDeps, tellOrders } from './keep-contract.ts';
import { ordersOfPlayer } from './orders-of-player.ts';

/**
 * Puts a player into another family, with all orders: by its family an order is found, mailed, and told of contracts.
 *
 *   the orders, one by one          a repetition goes on with those that are left
 *   the player                      only now, so that a repetition knows of the change
 *   orders made for the first one   by whoever had read the player before
 *   what stands of the contract     whoever changed it meanwhile may have looked for the orders in the first one
 */
export const changeFamily = async (
  before: Player,
  after: Pick<Player, 'playerId' | 'familyId' | 'name'>,
  deps: KeepContractDeps,
): Promise<void> => {
  const [from, to] = [before.familyId, after.familyId];
  const moveOrders = async (): Promise<void> => {
    for await (const order of ordersOfPlayer(before, deps)) {
      const change = (current: typeof order) => moveToFamily(current, { from, to });
      await changeOrder({ orderId: order.orderId, read: order, change }, deps);
    }
  };
  await moveOrders();
  await deps.roster.savePlayer(after);
  await moveOrders();
  await tellOrders(after.playerId, deps);
  deps.log('player.family_changed', { playerId: after.playerId, from, to });
};
