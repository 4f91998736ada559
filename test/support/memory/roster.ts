import { isDeepStrictEqual } from 'node:util';
import { addressKeyOf } from '../../../lib/domain/blast.ts';
import type { Instant } from '../../../lib/domain/ids.ts';
import {
  type AddressStanding,
  type Family,
  normalizeAddress,
  type Player,
  type Product,
} from '../../../lib/domain/roster.ts';
import type { Page, Roster } from '../../../lib/ports.ts';
import { kept } from './kept.ts';
import { mapPage, sorted } from './sorted.ts';

export const memoryRoster = (): Roster => {
  const players = new Map<string, Player>();
  const families = new Map<string, Family>();
  const products = new Map<string, Product>();
  const suppressions = new Map<string, NonNullable<AddressStanding['suppressed']>>();
  const unsubscribedAt = new Map<string, Instant>();
  const standingOf = (given: string): AddressStanding => {
    const address = normalizeAddress(given);
    return {
      address,
      suppressed: suppressions.get(address) ?? null,
      // To hash the address takes longer than all the rest.
      unsubscribedAt: unsubscribedAt.size === 0 ? null : (unsubscribedAt.get(addressKeyOf(address)) ?? null),
    };
  };

  return {
    player: async (playerId) => players.get(playerId),
    family: async (familyId) => families.get(familyId),
    product: async (productId) => products.get(productId),
    products: async () => [...products.values()].sort((a, b) => (a.productId < b.productId ? -1 : 1)),
    players: async (ids) => some(players, ids),
    families: async (ids) => some(families, ids),
    address: async (given) => standingOf(given),
    addresses: async (given) => new Map(given.map((one) => [normalizeAddress(one), standingOf(one)])),
    suppress: async (given, suppression) => {
      const address = normalizeAddress(given);
      const known = suppressions.get(address);
      const outweighed = suppression.reason === 'complained' && known?.reason !== 'complained';
      if (known === undefined || outweighed) suppressions.set(address, kept(suppression));
    },
    unsubscribe: async (addressKey, at) => {
      if (!unsubscribedAt.has(addressKey)) unsubscribedAt.set(addressKey, at);
    },
    putPlayer: async (player) => void players.set(player.playerId, kept(player)),
    savePlayer: async (player) => {
      const contract = players.get(player.playerId)?.contract ?? { state: 'unsigned', signUrl: null };
      players.set(player.playerId, kept({ ...player, contract }));
    },
    setContract: async (playerId, contract, read) => {
      const player = players.get(playerId);
      if (player === undefined) return false;
      if (read !== undefined && !isDeepStrictEqual(read, player.contract)) return false;
      if (contract.signUrl !== null && player.forgottenAt !== undefined) return false;
      const { changedAt, state } = player.contract;
      const said = contract.changedAt ?? '';
      if (changedAt !== undefined && (changedAt > said || (changedAt === said && state !== contract.state))) {
        return false;
      }
      players.set(playerId, kept({ ...player, contract }));
      return true;
    },
    forgetPlayer: async (read, forgottenAt) => {
      const { playerId, familyId, contract } = read;
      const player = players.get(playerId);
      if (player?.familyId !== familyId || !isDeepStrictEqual(player.contract, contract)) return false;
      const forgotten = { ...player, name: playerId, contract: { ...contract, signUrl: null }, forgottenAt };
      players.set(playerId, kept(forgotten));
      return true;
    },
    pageOfPlayers: async (q) => pageIn(players, q),
    pageOfFamilies: async (q) => pageIn(families, q),
    putFamily: async (family) => void families.set(family.familyId, kept(family)),
    putProduct: async (product) => void products.set(product.productId, kept(product)),
    saveFamily: async (next) => save(families, next.familyId, next),
    saveProduct: async (next) => save(products, next.productId, next),
  };
};

const save = <T extends { revision?: number }>(all: Map<string, T>, id: string, next: T): T | 'conflict' => {
  if (all.get(id)?.revision !== next.revision) return 'conflict';
  const stored = kept<T>({ ...next, revision: (next.revision ?? 0) + 1 });
  all.set(id, stored);
  return stored;
};

const some = <T>(all: ReadonlyMap<string, T>, ids: readonly string[]): Map<string, T> =>
  new Map(ids.flatMap((id) => (all.has(id) ? [[id, all.get(id) as T] as const] : [])));

const pageIn = <T>(all: ReadonlyMap<string, T>, q: { after?: string; limit: number }): Page<T> => {
  const ids = sorted();
  for (const id of all.keys()) ids.add(id);
  return mapPage(ids.page(q), (id) => all.get(id) as T);
};
