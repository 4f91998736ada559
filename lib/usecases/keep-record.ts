import { ClubPaymentsError, Conflict, Contention, NotFound, StoreUnavailable } from '../domain/errors.ts';
import { assertAsShown, FORGOTTEN, type Stands } from '../domain/import-head.ts';
import type {
  ContractRow,
  FamilyRow,
  ImportKind,
  OrderRow,
  PlayerRow,
  ProductRow,
  RowOf,
} from '../domain/import-row.ts';
import { formatMoney } from '../domain/money.ts';
import type { Order } from '../domain/order.ts';
import { type Family, normalizeAddress, type Player, type Product } from '../domain/roster.ts';
import { changeFamily } from './change-family.ts';
import type { Deps } from './deps.ts';
import { contractAfter, isNews, type KeepContractDeps, keepContract, noPlayer } from './keep-contract.ts';
import { type Found, type KeepOrderDeps, keepOrder, type Look, lookAtOrder } from './keep-order.ts';

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
  /** @param of.shown how it stood when it was shown; absent where nobody was shown it */
  keep(row: R, standing: Standing, deps: KeepDeps, of: { importId?: string; shown?: Stands }): Promise<Kept>;
};

const keepers: { [K in ImportKind]: Keeper<RowOf<K>> } = {
  products: {
    needs: (rows) => ({ products: rows.map(({ productId }) => productId) }),
    look: async (row, { products }) => lookAtProduct(products.get(row.productId), row),
    keep: async (row, { products }, { roster }, { shown }) =>
      replace({
        read: products.get(row.productId),
        readAgain: () => roster.product(row.productId),
        look: (before) => {
          const look = lookAtProduct(before, row);
          if (look.outcome !== 'conflict') return look;
          throw new Conflict(`${look.rule}.`, { productId: row.productId });
        },
        save: (before) => roster.saveProduct({ ...row, ...revisionOf(before) }),
        shown,
      }),
  },

  families: {
    needs: (rows) => ({ families: rows.map(({ familyId }) => familyId) }),
    look: async (row, { families }) => lookAtFamily(families.get(row.familyId), row),
    keep: async (row, { families }, { roster }, { shown }) =>
      replace({
        read: families.get(row.familyId),
        readAgain: () => roster.family(row.familyId),
        look: (before) => {
          const look = lookAtFamily(before, row);
          // A system that puts every family every night knows nothing of their wish.
          if (shown === undefined && FORGOTTEN in look.stands) throw wasForgotten(row, before);
          return look;
        },
        save: (before) => roster.saveFamily({ ...row, ...revisionOf(before) }),
        shown,
      }),
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
    keep: async (row, standing, deps, { shown }) => {
      assertFamily(row, standing);
      const { playerId, familyId, name, contract, signUrl } = row;
      const before = standing.players.get(playerId);
      const look = lookAtPlayer(before, row, deps.clock.now());
      if (shown !== undefined) assertAsShown(look, shown);
      if (before !== undefined && before.familyId !== familyId) {
        await changeFamily(before, { playerId, familyId, name }, deps);
      } else if (before?.name !== name || (before.forgottenAt !== undefined && look.outcome !== 'same')) {
        await deps.roster.savePlayer({ playerId, familyId, name });
      }
      if (contract !== null || signUrl !== null) {
        // Also when it is no news: its orders may not have been told.
        const state = contract ?? before?.contract.state ?? 'unsigned';
        await keepContract({ playerId, state, signUrl }, deps, shown && (before?.contract ?? UNSIGNED));
      }
      return { outcome: look.outcome };
    },
  },

  contracts: {
    needs: (rows) => ({ players: rows.map(({ playerId }) => playerId) }),
    look: async (row, { players }, { clock }) => {
      const player = players.get(row.playerId);
      if (player === undefined) throw noPlayer(row.playerId);
      assertSignsHere(player, row);
      return lookAtContract(player, row, clock.now());
    },
    keep: async (row, { players }, deps, { shown }) => {
      const { playerId, contract, signUrl } = row;
      const player = players.get(playerId);
      if (player === undefined) throw noPlayer(playerId);
      assertSignsHere(player, row);
      if (shown !== undefined) assertAsShown(lookAtContract(player, row, deps.clock.now()), shown);
      const said = { playerId, state: contract, signUrl };
      return { outcome: await keepContract(said, deps, shown && player.contract) };
    },
  },

  orders: {
    needs: (rows) => ({
      products: rows.map(({ productId }) => productId),
      players: rows.map(({ playerId }) => playerId),
      orders: rows.flatMap(({ orderId }) => (orderId === null ? [] : [orderId])),
    }),
    look: async (row, standing, deps, importId) =>
      lookAtOrder({ ...orderToKeep(row, standing), ...(importId !== undefined && { importId }) }, deps),
    keep: async (row, standing, deps, of) => keepOrder({ ...orderToKeep(row, standing), ...of }, deps),
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
 * @param of.shown how it stood when somebody was shown what this would do; absent where nobody was
 * @throws {NotFound} what it refers to @throws {Conflict} what stands says otherwise @throws {InvalidInput}
 * @throws {StalePlan} it is not as it was shown any more
 */
export const keepRow = async <K extends ImportKind>(
  { kind, row, ...of }: { kind: K; row: RowOf<K>; importId?: string; shown?: Stands },
  standing: Standing,
  deps: KeepDeps,
): Promise<Kept> => keepers[kind].keep(row, standing, deps, of);

const TRIES = 5;

/**
 * Writes a record over what was read of it. Where somebody else has written it meanwhile, it is looked at once more: as it
 * is now it may still be what was shown.
 */
const replace = async <T>({
  read,
  readAgain,
  look,
  save,
  shown,
}: {
  read: T | undefined;
  readAgain: () => Promise<T | undefined>;
  look: (before: T | undefined) => Found;
  save: (before: T | undefined) => Promise<T | 'conflict'>;
  shown: Stands | undefined;
}): Promise<Kept> => {
  let before = read;
  for (let tries = 0; tries < TRIES; tries++) {
    const found = look(before);
    if (shown !== undefined) assertAsShown(found, shown);
    if (found.outcome === 'same' || (await save(before)) !== 'conflict') return { outcome: found.outcome };
    before = await readAgain();
  }
  throw new Contention('Somebody else keeps writing this record; try again.');
};

const revisionOf = (before: { revision?: number } | undefined): { revision?: number } =>
  before?.revision === undefined ? {} : { revision: before.revision };

/** One record, over the HTTP API. */
export const keepRecord = async <K extends ImportKind>(
  { kind, row }: { kind: K; row: RowOf<K> },
  deps: KeepDeps,
): Promise<Kept> => {
  const kept = await keepRow({ kind, row }, await standingOf(kind, [row], deps), deps);
  deps.log('record.kept', { kind, outcome: kept.outcome, orderId: kept.orderId });
  return kept;
};

const wasForgotten = ({ familyId }: FamilyRow, before: Family | undefined): Conflict =>
  new Conflict(
    `Family ${familyId} was forgotten on ${before?.forgotten?.at.slice(0, 10)}, as it wished. If it is back, bring it in with a file: "import" shows first what that does.`,
    { familyId },
  );

/** The address at which somebody signs may name them. @throws {Conflict} */
const assertSignsHere = ({ forgottenAt }: Player, { playerId, signUrl }: ContractRow): void => {
  if (forgottenAt === undefined || signUrl === null) return;
  throw new Conflict(
    `Player ${playerId} was forgotten on ${forgottenAt.slice(0, 10)}, as the family wished, and so was where they sign. Leave signUrl out; if they are back, bring the player in first, with a file.`,
    { field: 'signUrl', playerId },
  );
};

const fieldIn = ({ evidence }: ClubPaymentsError): string =>
  typeof evidence.field === 'string'
    ? evidence.field
    : (['familyId', 'productId', 'playerId', 'orderId'].find((field) => field in evidence) ?? 'stripeId');

const isNew: Found = { outcome: 'new', what: [], stands: {} };

const lookAtProduct = (before: Product | undefined, row: ProductRow): Look => {
  if (before === undefined) return isNew;
  if (before.category !== row.category) {
    const rule = `Product ${row.productId} is of the category ${before.category} here, and its orders are; make another product`;
    return { outcome: 'conflict', field: 'category', rule };
  }
  return differences(before, row, {
    ...before,
    price: before.price === null ? null : formatMoney(before.price),
  });
};

const lookAtFamily = (before: Family | undefined, row: FamilyRow): Found => {
  if (before === undefined) return isNew;
  const family = spelledAsInRows(before);
  const parents = family.parents
    .map(({ parentId, name, addresses }) => [parentId, name, ...addresses].join(' '))
    .join('; ');
  return comingBack(differences(family, row, { ...family, parents }), before.forgotten?.at);
};

/** Of somebody who was forgotten, as they wished: whoever brings them back must see it. */
const comingBack = (found: Found, forgottenAt: string | undefined): Found =>
  forgottenAt === undefined || found.outcome === 'same'
    ? found
    : { ...found, what: [FORGOTTEN, ...found.what], stands: { ...found.stands, [FORGOTTEN]: forgottenAt } };

/** An address is compared as a row has it. */
const spelledAsInRows = (family: Family): Family => ({
  ...family,
  parents: family.parents.map((parent) => ({
    ...parent,
    addresses: parent.addresses.map(normalizeAddress),
  })),
});

/** Of a player of whom nobody has said anything. */
const UNSIGNED: Player['contract'] = { state: 'unsigned', signUrl: null };

const lookAtPlayer = (
  before: Player | undefined,
  { familyId, name, contract, signUrl }: PlayerRow,
  now: string,
): Found => {
  // A player is written down before the contract is: a process may die between the two.
  if (before === undefined) return { ...isNew, stands: standingContract(UNSIGNED) };
  const state = contract ?? before.contract.state;
  const after = contractAfter(before.contract, { state, signUrl }, now);
  const { familyId: family, name: called } = before;
  const found = differences(
    { familyId: family, name: called, ...contractFields(before.contract) },
    { familyId, name, ...contractFields(after) },
    { familyId: family, name: called, ...standingContract(before.contract) },
  );
  return comingBack(found, before.forgottenAt);
};

const lookAtContract = ({ contract: before }: Player, row: ContractRow, now: string): Found => {
  const after = contractAfter(before, { state: row.contract, signUrl: row.signUrl }, now);
  const stands = standingContract(before);
  if (!isNews(before, after)) return { outcome: 'same', what: [], stands };
  const { what } = differences(contractFields(before), contractFields(after), stands);
  return { outcome: 'changes', what: what.length === 0 ? ['contract'] : what, stands };
};

const contractFields = ({ state, signUrl }: Player['contract']) => ({ contract: state, signUrl });

/** With its time: what was said, unsaid and said again is not what was shown. */
const standingContract = ({ state, signUrl, changedAt }: Player['contract']) => ({
  contract: changedAt === undefined ? state : `${state} since ${changedAt}`,
  signUrl: signUrl ?? '',
});

/** @param inWords what stands before, by the same names */
const differences = <T extends object>(
  before: T,
  after: T,
  inWords: { [Name in keyof T]: string | null },
): Found => {
  const names = Object.keys(after) as (keyof T & string)[];
  const what = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const stands = Object.fromEntries(names.map((name) => [name, inWords[name] ?? '']));
  return { outcome: what.length === 0 ? 'same' : 'changes', what, stands };
};

const assertFamily = ({ familyId }: PlayerRow, { families }: Standing): void => {
  if (families.has(familyId)) return;
  throw new NotFound(`There is no family ${familyId}. Import the families first.`, { familyId });
};

const orderToKeep = (row: OrderRow, { products, players, orders }: Standing) => {
  const [product, player] = [products.get(row.productId), players.get(row.playerId)];
  const { productId, playerId } = row;
  if (product === undefined) {
    throw new NotFound(`There is no product ${productId}. Import the products first.`, { productId });
  }
  if (player === undefined) throw noPlayer(playerId);
  const read = row.orderId === null ? undefined : orders.get(row.orderId);
  return { row, product, player, ...(read && { read }) };
};
