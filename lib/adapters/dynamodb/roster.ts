import * as v from 'valibot';
import { addressKeyOf } from '../../domain/blast.ts';
import {
  AddressStanding,
  type Contract,
  Family,
  normalizeAddress,
  Player,
  Product,
} from '../../domain/roster.ts';
import type { Page, Roster } from '../../ports.ts';
import { parseRow, type Row } from './row.ts';
import { openTable, type TableConnection } from './table.ts';

/**
 * Players, families and products: one item each, replaced as a whole by whoever keeps the roster. What is known of
 * an address is one item too, under its key, which is all that the link in a mail names. When the answer to a write
 * is lost, repeating it is harmless; `saveFamily` and `saveProduct` then say `conflict`, and whoever reads again finds
 * what was written.
 */
export const dynamoRoster = (connection: TableConnection): Roster => {
  const table = openTable(connection);

  const read = async <S extends v.GenericSchema>(schema: S, pk: string) => {
    const row = await table.get({ pk });
    return row === undefined ? undefined : parseRow(schema, row, pk);
  };

  const readMany = async <S extends v.GenericSchema>(schema: S, prefix: string, ids: readonly string[]) => {
    const rows = await table.getMany([...new Set(ids)].map((id) => ({ pk: prefix + id })));
    return new Map(
      rows.map((row) => [String(row.pk).slice(prefix.length), parseRow(schema, row, String(row.pk))]),
    );
  };

  const pageOf = async <S extends v.GenericSchema>(
    listing: string,
    schema: S,
    prefix: string,
    { after, limit }: { after?: string; limit: number },
  ): Promise<Page<v.InferOutput<S>>> => {
    const { rows, more } = await table.query({
      index: 'listed',
      where: `#listing = :listing${after === undefined ? '' : ' AND #pk > :after'}`,
      values: { ':listing': listing, ...(after !== undefined && { ':after': prefix + after }) },
      limit,
    });
    const ids = rows.map(({ pk }) => String(pk).slice(prefix.length));
    const found = await readMany(schema, prefix, ids);
    const last = ids.at(-1);
    const items = ids.flatMap((id) => (found.has(id) ? [found.get(id) as v.InferOutput<S>] : []));
    return more && last !== undefined ? { items, next: last } : { items };
  };

  const save = async <T extends { revision?: number }>(
    next: T,
    rowOf: (stored: T) => Row,
  ): Promise<T | 'conflict'> => {
    const { revision } = next;
    const stored: T = { ...next, revision: (revision ?? 0) + 1 };
    const written = await table.put(
      rowOf(stored),
      revision === undefined
        ? { when: 'attribute_not_exists(#revision)' }
        : { when: '#revision = :was', values: { ':was': revision } },
    );
    return written ? stored : 'conflict';
  };

  return {
    player: (playerId) => read(Player, PLAYER + playerId),
    family: (familyId) => read(Family, FAMILY + familyId),
    product: (productId) => read(Product, `product#${productId}`),

    products: async () => {
      const { rows } = await table.query({
        index: 'listed',
        where: '#listing = :listing',
        values: { ':listing': PRODUCTS },
      });
      // Read once more from the table: the index may lag behind it.
      const found = await table.getMany(rows.map(({ pk }) => ({ pk: String(pk) })));
      return found
        .map((row) => parseRow(Product, row, String(row.pk)))
        .sort((a, b) => (a.productId < b.productId ? -1 : 1));
    },

    players: (ids) => readMany(Player, PLAYER, ids),
    families: (ids) => readMany(Family, FAMILY, ids),

    address: async (given) => {
      const address = normalizeAddress(given);
      const key = addressRow(addressKeyOf(address));
      return { address, ...parseRow(StandingRow, (await table.get(key)) ?? {}, key.pk) };
    },

    addresses: async (given) => {
      const different = [...new Set(given.map(normalizeAddress))];
      const rows = await table.getMany(different.map((address) => addressRow(addressKeyOf(address))));
      const byKey = new Map(rows.map((row) => [row.pk, row]));
      return new Map(
        different.map((address) => {
          const { pk } = addressRow(addressKeyOf(address));
          return [address, { address, ...parseRow(StandingRow, byKey.get(pk) ?? {}, pk) }];
        }),
      );
    },

    suppress: async (given, suppressed) => {
      const key = addressRow(addressKeyOf(normalizeAddress(given)));
      await table.update(
        key,
        { set: { suppressed } },
        suppressed.reason === 'complained'
          ? {
              when: 'attribute_not_exists(#suppressed) OR #suppressed.#reason <> :complained',
              values: { ':complained': 'complained' },
            }
          : { when: 'attribute_not_exists(#suppressed)' },
      );
    },

    unsubscribe: async (addressKey, unsubscribedAt) => {
      await table.update(
        addressRow(addressKey),
        { set: { unsubscribedAt } },
        { when: 'attribute_not_exists(#unsubscribedAt)' },
      );
    },

    putPlayer: async (player) => {
      await table.put({ pk: PLAYER + player.playerId, ...player, listing: 'player' });
    },
    savePlayer: async (player) => {
      await table.update(
        { pk: PLAYER + player.playerId },
        {
          set: { ...player, listing: 'player' },
          setOnce: { contract: { state: 'unsigned', signUrl: null } satisfies Contract },
          remove: ['forgottenAt'],
        },
      );
    },
    forgetPlayer: ({ playerId, familyId, contract }, forgottenAt) => {
      const asRead = isContract(contract);
      return table.update(
        { pk: PLAYER + playerId },
        { set: { name: playerId, contract: { ...contract, signUrl: null }, forgottenAt } },
        {
          when: `#familyId = :familyId AND ${asRead.when}`,
          values: { ':familyId': familyId, ...asRead.values },
        },
      );
    },
    setContract: (playerId, contract, was) => {
      const asRead = was === undefined ? undefined : isContract(was);
      const notLater =
        contract.changedAt === undefined
          ? { when: 'attribute_not_exists(#contract.#changedAt)' }
          : {
              when: `(attribute_not_exists(#contract.#changedAt) OR #contract.#changedAt < :at
                OR (#contract.#changedAt = :at AND #contract.#state = :state))`,
              values: { ':at': contract.changedAt, ':state': contract.state },
            };
      return table.update(
        { pk: PLAYER + playerId },
        { set: { contract } },
        {
          when: [
            'attribute_exists(#pk)',
            notLater.when,
            ...(asRead === undefined ? [] : [asRead.when]),
            ...(contract.signUrl === null ? [] : ['attribute_not_exists(#forgottenAt)']),
          ].join(' AND '),
          values: { ...notLater.values, ...asRead?.values },
        },
      );
    },
    pageOfPlayers: (q) => pageOf('player', Player, PLAYER, q),
    pageOfFamilies: (q) => pageOf('family', Family, FAMILY, q),
    putFamily: async (family) => {
      await table.put(familyRow(family));
    },
    putProduct: async (product) => {
      await table.put(productRow(product));
    },
    saveFamily: (next) => save(next, familyRow),
    saveProduct: (next) => save(next, productRow),
  };
};

const PLAYER = 'player#';
const FAMILY = 'family#';

/** The one partition of the index: a club has dozens of products, not thousands. */
const PRODUCTS = 'product';

const familyRow = (family: Family): Row => ({ pk: FAMILY + family.familyId, ...family, listing: 'family' });
const productRow = (product: Product): Row => ({
  pk: `product#${product.productId}`,
  ...product,
  listing: PRODUCTS,
});

const isContract = ({ state, signUrl, changedAt }: Contract) => ({
  when: `#contract.#state = :wasState AND #contract.#signUrl = :wasUrl AND ${
    changedAt === undefined ? 'attribute_not_exists(#contract.#changedAt)' : '#contract.#changedAt = :wasAt'
  }`,
  values: {
    ':wasState': state,
    ':wasUrl': signUrl,
    ...(changedAt !== undefined && { ':wasAt': changedAt }),
  },
});

const addressRow = (addressKey: string) => ({ pk: `address#${addressKey}` });

const StandingRow = v.object({
  suppressed: v.optional(AddressStanding.entries.suppressed, null),
  unsubscribedAt: v.optional(AddressStanding.entries.unsubscribedAt, null),
});
