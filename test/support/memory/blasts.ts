import {
  type Blast,
  type Delivery,
  type DeliveryRef,
  isEnded,
  isOpen,
  type MintProgress,
  rankOf,
  type ShardProgress,
} from '../../../lib/domain/blast.ts';
import type { ShardTotals } from '../../../lib/domain/blast-report.ts';
import type { Blasts, Page } from '../../../lib/ports.ts';
import { kept } from './kept.ts';
import { mapPage, partitions, sorted } from './sorted.ts';

export const memoryBlasts = (): Blasts => {
  const blasts = new Map<string, Blast>();
  const shards = new Map<string, ShardProgress>();
  const ledger = new Map<string, Delivery>();
  const minted = new Map<string, MintProgress>();
  const totals = new Map<string, ShardTotals>();
  const ledgerKeys = partitions();
  const open = sorted();
  const ended = sorted();
  const held = sorted();
  const ofOrders = partitions();

  const write = (blast: Blast): void => {
    blasts.set(blast.blastId, kept(blast));
    const key = `${blast.startsAt} ${blast.blastId}`;
    const [into, outOf] = isOpen(blast) ? [open, ended] : [ended, open];
    outOf.delete(key);
    into.add(key);
  };

  const listed = (key: string): Blast => {
    const blast = blasts.get(key.slice(key.indexOf(' ') + 1));
    if (blast === undefined) throw new Error(`The index names ${key}, which was never stored.`);
    return blast;
  };

  const deliveryAt = (ref: DeliveryRef): Delivery | undefined => {
    const { partition, key } = ledgerPlace(ref);
    return ledger.get(partition + key);
  };

  const record = (delivery: Delivery): void => {
    const { partition, key } = ledgerPlace(delivery);
    const before = ledger.get(partition + key);
    if (before !== undefined) {
      held.delete(timed(before));
      ofOrders(before.orderId).delete(timed(before));
    }
    ledger.set(partition + key, kept(delivery));
    ledgerKeys(partition).add(key);
    ofOrders(delivery.orderId).add(timed(delivery));
    if (delivery.state === 'held') held.add(timed(delivery));
  };

  /** By an entry of an index. */
  const deliveryOf = (entry: string): Delivery => {
    const delivery = ledger.get(entry.slice(entry.indexOf(' ') + 1));
    if (delivery === undefined) throw new Error(`The index names ${entry}, which was never stored.`);
    return delivery;
  };

  return {
    get: async (blastId) => blasts.get(blastId),
    create: async (blast) => {
      if (blasts.has(blast.blastId)) return 'exists';
      write(blast);
      return 'created';
    },
    advance: async (blastId, from, { state, waiting }, at) => {
      const blast = blasts.get(blastId);
      if (blast === undefined || !from.includes(blast.state)) return false;
      write({ ...blast, state, waiting, endedAt: isEnded(state) ? at : null });
      return true;
    },
    pageOfOpen: async (page) => mapPage(open.page(page), listed),
    pageOfEnded: async (page) => mapPage(ended.pageBackwards(page), listed),
    shards: async (blastId) =>
      [...shards.values()]
        .filter((progress) => progress.blastId === blastId)
        .sort((a, b) => a.shard - b.shard),
    shard: async (blastId, shard) => shards.get(shardKey(blastId, shard)),
    createShard: async (progress) => {
      const key = shardKey(progress.blastId, progress.shard);
      if (!shards.has(key)) shards.set(key, kept(progress));
    },
    saveShard: async (next) => {
      const key = shardKey(next.blastId, next.shard);
      if (shards.get(key)?.revision !== next.revision) return 'conflict';
      const stored = kept({ ...next, revision: next.revision + 1 });
      shards.set(key, stored);
      return stored;
    },
    claim: async (delivery) => {
      const known = deliveryAt(delivery);
      if (known !== undefined && known.state !== 'released') return 'taken';
      record(delivery);
      return 'claimed';
    },
    settle: async (delivery) => {
      const known = deliveryAt(delivery);
      if (known?.state !== 'claimed' || known.claimedAt !== delivery.claimedAt) return false;
      const { state, reason, messageId, sentAt, settledAt } = delivery;
      record({ ...known, state, reason, messageId, sentAt, settledAt });
      return true;
    },
    report: async (ref, { state, reason, messageId, at, mailedAt }) => {
      const known = deliveryAt(ref);
      if (known === undefined || rankOf({ state, reason }) <= rankOf(known)) return false;
      record({ ...known, state, reason, messageId, settledAt: at, sentAt: known.sentAt ?? mailedAt });
      return true;
    },
    settleHeld: async (ref, { state, reason, at }) => {
      const known = deliveryAt(ref);
      if (known?.state !== 'held') return false;
      const sentAt = state === 'sent' ? known.claimedAt : null;
      record({ ...known, state, reason, settledAt: at, sentAt });
      return true;
    },
    delivery: async (ref) => deliveryAt(ref),
    forgetAddress: async (ref) => {
      const known = deliveryAt(ref);
      if (known !== undefined) record({ ...known, address: '' });
    },
    deliveriesOf: async (orderId) =>
      ofOrders(orderId).page({ limit: Number.POSITIVE_INFINITY }).items.map(deliveryOf),
    pageOfHeld: async (page) => mapPage(held.page(page), deliveryOf),
    mintProgress: async (blastId) => minted.get(blastId) ?? { shard: 0, cursor: null },
    saveMintProgress: async (blastId, progress) => void minted.set(blastId, kept(progress)),
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
        return delivery;
      });
    },
    saveTotals: async (counted) => {
      const key = shardKey(counted.blastId, counted.shard);
      const known = totals.get(key);
      if (known === undefined || known.countedAt < counted.countedAt) {
        totals.set(key, kept(counted));
      }
    },
    totals: async (blastId) =>
      [...totals.values()].filter((counted) => counted.blastId === blastId).sort((a, b) => a.shard - b.shard),
  };
};

const shardKey = (blastId: string, shard: number): string => `${blastId}#${shard}#`;
/** Its entry in an index by time. */
const timed = (delivery: Delivery): string => {
  const { partition, key } = ledgerPlace(delivery);
  return `${delivery.claimedAt} ${partition}${key}`;
};
const ledgerPlace = (ref: DeliveryRef): { partition: string; key: string } => ({
  partition: shardKey(ref.blastId, ref.shard),
  key: `${ref.orderId}#${ref.addressKey}`,
});
