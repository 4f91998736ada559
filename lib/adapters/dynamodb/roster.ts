import * as v from 'valibot';
import { addressKeyOf } from '../../domain/blast.ts';
import { AddressStanding, Family, normalizeAddress, Player, Product } from '../../domain/roster.ts';
import type { Roster } from '../../ports.ts';
import { parseRow } from './row.ts';
import { openTable, type TableConnection } from './table.ts';

/**
 * Players, families and products: one item each, replaced as a whole by whoever keeps the roster. What is known of
 * an address is one item too, under its key, which is all that the link in a mail names. When the answer to a write
 * is lost, repeating it is harmless.
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

  return {
    player: (playerId) => read(Player, `player#${playerId}`),
    family: (familyId) => read(Family, `family#${familyId}`),
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

    players: (ids) => readMany(Player, 'player#', ids),
    families: (ids) => readMany(Family, 'family#', ids),

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
      await table.put({ pk: `player#${player.playerId}`, ...player });
    },
    putFamily: async (family) => {
      await table.put({ pk: `family#${family.familyId}`, ...family });
    },
    putProduct: async (product) => {
      await table.put({ pk: `product#${product.productId}`, ...product, listing: PRODUCTS });
    },
  };
};

/** The one partition of the index: a club has dozens of products, not thousands. */
const PRODUCTS = 'product';

const addressRow = (addressKey: string) => ({ pk: `address#${addressKey}` });

const StandingRow = v.object({
  suppressed: v.optional(AddressStanding.entries.suppressed, null),
  unsubscribedAt: v.optional(AddressStanding.entries.unsubscribedAt, null),
});
