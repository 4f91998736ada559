import { Conflict, InvalidInput } from '../domain/errors.ts';
import type { Instant } from '../domain/ids.ts';
import { assertAsShown, type Stands } from '../domain/import-head.ts';
import type { OrderRow } from '../domain/import-row.ts';
import { completed, conflictWith, gainsOf, orderFrom, standsOf } from '../domain/imported-order.ts';
import { naturalKey, type Order } from '../domain/order.ts';
import type { Player, Product } from '../domain/roster.ts';
import type { Pointer } from '../ports.ts';
import { changeOrder } from './change-order.ts';
import type { Deps } from './deps.ts';

export type KeepOrderDeps = Pick<Deps, 'orders' | 'retireQueue' | 'clock' | 'log' | 'newId' | 'site'>;

export type OrderToKeep = {
  row: OrderRow;
  product: Product;
  player: Player;
  /** The order of this id, if it was read already. */
  read?: Order;
  /** Absent for an order that counts at once. */
  importId?: string;
  /** How the order stood when somebody was shown what this would do; absent where nobody was. */
  shown?: Stands;
};

/**
 * What would become of a row. `what` names columns, `stands` is how these stand now. @throws never for a conflict: that is
 * an answer too
 */
export type Look = Found | { outcome: 'conflict'; field: string; rule: string };
export type Found = { outcome: 'new' | 'changes' | 'same'; what: string[]; stands: Stands };

/** Looks, and writes nothing. */
export const lookAtOrder = async (
  wanted: OrderToKeep,
  deps: Pick<Deps, 'orders' | 'clock' | 'site'>,
): Promise<Look> => {
  const { row } = wanted;
  assertMode(row, deps);
  const held = await Promise.all(
    pointersOf(row).map(async (pointer) => ({ pointer, by: await deps.orders.find(pointer) })),
  );
  // Written before these, and read after them: or the pointers of whoever writes this very row would seem another's.
  const debt = await deps.orders.find(naturalPointer(row));
  const inTheWay = debtInTheWay(row, debt);
  if (inTheWay !== null) return inTheWay;
  const orderId = row.orderId ?? debt;
  const foreign = held.find(({ by }) => by !== undefined && by !== orderId);
  if (foreign !== undefined) return claimedBy(foreign.pointer, foreign.by ?? '');
  const standing = wanted.read ?? (orderId === undefined ? undefined : await deps.orders.get(orderId));
  if (standing === undefined) return { outcome: 'new', what: [], stands: {} };
  const conflict = conflictWith(standing, row);
  if (conflict !== null) return { outcome: 'conflict', ...conflict };
  const next = completed(standing, row, deps.clock.now());
  const what = gainsOf(standing, next);
  if (await isTakenOver(standing, wanted.importId, deps)) what.push('counts from now on');
  const points = held.some(({ by }) => by === undefined) || (debt === undefined && row.ended !== 'canceled');
  if (points && what.length === 0) what.push('found by its ids');
  const stands = {
    ...standsOf(standing),
    'counts from now on': standing.importId === undefined ? '' : `waits for ${standing.importId}`,
  };
  return { outcome: what.length === 0 ? 'same' : 'changes', what, stands };
};

/**
 * Keeps one order. What points to it is written before it, so that an event about it is never taken for another
 * system's:
 *
 *   natural key → order id        written once, and then always the same id; not for a try in vain that was canceled
 *   Stripe ids, tokens → order    written once each
 *   the order itself              if it stands: whatever it lacks of the row
 *
 * A crash anywhere is mended by doing it again. Two at once write the same pointers, and one of them the order.
 * @throws {Conflict} something that stands says otherwise @throws {StalePlan} it is not as it was shown any more
 */
