import { type Blast, type Delivery, deliveryKey, type ShardProgress } from '../../../lib/domain/blast.ts';
import type { Blasts, Page } from '../../../lib/ports.ts';
import { mapPage, partitions, sorted } from './sorted.ts';

export const memoryBlasts = (): Blasts => {
  const blasts = new Map<string, Blast>();
  const shards = new Map<string, ShardProgress>();
  const ledger = new Map<string, Delivery>();
  const ledgerKeys = partitions();
  const open = sorted();

  const write = (blast: Blast): void => {
    blasts.set(blast.blastId, structuredClone(blast));
    const key = `${blast.startsAt} ${blast.blastId}`;
    if (blast.state === 'complete') open.delete(key);
    else open.add(key);
  };

  return {
    get: async (blastId) => structuredClone(blasts.get(blastId)),
    create: async (blast) => {
      if (blasts.has(blast.blastId)) return 'exists';
      write(blast);
      return 'created';
    },
    advance: async (blastId, from, to, at) => {
      const blast = blasts.get(blastId);
      if (blast === undefined || !from.includes(blast.state)) return false;
      write({ ...blast, state: to, completedAt: to === 'complete' ? at : null });
      return true;
    },
    pageOfOpen: async (page) =>
      mapPage(open.page(page), (key) => {
        const blast = blasts.get(key.slice(key.indexOf(' ') + 1));
        if (blast === undefined) throw new Error(`The index names ${key}, which was never stored.`);
        return structuredClone(blast);
      }),
    shards: async (blastId) =>
      [...shards.values()]
        .filter((progress) => progress.blastId === blastId)
        .sort((a, b) => a.shard - b.shard)
        .map((progress) => structuredClone(progress)),
    shard: async (blastId, shard) => structuredClone(shards.get(shardKey(blastId, shard))),
    createShard: async (progress) => {
      const key = shardKey(progress.blastId, progress.shard);
      if (!shards.has(key)) shards.set(key, structuredClone(progress));
    },
    saveShard: async (next) => {
      const key = shardKey(next.blastId, next.shard);
      if (shards.get(key)?.revision !== next.revision) return 'conflict';
      const stored = { ...next, revision: next.revision + 1 };
      shards.set(key, structuredClone(stored));
      return structuredClone(stored);
    },
    claim: async (delivery) => {
      const { partition, key } = ledgerPlace(delivery);
      const known = ledger.get(partition + key);
      if (known !== undefined && known.state !== 'released') return 'taken';
      ledger.set(partition + key, structuredClone(delivery));
      ledgerKeys(partition).add(key);
      return 'claimed';
    },
    settle: async (delivery) => {
      const { partition, key } = ledgerPlace(delivery);
      const known = ledger.get(partition + key);
      if (known?.state !== 'claimed' || known.claimedAt !== delivery.claimedAt) return false;
      const { state, reason, messageId, settledAt } = delivery;
      ledger.set(partition + key, { ...known, state, reason, messageId, settledAt });
      return true;
    },
    deliveries: async ({ blastId, shard, from, to, after, limit }): Promise<Page<Delivery>> => {
      const partition = shardKey(blastId, shard);
      const page = ledgerKeys(partition).page({
        ...(from !== undefined && { from: `${from}#` }),
        ...(to !== undefined && { below: `${to}#~` }),
        after,
        limit,
      });
      return mapPage(page, (key) => {
        const delivery = ledger.get(partition + key);
        if (delivery === undefined) throw new Error(`The ledger names ${key}, which was never stored.`);
        return structuredClone(delivery);
      });
    },
  };
};

const shardKey = (blastId: string, shard: number): string => `${blastId}#${shard}#`;
const ledgerPlace = (delivery: Delivery): { partition: string; key: string } => ({
  partition: shardKey(delivery.blastId, delivery.shard),
  key: deliveryKey(delivery.orderId, delivery.address),
});
