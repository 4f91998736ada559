import { createHash } from 'node:crypto';
import type * as v from 'valibot';
import { AddressStanding, Family, normalizeAddress, Player, Product } from '../../domain/roster.ts';
import type { Roster } from '../../ports.ts';
import { parseRow } from './row.ts';
import { openTable, type TableConnection } from './table.ts';

/** Players, families, products and addresses: one item each, replaced as a whole by whoever keeps the roster. */
export const dynamoRoster = (connection: TableConnection): Roster => {
  const table = openTable(connection);

  const read = async <S extends v.GenericSchema>(schema: S, pk: string, name = pk) => {
    const row = await table.get({ pk });
    return row === undefined ? undefined : parseRow(schema, row, name);
  };

  return {
    player: (playerId) => read(Player, `player#${playerId}`),
    family: (familyId) => read(Family, `family#${familyId}`),
    product: (productId) => read(Product, `product#${productId}`),
    address: async (given) => {
      const address = normalizeAddress(given);
      return (
        (await read(AddressStanding, `address#${address}`, unnamed(address))) ?? {
          address,
          suppressed: null,
          unsubscribedAt: null,
        }
      );
    },
    putPlayer: async (player) => {
      await table.put({ pk: `player#${player.playerId}`, ...player });
    },
    putFamily: async (family) => {
      await table.put({ pk: `family#${family.familyId}`, ...family });
    },
    putProduct: async (product) => {
      await table.put({ pk: `product#${product.productId}`, ...product });
    },
  };
};

/** Messages and logs hold no address; whoever has it can still tell that it is the one. */
const unnamed = (address: string): string =>
  `address#<SHA-256 ${createHash('sha256').update(address).digest('hex').slice(0, 16)}>`;
