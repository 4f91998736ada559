import { policyOf } from '../domain/category.ts';
import { NotFound, StalePlan } from '../domain/errors.ts';
import { instantAfter } from '../domain/ids.ts';
import type { Order } from '../domain/order.ts';
import { recordContract } from '../domain/order-changes.ts';
import type { Contract } from '../domain/roster.ts';
import { changeOrder } from './change-order.ts';
import type { Deps } from './deps.ts';
import { ordersOfPlayer } from './orders-of-player.ts';

export type KeepContractDeps = Pick<Deps, 'roster' | 'orders' | 'retireQueue' | 'clock' | 'log'>;
export type ContractNews = { playerId: string; state: Contract['state']; signUrl: string | null };

/**
 * What the club says of a player's contract. The roster is told first, so that no click opens a payment any more; then
 * each order of the player whose category asks for a contract, and those close what is open of them at Stripe. Saying it
 * again does what is left to do: a crash in between is mended by that.
 * @param asShown what somebody was shown that it would change; absent where nobody was
 * @throws {NotFound} there is no such player @throws {StalePlan} it is not as it was shown any more
 */
export const keepContract = async (
  { playerId, state, signUrl }: ContractNews,
  deps: KeepContractDeps,
  asShown?: Contract,
): Promise<'same' | 'changes'> => {
  const player = await deps.roster.player(playerId);
  if (player === undefined) throw noPlayer(playerId);
  const next = contractAfter(player.contract, { state, signUrl }, deps.clock.now());
  const news = isNews(player.contract, next);
  const changed = news && (await deps.roster.setContract(playerId, next, asShown));
  if (news && !changed && asShown !== undefined) {
    throw new StalePlan('The contract has changed since it was shown.', { playerId });
  }
  await tellOrders(playerId, deps);
  if (changed) deps.log('contract.changed', { playerId, state });
  return changed ? 'changes' : 'same';
};

export const noPlayer = (playerId: string): NotFound =>
  new NotFound(`There is no player ${playerId}. Import the players first.`, { playerId });

/**
 * With the time of its news. An end is always dated: orders are told when it was. What is said knowing what stands is later
 * than that, whatever the clocks of their machines say.
 */
export const contractAfter = (
  before: Contract,
  { state, signUrl }: Pick<ContractNews, 'state' | 'signUrl'>,
  now: string,
): Contract => {
  const last = before.changedAt;
  const later = last === undefined || last < now ? now : instantAfter(last, 1);
  const dated = before.state === state ? last : later;
  const changedAt = dated ?? (state === 'ended' ? now : undefined);
  return { state, signUrl: signUrl ?? before.signUrl, ...(changedAt !== undefined && { changedAt }) };
};

export const isNews = (before: Contract, after: Contract): boolean =>
  before.state !== after.state || before.signUrl !== after.signUrl || before.changedAt !== after.changedAt;

/**
 * Tells the orders of a player what stands now: somebody may have said something else meanwhile, or put the player into
 * another family. Whoever tells an order last, the latest counts for it.
 */
export const tellOrders = async (playerId: string, deps: KeepContractDeps): Promise<void> => {
  const player = await deps.roster.player(playerId);
  // Nobody has said anything since the player was first written down.
  if (player?.contract.changedAt === undefined) return;
  const { contract } = player;
  for await (const order of ordersOfPlayer(player, deps)) {
    if (!policyOf(order.category).contractCheckedOnClick) continue;
    const change = (current: Order): Order => recordContract(current, contract, deps.clock.now());
    await changeOrder({ orderId: order.orderId, read: order, change }, deps);
  }
};
