import { expect, test } from 'vitest';
import { shardNumbers } from '../../../lib/domain/ids.ts';
import { newHead } from '../../../lib/domain/import-head.ts';
import { describeStores, type Stores } from './backends.ts';
import {
  aBlast,
  aDelivery,
  aDraft,
  aFeeSchedule,
  aFinding,
  aFindingResult,
  anOrder,
  aPlan,
  aPlannedRow,
  aPreview,
  aResult,
  aRun,
  aShard,
  LATER,
  NOW,
} from './samples.ts';

/**
 * Whoever wrote a row, or has read one, shares nothing with the store: what they do to it never reaches another reader.
 * In memory a row that was read is the stored one, so there it can't be changed at all.
 */
type Kept = { what: string; write(stores: Stores): Promise<unknown>; read(stores: Stores): Promise<unknown> };

const order = anOrder();
const delivery = aDelivery();
const at = { blastId: delivery.blastId, shard: delivery.shard };
const staged = {
  ...{ key: 'utah/ply_1/', line: 2, row: { nested: [{ deep: 1 }] }, outcome: 'new' as const, detail: '' },
  ...{ stands: { pay_by: '2026-05-29' }, amount: null, result: null },
};

const rows: readonly Kept[] = [
  {
    what: 'an order',
    write: async ({ orders }) => {
      const written = anOrder();
      await orders.create(written);
      return [written, await orders.save(written)];
    },
    read: async ({ orders }) => [await orders.get(order.orderId), await orders.getMany([order.orderId])],
  },
  {
    what: 'a player and a family',
    write: async ({ roster }) => {
      const player = {
        ...{ playerId: 'ply_1', familyId: 'fam_1', name: 'Zoë' },
        contract: { state: 'signed' as const, signUrl: null },
      };
      const parents = [{ parentId: '1', name: 'Ana', addresses: ['ana@family.example'] }];
      const family = { familyId: 'fam_1', language: 'es' as const, parents };
      await roster.putPlayer(player);
      await roster.putFamily(family);
      await roster.setContract('ply_1', { state: 'ended', signUrl: null, changedAt: NOW });
      await roster.suppress('ana@family.example', { reason: 'bounced', at: NOW });
      return [player, family];
    },
    read: async ({ roster }) => [
      await roster.player('ply_1'),
      await roster.players(['ply_1']),
      await roster.family('fam_1'),
      await roster.pageOfFamilies({ limit: 10 }),
      await roster.address('ana@family.example'),
    ],
  },
  {
    what: 'a blast with its shard and a delivery',
    write: async ({ blasts }) => {
      const written = [aBlast(), aShard(at), aDelivery()] as const;
      await blasts.create(written[0]);
      await blasts.createShard(written[1]);
      await blasts.claim(written[2]);
      return [written, await blasts.saveShard(written[1])];
    },
    read: async ({ blasts }) => [
      await blasts.get(aBlast().blastId),
      await blasts.pageOfOpen({ limit: 10 }),
      await blasts.shard(at.blastId, at.shard),
      await blasts.shards(at.blastId),
      await blasts.delivery(delivery),
      await blasts.deliveries({ ...at, limit: 10 }),
      await blasts.deliveriesOf(delivery.orderId),
    ],
  },
  {
    what: 'a preview',
    write: async ({ previews }) => {
      const written = aPreview();
      await previews.put(written);
      return written;
    },
    read: async ({ previews }) => previews.get(aPreview().hash),
  },
  {
    what: 'a plan, its draft and what it found',
    write: async ({ plans }) => {
      const written = [aPlan(), aDraft(), [aPlannedRow()]] as const;
      const { planId } = written[0];
      const header = await plans.put(written[0]);
      const draft = await plans.saveDraft(written[1]);
      await plans.keep(planId, written[2], NOW);
      await plans.beginRow(planId, 'ord_1', NOW);
      await plans.recordResult(planId, 'ord_1', aResult());
      await plans.begin(written[0].hash, NOW);
      return [written, header, draft];
    },
    read: async ({ plans }) => [
      await plans.get(aPlan().hash),
      await plans.draft(aDraft().planId),
      await plans.planned(aPlan().planId, 'ord_1'),
      await Promise.all(
        shardNumbers.map((shard) => plans.pageOfPlanned({ planId: aPlan().planId, shard, limit: 5 })),
      ),
    ],
  },
  {
    what: 'a run and what it found',
    write: async ({ runs }) => {
      const written = [aRun(), aFinding()] as const;
      await runs.create(written[0]);
      await runs.keepFinding('run_1', written[1]);
      await runs.recordResult('run_1', written[1], aFindingResult());
      return [written, await runs.save(written[0])];
    },
    read: async ({ runs }) => [
      await runs.get('run_1'),
      await runs.pageOfFindings({ runId: 'run_1', limit: 10 }),
    ],
  },
  {
    what: 'an import and its rows',
    write: async ({ imports }) => {
      const head = newHead({ importId: 'imp_1', kind: 'orders', total: 1 }, NOW);
      const written = structuredClone(staged);
      await imports.stage('imp_1', [written], NOW);
      await imports.recordResult('imp_1', staged.key, { outcome: 'written', detail: '', at: LATER });
      return [head, written, await imports.saveHead(head)];
    },
    read: async ({ imports }) => [
      await imports.head('imp_1'),
      await Promise.all(
        shardNumbers.map((shard) => imports.pageOfRows({ importId: 'imp_1', shard, limit: 5 })),
      ),
    ],
  },
  {
    what: 'a schedule',
    write: async ({ schedules }) => {
      const written = aFeeSchedule();
      return [written, await schedules.put(written)];
    },
    read: async ({ schedules }) => [await schedules.get(aFeeSchedule().scheduleId), await schedules.all()],
  },
];

/** Does to it whatever can be done. */
const deface = (value: unknown): void => {
  if (typeof value !== 'object' || value === null) return;
  for (const inner of value instanceof Map ? value.values() : Object.values(value)) deface(inner);
  for (const name of Object.keys(value)) Reflect.set(value, name, 'defaced');
  Reflect.set(value, 'added', 'defaced');
};

describeStores('rows', (stores) => {
  test.each(rows)('nobody who wrote or read $what changes by it what is stored', async (kept) => {
    const written = await kept.write(stores);
    const asWritten = structuredClone(await kept.read(stores));
    expect([asWritten].flat()).not.toContain(undefined);
    deface(written);
    expect(await kept.read(stores)).toEqual(asWritten);
    deface(await kept.read(stores));
    expect(await kept.read(stores)).toEqual(asWritten);
    expect(JSON.stringify(asWritten)).not.toContain('defaced');
  });
});
