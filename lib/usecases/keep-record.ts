import { ClubPaymentsError, Conflict, NotFound, StoreUnavailable } from '../domain/errors.ts';
import type {
  ContractRow,
  FamilyRow,
  ImportKind,
  OrderRow,
  PlayerRow,
  ProductRow,
  RowOf,
} from '../domain/import-row.ts';
import type { Order } from '../domain/order.ts';
import { type Family, normalizeAddress, type Player, type Product } from '../domain/roster.ts';
import { changeFamily } from './change-family.ts';
import type { Deps } from './deps.ts';
import { contractAfter, isNews, type KeepContractDeps, keepContract, noPlayer } from './keep-contract.ts';
import { type KeepOrderDeps, keepOrder, type Look, lookAtOrder } from './keep-order.ts';

export type KeepDeps = KeepOrderDeps & KeepContractDeps & Pick<Deps, 'roster'>;
export type Kept = { outcome: 'new' | 'changes' | 'same'; orderId?: string };

/** What some rows refer to, and what stands of themselves: read together, in few calls. */
export type Standing = {
  products: ReadonlyMap<string, Product>;
  families: ReadonlyMap<string, Family>;
  players: ReadonlyMap<string, Player>;
  orders: ReadonlyMap<string, Order>;
};

type LookDeps = Pick<Deps, 'orders' | 'roster' | 'clock' | 'site'>;
type Keeper<R> = {
  /** Whose rows are needed to judge these. */
  needs(rows: readonly R[]): {
    products?: string[];
    families?: string[];
    players?: string[];
    orders?: string[];
  };
  /** Looks, and writes nothing. @throws {NotFound} what it refers to is not there */
  look(row: R, standing: Standing, deps: LookDeps, importId?: string): Promise<Look>;
  keep(row: R, standing: Standing, deps: KeepDeps, importId?: string): Promise<Kept>;
};

const keepers: { [K in ImportKind]: Keeper<RowOf<K>> } = {
  products: {
    needs: (rows) => ({ products: rows.map(({ productId }) => productId) }),
    look: async (row, { products }) => lookAtProduct(products.get(row.productId), row),
    keep: async (row, { products }, { roster }) => {
      const look = lookAtProduct(products.get(row.productId), row);
      if (look.outcome === 'conflict') throw new Conflict(`${look.rule}.`, { productId: row.productId });
      if (look.outcome !== 'same') await roster.putProduct(row);
      return { outcome: look.outcome };
    },
  },

  families: {
    needs: (rows) => ({ families: rows.map(({ familyId }) => familyId) }),
    look: async (row, { families }) => lookAtFamily(families.get(row.familyId), row),
    keep: async (row, { families }, { roster }) => {
      const { outcome } = lookAtFamily(families.get(row.familyId), row);
      if (outcome !== 'same') await roster.putFamily(row);
      return { outcome };
    },
  },

  players: {
    needs: (rows) => ({
      players: rows.map(({ playerId }) => playerId),
      families: rows.map(({ familyId }) => familyId),
    }),
    look: async (row, standing, { clock }) => {
      assertFamily(row, standing);
      return lookAtPlayer(standing.players.get(row.playerId), row, clock.now());
    },
    keep: async (row, standing, deps) => {
      assertFamily(row, standing);
      const { playerId, familyId, name, contract, signUrl } = row;
      const before = standing.players.get(playerId);
      const { outcome } = lookAtPlayer(before, row, deps.clock.now());
      if (before !== undefined && before.familyId !== familyId) {
        await changeFamily(before, { playerId, familyId, name }, deps);
      } else if (before?.name !== name) await deps.roster.savePlayer({ playerId, familyId, name });
      if (contract !== null || signUrl !== null) {
        // Also when it is no news: its orders may not have been told.
        const state = contract ?? before?.contract.state ?? 'unsigned';
        await keepContract({ playerId, state, signUrl }, deps);
      }
      return { outcome };
    },
  },

  contracts: {
    needs: (rows) => ({ players: rows.map(({ playerId }) => playerId) }),
    look: async (row, { players }, { clock }) => {
      const player = players.get(row.playerId);
      if (player === undefined) throw noPlayer(row.playerId);
      return lookAtContract(player, row, clock.now());
    },
    keep: async ({ playerId, contract, signUrl }, _standing, deps) => ({
      outcome: await keepContract({ playerId, state: contract, signUrl }, deps),
    }),
  },

  orders: {
    needs: (rows) => ({
      products: rows.map(({ productId }) => productId),
      players: rows.map(({ playerId }) => playerId),
      orders: rows.flatMap(({ orderId }) => (orderId === null ? [] : [orderId])),
    }),
    look: async (row, standing, deps, importId) => lookAtOrder(orderToKeep(row, standing, importId), deps),
    keep: async (row, standing, deps, importId) => keepOrder(orderToKeep(row, standing, importId), deps),
  },
};

