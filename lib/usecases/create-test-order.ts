import { policyOf } from '../domain/category.ts';
import { InvalidInput } from '../domain/errors.ts';
import { type Currency, type Money, smallestCharge } from '../domain/money.ts';
import { naturalKey, type Order, payability } from '../domain/order.ts';
import { newOrder } from '../domain/order-changes.ts';
import { normalizeAddress, type Product } from '../domain/roster.ts';
import { type RenderedMail, renderMail } from '../email/render.ts';
import type { Deps } from './deps.ts';
import { payUrl } from './surface-request.ts';

export type CreateTestOrderInput = {
  /** Whose order it is: the person who tries the system. */
  address: string;
  currency: Currency;
};
export type TestOrder = {
  orderId: string;
  created: boolean;
  amount: Money;
  payUrl: string;
  /** What a family would be mailed about it. */
  mail: RenderedMail;
};

/** Kept apart from everything that families owe: a product, a player and a family of its own. */
const ID = 'club-test';
const PLAYER_NAME = 'Test player';

/** Paid on a link, as most of what families owe. */
const product: Product = {
  productId: ID,
  category: 'tournament',
  name: 'Test payment',
  description: null,
  stripeProductId: null,
  laterCharges: null,
  price: null,
};

/** More tests than anybody makes; each ended one is looked at on the way to the next. */
const MOST_TESTS = 500;

/**
 * The club's own order of the smallest amount that Stripe charges, for trying the whole way from mail to money.
 * The same order for as long as it can be paid; after that the next one.
 * @throws {InvalidInput}
 */
export const createTestOrder = async (
  input: CreateTestOrderInput,
  deps: Pick<Deps, 'orders' | 'roster' | 'tokens' | 'newId' | 'clock' | 'log' | 'site' | 'club'>,
): Promise<TestOrder> => {
  await Promise.all([
    deps.roster.putProduct(product),
    deps.roster.putPlayer({
      playerId: ID,
      familyId: ID,
      name: PLAYER_NAME,
      contract: { state: 'signed', signUrl: null },
    }),
    deps.roster.putFamily({
      familyId: ID,
      language: 'en',
      parents: [{ parentId: ID, name: 'Test parent', addresses: [normalizeAddress(input.address)] }],
    }),
  ]);
  const { order, created } = await payableOrder(input, deps);
  deps.log('order.test', { orderId: order.orderId, created });
  const url = payUrl(order, await deps.tokens.keys(), deps.site);
  return {
    orderId: order.orderId,
    created,
    amount: order.originalAmount,
    payUrl: url,
    mail: renderMail({
      template: policyOf(order.category).mailTemplate,
      replacesDeadLink: false,
      language: 'en',
      club: deps.club,
      parentName: null,
      playerName: PLAYER_NAME,
      productName: product.name,
      period: null,
      amount: order.originalAmount,
      payBy: null,
      payUrl: url,
      unsubscribeUrl: null,
    }),
  };
};

/** The tests are counted as periods of one debt: `1`, `2`, … so that two runs at once find the same one. */
const payableOrder = async (
  { currency }: CreateTestOrderInput,
  deps: Pick<Deps, 'orders' | 'newId' | 'clock'>,
): Promise<{ order: Order; created: boolean }> => {
  for (let count = 1; count <= MOST_TESTS; count++) {
    const debt = { productId: ID, playerId: ID, period: String(count) };
    const orderId = await deps.orders.point({ kind: 'natural', key: naturalKey(debt) }, deps.newId('ord'));
    const now = deps.clock.now();
    const wanted = newOrder(
      {
        ...debt,
        orderId,
        category: product.category,
        familyId: ID,
        payBy: null,
        closesAt: null,
        test: true,
        amount: smallestCharge(currency),
      },
      now,
    );
    const written = await deps.orders.create(wanted);
    const order = written === 'created' ? wanted : await deps.orders.get(orderId);
    if (order !== undefined && payability(order, now) === 'payable' && inCurrency(order, currency)) {
      return { order, created: written === 'created' };
    }
  }
  throw new InvalidInput(`There have been ${MOST_TESTS} test orders. Pay or cancel one of them instead.`);
};

const inCurrency = (order: Order, currency: Currency): boolean => order.originalAmount.currency === currency;
