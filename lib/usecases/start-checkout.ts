import { InvalidInput, NotFound } from '../domain/errors.ts';
import { naturalKey, type Order } from '../domain/order.ts';
import { type NewOrder, newOrder } from '../domain/order-changes.ts';
import type { Product } from '../domain/roster.ts';
import type { Deps } from './deps.ts';
import { type MintDeps, mintLink } from './mint-link.ts';

export type StartCheckoutInput = {
  productId: string;
  playerId: string;
  period: string | null;
  /** Of the site's making: the same id is the same order. */
  clientRequestId: string;
  successUrl: string;
  cancelUrl: string;
};

/**
 * For a person who is on the club's site: the order (the pending one, or a new one) and a page to pay it on.
 * The amount is the order's, or the product's price; the request has no say in it.
 * @throws {InvalidInput} @throws {NotFound} @throws {NotPayable} @throws {StripeUnavailable}
 */
export const startCheckout = async (
  input: StartCheckoutInput,
  deps: MintDeps & Pick<Deps, 'newId'>,
): Promise<{ orderId: string; url: string }> => {
  const order = await orderFor(input, deps);
  const surface = await mintLink(
    {
      orderId: order.orderId,
      read: order,
      onSite: { successUrl: input.successUrl, cancelUrl: input.cancelUrl },
    },
    deps,
  );
  return { orderId: order.orderId, url: surface.url };
};

/**
 *   natural key → order id    written once; two requests for one debt find one order
 *   request id → order id     written once; a repetition finds it
 *   the order itself          a crash before it is mended by the next request: both pointers lead here
 */
const orderFor = async (
  input: StartCheckoutInput,
  deps: Pick<Deps, 'orders' | 'roster' | 'newId' | 'clock'>,
): Promise<Order> => {
  const natural = { kind: 'natural', key: naturalKey(input) } as const;
  const known = await deps.orders.find(natural);
  const create = known === undefined ? await orderWanted(input, deps) : undefined;
  const orderId = known ?? (await deps.orders.point(natural, deps.newId('ord')));
  const requested = await deps.orders.point({ kind: 'client_request', id: input.clientRequestId }, orderId);
  if (requested !== orderId) {
    throw new InvalidInput(
      'This client request id was used for another order. Use a new one for each order.',
      {
        orderId: requested,
      },
    );
  }
  const standing = await deps.orders.get(orderId);
  if (standing !== undefined) return standing;
  const created = newOrder({ ...(create ?? (await orderWanted(input, deps))), orderId }, deps.clock.now());
  await deps.orders.create(created);
  return (await deps.orders.get(orderId)) ?? created;
};

const orderWanted = async (
  input: StartCheckoutInput,
  deps: Pick<Deps, 'roster'>,
): Promise<Omit<NewOrder, 'orderId'>> => {
  const [product, player] = await Promise.all([
    deps.roster.product(input.productId),
    deps.roster.player(input.playerId),
  ]);
  if (product === undefined || player === undefined) {
    throw new NotFound(product === undefined ? 'There is no such product.' : 'There is no such player.', {
      productId: input.productId,
      playerId: input.playerId,
    });
  }
  const { productId, category } = product;
  const { playerId, familyId } = player;
  const open = { payBy: null, closesAt: null, test: false };
  return { productId, category, playerId, familyId, period: input.period, amount: priceOf(product), ...open };
};

const priceOf = (product: Product) => {
  if (product.price !== null) return product.price;
  throw new InvalidInput(
    `${product.name} has no price of its own: its amounts are set family by family. Create the order first.`,
    { productId: product.productId },
  );
};
