import {
  type AddressStanding,
  type Family,
  normalizeAddress,
  type Player,
  type Product,
} from '../../../lib/domain/roster.ts';
import type { Roster } from '../../../lib/ports.ts';

/** A roster, and the standing of addresses, which no use case writes. */
export const memoryRoster = (): Roster & { putAddress(standing: AddressStanding): Promise<void> } => {
  const players = new Map<string, Player>();
  const families = new Map<string, Family>();
  const products = new Map<string, Product>();
  const addresses = new Map<string, AddressStanding>();
  return {
    player: async (playerId) => structuredClone(players.get(playerId)),
    family: async (familyId) => structuredClone(families.get(familyId)),
    product: async (productId) => structuredClone(products.get(productId)),
    address: async (given) => {
      const address = normalizeAddress(given);
      return structuredClone(addresses.get(address) ?? { address, suppressed: null, unsubscribedAt: null });
    },
    putPlayer: async (player) => void players.set(player.playerId, structuredClone(player)),
    putFamily: async (family) => void families.set(family.familyId, structuredClone(family)),
    putProduct: async (product) => void products.set(product.productId, structuredClone(product)),
    putAddress: async (standing) =>
      void addresses.set(normalizeAddress(standing.address), structuredClone(standing)),
  };
};
