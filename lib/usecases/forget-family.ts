import type { Delivery } from '../domain/blast.ts';
import { InvalidInput, NotFound, StalePlan } from '../domain/errors.ts';
import {
  type AtStripe,
  type FamilyForgotten,
  type ForgetLook,
  type ForgetPlan,
  type Hindrance,
  hindranceOf,
} from '../domain/forgetting.ts';
import { decisionsOf, netOf, type Order, paymentsOf, statusOf } from '../domain/order.ts';
import { type AddressStanding, addressesOf, type Family, type Player } from '../domain/roster.ts';
import type { Deps } from './deps.ts';
import { itemsOf } from './pages.ts';
import { assertSigned, hashOf, madeAgain } from './state-bound.ts';

export type ForgetDeps = Pick<Deps, 'orders' | 'roster' | 'blasts' | 'site' | 'clock' | 'log'>;
type ForgetInput = { familyId: string };

/**
 * Shows what is known of a family: what would go, what stays, and what is at Stripe; or what has to come to its end
 * first. Writes nothing.
 * @throws {NotFound} @throws {StalePlan} it is not what was shown any more
 */
export const lookAtForgetting = async (
  { familyId, shown }: ForgetInput & { shown?: string },
  deps: ForgetDeps,
): Promise<ForgetLook> => {
  const seen = await readFamily(familyId, deps);
  const { forgotten } = seen.family ?? {};
  if (forgotten !== undefined && isNothing(leftOf(seen))) return { state: 'done', at: forgotten.at };
  if (forgotten !== undefined && forgotten.shown === shown) return { state: 'begun' };
  const hindrances = hindrancesOf(seen);
  if (hindrances.length > 0 && shown === undefined) return { state: 'hindered', hindrances };
  return { state: 'open', plan: madeAgain(() => planOf(seen, deps), shown) };
};

/**
 * Leaves nothing here that tells who a family is. What it owed, paid and got back stays, under ids.
 *
 *   the family, without parents    1 write, conditional on what was shown: nobody is written to from now on
 *   each child's id for its name   conditional on the family: one who has changed to another is left
 *   the addresses of each mail     harmless when repeated
 *
 * Whoever repeats it after a crash finds the family written under the same hash, and does the rest, which is found by ids.
 * A mail that was leaving at that moment may write its row later: `left` says so, and a repetition takes it.
 * @throws {NotFound} @throws {StalePlan} it is not what was shown, nothing was done
 */
export const forgetFamily = async (
  input: ForgetInput & { shown: string; actor: string; reason: string },
  deps: ForgetDeps,
): Promise<FamilyForgotten> => {
  assertSigned(input);
  const { familyId } = input;
  const before = await readFamily(familyId, deps);
  const doneBefore = before.family?.forgotten !== undefined && isNothing(leftOf(before));
  if (!doneBefore && before.family?.forgotten?.shown !== input.shown) await begin(before, input, deps);

  // Once more: what came in since it was read is theirs as well.
  const seen = doneBefore ? before : await readFamily(familyId, deps);
  const { players, mails } = leftOf(seen);
  for (const player of players) await forgetPlayer(player, deps);
  for (const mail of mails) await deps.blasts.forgetAddress(mail);

  const left = doneBefore ? seen : await readFamily(familyId, deps);
  const rest = leftOf(left);
  deps.log('family.forgotten', { familyId, doneBefore, players: players.length, mails: mails.length });
  return {
    familyId,
    doneBefore,
    players: players.length,
    mails: mails.length,
    left: rest.players.length + rest.mails.length,
    atStripe: atStripeOf(left.orders),
  };
};

const begin = async (
  seen: Seen,
  { familyId, shown, actor, reason }: ForgetInput & { shown: string; actor: string; reason: string },
  deps: ForgetDeps,
): Promise<void> => {
  madeAgain(() => planOf(seen, deps), shown);
  const { language = 'en', revision } = seen.family ?? {};
  const forgotten = { at: deps.clock.now(), actor, reason, shown };
  const saved = await deps.roster.saveFamily({
    ...{ familyId, language, parents: [], forgotten },
    ...(revision !== undefined && { revision }),
  });
  if (saved !== 'conflict') return;
  const now = await deps.roster.family(familyId);
  // Somebody else has done the very same.
  if (now?.forgotten?.shown === shown) return;
  throw new StalePlan(
    `Family ${familyId} has been written at this moment. Nothing was forgotten; look again, without --apply.`,
    { familyId },
  );
};

const TRIES = 5;

/** Also where something is said of the contract meanwhile; one who changed to another family is not of this one any more. */
const forgetPlayer = async (read: Player, { roster, clock }: ForgetDeps): Promise<void> => {
  let player: Player | undefined = read;
  for (let tries = 0; tries < TRIES && player?.familyId === read.familyId; tries++) {
    if (await roster.forgetPlayer(player, clock.now())) return;
    player = await roster.player(read.playerId);
  }
};

type Seen = {
  familyId: string;
  family: Family | undefined;
  players: Player[];
  orders: Order[];
  mails: Delivery[];
  standings: AddressStanding[];
};