export const keepOrder = async (
  wanted: OrderToKeep,
  deps: KeepOrderDeps,
): Promise<{ orderId: string; outcome: 'new' | 'changes' | 'same' }> => {
  const { row, importId, shown } = wanted;
  const look = await lookAtOrder(wanted, deps);
  if (look.outcome === 'conflict') throw new Conflict(`${sentence(look.rule)}.`, { field: look.field });
  if (shown !== undefined) assertAsShown(look, shown);

  const orderId =
    row.ended === 'canceled'
      ? (row.orderId ?? '')
      : await deps.orders.point(naturalPointer(row), row.orderId ?? deps.newId('ord'));
  const raced = debtInTheWay(row, orderId);
  if (raced?.outcome === 'conflict') throw new Conflict(`${sentence(raced.rule)}.`, { orderId });
  for (const pointer of pointersOf(row)) {
    const by = await deps.orders.point(pointer, orderId);
    const claimed = by === orderId ? null : claimedBy(pointer, by);
    if (claimed?.outcome === 'conflict') throw new Conflict(`${sentence(claimed.rule)}.`, { orderId: by });
  }
  const made = orderFrom({ ...wanted, orderId }, deps.clock.now());
  if ((await deps.orders.create(made)) === 'created') return { orderId, outcome: 'new' };

  const standing = await deps.orders.get(orderId);
  const takenOver = standing !== undefined && (await isTakenOver(standing, importId, deps));
  const { before, after } = await changeOrder(
    {
      orderId,
      ...(standing !== undefined && { read: standing }),
      change: (current) => {
        const conflict = conflictWith(current, row);
        if (conflict !== null) throw new Conflict(`${sentence(conflict.rule)}.`, { orderId });
        const next = completed(current, row, deps.clock.now());
        // Once more: somebody may have decided something at this very moment.
        if (shown !== undefined)
          assertAsShown({ what: gainsOf(current, next), stands: standsOf(current) }, shown);
        // Whoever was quicker has taken it over already.
        return takenOver && current.importId === standing.importId
          ? ofImport(next, importId, deps.clock.now())
          : next;
      },
    },
    deps,
  );
  return { orderId, outcome: before === after ? 'same' : 'changes' };
};

const naturalPointer = (row: OrderRow) => ({ kind: 'natural', key: naturalKey(row) }) as const;

/** All else by which the order is found. */
const pointersOf = (row: OrderRow): Pointer[] => [
  ...[...row.surfaces.map(({ stripeId }) => stripeId), ...row.payments.map(({ paymentId }) => paymentId)].map(
    (id): Pointer => ({ kind: 'stripe', id }),
  ),
  ...row.legacyTokenHashes.map((hash): Pointer => ({ kind: 'legacy_token', hash })),
];

/** One debt is one order: another id for it is no other order. A try in vain that was canceled stands beside it. */
const debtInTheWay = (
  row: OrderRow,
  debt: string | undefined,
): Extract<Look, { outcome: 'conflict' }> | null =>
  debt === undefined || row.orderId === null || debt === row.orderId || row.ended === 'canceled'
    ? null
    : {
        outcome: 'conflict',
        field: 'orderId',
        rule: `order ${debt} stands for this product, player and period already`,
      };

const claimedBy = (pointer: Pointer, orderId: string): Extract<Look, { outcome: 'conflict' }> =>
  pointer.kind === 'stripe'
    ? {
        outcome: 'conflict',
        field: pointer.id.startsWith('pi_') ? 'paymentId' : 'stripeId',
        rule: `${pointer.id} belongs to order ${orderId}`,
      }
    : {
        outcome: 'conflict',
        field: 'legacyTokenHashes',
        rule: `one of its tokens belongs to order ${orderId}`,
      };

/** Whether an order came with another import, which was never committed: whoever brings it next makes it count. */
const isTakenOver = async (
  order: Order,
  importId: string | undefined,
  deps: Pick<Deps, 'orders'>,
): Promise<boolean> =>
  order.importId !== undefined &&
  order.importId !== importId &&
  (await deps.orders.committedAt(order.importId)) === null;

/** Of no import it counts at once: it must not seem older than that, to a mailing that was planned before. */
const ofImport = (order: Order, importId: string | undefined, now: Instant): Order => {
  const { importId: _before, ...rest } = order;
  return importId === undefined ? { ...rest, createdAt: now } : { ...rest, importId };
};

/** An id of Stripe's other mode can't be found with this stage's key, ever. @throws {InvalidInput} */
const assertMode = ({ surfaces }: OrderRow, { site }: Pick<Deps, 'site'>): void => {
  const other = site.livemode ? 'cs_test_' : 'cs_live_';
  const foreign = surfaces.find(({ stripeId }) => stripeId.startsWith(other));
  if (foreign === undefined) return;
  throw new InvalidInput(
    `${foreign.stripeId} is of Stripe's ${site.livemode ? 'test' : 'live'} mode, and this stage takes ${site.livemode ? 'live' : 'test'} payments. Import it on the other stage.`,
  );
};

const sentence = (rule: string): string => rule.charAt(0).toUpperCase() + rule.slice(1);