export const standingOf = async <K extends ImportKind>(
  kind: K,
  rows: readonly RowOf<K>[],
  { roster, orders }: Pick<Deps, 'roster' | 'orders'>,
): Promise<Standing> => {
  const needs = keepers[kind].needs(rows);
  const different = (ids: readonly string[] = []): string[] => [...new Set(ids)];
  const [products, families, players, found] = await Promise.all([
    Promise.all(different(needs.products).map((id) => roster.product(id))),
    needs.families === undefined ? new Map() : roster.families(different(needs.families)),
    needs.players === undefined ? new Map() : roster.players(different(needs.players)),
    needs.orders === undefined ? [] : orders.getMany(different(needs.orders)),
  ]);
  return {
    products: new Map(products.flatMap((one) => (one === undefined ? [] : [[one.productId, one]]))),
    families,
    players,
    orders: new Map(found.map((order) => [order.orderId, order])),
  };
};

/** What would become of a row; what stands in its way is an answer, not an error. @throws {StoreUnavailable} */
export const lookAtRow = async <K extends ImportKind>(
  { kind, row, importId }: { kind: K; row: RowOf<K>; importId?: string },
  standing: Standing,
  deps: LookDeps,
): Promise<Look> => {
  try {
    return await keepers[kind].look(row, standing, deps, importId);
  } catch (error) {
    if (!(error instanceof ClubPaymentsError) || error instanceof StoreUnavailable) throw error;
    return { outcome: 'conflict', field: fieldIn(error), rule: error.message };
  }
};

/**
 * Keeps one record of the club's: what it says stands afterwards, however often it is said.
 * @throws {NotFound} what it refers to @throws {Conflict} what stands says otherwise @throws {InvalidInput}
 */
export const keepRow = async <K extends ImportKind>(
  { kind, row, importId }: { kind: K; row: RowOf<K>; importId?: string },
  standing: Standing,
  deps: KeepDeps,
): Promise<Kept> => keepers[kind].keep(row, standing, deps, importId);

/** One record, over the HTTP API. */
export const keepRecord = async <K extends ImportKind>(
  { kind, row }: { kind: K; row: RowOf<K> },
  deps: KeepDeps,
): Promise<Kept> => {
  const kept = await keepRow({ kind, row }, await standingOf(kind, [row], deps), deps);
  deps.log('record.kept', { kind, outcome: kept.outcome, orderId: kept.orderId });
  return kept;
};

const fieldIn = ({ evidence }: ClubPaymentsError): string =>
  typeof evidence.field === 'string'
    ? evidence.field
    : (['familyId', 'productId', 'playerId', 'orderId'].find((field) => field in evidence) ?? 'stripeId');

const lookAtProduct = (before: Product | undefined, row: ProductRow): Look => {
  if (before === undefined) return { outcome: 'new', what: [] };
  if (before.category !== row.category) {
    const rule = `Product ${row.productId} is of the category ${before.category} here, and its orders are; make another product`;
    return { outcome: 'conflict', field: 'category', rule };
  }
  return differences(before, row);
};

const lookAtFamily = (before: Family | undefined, row: FamilyRow): Exclude<Look, { outcome: 'conflict' }> =>
  before === undefined ? { outcome: 'new', what: [] } : differences(spelledAsInRows(before), row);

/** An address is compared as a row has it. */
const spelledAsInRows = (family: Family): Family => ({
  ...family,
  parents: family.parents.map((parent) => ({
    ...parent,
    addresses: parent.addresses.map(normalizeAddress),
  })),
});

const lookAtPlayer = (
  before: Player | undefined,
  { familyId, name, contract, signUrl }: PlayerRow,
  now: string,
): Exclude<Look, { outcome: 'conflict' }> => {
  if (before === undefined) return { outcome: 'new', what: [] };
  const state = contract ?? before.contract.state;
  return differences(
    { familyId: before.familyId, name: before.name, ...contractFields(before.contract) },
    { familyId, name, ...contractFields(contractAfter(before.contract, { state, signUrl }, now)) },
  );
};

const lookAtContract = ({ contract: before }: Player, row: ContractRow, now: string): Look => {
  const after = contractAfter(before, { state: row.contract, signUrl: row.signUrl }, now);
  if (!isNews(before, after)) return { outcome: 'same', what: [] };
  const { what } = differences(contractFields(before), contractFields(after));
  return { outcome: 'changes', what: what.length === 0 ? ['contract'] : what };
};

const contractFields = ({ state, signUrl }: Player['contract']) => ({ contract: state, signUrl });

const differences = <T extends object>(before: T, after: T): Exclude<Look, { outcome: 'conflict' }> => {
  const what = (Object.keys(after) as (keyof T & string)[]).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  return what.length === 0 ? { outcome: 'same', what: [] } : { outcome: 'changes', what };
};

const assertFamily = ({ familyId }: PlayerRow, { families }: Standing): void => {
  if (families.has(familyId)) return;
  throw new NotFound(`There is no family ${familyId}. Import the families first.`, { familyId });
};

const orderToKeep = (row: OrderRow, { products, players, orders }: Standing, importId?: string) => {
  const [product, player] = [products.get(row.productId), players.get(row.playerId)];
  const { productId, playerId } = row;
  if (product === undefined) {
    throw new NotFound(`There is no product ${productId}. Import the products first.`, { productId });
  }
  if (player === undefined) throw noPlayer(playerId);
  const read = row.orderId === null ? undefined : orders.get(row.orderId);
  return { row, product, player, ...(read && { read }), ...(importId !== undefined && { importId }) };
};