/** How many are read at a time. */
const PAGE = 200;
/** Each order's mails are a query. */
const TOGETHER = 10;

/** @throws {NotFound} nothing is known of it */
const readFamily = async (familyId: string, { orders, roster, blasts }: ForgetDeps): Promise<Seen> => {
  const family = await roster.family(familyId);
  const keys = await Array.fromAsync(
    itemsOf((after) => orders.pageOfFamily({ familyId, limit: PAGE, ...after })),
  );
  const found = keys.length === 0 ? [] : await orders.getMany(keys.map(({ orderId }) => orderId));
  const mails: Delivery[] = [];
  for (let from = 0; from < found.length; from += TOGETHER) {
    const some = found.slice(from, from + TOGETHER).map(({ orderId }) => blasts.deliveriesOf(orderId));
    mails.push(...(await Promise.all(some)).flat());
  }
  const players = new Map<string, Player>();
  // A child without an order is found only among all of them; the list may lag behind, what an order names does not.
  for await (const player of itemsOf((after) => roster.pageOfPlayers({ limit: PAGE, ...after }))) {
    if (player.familyId === familyId) players.set(player.playerId, player);
  }
  for (const player of (await roster.players(found.map(({ playerId }) => playerId))).values()) {
    if (player.familyId === familyId) players.set(player.playerId, player);
  }
  if (family === undefined && found.length === 0 && players.size === 0) {
    throw new NotFound(`There is no family ${familyId}.`, { familyId });
  }
  const standings = family === undefined ? [] : [...(await roster.addresses(addressesOf(family))).values()];
  return {
    ...{ familyId, family, mails, standings },
    players: [...players.values()].sort((a, b) => (a.playerId < b.playerId ? -1 : 1)),
    orders: found.sort((a, b) => (a.orderId < b.orderId ? -1 : 1)),
  };
};

type Left = Pick<Seen, 'players' | 'mails'>;
const leftOf = ({ players, mails }: Seen): Left => ({
  players: players.filter(({ forgottenAt }) => forgottenAt === undefined),
  mails: mails.filter(({ address }) => address !== ''),
});
const isNothing = ({ players, mails }: Left): boolean => players.length === 0 && mails.length === 0;

/** Of one that was forgotten before only the rest is left to be done: nothing speaks against that. */
const hindrancesOf = ({ family, orders, mails }: Seen): Hindrance[] => {
  if (family?.forgotten !== undefined) return [];
  const ofOrders = orders.flatMap((order): Hindrance[] => {
    const why = hindranceOf(order);
    return why === null ? [] : [{ why, orderId: order.orderId }];
  });
  const ofMails = mails.flatMap(({ state, orderId, blastId, addressKey }): Hindrance[] =>
    state === 'held' || state === 'claimed'
      ? [{ why: state === 'held' ? 'mail_held' : 'mail_leaving', orderId, mail: { blastId, addressKey } }]
      : [],
  );
  return [...ofOrders, ...ofMails];
};

/** @throws {InvalidInput} something has to come to its end first */
const planOf = (seen: Seen, deps: Pick<Deps, 'site'>): ForgetPlan => {
  const { familyId, family, orders, standings } = seen;
  const [hindrance] = hindrancesOf(seen);
  if (hindrance !== undefined) {
    throw new InvalidInput(`Something of order ${hindrance.orderId} has to be settled first.`, {
      orderId: hindrance.orderId,
    });
  }
  const left = leftOf(seen);
  const goes: ForgetPlan['goes'] = {
    parents: (family?.parents ?? []).map(({ name, addresses }) => ({ name, addresses })),
    players: left.players.map(({ playerId, name }) => ({ playerId, name })),
    mails: left.mails.length,
  };
  const does = [
    familyId,
    goes,
    left.mails.map(({ blastId, orderId, addressKey }) => [blastId, orderId, addressKey].join(' ')).sort(),
    orders.map((order) => [order.orderId, statusOf(order), Object.keys(order.facts).sort()]),
  ];
  return {
    hash: hashOf({ order: undefined, command: 'forget', does }, deps),
    familyId,
    goes,
    stays: {
      orders: orders.map((order) => ({
        orderId: order.orderId,
        productId: order.productId,
        status: statusOf(order),
        net: netOf(order),
      })),
      notMailed: standings.filter(
        ({ suppressed, unsubscribedAt }) => suppressed !== null || unsubscribedAt !== null,
      ).length,
      notes: orders.flatMap((order) =>
        decisionsOf(order)
          .filter(({ source }) => source === 'ops')
          .map(({ actor, reason, at }) => ({ orderId: order.orderId, actor, reason, at })),
      ),
    },
    atStripe: atStripeOf(orders),
  };
};

const atStripeOf = (orders: readonly Order[]): AtStripe => {
  const payments = orders.flatMap(paymentsOf);
  return {
    customers: [...new Set(payments.flatMap(({ customerId }) => customerId ?? []))],
    payments: payments.map(({ id }) => id),
  };
};
