import { NotFound, NotPayable, StripeUnavailable } from '../domain/errors.ts';
import {
  contractHasEnded,
  currentSurface,
  type Order,
  openSurface,
  payability,
  type Surface,
} from '../domain/order.ts';
import {
  type Attempt,
  closeSurface,
  noteClick,
  recordContract,
  recordSurface,
  reserveMint,
} from '../domain/order-changes.ts';
import type { Follower } from '../domain/scanner.ts';
import type { MintedSurface } from '../ports.ts';
import { changeOrder } from './change-order.ts';
import type { Deps } from './deps.ts';
import { digestOf, surfaceRequest } from './surface-request.ts';

export type MintDeps = Pick<
  Deps,
  'orders' | 'roster' | 'stripe' | 'tokens' | 'retireQueue' | 'clock' | 'log' | 'club' | 'site'
>;
export type MintInput = {
  orderId: string;
  /** The order, if it was read a moment ago. */
  read?: Order;
  /** For a person on the club's site: where to go back to. */
  onSite?: { successUrl: string; cancelUrl: string };
  /** For somebody who is led there at once: noted on the order in the write that keeps what Stripe made. */
  followedBy?: Follower;
};
export type OpenSurface = Surface & { url: string };

/**
 * Gives the order's open surface, making one if there is none. However often and however many at once ask, one
 * generation has one surface:
 *
 *   reserve {generation, attempt, digest} on the order   crash after it: the next mint goes on with the same key
 *   create at Stripe, key made of those three            no answer: the same key gives the same object
 *   keep it on the order                                 the order moved meanwhile: it is kept closed, and retired
 *
 * @throws {NotPayable} @throws {NotFound} @throws {StripeUnavailable} @throws {StripeRefused}
 */
export const mintLink = (input: MintInput, deps: MintDeps): Promise<OpenSurface> => mint(input, deps);

/** @param failed the attempt before this, which Stripe failed */
const mint = async (input: MintInput, deps: MintDeps, failed?: Attempt): Promise<OpenSurface> => {
  const order = input.read ?? (await mustGet(input.orderId, deps));
  const open = openSurface(order, deps.clock.now());
  if (open !== undefined && payability(order, deps.clock.now()) === 'payable') return open;

  const [product, family, player] = await Promise.all([
    deps.roster.product(order.productId),
    deps.roster.family(order.familyId),
    // Of a signing after that end the roster may know, and this order not yet.
    contractHasEnded(order) ? deps.roster.player(order.playerId) : undefined,
  ]);
  if (product === undefined) {
    throw new NotFound('The product of this order is not known.', {
      orderId: order.orderId,
      productId: order.productId,
    });
  }
  const keys = await deps.tokens.keys();
  const requestFor = (current: Order) =>
    surfaceRequest({ order: current, product, language: family?.language ?? 'en', keys }, deps, input.onSite);

  const { after: reserved } = await changeOrder(
    {
      orderId: order.orderId,
      read: order,
      change: (current) => {
        const now = deps.clock.now();
        const told = player === undefined ? current : recordContract(current, player.contract, now);
        assertPayable(told, deps);
        if (openSurface(told, now) !== undefined) return told;
        const lapsed = currentSurface(told);
        const ready = lapsed === undefined ? told : closeSurface(told, lapsed.stripeId, now);
        return reserveMint(ready, digestOf(requestFor(ready)), now, failed);
      },
    },
    deps,
  );
  const openMeanwhile = openSurface(reserved, deps.clock.now());
  if (openMeanwhile !== undefined) return openMeanwhile;
  if (reserved.mint === null)
    throw new NotPayable('The order was settled at this moment.', { orderId: order.orderId });
  const { generation, attempt, digest } = reserved.mint;

  const request = requestFor(reserved);
  const key = [deps.site.system, order.orderId, generation, attempt, digest].join('/');
  let made: MintedSurface;
  try {
    made = await deps.stripe.createSurface(request, key);
  } catch (error) {
    if (!(error instanceof StripeUnavailable) || !error.answered || failed !== undefined) throw error;
    // Stripe's key would repeat its failure for a day: one new attempt, under a new key, right away.
    deps.log('mint.new_attempt', { orderId: order.orderId });
    return await mint({ ...input, read: await mustGet(order.orderId, deps) }, deps, { generation, attempt });
  }

  const { after } = await changeOrder(
    {
      orderId: order.orderId,
      read: reserved,
      change: (current) => {
        const now = deps.clock.now();
        const kept = recordSurface(
          current,
          {
            ...made,
            kind: request.kind,
            generation,
            amount: request.amount,
            mintedAt: now,
            retiredAt: null,
            imported: false,
          },
          now,
        );
        return input.followedBy === undefined ? kept : noteClick(kept, input.followedBy, now);
      },
    },
    deps,
  );
  assertPayable(after, deps);
  const surface = openSurface(after, deps.clock.now());
  if (surface === undefined) {
    // Amended while Stripe was working: what it made has the old amount and is being retired.
    throw new StripeUnavailable('The order changed while its payment page was made; try again.', {
      answered: false,
    });
  }
  deps.log('mint.minted', {
    orderId: order.orderId,
    surfaceId: surface.stripeId,
    generation: surface.generation,
  });
  return surface;
};

const assertPayable = (order: Order, deps: Pick<Deps, 'clock'>): void => {
  const standing = payability(order, deps.clock.now());
  if (standing !== 'payable') {
    throw new NotPayable(`Nothing can be paid on this order: it is ${standing}.`, {
      orderId: order.orderId,
      status: standing,
    });
  }
  if (contractHasEnded(order)) {
    throw new NotPayable('Nothing can be paid on this order: the contract of its player has ended.', {
      orderId: order.orderId,
      status: 'contract_ended',
    });
  }
};

const mustGet = async (orderId: string, deps: Pick<Deps, 'orders'>): Promise<Order> => {
  const order = await deps.orders.get(orderId);
  if (order === undefined) throw new NotFound('There is no such order.', { orderId });
  return order;
};
