import { orderFrom } from '../../../lib/domain/imported-order.ts';
import { money } from '../../../lib/domain/money.ts';
import { legacyTokenHash } from '../../../lib/domain/pay-token.ts';
import type { Family, Player, Product } from '../../../lib/domain/roster.ts';
import type { Deps } from '../../../lib/usecases/deps.ts';
import { keepRecord } from '../../../lib/usecases/keep-record.ts';
import type { Club } from '../club.ts';
import type { OrderPlan, ProductPlan } from '../plan.ts';
import { persistently } from './persons.ts';

export const orderIdOf = (index: number): string => `ord_${index}`;
export const playerIdOf = (index: number): string => `ply_${index}`;
export const familyIdOf = (index: number): string => `fam_${index}`;

/** The name of an order that is not there. */
export const NOBODYS_ORDER = 'ord_gone';

/** The token that an older system mailed about an order. */
export const olderTokenOf = (index: number): string => String(index).padStart(32, 'a0b1c2d3');

/** Of an order, and a second one that half of the families share with the next: suppression belongs to the address. */
const addressesOf = (index: number, count: number): string[] =>
  [`o${index}@family.example`, `s${index >> 1}@family.example`].slice(0, count);

export const familyOf = (index: number, addresses: number): Family => ({
  familyId: familyIdOf(index),
  language: index % 5 === 0 ? 'es' : 'en',
  parents: addressesOf(index, addresses).map((address, parent) => ({
    parentId: String(parent),
    name: 'Alex Alvarez',
    addresses: [address],
  })),
});

const playerOf = ({ index, contract }: OrderPlan): Player => ({
  playerId: playerIdOf(index),
  familyId: familyIdOf(index),
  name: 'Maya Alvarez',
  contract: { state: contract, signUrl: null },
});

export const productOf = ({ productId, category }: ProductPlan): Product => ({
  productId,
  category,
  name: 'Utah Invitational',
  description: null,
  stripeProductId: null,
  laterCharges: null,
  price: category === 'jersey' ? money(4_500) : null,
});

/** What the older system had made at Stripe: half of its links did not say for which order. */
const olderPage = ({ account: { dashboard } }: Club, { index, older, amountMinor }: OrderPlan) => {
  const metadata: Record<string, string> = older === 'bare_link' ? {} : { order_id: orderIdOf(index) };
  if (older === null) return undefined;
  return older === 'session'
    ? dashboard.makeSession({ amountMinor, metadata })
    : dashboard.makeLink({ amountMinor, metadata, limit: 1 });
};

const orderRow = (club: Club, order: OrderPlan) => {
  const { index, product, older, closesMs } = order;
  const page = olderPage(club, order);
  return {
    orderId: orderIdOf(index),
    productId: product.productId,
    playerId: playerIdOf(index),
    period: product.period,
    amount: money(order.amountMinor),
    wholeAmount: null,
    restOrderId: null,
    payBy: '2026-12-31',
    closesAt: closesMs === null ? null : new Date(club.plan.startsMs + closesMs).toISOString(),
    test: order.test,
    ended: null,
    endedReason: null,
    surfaces: page === undefined ? [] : [{ stripeId: page.id, mintedAt: club.timeline.instant(0) }],
    payments: [],
    refunds: [],
    legacyTokenHashes: older !== null ? [legacyTokenHash(olderTokenOf(index))] : [],
  };
};

/** Of a jersey nobody owes anything before somebody wants one. */
const isOwed = ({ product, amountMinor, older }: OrderPlan): boolean =>
  product.category !== 'jersey' && (amountMinor > 0 || older === null);

/** What was there before the history begins. */
export const productStands = async ({ stores }: Club, product: ProductPlan): Promise<void> => {
  await stores.roster.putProduct(productOf(product));
};

/** The same for a family, its player and what it owes. */
export const orderStands = async (club: Club, order: OrderPlan): Promise<void> => {
  const { stores, timeline } = club;
  const player = playerOf(order);
  club.contracts.told(player.playerId, order.contract);
  await stores.roster.putFamily(familyOf(order.index, order.addresses));
  await stores.roster.putPlayer(player);
  if (!isOwed(order)) return;
  const row = orderRow(club, order);
  const { orderId, productId, playerId, period } = row;
  await stores.orders.point({ kind: 'natural', key: [productId, playerId, period ?? ''].join('/') }, orderId);
  for (const { stripeId } of row.surfaces)
    await stores.orders.point({ kind: 'stripe', id: stripeId }, orderId);
  for (const hash of row.legacyTokenHashes)
    await stores.orders.point({ kind: 'legacy_token', hash }, orderId);
  const product = productOf(order.product);
  await stores.orders.create(orderFrom({ row, orderId, product, player }, timeline.instant(0)));
  club.note(
    'club',
    `owes ${order.amountMinor} for ${productId}${order.test ? ', a test order' : ''}`,
    orderId,
  );
};

/** The club's own system tells of a family, its player and what it owes, until it has been taken. */
export const orderComes = async (club: Club, order: OrderPlan): Promise<void> => {
  const { contract, ...player } = playerOf(order);
  club.contracts.told(player.playerId, order.contract);
  const family = familyOf(order.index, order.addresses);
  const tell = (run: (deps: Deps) => Promise<unknown>): Promise<boolean> =>
    persistently(club, 'keep-record', orderIdOf(order.index), run);
  await tell((deps) => keepRecord({ kind: 'families', row: family }, deps));
  const row = { ...player, contract: contract.state, signUrl: null };
  await tell((deps) => keepRecord({ kind: 'players', row }, deps));
  if (!isOwed(order)) return;
  const owed = orderRow(club, order);
  await tell((deps) => keepRecord({ kind: 'orders', row: owed }, deps));
  club.note('club system', `owes ${order.amountMinor} for ${owed.productId}`, owed.orderId);
};
